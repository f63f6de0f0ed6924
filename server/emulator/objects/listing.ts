/** What a listing asks for. */
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

/** Names above `after`, from `from`, below `before`. */
export interface Bounds {
  readonly after: string;
  readonly from: string;
  readonly before: string;
}

/** The rows of a table in the order of their names' bytes: the next `count` of those within the bounds. */
export type Rows<Row> = (bounds: Bounds, reverse: boolean, count: number) => readonly Row[];

const page = 1000;

/** A part of the names, rolled up at the delimiter, as in Swift. Folders are skipped, not walked. */
export function list<Row extends { readonly name: string }>(asked: Asked, rows: Rows<Row>): Entry<Row>[] {
  const { prefix, delimiter, marker, endMarker, limit, reverse, flat } = asked;
  const entries: Entry<Row>[] = [];
  const whole = within(prefix);
  const [after, before] = reverse ? [endMarker, marker] : [marker, endMarker];
  let bounds: Bounds = {
    after,
    from: whole.from,
    before: before === '' ? whole.before : lower(before, whole.before),
  };
  for (;;) {
    const found = rows(bounds, reverse, Math.min(page, limit - entries.length));
    let skipped = false;
    for (const row of found) {
      const { name } = row;
      const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
      const folder = at === -1 ? '' : name.slice(0, at + delimiter.length);
      // A folder's own object stands in a flat listing, as long as it is not the one that is listed.
      if (folder === '' || (flat && name === folder)) {
        if (!flat || name !== prefix) entries.push(row);
        bounds = reverse ? { ...bounds, before: name } : { ...bounds, after: name };
        continue;
      }
      if (!flat && folder !== marker) entries.push({ subdir: folder });
      bounds = reverse ? { ...bounds, before: folder } : { ...bounds, from: within(folder).before };
      skipped = true;
      break;
    }
    if (entries.length >= limit || (!skipped && found.length === 0)) return entries;
  }
}

/** All names that begin so: from the first, below the second. */
export function within(start: string): { from: string; before: string } {
  return { from: start, before: `${start}\u{10FFFF}` };
}

/** The one of two names that comes first in the order of bytes. */
function lower(one: string, other: string): string {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0 ? one : other;
}
