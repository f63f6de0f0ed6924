import type { SQLInputValue } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Store } from '../store/store.ts';
import { allOf, anyOf, type Condition, type Filter } from './filters.ts';
import { after, orderBy, rangesAfter, type Sort } from './listOrder.ts';
import type { Branch } from './listScope.ts';
import { createLabelSets } from './planLabels.ts';
import type { ImageRow } from './view.ts';

export interface Asked {
  readonly region: string;
  readonly branches: readonly Branch[];
  readonly filters: readonly Filter[];
  readonly order: readonly Sort[];
  readonly marker: ImageRow | undefined;
  readonly limit: number;
}

export type Found = Pick<ImageRow, 'key' | 'id' | 'revision'>;

export interface Planner {
  /** The images of a page, in order. A promise where the search is long: it is then done in short turns. */
  page(asked: Asked): Found[] | Promise<Found[]>;
}

/** So many images are done with in a few milliseconds. SQLite is synchronous: nothing else runs meanwhile. */
export interface Sizes {
  /** How many are fetched and sorted at once. */
  readonly few: number;
  /** How many rows of an index are read in search of a page. */
  readonly budget: number;
}

const usual: Sizes = { few: 2000, budget: 2000 };

/**
 * Lists of a million images, each in a few milliseconds (measured in facts/node.md): where few images pass one filter,
 * they are fetched and sorted; else indexes that have the order are read until the page is full; else properties and tags
 * that many images share are intersected as sets of bits. What none of these answers is searched image by image, in
 * turns that let other requests through.
 */
export function createPlanner(store: Store, { few, budget }: Sizes = usual): Planner {
  const labels = createLabelSets(store);

  const count = (keys: Condition, most: number): number =>
    store.get<{ n: number }>(`SELECT count(*) AS n FROM (${keys.sql} LIMIT ?)`, ...keys.values, most)?.n ?? 0;

  /** Those of `keys` that belong to the list, sorted, cut to the page. */
  const sorted = (asked: Asked, from: Condition, among: Condition): Found[] => {
    const { sql, values } = allOf([
      among,
      { sql: 'i.region = ?', values: [asked.region] },
      anyOf(asked.branches.map(({ test, more }) => allOf([test, more]))),
      ...asked.filters,
      ...(asked.marker ? [after(asked.marker, asked.order)] : []),
    ]);
    return store.all<Found>(
      `SELECT i.key, i.id, i.revision FROM ${from.sql} WHERE ${sql} ${orderBy(asked.order)} LIMIT ?`,
      ...from.values,
      ...values,
      asked.limit,
    );
  };
  const fetched = (asked: Asked, { sql, values }: Condition): Found[] =>
    sorted(
      asked,
      { sql: `(${sql}) d CROSS JOIN images i ON i.key = d.key`, values },
      { sql: '1', values: [] },
    );

  return {
    page: (asked) => {
      const rarest = asked.filters
        .flatMap(({ keys }) => (keys ? [{ keys, n: count(keys, few + 1) }] : []))
        .reduce<{ keys: Condition; n: number } | undefined>(
          (best, one) => (best && best.n <= one.n ? best : one),
          undefined,
        );
      if (rarest && rarest.n <= few) return rarest.n === 0 ? [] : fetched(asked, rarest.keys);
      const asLabels = asked.filters.flatMap(({ label }) => label ?? []);
      const both = asLabels.length > 1 ? labels.known(asLabels)?.few(few) : undefined;
      if (both) return both.length === 0 ? [] : fetched(asked, listed(both));
      const scanned = scan(store, asked, budget);
      if (scanned) return best(store, asked, scanned);
      if (count(everyBranch(asked, 'UNION ALL'), few + 1) <= few)
        return fetched(asked, everyBranch(asked, 'UNION'));
      return asLabels.length > 0 ? amongLabelled(asLabels, asked) : amongAll(asked);
    },
  };

  async function amongLabelled(asLabels: Parameters<typeof labels.read>[0], asked: Asked): Promise<Found[]> {
    let top: Found[] = [];
    for (const keys of (await labels.read(asLabels)).chunks(few)) {
      top = best(
        store,
        asked,
        [...top, ...fetched(asked, listed(keys))].map(({ key }) => key),
      );
      await nextTurn();
    }
    return top;
  }

  async function amongAll(asked: Asked): Promise<Found[]> {
    let top: Found[] = [];
    const last = store.get<{ key: number | null }>('SELECT max(key) AS key FROM images')?.key ?? 0;
    for (let from = 0; from < last; from += few) {
      const slice = { sql: 'i.key > ? AND i.key <= ?', values: [from, from + few] };
      const more = sorted(asked, { sql: 'images i NOT INDEXED', values: [] }, slice);
      if (more.length > 0)
        top = best(
          store,
          asked,
          [...top, ...more].map(({ key }) => key),
        );
      await nextTurn();
    }
    return top;
  }
}

function listed(keys: readonly number[]): Condition {
  return { sql: 'SELECT value AS key FROM json_each(?)', values: [JSON.stringify(keys)] };
}

/** The first of these images in the list's order. */
function best(store: Store, { order, limit }: Asked, keys: readonly number[]): Found[] {
  const { sql, values } = listed(keys);
  return store.all<Found>(
    `SELECT i.key, i.id, i.revision FROM (${sql}) d CROSS JOIN images i ON i.key = d.key ${orderBy(order)} LIMIT ?`,
    ...values,
    limit,
  );
}

/** The images that the branches begin with; some may be in several, until `more` is looked at. */
function everyBranch({ branches }: Asked, union: 'UNION' | 'UNION ALL'): Condition {
  return {
    sql: branches.map(({ from, where }) => `SELECT i.key FROM ${from} WHERE ${where.sql}`).join(` ${union} `),
    values: branches.flatMap(({ where }) => where.values),
  };
}

/**
 * The first images of every branch, as its index has them in order; the page is among them. Undefined where no index has
 * this order, or too few images pass.
 */
function scan(store: Store, asked: Asked, budget: number): number[] | undefined {
  const { order, marker, limit } = asked;
  const sources = indexed(asked);
  if (!sources) return undefined;
  const found: number[] = [];
  for (const { from, where, more } of sources) {
    let missing = limit;
    for (const range of marker ? rangesAfter(marker, order) : [undefined]) {
      if (missing === 0) break;
      const here = allOf(range ? [where, range] : [where]);
      const passing = allOf([more, ...asked.filters]);
      // The subquery is a coroutine: it stops where the page is full.
      const inOrder = inTermsOf(from, `FROM ${from} WHERE ${here.sql} ${orderBy(order)}`);
      const most = Math.max(budget, 2 * missing);
      const rows = store.all<{ key: number }>(
        `SELECT i.key FROM (SELECT i.* ${inOrder} LIMIT ?) i WHERE ${passing.sql} LIMIT ?`,
        ...here.values,
        most,
        ...passing.values,
        missing,
      );
      for (const { key } of rows) found.push(key);
      missing -= rows.length;
      const values: SQLInputValue[] = [...here.values, most];
      if (missing > 0 && store.get(`SELECT 1 ${inOrder} LIMIT 1 OFFSET ?`, ...values)) return undefined;
    }
  }
  return found;
}

/** The shares of an account have the image's time and id beside them. */
function inTermsOf(from: string, sql: string): string {
  return from.startsWith('image_shares s ') ? sql.replace(/\bi\.(created|id)\b/g, 's.$1') : sql;
}

type Source = Pick<Branch, 'from' | 'where' | 'more'>;

/** Each branch by an index that has the order; undefined where one has none. */
function indexed({ region, branches, order }: Asked): Source[] | undefined {
  const [first, ...then] = order;
  const names = order.map(({ key }) => key).join();
  if (!first || then.some(({ direction }) => direction !== first.direction)) return undefined;
  if (names !== 'id' && names !== 'created_at,id' && names !== `${first.key},created_at,id`) return undefined;
  if (first.key === 'id' || first.key === 'name')
    return [
      {
        from: `images i INDEXED BY ${first.key === 'id' ? 'sqlite_autoindex_images_1' : 'images_by_name'}`,
        where: { sql: 'i.region = ?', values: [region] },
        more: anyOf(branches.map(({ test, more }) => allOf([test, more]))),
      },
    ];
  const sources = branches.flatMap(({ from, where, more, indexes }) => {
    const index = indexes[first.key];
    return index ? [{ from: index === 's' ? from : `${from} INDEXED BY ${index}`, where, more }] : [];
  });
  return sources.length === branches.length ? sources : undefined;
}
