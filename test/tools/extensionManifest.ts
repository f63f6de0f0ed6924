import packageJson from '../../package.json' with { type: 'json' };
import packageTexts from '../../package.nls.json' with { type: 'json' };

/** The texts of package.json by their keys. */
export const extensionTexts: Readonly<Record<string, string>> = packageTexts;

/** Reads package.json as VS Code does: each `%key%` is its text in package.nls.json. Throws where there is none. */
export function readExtensionManifest() {
  return JSON.parse(JSON.stringify(packageJson), (_, value: unknown) => {
    const key = typeof value === 'string' ? /^%([^%]+)%$/.exec(value)?.[1] : undefined;
    if (key === undefined) return value;
    const text = extensionTexts[key];
    if (text === undefined) throw new Error(`package.nls.json has no text for '${key}'.`);
    return text;
  });
}
