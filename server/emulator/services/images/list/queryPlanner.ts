import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Store } from '../../../store/store.ts';
import type { ImageRow } from '../view.ts';
import type { Branch } from './branches.ts';
import { allOf, always, anyOf, type Condition, type Filter, type Label } from './filters.ts';
import { createLabelSets } from './labelSets.ts';
import { after, orderBy, rangesAfter, type Sort } from './order.ts';

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
  /** Images that are fetched and sorted at once. */
  readonly few: number;
  /** Rows of an index that are read in search of a page. */
  readonly budget: number;
  /** Keys of a property's images, or of another label's, that are read in a turn. */
  readonly turn: number;
}

const usual: Sizes = { few: 2000, budget: 1000, turn: 8000 };

/**
 * Lists of a million images, each in a few milliseconds (as measured): where few images pass one filter,
 * they are fetched and sorted; else indexes that have the order are read until the page is full; where that takes too
 * long, the images of owners, properties and tags are intersected as sets of bits, and what is left is fetched, in turns
 * that let other requests through.
 */
export function createPlanner(store: Store, { few, budget, turn }: Sizes = usual): Planner {
  const labels = createLabelSets(store, turn);

  const count = (keys: Condition, most: number): number =>
    store.get<{ n: number }>(`SELECT count(*) AS n FROM (${keys.sql} LIMIT ?)`, ...keys.values, most)?.n ?? 0;

  const rarest = ({ filters }: Asked): Condition | undefined => {
    const counted = filters.flatMap(({ keys }) => (keys ? [{ keys, n: count(keys, few + 1) }] : []));
    return counted.filter(({ n }) => n <= few).sort((one, other) => one.n - other.n)[0]?.keys;
  };

  return {
    page: (asked) => {
      const driver = rarest(asked);
      if (driver) return fetched(store, asked, driver);
      const { kept, rest } = keptSets(asked);
      const { found, open } = scan(store, { ...asked, branches: rest }, budget);
      if (open.length === 0)
        return best(store, asked, [...found, ...keysOf(fetched(store, asked, listed(kept)))]);
      if (count(everyBranch(asked, 'UNION ALL'), few + 1) <= few)
        return fetched(store, asked, everyBranch(asked, 'UNION'));
      return search(asked, [...found, ...keysOf(fetched(store, asked, listed(kept)))], open);
    },
  };

  /** The branches of which the sets at hand leave few images, and these images; and the other branches. */
  function keptSets(asked: Asked): { kept: number[]; rest: Branch[] } {
    const narrowed = asked.filters.some(({ label }) => label !== undefined);
    const kept = new Set<number>();
    const rest: Branch[] = [];
    for (const branch of asked.branches) {
      const narrow = narrowed || branch.labels.length > 1 || !branch.indexes[asked.order[0]?.key ?? ''];
      const keys = narrow ? labels.known(collectLabels(branch, asked))?.few(few - kept.size) : undefined;
      if (keys) for (const key of keys) kept.add(key);
      else rest.push(branch);
    }
    return { kept: [...kept], rest };
  }

  async function search(asked: Asked, found: readonly number[], open: readonly Branch[]): Promise<Found[]> {
    let top = best(store, asked, found);
    for (const branch of open)
      for (const keys of (await labels.read(collectLabels(branch, asked), few)).chunks(few)) {
        const more = fetched(store, { ...asked, branches: [branch] }, listed(keys));
        if (more.length > 0) top = best(store, asked, keysOf([...top, ...more]));
        await nextTurn();
      }
    return top;
  }
}

function collectLabels(branch: Branch, { filters }: Asked): Label[] {
  return [...filters.flatMap(({ label }) => label ?? []), ...branch.labels];
}

function keysOf(found: readonly Found[]): number[] {
  return found.map(({ key }) => key);
}

function listed(keys: readonly number[]): Condition {
  return { sql: 'SELECT value AS key FROM json_each(?)', values: [JSON.stringify([...new Set(keys)])] };
}

/** Those of `keys` that belong to the list, in its order, cut to the page. */
function fetched(store: Store, asked: Asked, keys: Condition): Found[] {
  if (keys.values[0] === '[]') return [];
  const { region, branches, filters, marker, order } = asked;
  const shown = anyOf(branches.map(({ test, more }) => allOf([test, more])));
  const passing = allOf([
    { sql: 'i.region = ?', values: [region] },
    shown,
    ...filters,
    ...(marker ? [after(marker, order)] : []),
  ]);
  return cut(store, asked, keys, passing);
}

/** The first of these images in the list's order. */
function best(store: Store, asked: Asked, keys: readonly number[]): Found[] {
  if (keys.length === 0) return [];
  return cut(store, asked, listed(keys), always);
}

function cut(store: Store, { order, limit }: Asked, keys: Condition, passing: Condition): Found[] {
  return store.all<Found>(
    `SELECT i.key, i.id, i.revision FROM (${keys.sql}) d CROSS JOIN images i ON i.key = d.key
     WHERE ${passing.sql} ${orderBy(order)} LIMIT ?`,
    ...keys.values,
    ...passing.values,
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
 * The first images of every branch, as an index has them in order, from the marker on. `open` are the branches that are
 * not done: no index has this order, or too few of the images that were read pass.
 */
function scan(store: Store, asked: Asked, budget: number): { found: number[]; open: readonly Branch[] } {
  const found: number[] = [];
  const open: Branch[] = [];
  const whole = asked.branches.length > 0 ? ofRegion(asked) : undefined;
  if (whole)
    return scanned(store, asked, whole, budget, found)
      ? { found, open }
      : { found: [], open: asked.branches };
  for (const branch of asked.branches) {
    const index = isIndexed(asked) ? branch.indexes[asked.order[0]?.key ?? ''] : undefined;
    const source = { ...branch, from: `${branch.from.replace(/^\w+ \w+/, `$& INDEXED BY ${index}`)}` };
    if (!index || !scanned(store, asked, source, budget, found)) open.push(branch);
  }
  return { found, open };
}

type Source = Pick<Branch, 'from' | 'where' | 'more'>;

/** Adds the page's images of one source. Answers whether it was read far enough. */
function scanned(
  store: Store,
  { order, marker, limit, filters }: Asked,
  { from, where, more }: Source,
  budget: number,
  found: number[],
): boolean {
  let missing = limit;
  for (const range of marker ? rangesAfter(marker, order) : [always]) {
    if (missing === 0) break;
    const here = allOf([where, range]);
    const passing = allOf([more, ...filters]);
    const inOrder = inTermsOf(from, `FROM ${from} WHERE ${here.sql} ${orderBy(order)}`);
    const most = Math.max(budget, 2 * missing);
    // The subquery is a coroutine: it stops where the page is full.
    const rows = store.all<{ key: number }>(
      `SELECT i.key FROM (SELECT i.* ${inOrder} LIMIT ?) i WHERE ${passing.sql} LIMIT ?`,
      ...here.values,
      most,
      ...passing.values,
      missing,
    );
    for (const { key } of rows) found.push(key);
    missing -= rows.length;
    if (missing > 0 && store.get(`SELECT 1 ${inOrder} LIMIT 1 OFFSET ?`, ...here.values, most)) return false;
  }
  return true;
}

/** The shares of an account have what lists are sorted by beside them. */
function inTermsOf(from: string, sql: string): string {
  if (!from.startsWith('image_shares s ')) return sql;
  return sql.replaceAll('coalesce(i.size, -1)', 's.size').replace(/\bi\.(created|updated|id)\b/g, 's.$1');
}

/** True where the order is KEY, created_at and id in one direction, as in the indexes. */
function isIndexed({ order }: Asked): boolean {
  const [first, ...then] = order;
  const names = order.map(({ key }) => key).join();
  return (
    then.every(({ direction }) => direction === first?.direction) &&
    (names === 'id' || names === 'created_at,id' || names === `${first?.key},created_at,id`)
  );
}

/** Names and ids are indexed by region only: all branches are read as one. */
function ofRegion(asked: Asked): Source | undefined {
  const { region, branches, order } = asked;
  const key = order[0]?.key;
  if (!isIndexed(asked) || (key !== 'id' && key !== 'name')) return undefined;
  return {
    from: `images i INDEXED BY ${key === 'id' ? 'sqlite_autoindex_images_1' : 'images_by_name'}`,
    where: { sql: 'i.region = ?', values: [region] },
    more: anyOf(branches.map(({ test, more }) => allOf([test, more]))),
  };
}
