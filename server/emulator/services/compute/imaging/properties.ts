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
  { images }: EmulatorContext,
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
    properties: snapshotProperties(row, user.id, wanted),
    tags: [],
  });
}

/**
 * The properties of an image of a server: what it inherits, what the service says, then what was asked for, which goes
 * before all (SOURCES: nova §8). Protected ones are inherited, too ("FAQ", inherited properties).
 */
function snapshotProperties(row: ServerRow, user: string, wanted: NewSnapshot): Map<string, Json> {
  return new Map<string, Json>(
    Object.entries({
      ...readObject(row.image_properties),
      instance_uuid: row.id,
      user_id: user,
      image_type: wanted.type,
      ...wanted.more,
      ...wanted.metadata,
    }),
  );
}

/** What the upload adds (SOURCES: nova §8). */
export function uploadProperties(row: ServerRow): Record<string, string> {
  return { image_location: 'snapshot', image_state: 'available', owner_id: row.account };
}
