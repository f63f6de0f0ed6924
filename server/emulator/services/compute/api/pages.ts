import type { JsonObject } from '../../../../rules/json.ts';
import type { ComputeRequest } from './compute.ts';
import { badRequest } from './refuse.ts';

const mostItems = 1000;

/** Reads `limit`, 1000 at most. Throws 400. */
export function readLimit(query: URLSearchParams): number {
  const asked = query.get('limit');
  if (asked === null) return mostItems;
  if (!/^[+-]?\d+$/.test(asked)) throw badRequest('Invalid input received: limit must be an integer');
  if (Number(asked) < 0) throw badRequest('Invalid input received: limit must be >= 0');
  return Math.min(Number(asked), mostItems);
}

/**
 * The link to the next page, which stands on every full page: the request's parameters, sorted where there was a marker
 * (SOURCES: nova §5).
 */
export function nextLink(
  { query, root }: Pick<ComputeRequest, 'query' | 'root'>,
  collection: string,
  page: readonly { readonly id: string }[],
): JsonObject {
  const last = page.at(-1);
  if (!query.has('limit') && page.length < mostItems) return {};
  if (!last || page.length < readLimit(query)) return {};
  const sorted = [...query].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  const parameters = new URLSearchParams(Object.fromEntries(sorted)); // of several values the last
  parameters.set('marker', last.id);
  const [name = ''] = collection.replace(/^os-/, '').split('/', 1);
  return { [`${name}_links`]: [{ rel: 'next', href: `${root}/${collection}?${parameters}` }] };
}
