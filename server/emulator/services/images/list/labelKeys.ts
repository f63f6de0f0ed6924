import type { SQLInputValue } from 'node:sqlite';
import type { Store } from '../../../store/store.ts';
import type { Label } from './filters.ts';

const columns = {
  image_properties: 'name = ? AND value = ?',
  image_tags: 'tag = ?',
  image_members: 'member = ? AND status = ?',
};
/** The columns of images that an index begins with, after the region. */
const indexes = new Map([
  ['owner', 'images_by_owner'],
  ['visibility', 'images_by_visibility'],
]);

/**
 * The keys of all images that have a label, so many a turn, each one text from SQLite, which is far faster than rows.
 * Where no index has them, a turn looks at half as many images.
 */
export function* keysOf(store: Store, { table, of }: Label, turn: number): Generator<readonly number[]> {
  if (table !== 'images')
    return yield* pages(
      store,
      turn,
      `SELECT image AS key FROM ${table} WHERE ${columns[table]} AND image > ? ORDER BY image LIMIT ?`,
      [...of, 0],
      (key) => [...of, key],
    );
  const [region = '', column = '', value = ''] = of;
  const index = indexes.get(column);
  if (index)
    return yield* pages(
      store,
      turn,
      `SELECT key FROM images INDEXED BY ${index} WHERE region = ? AND ${column} = ? AND (created, id) > (?, ?)
       ORDER BY created, id LIMIT ?`,
      [region, value, Number.MIN_SAFE_INTEGER, ''],
      (key) => [region, value, ...placeOf(store, key)],
    );
  const half = turn / 2;
  const { last } = store.get<{ last: number | null }>('SELECT max(key) AS last FROM images') ?? { last: 0 };
  for (let from = 0; from < (last ?? 0); from += half)
    yield listed(
      store,
      `SELECT key FROM images NOT INDEXED WHERE region = ? AND ${column} = ? AND key > ? AND key <= ?`,
      [region, value, from, from + half],
    );
}

/** Pages of a query in some order; `after` answers its values for what follows an image that is there. */
function* pages(
  store: Store,
  turn: number,
  sql: string,
  first: readonly SQLInputValue[],
  after: (key: number) => readonly SQLInputValue[],
): Generator<readonly number[]> {
  let values: readonly SQLInputValue[] | undefined = first;
  while (values) {
    const page = listed(store, sql, [...values, turn]);
    const last = page.at(-1);
    // Before others have their turn: the image may go then.
    values = last === undefined || page.length < turn ? undefined : after(last);
    yield page;
  }
}

function listed(store: Store, sql: string, values: readonly SQLInputValue[]): readonly number[] {
  const row = store.get<{ keys: string }>(`SELECT json_group_array(key) AS keys FROM (${sql})`, ...values);
  return JSON.parse(row?.keys ?? '[]');
}

function placeOf(store: Store, key: number): readonly SQLInputValue[] {
  const row = store.get<{ created: number; id: string }>('SELECT created, id FROM images WHERE key = ?', key);
  return row ? [row.created, row.id] : [];
}
