import type { Json, JsonObject } from '../../../../rules/json.ts';
import type { EmulatorContext } from '../../context.ts';
import { flavorOf, readObject, type ServerRow } from '../servers/rows.ts';

export interface NewSnapshot {
  readonly name: string;
  readonly metadata: JsonObject;
  readonly type: 'snapshot' | 'backup';
  /** Further properties that the service says. */
  readonly more?: Readonly<Record<string, string>>;
}

/** Inside `store.write`: the record of an image of a server, without data yet. */
export function createSnapshot(
  { images, profile }: EmulatorContext,
  { user, account }: { readonly user: { readonly id: string }; readonly account: { readonly id: string } },
  row: ServerRow,
  id: string,
  wanted: NewSnapshot,
): void {
  images.create({
    region: row.region,
    id,
    owner: account.id,
    name: wanted.name,
    visibility: 'private',
    min_disk: Math.max(row.min_disk, flavorOf(row).disk),
    min_ram: row.min_ram,
    properties: snapshotProperties(row, user.id, wanted, !profile.compute.hasMicroversions),
    tags: [],
  });
}

/**
 * The properties of an image of a server: what it inherits, what the service says, then what was asked for, which goes
 * before all (SOURCES: nova §8). Protected ones are inherited, too ("FAQ", inherited properties).
 */
function snapshotProperties(
  row: ServerRow,
  user: string,
  wanted: NewSnapshot,
  isOld: boolean,
): Map<string, Json> {
  return new Map<string, Json>(
    Object.entries({
      ...readObject(row.image_properties),
      ...(isOld ? describeFlavor(row) : {}),
      instance_uuid: row.id,
      user_id: user,
      image_type: wanted.type,
      ...wanted.more,
      ...wanted.metadata,
    }),
  );
}

/** What Cloud Servers told of the server in its images (SOURCES: rackspace §2.3). */
function describeFlavor(row: ServerRow): Record<string, string> {
  const { id, name, ram, disk, ephemeral, swap, vcpus } = flavorOf(row);
  return {
    instance_type_flavorid: id,
    instance_type_name: name,
    instance_type_memory_mb: String(ram),
    instance_type_root_gb: String(disk),
    instance_type_ephemeral_gb: String(ephemeral),
    instance_type_swap: String(swap),
    instance_type_vcpus: String(vcpus),
    instance_type_rxtx_factor: '1',
    xenapi_image_compression_level: '1',
    network_allocated: 'True',
  };
}

/** What the upload adds (SOURCES: nova §8). */
export function uploadProperties(row: ServerRow): Record<string, string> {
  return { image_location: 'snapshot', image_state: 'available', owner_id: row.account };
}
