import { classOf } from '../../rules/attributes.ts';
import type { Json, Profile } from '../../rules/types.ts';
import { seconds } from '../clock.ts';

/** A row of `images`. */
export interface ImageRow {
  readonly key: number;
  readonly region: string;
  readonly id: string;
  readonly owner: string | null;
  readonly name: string | null;
  readonly status: string;
  readonly visibility: string;
  readonly protected: number;
  readonly os_hidden: number;
  readonly disk_format: string | null;
  readonly container_format: string | null;
  readonly min_disk: number;
  readonly min_ram: number;
  readonly size: number | null;
  readonly virtual_size: number | null;
  readonly checksum: string | null;
  readonly os_hash_value: string | null;
  readonly blob: string | null;
  /** Names of the stores that hold the data, separated by commas; null without data, and where there are no stores. */
  readonly stores: string | null;
  /** Content that waits for an import. */
  readonly staged: string | null;
  readonly staged_md5: string | null;
  readonly created: number;
  readonly updated: number;
  readonly revision: number;
}

/**
 * An image as the API shows it: flat, properties first, in Glance's order of members (facts/glance.md §3). Rackspace's
 * service shows no `os_` attributes (facts/rackspace.md §2.4 a).
 */
export function viewOf(
  row: ImageRow,
  properties: ReadonlyMap<string, Json>,
  tags: readonly string[],
  profile: Profile,
): Map<string, Json> {
  const plain = profile.name === 'openstack';
  const path = `/v2/images/${row.id}`;
  return new Map<string, Json>([
    ...properties,
    ['name', row.name],
    ['disk_format', row.disk_format],
    ['container_format', row.container_format],
    ['visibility', row.visibility],
    ['size', row.size],
    ['virtual_size', row.virtual_size],
    ['status', row.status],
    ['checksum', row.checksum],
    ['protected', row.protected === 1],
    ['min_ram', row.min_ram],
    ['min_disk', row.min_disk],
    ['owner', row.owner],
    ...(plain
      ? ([
          ['os_hidden', row.os_hidden === 1],
          ['os_hash_algo', row.os_hash_value === null ? null : 'sha512'],
          ['os_hash_value', row.os_hash_value],
        ] as const)
      : []),
    ['id', row.id],
    ['created_at', seconds(row.created)],
    ['updated_at', seconds(row.updated)],
    ['tags', [...tags]],
    ['self', path],
    ['file', `${path}/file`],
    ['schema', '/v2/schemas/image'],
    ...(row.stores === null ? [] : ([['stores', row.stores]] as const)),
  ]);
}

/** The custom properties of a view, and those that the service keeps about its own work. */
export function propertiesOf(view: ReadonlyMap<string, Json>): Map<string, Json> {
  return new Map([...view].filter(([name]) => classOf(name) === 'custom' || name.startsWith('os_glance')));
}

/** The columns of a view that customers set; `visibility` is null where the view does not say. */
export function columnsOf(view: ReadonlyMap<string, Json>) {
  const text = (name: string) => {
    const value = view.get(name);
    return typeof value === 'string' ? value : null;
  };
  return {
    name: text('name'),
    visibility: text('visibility'),
    protected: view.get('protected') === true ? 1 : 0,
    os_hidden: view.get('os_hidden') === true ? 1 : 0,
    disk_format: text('disk_format'),
    container_format: text('container_format'),
    min_disk: Number(view.get('min_disk') ?? 0),
    min_ram: Number(view.get('min_ram') ?? 0),
    owner: text('owner'),
  };
}

export function tagListOf(view: ReadonlyMap<string, Json>): string[] {
  const tags = view.get('tags');
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}
