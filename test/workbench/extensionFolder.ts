import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { makeBundle } from '../tools/clientTexts.ts';
import { extensionTexts } from '../tools/extensionManifest.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * A folder of extensions that holds this checkout: a server whose extensions folder has no index yet takes every folder
 * in it as installed. So a page needs no payload, and a reload brings what was built last.
 */
export async function extensionFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await symlink(root, placeIn(folder), 'junction');
  return folder;
}

/** The same with a translation, which is made here and stands nowhere else. */
export async function translatedFolder(
  folder: string,
  language: string,
  translate: (text: string) => string,
): Promise<string> {
  const place = placeIn(folder);
  await mkdir(join(place, 'l10n'), { recursive: true });
  for (const name of ['package.json', 'package.nls.json', 'media', 'syntaxes', 'schemas', 'server'])
    await symlink(join(root, name), join(place, name), 'junction');
  // VS Code knows by where a program really lies whose it is.
  await cp(join(root, 'dist'), join(place, 'dist'), {
    recursive: true,
    filter: (file) => !/\.(?:map|vsix)$/.test(file),
  });
  for (const [file, texts] of [
    [`package.nls.${language}.json`, extensionTexts],
    [join('l10n', `bundle.l10n.${language}.json`), makeBundle()],
  ] as const) {
    const translated = Object.entries(texts).map(([key, text]) => [key, translate(text)]);
    await writeFile(join(place, file), JSON.stringify(Object.fromEntries(translated)));
  }
  return folder;
}

function placeIn(folder: string): string {
  const { publisher, name, version } = packageJson;
  return join(folder, `${publisher}.${name}-${version}`);
}
