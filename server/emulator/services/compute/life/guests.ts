import { failBoot } from '../../../../rules/properties/failBoot.ts';
import { refuseDisk } from '../../../../rules/service/inspectData.ts';
import type { EmulatorContext } from '../../context.ts';
import { withFiles } from '../../tasks/steps.ts';
import { wholeOf, withDisk } from '../imaging/disk.ts';
import { type GuestDisk, type GuestRole, readGuestDisk } from '../imaging/guestDisk.ts';
import { noValidHost } from '../servers/hosts.ts';
import { flavorOf, readObject, type ServerRow } from '../servers/rows.ts';

/** The guest of an image: its roles, and the name and address that an appliance keeps. */
export interface ImageGuest {
  readonly roles: readonly GuestRole[];
  readonly hostname: string;
  readonly address: string | null;
}

export function findGuest({ store }: EmulatorContext, region: string, image: string): ImageGuest | undefined {
  const row = store.get<{ guest: string }>(
    'SELECT guest FROM image_guests WHERE region = ? AND image = ?',
    region,
    image,
  );
  return row && JSON.parse(row.guest);
}

/** Inside `store.write`: an image has been taken of a server. */
export function keepGuest({ store, clock }: EmulatorContext, row: ServerRow, image: string): void {
  const { roles } = readGuestDisk(row, clock.now());
  if (roles.length === 0) return;
  const guest: ImageGuest = { roles, hostname: row.hostname, address: row.address };
  store.run(
    'INSERT OR REPLACE INTO image_guests (region, image, guest) VALUES (?, ?, ?)',
    row.region,
    image,
    JSON.stringify(guest),
  );
}

/** What a server shows that ended in ERROR, and what administrators see beside it. */
export interface BuildFault {
  readonly code?: number;
  readonly message: string;
  readonly details?: string;
}

/** Says why a server that has been built or rebuilt ends in ERROR; undefined: it does not (DECISIONS 17, 18). */
export async function findBuildFault(
  context: EmulatorContext,
  row: ServerRow,
): Promise<BuildFault | string | undefined> {
  if (isKeptApart(context, row)) return noValidHost;
  const failure = findBootFailure(context, row) ?? (await findDiskFault(context, row));
  if (failure) return failure;
  const disk = readGuestDisk(row, context.clock.now());
  if (disk.roles.includes('domain_controller'))
    return 'The image is of a domain controller, and no server is built from one. Demote the domain controller, then take another image.';
  const lacksMode = disk.imported && readObject(row.image_properties)['vm_mode'] === undefined;
  if (lacksMode && (await needsHvm(context, row)))
    return "The image was imported without vm_mode, so its disk, which is made for HVM, was booted paravirtualised. Set vm_mode to 'hvm' on the image, and rebuild.";
  return undefined;
}

/** What a host with KVM, or the scheduler before it, makes of the image's properties (SOURCES: properties §3). */
function findBootFailure({ profile }: EmulatorContext, row: ServerRow): BuildFault | undefined {
  if (!profile.compute.hasMicroversions) return undefined;
  const properties = Object.fromEntries(
    Object.entries(readObject(row.image_properties)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
  const failure = failBoot({ id: row.image ?? '', name: null, properties }, flavorOf(row), profile.release);
  if (!failure) return undefined;
  const message =
    failure.at === 'schedule'
      ? failure.text
      : `Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures for instance ${row.id}.`;
  return { ...(failure.at === 'schedule' ? { code: 400 } : {}), message, details: failure.text };
}

/**
 * What a host says of an image's data before it writes the server's disk of them (SOURCES: inspectors). What is packed, such
 * as XenServer's VHDs in ovf, is unpacked by a driver that does not look.
 */
async function findDiskFault(context: EmulatorContext, row: ServerRow): Promise<BuildFault | undefined> {
  const { profile } = context;
  const { disk_blob: blob, disk_format: format } = row;
  const isPlain = row.container_format === 'bare' && blob !== null && format !== null;
  if (!profile.compute.hasMicroversions || !isPlain) return undefined;
  const data = [wholeOf(context.store, blob)];
  const disk = await withFiles(context, data, (files) => context.lane.inspect(files, 'image'));
  const reason = refuseDisk(disk, format, profile.release);
  if (reason === undefined) return undefined;
  const unacceptable = `Image ${row.image} is unacceptable: ${reason}`;
  return row.vm_state === 'building'
    ? { message: `Build of instance ${row.id} aborted: ${unacceptable}` }
    : { code: 400, message: unacceptable };
}

/** Another server of its group has the one host, and the group wants them on several. */
function isKeptApart({ store }: EmulatorContext, row: ServerRow): boolean {
  if (row.server_group === null) return false;
  const other = store.get(
    `SELECT 1 FROM server_groups AS g JOIN servers AS s ON s.server_group = g.id
     WHERE g.id = ? AND g.policy = 'anti-affinity' AND s.key < ? AND s.ended IS NULL`,
    row.server_group,
    row.key,
  );
  return other !== undefined;
}

/** A disk with boot code in its first sector is made for HVM: a paravirtualised guest is started by its kernel. */
async function needsHvm(context: EmulatorContext, row: ServerRow): Promise<boolean> {
  if (row.disk_blob === null || row.disk_bytes < sector) return false;
  const scratch = context.blobs.incoming();
  try {
    const bytes = await withDisk(context, row, scratch, (disk) =>
      context.lane.readDisk({ ...disk, offset: 0, length: sector }),
    );
    const hasSignature = bytes[510] === 0x55 && bytes[511] === 0xaa;
    return hasSignature && bytes.subarray(0, bootCode).some((byte) => byte !== 0);
  } finally {
    context.blobs.discard(scratch);
  }
}

const sector = 512;
/** Bytes before the partition table. */
const bootCode = 440;

/** Password and network are set by an agent, or by cloud-init with a configuration drive (DECISIONS 17). */
export function isPrepared({ imported }: GuestDisk, { image_properties: kept }: ServerRow): boolean {
  const properties = readObject(kept);
  return !imported || 'xenapi_use_agent' in properties || 'img_config_drive' in properties;
}
