import type { Json } from '../../../rules/json.ts';
import type { Profile } from '../../../rules/profile/profile.ts';
import { classOf } from '../../../rules/service/attributes.ts';
import { seconds } from '../../kernel/clock.ts';

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

/** The text of an image's body. */
export function encodeView(view: ReadonlyMap<string, Json>): string {
  return JSON.stringify(Object.fromEntries(view));
}

/**
 * An image as the API shows it: flat, properties first, in Glance's order of members (SOURCES: glance §3). Rackspace's
 * service shows no hashes (SOURCES: rackspace §2.4 a).
 */
export function viewOf(
  row: ImageRow,
  properties: ReadonlyMap<string, Json>,
  tags: readonly string[],
  profile: Profile,
): Map<string, Json> {
  const path = `/v2/images/${row.id}`;
  const view = new Map(orderProperties(row, properties))
    .set('name', row.name)
    .set('disk_format', row.disk_format)
    .set('container_format', row.container_format)
    .set('visibility', row.visibility)
    .set('size', row.size)
    .set('virtual_size', row.virtual_size)
    .set('status', row.status)
    .set('checksum', row.checksum)
    .set('protected', row.protected === 1)
    .set('min_ram', row.min_ram)
    .set('min_disk', row.min_disk)
    .set('owner', row.owner)
    .set('os_hidden', row.os_hidden === 1);
  if (profile.images.hasHashes)
    view
      .set('os_hash_algo', row.os_hash_value === null ? null : 'sha512')
      .set('os_hash_value', row.os_hash_value);
  view
    .set('id', row.id)
    .set('created_at', seconds(row.created))
    .set('updated_at', seconds(row.updated))
    .set('tags', [...tags])
    .set('self', path)
    .set('file', `${path}/file`)
    .set('schema', '/v2/schemas/image');
  if (row.stores !== null) view.set('stores', row.stores);
  return view;
}

/**
 * Puts what the service keeps about imports behind the other properties, as Glance comes to write it: the task of an image's
 * first import before its lists, that of a copy behind them.
 */
function orderProperties(
  { status }: ImageRow,
  properties: ReadonlyMap<string, Json>,
): ReadonlyMap<string, Json> {
  const lists = [importingProperty, failedProperty];
  const own = status === 'active' ? [...lists, taskProperty] : [taskProperty, ...lists];
  if (!own.some((name) => properties.has(name))) return properties;
  const others = [...properties].filter(([name]) => !own.includes(name));
  return new Map([
    ...others,
    ...own.flatMap((name): [string, Json][] => {
      const value = properties.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  ]);
}

/** What the service keeps of an import: its task, the stores that it still fills, and those where it failed. */
export const taskProperty = 'os_glance_import_task';
export const importingProperty = 'os_glance_importing_to_stores';
export const failedProperty = 'os_glance_failed_import';

/** A custom property, or one that the service keeps about its own work. */
export function isProperty(name: string): boolean {
  return classOf(name) === 'custom' || name.startsWith('os_glance');
}

/** The properties of a view, by name. */
export function propertiesOf(view: ReadonlyMap<string, Json>): Map<string, Json> {
  const found = [...view].filter(([name]) => isProperty(name));
  return new Map(found.sort(([one], [other]) => (one < other ? -1 : 1)));
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

/** An attribute's value as its column has it. */
export function toColumn(value: Json): string | number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'object' ? null : value;
}

/** The tags of a view, each once, in order. */
export function listTags(view: ReadonlyMap<string, Json>): string[] {
  const tags = view.get('tags');
  return Array.isArray(tags) ? [...new Set(tags.filter((tag) => typeof tag === 'string'))].sort() : [];
}
