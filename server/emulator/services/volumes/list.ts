import type { Json, JsonObject } from '../../../rules/json.ts';
import { ApiError } from '../../kernel/apiError.ts';
import { parseTime } from '../../kernel/clock.ts';
import { isFalse, isTrue } from '../compute/api/words.ts';
import { readLimit } from '../listQuery.ts';
import { invalidInput } from './orders.ts';
import { type Asked, type OnVolumes, readFlag } from './requests.ts';

/** What a list holds: its table, the columns by the names of the API, and what customers may filter by. */
export interface Listing {
  readonly table: 'volumes' | 'volume_snapshots';
  readonly columns: Readonly<Record<string, string>>;
  readonly filters: readonly string[];
  /** Parameters that were left out before a microversion; customers' others are refused since 3.31. */
  readonly since: Readonly<Record<string, number>>;
  /** Keys that order nothing before a microversion. */
  readonly sortedSince?: Readonly<Record<string, number>>;
  /** Finds the marker. */
  find(asked: Asked, id: string): { readonly key: number };
}

interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

const largest = 1000;

/** A page of rows, and the number of all where it is asked for (SOURCES: cinder §4). Throws 400, 404 for the marker. */
function listRows<Row extends { readonly id: string }>(
  asked: Asked,
  listing: Listing,
): { readonly rows: Row[]; readonly count: number | undefined } {
  const { store } = asked.context;
  const query = new URLSearchParams(asked.query);
  const sort = takeSort(query, listing, asked.minor);
  const { limit, marker, offset } = takePage(query);
  for (const [name, least] of Object.entries(listing.since)) if (asked.minor < least) query.delete(name);
  const isCounted = asked.minor >= 45 && query.has('with_count') && readFlag(query, 'with_count');
  if (asked.minor >= 45) query.delete('with_count');
  const conditions = readConditions(asked, listing, query);
  const where = conditions.map(({ sql }) => sql).join(' AND ');
  const values = conditions.flatMap((condition) => condition.values);
  const after = marker === null ? undefined : passMarker(listing, sort, listing.find(asked, marker).key);
  const order = sort.map(({ column, way }) => `${column} ${way}`).join(', ');
  const rows = store.all<Row>(
    `SELECT * FROM ${listing.table} WHERE ${where}${after ? ` AND ${after.sql}` : ''} ORDER BY ${order} LIMIT ? OFFSET ?`,
    ...values,
    ...(after?.values ?? []),
    limit,
    offset,
  );
  const count = isCounted
    ? store.get<{ count: number }>(`SELECT count(*) AS count FROM ${listing.table} WHERE ${where}`, ...values)
        ?.count
    : undefined;
  return { rows, count };
}

/** Adds `GET /NAME` and `GET /NAME/detail`, each with its view of a row. */
export function addLists<Row extends { readonly id: string }>(
  on: OnVolumes,
  name: 'volumes' | 'snapshots',
  policy: string,
  listing: Listing,
  views: Readonly<Record<'basic' | 'detail', (asked: Asked, row: Row) => Json>>,
): void {
  for (const [path, view] of [
    [name, views.basic],
    [`${name}/detail`, views.detail],
  ] as const)
    on('GET', `/${path}`, { policy }, (asked) => {
      const page = listRows<Row>(asked, listing);
      const items = page.rows.map((row) => view(asked, row));
      return renderPage(asked, name, path, page, items);
    });
}

/** The body of a list, with a link to the next page where this one is full. */
function renderPage(
  { base, project, query }: Asked,
  name: 'volumes' | 'snapshots',
  path: string,
  { rows, count }: { readonly rows: readonly { readonly id: string }[]; readonly count: number | undefined },
  items: readonly Json[],
): JsonObject {
  const { limit } = takePage(new URLSearchParams(query));
  const last = rows.at(-1);
  const next = new URLSearchParams(query);
  next.delete('marker');
  next.append('marker', last?.id ?? '');
  return {
    [name]: [...items],
    ...(last && rows.length >= limit
      ? { [`${name}_links`]: [{ rel: 'next', href: `${base}/v3${project}/${path}?${next}` }] }
      : {}),
    ...(count === undefined ? {} : { count }),
  };
}

interface Sort {
  readonly column: string;
  readonly way: 'asc' | 'desc';
}

/** `sort=key:dir,key` or `sort_key` and `sort_dir`; ties go by time and id. */
function takeSort(query: URLSearchParams, { columns, sortedSince = {} }: Listing, minor: number): Sort[] {
  const sort = query.get('sort');
  if (sort !== null && (query.has('sort_key') || query.has('sort_dir')))
    throw new ApiError(
      'list/sort',
      "The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter.",
    );
  const words = sort?.trim().split(',') ?? [
    `${query.get('sort_key') ?? 'created_at'}:${query.get('sort_dir') ?? 'desc'}`,
  ];
  for (const name of ['sort', 'sort_key', 'sort_dir']) query.delete(name);
  const asked = words.map((word): Sort => {
    const [key = '', way = 'desc'] = word.split(':').map((part) => part.trim());
    if (way !== 'asc' && way !== 'desc')
      throw new ApiError(
        'list/sort',
        "Invalid input received: Unknown sort direction, must be 'desc' or 'asc'.",
      );
    const column = minor < (sortedSince[key] ?? 0) ? undefined : findOwn(columns, key);
    if (column === undefined) throw new ApiError('list/sort', 'Invalid input received: Invalid sort key');
    return { column, way };
  });
  const way = asked[0]?.way ?? 'desc';
  const missing = ['created', 'id'].filter((column) => !asked.some((one) => one.column === column));
  return [...asked, ...missing.map((column) => ({ column, way }))];
}

function takePage(query: URLSearchParams): { limit: number; marker: string | null; offset: number } {
  const limit = readLimit(query, { fallback: largest, largest });
  const marker = query.get('marker');
  const offset = readOffset(query.get('offset') ?? '0');
  for (const name of ['limit', 'marker', 'offset']) query.delete(name);
  return { limit, marker, offset };
}

function readOffset(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) throw new ApiError('list/limit', 'offset must be an integer');
  if (Number(text) < 0) throw new ApiError('list/limit', 'offset must be >= 0');
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** The rows behind one, in an order of several columns. */
function passMarker({ table }: Listing, sort: readonly Sort[], key: number): Condition {
  const value = ({ column }: Sort) => `(SELECT coalesce(${column}, '') FROM ${table} WHERE key = ?)`;
  const alternatives = sort.map((last, at) => {
    const same = sort.slice(0, at).map((one) => `coalesce(${one.column}, '') = ${value(one)}`);
    return `(${[...same, `coalesce(${last.column}, '') ${last.way === 'asc' ? '>' : '<'} ${value(last)}`].join(' AND ')})`;
  });
  const uses = (sort.length * (sort.length + 1)) / 2;
  return { sql: `(${alternatives.join(' OR ')})`, values: Array.from({ length: uses }, () => key) };
}

/** A name that a client chose is no member that every object has. */
function findOwn(names: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined;
}

/** Whose rows, and the filters. What a customer may not filter by is left out, and refused since microversion 3.31. */
function readConditions(asked: Asked, listing: Listing, query: URLSearchParams): Condition[] {
  const { account, isAdmin, minor, region } = asked;
  const isEverybody = isAdmin && readFlag(query, 'all_tenants');
  query.delete('all_tenants');
  if (minor >= 31 && !isAdmin) refuseFilters(query, listing.filters);
  const filters = [...new Map(query)].filter(([name]) => isAdmin || listing.filters.includes(name));
  return [
    { sql: 'region = ?', values: [region] },
    ...(isEverybody ? [] : [{ sql: 'account = ?', values: [account.id] }]),
    ...filters.map(([name, value]) => readFilter(asked, listing, name, value)),
  ];
}

/** Throws 400 for parameters that customers may not filter by. */
export function refuseFilters(query: URLSearchParams, known: readonly string[]): void {
  const invalid = [...new Set(query.keys())].filter(
    (name) => !known.includes(name) && name !== 'all_tenants',
  );
  if (invalid.length > 0)
    throw new ApiError('list/filter', `Invalid filters ${invalid.join(',')} are found in query options.`);
}

function readFilter({ minor }: Asked, { columns }: Listing, name: string, value: string): Condition {
  const column = findOwn(columns, name);
  if (name === 'metadata') return readMetadataFilter(value);
  if ((name === 'created_at' || name === 'updated_at') && column !== undefined)
    return readTimes(name, column, value);
  if (name === 'bootable') return { sql: 'bootable = ?', values: [readBootable(value, minor >= 2)] };
  if (column === undefined) return { sql: 'false', values: [] };
  return { sql: `${column} = ?`, values: [column === 'size' ? Number(value) : value] };
}

/** Before microversion 3.2 every word but `false` was true. */
function readBootable(value: string, isStrict: boolean): number {
  if (!isStrict) return Number(value.toLowerCase() !== 'false');
  if (!isTrue(value) && !isFalse(value)) throw invalidInput(`'bootable = ${value}'`);
  return Number(isTrue(value));
}

/** `{'key': 'value'}`, as Python writes it: all of them. */
function readMetadataFilter(value: string): Condition {
  const text = /u?(['"])((?:\\.|(?!\1).)*)\1/.source;
  const pairs = [...value.matchAll(new RegExp(`${text}\\s*:\\s*${text.replaceAll('\\1', '\\3')}`, 'g'))];
  const one = 'EXISTS (SELECT 1 FROM json_each(metadata) AS item WHERE item.key = ? AND item.value = ?)';
  if (pairs.length === 0) return { sql: 'false', values: [] };
  return {
    sql: pairs.map(() => one).join(' AND '),
    values: pairs.flatMap(([, , key = '', , item = '']) =>
      [key, item].map((part) => part.replaceAll(/\\(.)/g, '$1')),
    ),
  };
}

const operators: Readonly<Record<string, string>> = {
  gt: '>',
  gte: '>=',
  eq: '=',
  neq: '<>',
  lt: '<',
  lte: '<=',
};

/** `gt:2015-03-09T19:32:29,lt:…` */
function readTimes(name: string, column: string, value: string): Condition {
  const parts = value.split(',').map((part) => {
    const [operator = '', ...rest] = part.split(':');
    const sign = findOwn(operators, operator);
    if (sign === undefined) throw new ApiError('list/filter', `Invalid ${operator} operator`);
    if (rest.length === 0) throw new ApiError('list/filter', `Invalid ${name} value`);
    const text = rest.join(':');
    const time = parseTime(text);
    if (time === undefined) throw new ApiError('list/filter', `Invalid ${text} value`);
    return { sql: `${column} / 1000 * 1000 ${sign} ?`, time };
  });
  return { sql: parts.map(({ sql }) => sql).join(' AND '), values: parts.map(({ time }) => time) };
}
