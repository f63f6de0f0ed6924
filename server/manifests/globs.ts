import type { Kind } from '../rules/types.ts';
import { kinds, type Told } from './kinds.ts';

/** A pattern of the settings that says of which kind the files are that it matches. */
export interface ManifestGlob {
  /** As it is written: `deploy/*.yaml`, `images/*.{yml,json}`; without a slash it matches names in any folder. */
  readonly pattern: string;
  /** The folder that the pattern is relative to. */
  readonly base: string;
  readonly kind: Kind;
  /** Where it is written, for the lens that says why. */
  readonly from: string;
}

/** The patterns of settings, `{"deploy/*.yaml": "image"}`. What is no kind says nothing: nobody has checked it before us. */
export function globsIn(said: Readonly<Record<string, unknown>>, base: string, from: string): ManifestGlob[] {
  return Object.entries(said).flatMap(([pattern, value]) => {
    const kind = kinds.find((one) => one === value);
    return kind ? [{ pattern, base, kind, from }] : [];
  });
}

/** The kind that the settings say, and which of them; the last pattern that matches counts. */
export function kindByGlobs(path: string, globs: readonly ManifestGlob[]): Told | undefined {
  if (globs.length === 0 || !/\.(ya?ml|jsonc?)$/i.test(path)) return undefined;
  const found = globs.findLast(({ pattern, base }) => {
    const inside = within(path, base);
    return inside !== undefined && globExpression(pattern).test(inside);
  });
  return found && { kind: found.kind, why: `by '${found.pattern}' of ${found.from}` };
}

/** The path from a folder, with slashes; undefined for what is not in it. */
function within(path: string, base: string): string | undefined {
  const [file, folder] = [path.replaceAll('\\', '/'), base.replaceAll('\\', '/').replace(/\/?$/, '/')];
  return file.startsWith(folder) ? file.slice(folder.length) : undefined;
}

/** `**` any folders, `*` and `?` within a name, `{a,b}` one of several; anything else is itself. */
export function globExpression(pattern: string): RegExp {
  const whole = pattern.includes('/') ? pattern.replace(/^\.?\//, '') : `**/${pattern}`;
  let braces = 0;
  const source = whole.replace(/\*\*\/|\*\*|./gsu, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part === '{') return opened('(?:');
    if (part === '}' && braces > 0) return closed();
    if (part === ',' && braces > 0) return '|';
    return part.replace(/[\\^$.|+()[\]{}/]/, '\\$&');
  });
  return new RegExp(`^${source}${')'.repeat(braces)}$`, 'u');

  function opened(text: string): string {
    braces++;
    return text;
  }
  function closed(): string {
    braces--;
    return ')';
  }
}
