import type { Json } from '../../../../rules/json.ts';
import { isInherited } from '../../../../rules/service/serverImage.ts';
import type { EmulatorContext } from '../../context.ts';
import { canSee } from '../../images/access.ts';
import type { ImageRow } from '../../images/view.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { beginGuestDisk, encodeGuestDisk } from '../imaging/guestDisk.ts';
import { findGuest } from '../life/guests.ts';
import type { ServerFlavor, ServerRow } from './rows.ts';

/** The id of an image that a request names, by itself or at the end of an address; undefined: none. */
export function readImageId(reference: Json | undefined): string | undefined {
  if (typeof reference !== 'string' || reference === '') return undefined;
  return reference.slice(reference.lastIndexOf('/') + 1).toLowerCase();
}

/** An image that the caller may build servers from: also one that is shared and not yet accepted. */
export function findBootImage(
  context: EmulatorContext,
  { region, caller }: ComputeRequest,
  id: string,
): ImageRow | undefined {
  const row = context.images.find(region, id);
  return row && canSee(context, caller, row) ? row : undefined;
}

/** The columns of a server that its disk decides. */
export type DiskColumns = Pick<
  ServerRow,
  | 'image'
  | 'image_properties'
  | 'min_disk'
  | 'min_ram'
  | 'disk_blob'
  | 'disk_format'
  | 'container_format'
  | 'disk_bytes'
  | 'guest_disk'
>;

/** What a server keeps of its image, so that it needs the image no more. */
export function keepOfImage(
  context: EmulatorContext,
  { user, account, caller }: ComputeRequest,
  row: ImageRow,
  flavor: ServerFlavor,
): DiskColumns {
  const inherited = [...context.images.view(row)].filter(
    ([name, value]) => isInherited(name) && typeof value === 'string',
  );
  const properties: Record<string, Json> = {
    ...Object.fromEntries(inherited.map(([name, value]) => [name, String(value).slice(0, longestInherited)])),
    base_image_ref: row.id,
    ...(context.profile.compute.hasMicroversions
      ? {
          owner_user_name: user.name,
          owner_project_name: account.name,
          boot_roles: caller.roles.join(','),
        }
      : {}),
  };
  return {
    image: row.id,
    image_properties: JSON.stringify(properties),
    min_disk: row.min_disk,
    min_ram: row.min_ram,
    disk_blob: row.blob,
    disk_format: row.disk_format,
    container_format: row.container_format,
    disk_bytes: Math.max(flavor.disk * gib, row.virtual_size ?? 0),
    ...encodeGuestDisk(
      beginGuestDisk(row.size ?? 0, context.clock.now(), {
        roles: findGuest(context, row.region, row.id)?.roles ?? [],
        imported:
          context.profile.offers.importTask && context.images.view(row).get('image_type') === 'import',
      }),
    ),
  };
}

const gib = 2 ** 30;
/** Nova keeps no longer values. */
const longestInherited = 255;
