import type { Json, JsonObject } from '../../../rules/json.ts';
import { ApiError } from '../../kernel/apiError.ts';
import { fault } from './faults.ts';

const paging = ['fields', 'limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir'];

/** What a list may be filtered by that its documents do not show. */
const further = ['fixed_ips', 'tags', 'tags-any', 'not-tags', 'not-tags-any'];

/**
 * The documents that a query asks for: each parameter is a member, several values of one are alternatives. Throws 400
 * and 404 in Neutron's words (SOURCES: neutron §1).
 */
export function select(
  documents: readonly JsonObject[],
  query: URLSearchParams,
  missing: (id: string) => ApiError,
): JsonObject[] {
  const names = [...new Set(query.keys())].filter((name) => !paging.includes(name));
  const [example] = documents;
  const unknown = names.filter((name) => example && !Object.hasOwn(example, name) && !further.includes(name));
  if (unknown.length > 0)
    throw new ApiError(
      'network/filter',
      `[${unknown.map((name) => `'${name}'`).join(', ')}] is invalid attribute for filtering`,
    );
  const found = documents.filter((document) =>
    names.every((name) => query.getAll(name).some((value) => matches(document, name, value))),
  );
  return page(sort(found, query), query, missing);
}

/** The members that `fields` names. */
export function pick(document: JsonObject, query: URLSearchParams): JsonObject {
  const fields = query.getAll('fields');
  if (fields.length === 0) return document;
  return Object.fromEntries(Object.entries(document).filter(([name]) => fields.includes(name)));
}

function matches(document: JsonObject, name: string, value: string): boolean {
  if (name === 'fixed_ips') return matchesAddress(document[name], value);
  if (further.includes(name)) return name.startsWith('not-') || value === '';
  const member = document[name];
  if (typeof member === 'boolean') return member === readBoolean(value);
  return Array.isArray(member)
    ? member.includes(value)
    : String(member ?? '').toLowerCase() === value.toLowerCase();
}

/** `ip_address=10.77.0.5` or `subnet_id=…` */
function matchesAddress(addresses: Json | undefined, value: string): boolean {
  const [name = '', wanted] = value.split('=', 2);
  return Array.isArray(addresses) && addresses.some((item) => Object(item)[name] === wanted);
}

function readBoolean(value: string): boolean {
  if (!/^(?:true|false|1|0)$/i.test(value))
    throw fault('InvalidInput', `'${value}' cannot be converted to boolean.`);
  return /^(?:true|1)$/i.test(value);
}

function sort(documents: readonly JsonObject[], query: URLSearchParams): JsonObject[] {
  const keys = query.getAll('sort_key');
  const ways = query.getAll('sort_dir');
  const quote = (words: readonly string[]) => `[${words.map((word) => `'${word}'`).join(', ')}]`;
  if (keys.length !== ways.length)
    throw new ApiError('network/filter', 'The number of sort_keys and sort_dirs must be same');
  const [example] = documents;
  const unknown = keys.filter((key) => example && !Object.hasOwn(example, key));
  if (unknown.length > 0)
    throw new ApiError('network/filter', `${quote(unknown)} is invalid attribute for sort_keys`);
  const wrong = ways.filter((way) => way !== 'asc' && way !== 'desc');
  if (wrong.length > 0)
    throw new ApiError(
      'network/filter',
      `${quote(wrong)} is invalid value for sort_dirs, valid value is 'asc' and 'desc'`,
    );
  return documents.toSorted((one, other) => {
    for (const [at, key] of keys.entries()) {
      const order = String(one[key] ?? '').localeCompare(String(other[key] ?? ''), 'en', { numeric: true });
      if (order !== 0) return ways[at] === 'desc' ? -order : order;
    }
    return 0;
  });
}

/** `missing`: what is said of a marker that is not there. */
function page(
  documents: readonly JsonObject[],
  query: URLSearchParams,
  missing: (id: string) => ApiError,
): JsonObject[] {
  const limit = readLimit(query);
  const marker = query.get('marker');
  if (marker === null || limit === 0) return documents.slice(0, limit || undefined);
  const at = documents.findIndex(({ id }) => id === marker);
  if (at === -1) throw missing(marker);
  return query.get('page_reverse') === 'True'
    ? documents.slice(Math.max(0, at - limit), at)
    : documents.slice(at + 1, at + 1 + limit);
}

/** 0: no limit. */
function readLimit(query: URLSearchParams): number {
  const asked = query.get('limit') ?? '0';
  if (!/^\d+$/.test(asked)) throw fault('BadRequest', asked);
  return Number(asked);
}

/** Links to the pages around one, where there is a limit. */
export function linkPages(path: string, query: URLSearchParams, found: readonly JsonObject[]): JsonObject[] {
  const limit = readLimit(query);
  const [first, last] = [found[0]?.['id'], found.at(-1)?.['id']];
  if (limit === 0) return [];
  const link = (rel: string, marker: Json | undefined): JsonObject => {
    const next = new URLSearchParams(query);
    for (const name of ['marker', 'page_reverse']) next.delete(name);
    if (marker !== undefined) next.append('marker', String(marker));
    if (rel === 'previous') next.append('page_reverse', 'True');
    return { rel, href: `${path}?${next}` };
  };
  const isReverse = query.get('page_reverse') === 'True';
  return [
    ...(found.length >= limit || isReverse ? [link('next', last)] : []),
    ...(found.length >= limit || !isReverse ? [link('previous', first)] : []),
  ];
}
