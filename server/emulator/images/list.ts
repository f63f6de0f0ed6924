import type { SQLInputValue } from 'node:sqlite';
import type { Caller, Profile } from '../../rules/types.ts';
import { Fault } from '../faults.ts';
import type { Store } from '../store/store.ts';
import { isCloudAdmin } from './access.ts';
import { type Condition, filtersOf, truth } from './filters.ts';
import type { ImageRow } from './view.ts';

export interface Page {
  readonly rows: readonly ImageRow[];
  /** Path and query of this list without the marker, and of the page that follows, if any. */
  readonly first: string;
  readonly next: string | undefined;
}

const defaultLimit = 25;
const largestLimit = 1000;

/** One page of the images that the caller may list (facts/glance.md §5, facts/rackspace.md §1.2). Faults: 400, 403. */
export function listImages(
  store: Store,
  profile: Profile,
  caller: Caller,
  region: string,
  query: URLSearchParams,
): Page {
  const limit = limitOf(query);
  const order = orderOf(query);
  const conditions: Condition[] = [
    { sql: 'i.region = ?', values: [region] },
    visibilityOf(profile, caller, query),
    { sql: 'i.os_hidden = ?', values: [truth('os_hidden', query.get('os_hidden') ?? 'false') ? 1 : 0] },
    ...filtersOf(query),
  ];
  const marker = query.get('marker');
  if (marker !== null) conditions.push(afterMarker(store, region, marker, order));
  const rows =
    limit === 0
      ? []
      : store.all<ImageRow>(
          `SELECT i.* FROM images i WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}
           ORDER BY ${order.map(({ column, direction }) => `${column} ${direction}`).join(', ')} LIMIT ?`,
          ...conditions.flatMap(({ values }) => values),
          limit,
        );
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { rows, first: pathOf(query), next: last && pathOf(query, last.id) };
}

function pathOf(query: URLSearchParams, marker?: string): string {
  const parameters = new URLSearchParams([...query].filter(([name]) => name !== 'marker'));
  if (marker !== undefined) parameters.append('marker', marker);
  const text = parameters.toString();
  return `/v2/images${text ? `?${text}` : ''}`;
}

function limitOf(query: URLSearchParams): number {
  const asked = query.get('limit');
  if (asked === null) return defaultLimit;
  if (!/^-?\d+$/.test(asked)) throw new Fault(400, 'limit param must be an integer');
  if (asked.startsWith('-')) throw new Fault(400, 'limit param must be positive');
  return Math.min(Number(asked), largestLimit);
}

function visibilityOf(profile: Profile, caller: Caller, query: URLSearchParams): Condition {
  const memberStatus = query.get('member_status') ?? 'accepted';
  if (!['accepted', 'pending', 'rejected', 'all'].includes(memberStatus))
    throw new Fault(400, `Invalid status: ${memberStatus}`);
  const mine = { sql: 'i.owner = ?', values: [caller.account] };
  const shared: Condition = {
    sql: `(i.owner IS NOT ? AND EXISTS (SELECT 1 FROM image_members m WHERE m.image = i.key AND m.member = ?${
      memberStatus === 'all' ? '' : ' AND m.status = ?'
    }))`,
    values: [caller.account, caller.account, ...(memberStatus === 'all' ? [] : [memberStatus])],
  };
  const is = (visibility: string): Condition => ({ sql: 'i.visibility = ?', values: [visibility] });
  const every = isCloudAdmin(profile, caller) ? [always] : [mine, shared, is('public')];
  switch (query.get('visibility')) {
    case null:
      return anyOf(every);
    case 'all':
      return anyOf([...every, is('community')]);
    case 'public':
      return is('public');
    case 'community':
      return is('community');
    case 'private':
      return both(is('private'), anyOf(every));
    case 'shared':
      return profile.name === 'rackspace' ? shared : both(is('shared'), anyOf(every));
    default:
      throw new Fault(400, `Invalid visibility value: ${query.get('visibility')}`);
  }
}

function anyOf(conditions: readonly Condition[]): Condition {
  return {
    sql: `(${conditions.map(({ sql }) => sql).join(' OR ')})`,
    values: conditions.flatMap(({ values }) => values),
  };
}

const always: Condition = { sql: '1', values: [] };

function both(one: Condition, other: Condition): Condition {
  return { sql: `(${one.sql} AND ${other.sql})`, values: [...one.values, ...other.values] };
}

interface Sort {
  /** Nulls sort as the least value of their kind, so that a marker can stand on them. */
  readonly column: string;
  readonly of: (row: ImageRow) => SQLInputValue;
  readonly direction: 'ASC' | 'DESC';
}

const columns: Readonly<Record<string, Omit<Sort, 'direction'>>> = {
  ...Object.fromEntries(
    (['name', 'status', 'container_format', 'disk_format', 'id'] as const).map((name) => [
      name,
      { column: `coalesce(i.${name}, '')`, of: (row: ImageRow) => row[name] ?? '' },
    ]),
  ),
  size: { column: 'coalesce(i.size, -1)', of: ({ size }) => size ?? -1 },
  created_at: { column: 'i.created', of: ({ created }) => created },
  updated_at: { column: 'i.updated', of: ({ updated }) => updated },
};

/** The sort keys, then created_at and id so that the order is total. */
function orderOf(query: URLSearchParams): Sort[] {
  const asked = askedOrder(query);
  const fill = asked[0]?.[1] ?? 'desc';
  for (const key of ['created_at', 'id']) if (!asked.some(([name]) => name === key)) asked.push([key, fill]);
  return asked.map(([key, direction]) => {
    const sort = Object.hasOwn(columns, key) ? columns[key] : undefined;
    if (!sort)
      throw new Fault(
        400,
        `Invalid sort key: ${key}. It must be one of the following: ${Object.keys(columns).join(', ')}.`,
      );
    if (direction !== 'asc' && direction !== 'desc')
      throw new Fault(
        400,
        `Invalid sort direction: ${direction}. It must be one of the following: asc, desc.`,
      );
    return { ...sort, direction: direction === 'asc' ? 'ASC' : 'DESC' };
  });
}

function askedOrder(query: URLSearchParams): [string, string][] {
  const combined = query.getAll('sort').flatMap((text) => text.split(','));
  const keys = query.getAll('sort_key');
  const directions = query.getAll('sort_dir');
  if (combined.length > 0) {
    if (keys.length > 0 || directions.length > 0)
      throw new Fault(400, 'Old and new sorting syntax cannot be combined');
    return combined.map((item) => {
      const [key = '', direction = 'desc'] = item.split(':');
      return [key.trim(), direction.trim()];
    });
  }
  if (directions.length > 1 && directions.length !== keys.length)
    throw new Fault(400, 'Number of sort dirs does not match the number of sort keys');
  const names = keys.length > 0 ? keys : directions.length > 0 ? ['created_at'] : [];
  return names.map((key, at) => [key, directions[at] ?? directions[0] ?? 'desc']);
}

/** What follows the marker: later in the first key, or equal there and later in the next, and so on. */
function afterMarker(store: Store, region: string, id: string, order: readonly Sort[]): Condition {
  const row = store.get<ImageRow>('SELECT * FROM images WHERE region = ? AND id = ?', region, id);
  if (!row) throw new Fault(400, `Marker ${id} does not name an image.`);
  return anyOf(
    order.map(({ column, of, direction }, at) => {
      const equal = order.slice(0, at).map((sort) => ({ sql: `${sort.column} = ?`, values: [sort.of(row)] }));
      const later = { sql: `${column} ${direction === 'ASC' ? '>' : '<'} ?`, values: [of(row)] };
      return [...equal, later].reduce<Condition>(both, always);
    }),
  );
}
