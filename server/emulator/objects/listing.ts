import type { Store } from '../store/store.ts';

/** What a listing asks for. */
export interface Asked {
  readonly prefix: string;
  readonly delimiter: string;
  /** Names after this one. */
  readonly marker: string;
  /** Names before this one; '' for no end. */
  readonly endMarker: string;
  readonly limit: number;
}

export interface Listed {
  readonly name: string;
  readonly bytes: number;
  readonly hash: string;
  readonly content_type: string;
  readonly modified: number;
}

/** An entry is an object, or a common beginning of several up to the delimiter. */
export type Entry = Listed | { readonly subdir: string };

const page = 1000;

/** The objects of a container in the order of their names' bytes, rolled up at the delimiter, as in Swift. */
export function listObjects(store: Store, container: number, asked: Asked): Entry[] {
  const { prefix, delimiter, marker, endMarker, limit } = asked;
  const entries: Entry[] = [];
  let after = marker;
  let from = prefix;
  while (entries.length < limit) {
    const rows = store.all<Listed>(
      `SELECT name, size AS bytes, md5 AS hash, content_type, modified FROM objects
       WHERE container = ? AND name > ? AND name >= ? ORDER BY name LIMIT ?`,
      container,
      after,
      from,
      page,
    );
    for (const row of rows) {
      const { name } = row;
      if (!name.startsWith(prefix) || (endMarker !== '' && compare(name, endMarker) >= 0)) return entries;
      const cut = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
      if (cut === -1) {
        entries.push(row);
        after = name;
      } else {
        const subdir = name.slice(0, cut + delimiter.length);
        // A marker inside a rolled-up part has shown it already.
        if (subdir !== marker && !marker.startsWith(subdir)) entries.push({ subdir });
        from = beyond(subdir);
        after = name;
      }
      if (entries.length === limit) return entries;
      if (cut !== -1) break; // what else begins so is skipped by the next query
    }
    if (rows.length === 0) return entries;
  }
  return entries;
}

/** A bound above every name that begins so. */
function beyond(start: string): string {
  return `${start}\u{10FFFF}`;
}

function compare(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
