import type { JsonObject } from '../../../rules/json.ts';
import type { Caller } from '../../../rules/profile/profile.ts';
import { ApiError } from '../../kernel/apiError.ts';
import { readQuery } from '../../kernel/request.ts';
import type { Request } from '../../kernel/routes.ts';
import { readLimit, requireDirection } from '../listQuery.ts';
import type { Metadefs, Namespace } from './records.ts';
import { renderNamespace } from './view.ts';

const defaultLimit = 25;
const largestLimit = 1000;
const sortKeys: Readonly<Record<string, (row: Namespace) => string | number>> = {
  namespace: ({ name }) => name,
  created_at: ({ created }) => created,
  updated_at: ({ updated }) => updated,
};

/** A page of namespaces; the marker is the name of the last one seen. `caller` undefined sees all. Throws 400, 404. */
export function namespaceList(metadefs: Metadefs, caller: Caller | undefined, request: Request): JsonObject {
  const query = readQuery(request);
  const most = readLimit(query, { fallback: defaultLimit, largest: largestLimit });
  const all = sorted(metadefs.namespaces(caller).filter(readFilter(metadefs, query)), query);
  const marker = query.get('marker');
  const at = marker === null ? -1 : all.findIndex(({ name }) => name === marker);
  if (marker !== null && at === -1)
    throw new ApiError('metadef/not-found', `Metadata definition namespace=${marker} was not found.`);
  const page = all.slice(at + 1, at + 1 + most);
  const last = page.length === most ? page.at(-1) : undefined;
  query.delete('marker');
  const path = (more: readonly [string, string][] = []) => {
    const text = new URLSearchParams([...query, ...more]).toString();
    return `/v2/metadefs/namespaces${text ? `?${text}` : ''}`;
  };
  return {
    namespaces: page.map((row) => renderNamespace(metadefs, row, false)),
    first: path(),
    schema: '/v2/schemas/metadefs/namespaces',
    ...(last ? { next: path([['marker', last.name]]) } : {}),
  };
}

function readFilter(metadefs: Metadefs, query: URLSearchParams): (row: Namespace) => boolean {
  const visibility = query.get('visibility');
  if (visibility !== null && visibility !== 'public' && visibility !== 'private')
    throw new ApiError('list/filter', `Invalid visibility value: ${visibility}`);
  const types = query.get('resource_types')?.split(',');
  return (row) =>
    (visibility === null || row.visibility === visibility) &&
    (types === undefined || types.some((type) => metadefs.find(row.name, 'resource_types', type)));
}

function sorted(rows: readonly Namespace[], query: URLSearchParams): Namespace[] {
  const [key, direction] = [query.get('sort_key') ?? 'created_at', query.get('sort_dir') ?? 'desc'];
  const of = Object.hasOwn(sortKeys, key) ? sortKeys[key] : undefined;
  if (!of) throw new ApiError('list/sort', `Invalid sort key: ${key}.`);
  const sign = requireDirection(direction) === 'asc' ? 1 : -1;
  return [...rows].sort((one, other) => {
    const [a, b] = [of(one), of(other)];
    if (a !== b) return a < b ? -sign : sign;
    return one.name < other.name ? -sign : sign;
  });
}
