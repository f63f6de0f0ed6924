import type { Json, JsonObject } from '../../../rules/json.ts';
import { ApiError } from '../../kernel/apiError.ts';

const paging = ['fields', 'limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir'];

/** What a list may be filtered by that its documents do not show. */
const further = ['fixed_ips', 'tags', 'tags-any', 'not-tags', 'not-tags-any'];

/**
 * The documents that a query asks for: each parameter is a member, several values of one are alternatives, `fields` leaves
 * the others out. Throws 400 in Neutron's words (SOURCES: neutron §1).
 */
export function select(documents: readonly JsonObject[], query: URLSearchParams): JsonObject[] {
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
  return page(sort(found, query), query).map((document) => pick(document, query));
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
  if (typeof member === 'boolean') return member === /^(?:true|1)$/i.test(value);
  return Array.isArray(member) ? member.includes(value) : String(member ?? '') === value;
}

/** `ip_address=10.77.0.5` or `subnet_id=…` */
function matchesAddress(addresses: Json | undefined, value: string): boolean {
  const [name = '', wanted] = value.split('=', 2);
  return Array.isArray(addresses) && addresses.some((item) => Object(item)[name] === wanted);
}

function sort(documents: readonly JsonObject[], query: URLSearchParams): JsonObject[] {
  const keys = query.getAll('sort_key');
  const ways = query.getAll('sort_dir');
  if (keys.length !== ways.length)
    throw new ApiError('network/filter', 'The number of sort_keys and sort_dirs must be same');
  return documents.toSorted((one, other) => {
    for (const [at, key] of keys.entries()) {
      const order = String(one[key]).localeCompare(String(other[key]), 'en', { numeric: true });
      if (order !== 0) return ways[at] === 'desc' ? -order : order;
    }
    return 0;
  });
}

function page(documents: readonly JsonObject[], query: URLSearchParams): JsonObject[] {
  const asked = query.get('limit') ?? '0';
  if (!/^\d+$/.test(asked))
    throw new ApiError(
      'network/filter',
      `Bad limit request: Limit must be an integer 0 or greater and not '${asked}'.`,
    );
  const marker = query.get('marker');
  const start = marker === null ? 0 : documents.findIndex(({ id }) => id === marker) + 1;
  return documents.slice(start, Number(asked) > 0 ? start + Number(asked) : undefined);
}
