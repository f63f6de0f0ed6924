import { createPauses } from '../../../kernel/pauses.ts';
import { limits } from '../limits.ts';

/** The order and extent of a listing. */
export interface Asked {
  readonly prefix: string;
  readonly delimiter: string;
  /** Names behind this one, in the order of the listing; '' for all. */
  readonly marker: string;
  /** Names this side of this one; '' for no end. */
  readonly endMarker: string;
  readonly limit: number;
  readonly reverse: boolean;
  /** Only what stands right in a folder: no folders within it. */
  readonly flat: boolean;
}

/** An entry is a thing with a name, or a common beginning of several up to the delimiter. */
export type Entry<Row> = Row | { readonly subdir: string };

/** Names from the first, below the second: one bound at either end, which is where an index begins and ends. */
export interface Bounds {
  readonly from: string;
  readonly before: string;
}

/** The rows of a table in the order of their names' bytes: the next `count` of those within the bounds. */
export type Rows<Row> = (bounds: Bounds, reverse: boolean, count: number) => readonly Row[];

const page = 1000;

/**
 * A part of the names, rolled up at the delimiter, as in Swift. Folders are skipped, not walked: where one was met few
 * rows are asked for at first, and more as long as no other one comes. Others have their turn in between.
 */
export async function list<Row extends { readonly name: string }>(
  asked: Asked,
  rows: Rows<Row>,
): Promise<Entry<Row>[]> {
  const { prefix, delimiter, marker, endMarker, limit, reverse, flat } = asked;
  const pause = createPauses();
  const entries: Entry<Row>[] = [];
  const whole = within(prefix);
  const [after, before] = reverse ? [endMarker, marker] : [marker, endMarker];
  let bounds: Bounds = {
    from: after === '' ? whole.from : sorted(whole.from, behind(after))[1],
    before: before === '' ? whole.before : sorted(whole.before, before)[0],
  };
  let count = delimiter === '' ? page : 1;
  for (;;) {
    let skipped = false;
    const wanted = Math.min(count, limit - entries.length);
    const found = wanted > 0 ? rows(bounds, reverse, wanted) : [];
    for (const row of found) {
      const { name } = row;
      const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
      const folder = at === -1 ? '' : name.slice(0, at + delimiter.length);
      // A folder's own object stands in a flat listing, as long as it is not the one that is listed.
      if (folder === '' || (flat && name === folder)) {
        if (!flat || name !== prefix) entries.push(row);
        bounds = reverse ? { ...bounds, before: name } : { ...bounds, from: behind(name) };
        continue;
      }
      if (!flat && folder !== marker) entries.push({ subdir: folder });
      bounds = reverse ? { ...bounds, before: folder } : { ...bounds, from: within(folder).before };
      skipped = true;
      break;
    }
    if (entries.length >= limit || found.length === 0) return entries;
    count = skipped ? 1 : Math.min(page, 2 * count);
    await pause();
  }
}

/** Behind every name: none is as long. */
const behindAll = '\u{10FFFF}'.repeat(limits.objectName / 4 + 1);

/** All names that begin so: from the first, below the second. */
export function within(start: string): { from: string; before: string } {
  const last = start.replace(/\u{10FFFF}+$/u, '');
  const code = last.codePointAt(last.length - (/[\uDC00-\uDFFF]$/.test(last) ? 2 : 1));
  if (code === undefined) return { from: start, before: behindAll };
  const next = code === 0xd7ff ? 0xe000 : code + 1; // surrogates are no characters
  return {
    from: start,
    before: `${last.slice(0, -String.fromCodePoint(code).length)}${String.fromCodePoint(next)}`,
  };
}

/** The name right after another: none has a character of code 0. */
export function behind(name: string): string {
  return `${name}\u0001`;
}

/** Two names in the order of bytes. */
function sorted(one: string, other: string): readonly [string, string] {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0 ? [one, other] : [other, one];
}
