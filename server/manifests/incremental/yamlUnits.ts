import type { DocumentUnit, Unit } from '../file.ts';
import type { ManifestNode, Place, TextProblem } from '../nodes.ts';
import { readYaml, type YamlReading } from '../yaml.ts';
import { detached } from './textChange.ts';
import { unitOf } from './units.ts';

/**
 * Reads parts of YAML by themselves. That a part ends where it seems to is proven by what is read behind it: a last item
 * or document of our own must come out of the parser as what it is, at its place.
 */

/** Parts are read together up to so many characters: the parser is as fast as it gets, and still in small memory. */
const batch = 16_384;
/** Where one of them is broken, fewer; after so many vain attempts, all as a whole. */
const mostAttempts = 100;

/**
 * What stands behind the last part: the text's end, or another part. An item with an anchor and a tag, since one that the
 * part leaves over goes to what follows, where a second is an error.
 */
export type Follows = 'end' | 'item' | 'document';
const sentinels = { end: '', item: '- &a !!int 0\n', document: '--- 0\n' } as const;

/** Line ends and marks that parsers and editors take differently: where they are, only reading all at once is right. */
export function isOdd(text: string): boolean {
  return /\r(?!\n)|[\u0085\u2028\u2029\ufeff]/.test(text);
}

/** Where the items of a list begin, and the lines between them that belong to none. */
export interface Items {
  readonly starts: readonly number[];
  readonly strays: readonly Place[];
}

/**
 * What the items of a list are. Once it has begun, a line at the left margin that begins no item ends none of those that
 * follow: with what stands indented below it, it is a stray part of the item before. Undefined where the list does not
 * begin, or is none; `head`: comments and the document's marker may stand before it.
 */
export function itemsIn(text: string, head: boolean): Items | undefined {
  const starts: number[] = [];
  const strays: Place[] = [];
  let stray = false;
  for (let at = 0; at < text.length; at = lineAfter(text, at)) {
    const character = text[at];
    if (character === '-' && isSpace(text[at + 1])) {
      if (text[at + 1] === '\t') return undefined;
      starts.push(at);
      stray = false;
      continue;
    }
    const indented = character === ' ' || character === '\t';
    if (indented && !stray && starts.length > 0) continue;
    const line = lineAt(text, at);
    if (isBlank(line)) continue;
    const marker = isMarker(text, at);
    if (marker && head && starts.length === 0 && isBlank(line.slice(3))) continue;
    if (marker || (head && starts.length === 0)) return undefined;
    stray = true;
    strays.push({ start: at, end: at + line.trimEnd().length });
  }
  return { starts, strays };
}

/**
 * Where documents begin; the first at 0, with what stands above its marker. `empty`: nothing begins yet. Undefined where a
 * directive or the end of a document is written.
 */
export function documentStarts(text: string): { starts: number[]; empty: boolean } | undefined {
  const starts = [0];
  let empty = true;
  for (let at = 0; at < text.length; at = lineAfter(text, at)) {
    const character = text[at];
    if (character === '%' || (character === '.' && text.startsWith('...', at))) return undefined;
    const marker = character === '-' && isMarker(text, at);
    if (marker && !(empty && starts.length === 1)) starts.push(at);
    if (marker || (empty && !isBlank(lineAt(text, at)))) empty = false;
  }
  return { starts, empty };
}

/** Reads items, of a text that begins with one. Undefined where one of them is no item, or reaches into the next. */
export function readItems(
  text: string,
  { starts, strays }: Items,
  follows: Follows,
): { items: Unit[]; head: number; from: number } | undefined {
  const items: Unit[] = [];
  let head = 0;
  let together = batch;
  let vain = 0;
  for (let at = 0; at < starts.length; ) {
    const to = batchEnd(starts, at, together);
    const begin = at === 0 ? 0 : (starts[at] ?? 0);
    const end = starts[to] ?? text.length;
    const source = detached(text.slice(begin, end));
    const next = to < starts.length ? 'item' : follows;
    const reading = readAround(source, placesWithin(strays, begin, end), sentinels[next]);
    const borders = [0, ...starts.slice(at + 1, to).map((start) => start - begin), source.length];
    const found = itemsOf(reading, borders, next);
    const [document] = reading.roots;
    if (!found || !document) {
      // An alias may reach out of any part that holds it.
      if (reading.aliased || to - at === 1 || vain++ > mostAttempts) return undefined;
      together = fewer(starts, at, to, source.length);
      continue;
    }
    together = Math.min(together * 2, batch);
    if (at === 0) head = document.start;
    items.push(...found);
    at = to;
  }
  return { items, head, from: starts[0] ?? 0 };
}

/** Reads a list as if the stray lines were comments: the parser would read nothing behind the first of them. */
function readAround(source: string, strays: readonly Place[], sentinel: string): YamlReading {
  let masked = '';
  for (const { start, end } of strays) masked += source.slice(masked.length, start) + '#'.repeat(end - start);
  const reading = readYaml(masked + source.slice(masked.length) + sentinel);
  if (strays.length === 0) return reading;
  const margin = strays.filter(({ start }) => !isSpace(source[start]));
  return { ...reading, problems: [...reading.problems, ...margin.map(strayLine)] };
}

function strayLine(place: Place): TextProblem {
  const message =
    "Only the items of the list may stand at its margin. Begin this line with '- ', or indent it.";
  return { rule: 'yaml/syntax', severity: 'error', ...place, message };
}

function placesWithin(places: readonly Place[], begin: number, end: number): Place[] {
  return places.flatMap((place) =>
    place.start >= begin && place.start < end ? [{ start: place.start - begin, end: place.end - begin }] : [],
  );
}

/** Reads the documents that begin at `starts`, none of them item by item. */
export function readDocuments(
  text: string,
  starts: readonly number[],
  follows: 'end' | 'document',
): DocumentUnit[] | undefined {
  const units: DocumentUnit[] = [];
  let together = batch;
  let vain = 0;
  for (let at = 0; at < starts.length; ) {
    const to = batchEnd(starts, at, together);
    const begin = starts[at] ?? 0;
    const source = detached(text.slice(begin, starts[to] ?? text.length));
    const next = to < starts.length ? 'document' : follows;
    const borders = [...starts.slice(at, to).map((start) => start - begin), source.length];
    const found = documentsOf(readYaml(source + sentinels[next]), borders, next);
    if (!found) {
      if (to - at === 1 || vain++ > mostAttempts) return undefined;
      together = fewer(starts, at, to, source.length);
      continue;
    }
    together = Math.min(together * 2, batch);
    units.push(...found);
    at = to;
  }
  return units;
}

function documentsOf(
  reading: YamlReading,
  borders: readonly number[],
  next: 'end' | 'document',
): DocumentUnit[] | undefined {
  const problems = problemsBetween(reading, borders);
  if (!problems || !endsWith(reading, 'document', next, borders.at(-1) ?? 0)) return undefined;
  if (reading.roots.length !== borders.length - (next === 'end' ? 1 : 0)) return undefined;
  const units: DocumentUnit[] = [];
  for (const [index, own] of problems.entries()) {
    const [start = 0, end = 0] = [borders[index], borders[index + 1]];
    const document = reading.roots[index];
    if (!document || (index > 0 && document.start !== start)) return undefined;
    if (document.root && !isWithin(document.root, start, end, reading.problems.length > 0)) return undefined;
    units.push({ ...unitOf(document.root, start, end - start, own), head: document.start - start });
  }
  return units;
}

function itemsOf(reading: YamlReading, borders: readonly number[], next: Follows): Unit[] | undefined {
  const root = reading.roots[0]?.root;
  const count = borders.length - 1;
  if (reading.aliased || root?.type !== 'array' || root.flow) return undefined;
  if (reading.roots.length !== (next === 'document' ? 2 : 1)) return undefined;
  if (root.members.length !== count + (next === 'item' ? 1 : 0)) return undefined;
  const end = borders.at(-1) ?? 0;
  const problems = problemsBetween(reading, borders);
  if (!problems || !endsWith(reading, 'item', next, end)) return undefined;
  const items: Unit[] = [];
  for (const [index, own] of problems.entries()) {
    const [from = 0, to = 0] = [borders[index], borders[index + 1]];
    const node = root.members[index]?.node;
    if (!node || !isWithin(node, from, to, reading.problems.length > 0)) return undefined;
    items.push(unitOf(node, from, to - from, own));
  }
  return items;
}

/** Tells whether what was written behind the parts came out as it should. */
function endsWith(reading: YamlReading, of: 'item' | 'document', next: Follows, end: number): boolean {
  if (next === 'end') return true;
  const last = reading.roots.at(-1)?.root;
  const sentinel = of === 'item' && next === 'item' ? last?.members.at(-1)?.node : last;
  return sentinel?.value === 0 && sentinel.start === end + sentinels[next].length - 2;
}

/**
 * The problems of each part. One at the very beginning of what follows was caused by the part before it, as an unfinished
 * list is; undefined where that is not plain, or a problem lies in no part.
 */
function problemsBetween(
  { problems }: YamlReading,
  borders: readonly number[],
): YamlReading['problems'][] | undefined {
  const own = borders.slice(1).map((): YamlReading['problems'][number][] => []);
  const end = borders.at(-1) ?? 0;
  for (const problem of problems) {
    const single = own.length === 1 && problem.end <= end + 1;
    const at = single ? 0 : borders.findLastIndex((border) => border <= problem.start);
    if (!single && (problem.start === borders[at] || problem.end > (borders[at + 1] ?? -1))) return undefined;
    own[at]?.push(problem);
  }
  return own;
}

/** Of broken text the members may lie elsewhere than what holds them. */
function isWithin(node: ManifestNode, from: number, to: number, broken: boolean): boolean {
  const { start, end, members } = node;
  if (start < from || end > to || start > to || end < from) return false;
  return (
    !broken ||
    members.every(
      ({ key, node: inner }) =>
        (!key || (key.start >= from && key.end <= to)) && isWithin(inner, from, to, true),
    )
  );
}

/** The size of half a batch, or of one that is a part shorter: the last part may be the long one. */
function fewer(starts: readonly number[], at: number, to: number, length: number): number {
  return Math.min(length >> 1, (starts[to - 1] ?? 0) - (starts[at] ?? 0));
}

function batchEnd(starts: readonly number[], at: number, size: number): number {
  let to = at + 1;
  while (to < starts.length && (starts[to] ?? 0) - (starts[at] ?? 0) < size) to++;
  return to;
}

/** `---`, alone or before something. */
export function isMarker(text: string, at: number): boolean {
  return text.startsWith('---', at) && isSpace(text[at + 3]);
}

function isSpace(character: string | undefined): boolean {
  return character === undefined || /[ \t\r\n]/.test(character);
}

function isBlank(line: string): boolean {
  return /^[ \t\r]*(#|$)/.test(line);
}

function lineAt(text: string, at: number): string {
  const next = text.indexOf('\n', at);
  return text.slice(at, next === -1 ? undefined : next);
}

function lineAfter(text: string, at: number): number {
  const next = text.indexOf('\n', at);
  return next === -1 ? text.length : next + 1;
}
