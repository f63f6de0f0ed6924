import { isObject, type JsonObject } from '../../rules/json.ts';
import type { Cloud } from '../cloud.ts';
import { addressPart } from '../session/address.ts';
import { readJson } from '../session/bodies.ts';
import type { ListedObject } from './objects.ts';

export interface ListedContainer {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
}

/** An entry of a container at one level: an object, or the names that go on below a slash. */
export type ListedEntry =
  | { readonly folder: string }
  | (ListedObject & {
      /** ISO 8601, without a zone: UTC. */
      readonly modified: string;
      readonly isStatic: boolean;
    });

/** A part of a listing. `next`: there may be more behind this name. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly next?: string;
}

/** The containers of the region behind `marker`, in the order of their names. Throws CloudError. */
export async function listContainers(
  cloud: Cloud,
  limit: number,
  marker = '',
): Promise<Page<ListedContainer>> {
  const rows = await listed(cloud, '', { limit: String(limit), marker });
  const entries = rows.map(({ name, count, bytes }) => ({
    name: String(name),
    count: Number(count),
    bytes: Number(bytes),
  }));
  return pageOf(entries, limit, entries.at(-1)?.name);
}

/** Lists a container under `prefix`, rolled up at slashes. Throws CloudError: 404 without the container. */
export async function listObjects(
  cloud: Cloud,
  container: string,
  prefix: string,
  limit: number,
  marker = '',
): Promise<Page<ListedEntry>> {
  const query = { limit: String(limit), marker, prefix, delimiter: '/' };
  const rows = await listed(cloud, `/${addressPart(container)}`, query);
  const entries = rows.map((row): ListedEntry => {
    const { subdir, name, bytes, hash, last_modified } = row;
    if (typeof subdir === 'string') return { folder: subdir };
    return {
      name: String(name),
      bytes: Number(bytes),
      etag: String(hash),
      modified: String(last_modified ?? ''),
      isStatic: row['slo_etag'] !== undefined,
    };
  });
  const last = entries.at(-1);
  return pageOf(entries, limit, last && ('folder' in last ? last.folder : last.name));
}

function pageOf<T>(entries: readonly T[], limit: number, last: string | undefined): Page<T> {
  return entries.length < limit || last === undefined ? { entries } : { entries, next: last };
}

async function listed(
  { session, region }: Cloud,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<JsonObject[]> {
  const base = session.endpoint('object-store', region);
  const answer = await session.send(`${base}${path}?${new URLSearchParams({ format: 'json', ...query })}`);
  if (answer.status === 204) return [];
  const rows = await readJson({ method: 'GET', url: base }, answer);
  return Array.isArray(rows) ? rows.filter(isObject) : [];
}
