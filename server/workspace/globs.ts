import { type ForeignFormat, isForeignFormat } from '../manifests/foreignFormats.ts';
import { kinds, type Told } from '../manifests/kinds.ts';
import type { Kind } from '../rules/facts.ts';
import { compilePattern, type LinearPattern, type PatternNode } from '../rules/patterns/linearPattern.ts';

/** A pattern of the settings that says of which kind the files are that it matches. */
export interface ManifestGlob {
  /** As it is written: `deploy/*.yaml`, `images/*.{yml,json}`; without a slash it matches names in any folder. */
  readonly pattern: string;
  /** The folder that the pattern is relative to. */
  readonly base: string;
  /** What the files are. */
  readonly is: Kind | ForeignFormat;
  /** Where it is written, for the lens that says why. */
  readonly from: string;
  /** Tells whether it matches a path below `base`, with slashes. */
  matches(path: string): boolean;
}

/** The most characters of a pattern in settings; a longer one is ignored. */
const maximumLength = 1000;

/** Reads the patterns of settings, `{"deploy/*.yaml": "image"}`. A value that is no kind says nothing: nobody has checked it before. */
export function readGlobs(
  said: Readonly<Record<string, unknown>>,
  base: string,
  from: string,
): ManifestGlob[] {
  return Object.entries(said).flatMap(([pattern, value]) => {
    const is = isForeignFormat(value) ? value : kinds.find((known) => known === value);
    if (!is || pattern.length > maximumLength) return [];
    let compiled: LinearPattern | undefined;
    const matches = (path: string): boolean => {
      compiled ??= compileGlob(pattern);
      return compiled.matches(path);
    };
    return [{ pattern, base, is, from, matches }];
  });
}

/** What the settings say that a file is, and which of them do; the last pattern that matches counts. */
export function kindByGlobs(path: string, globs: readonly ManifestGlob[]): Told | undefined {
  if (globs.length === 0 || !/\.(ya?ml|jsonc?)$/i.test(path)) return undefined;
  const found = globs.findLast((glob) => {
    const inside = within(path, glob.base);
    return inside !== undefined && glob.matches(inside);
  });
  if (!found) return undefined;
  const why = `by '${found.pattern}' of ${found.from}`;
  return isForeignFormat(found.is) ? { format: found.is, why } : { kind: found.is, why };
}

/** The path from a folder, with slashes; undefined for what is not in it. */
function within(path: string, base: string): string | undefined {
  const [file, folder] = [path.replaceAll('\\', '/'), base.replaceAll('\\', '/').replace(/\/?$/, '/')];
  return file.startsWith(folder) ? file.slice(folder.length) : undefined;
}

/** Compiles `**` any folders, `*` and `?` within a name, `{a,b}` one of several; anything else is itself. */
export function compileGlob(pattern: string): LinearPattern {
  const whole = pattern.includes('/') ? pattern.replace(/^\.?\//, '') : `**/${pattern}`;
  const open: PatternNode[][][] = [[[]]];
  const inner = (): PatternNode[][] => open.at(-1) ?? [];
  const push = (node: PatternNode): void => void inner().at(-1)?.push(node);
  const close = (): void => {
    const parts = (open.length > 1 ? open.pop() : undefined) ?? [];
    push({ type: 'choice', parts: parts.map((each) => ({ type: 'sequence', parts: each })) });
  };
  for (const [part] of whole.matchAll(/\*\*\/|\*\*|./gsu)) {
    if (part === '**/')
      push({ type: 'repeat', part: { type: 'sequence', parts: [anything, slash] }, min: 0, max: 1 });
    else if (part === '**') push(anything);
    else if (part === '*') push({ type: 'repeat', part: nameCharacter, min: 0 });
    else if (part === '?') push(nameCharacter);
    else if (part === '{') open.push([[]]);
    else if (part === '}' && open.length > 1) close();
    else if (part === ',' && open.length > 1) inner().push([]);
    else push(character(part));
  }
  while (open.length > 1) close();
  return compilePattern({ type: 'sequence', parts: inner()[0] ?? [] });
}

function character(text: string): PatternNode {
  const code = text.codePointAt(0) ?? 0;
  return { type: 'set', set: { ranges: [[code, code]] } };
}

const slash = character('/');
const nameCharacter: PatternNode = { type: 'set', set: { ranges: [[0x2f, 0x2f]], negated: true } };
const anything: PatternNode = {
  type: 'repeat',
  part: { type: 'set', set: { ranges: [], negated: true } },
  min: 0,
};
