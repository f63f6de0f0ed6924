import {
  beginDisk,
  changeDisk,
  type DiskChange,
  type DiskPast,
  type DiskSize,
  measureDisk,
} from '../../../../rules/service/diskGrowth.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ServerRow } from '../servers/rows.ts';

/** What is on a server's disk and decides what becomes of servers built from its images (DECISIONS 18). */
export type GuestRole = 'domain_controller' | 'virtual_appliance';

/** What the emulator knows of a server's disk beside its bytes: what amounts were written and deleted, and its imagings. */
export interface GuestDisk {
  readonly past: DiskPast;
  readonly files: number;
  /** Written and deleted while an image is made. */
  readonly duringGb: number;
  /** When the last image was taken, or the server built; milliseconds on the clock. */
  readonly imagedAt: number;
  /** Imagings that failed since the last that did not. */
  readonly failures: number;
  /** When the space of a failed imaging is reclaimed. */
  readonly reclaimAt: number | null;
  /** What the guest is, such as a domain controller. */
  readonly roles: readonly GuestRole[];
  /** The image came from an import, and not from a server or the cloud. */
  readonly imported: boolean;
}

/** The disk of a new server, whose image's content takes so many bytes. */
export function beginGuestDisk(
  bytes: number,
  now: number,
  { roles, imported }: Pick<GuestDisk, 'roles' | 'imported'>,
): GuestDisk {
  return {
    past: beginDisk(bytes / 2 ** 30),
    files: 0,
    duringGb: 0,
    imagedAt: now,
    failures: 0,
    reclaimAt: null,
    roles,
    imported,
  };
}

/** The disk as it is at a time: what a failed imaging leaves is reclaimed half an hour later. */
export function readGuestDisk(row: Pick<ServerRow, 'guest_disk'>, now: number): GuestDisk {
  const disk: GuestDisk = JSON.parse(row.guest_disk);
  if (disk.reclaimAt === null || disk.reclaimAt > now) return disk;
  return { ...disk, past: changeDisk(disk.past, { coalesce: true }), reclaimAt: null };
}

export function encodeGuestDisk(disk: GuestDisk): Pick<ServerRow, 'guest_disk'> {
  return { guest_disk: JSON.stringify(disk) };
}

/** The disk after its guest wrote or deleted so many GB. */
export function changeGuestDisk(disk: GuestDisk, change: DiskChange, isImaged: boolean): GuestDisk {
  const gb = 'write' in change ? change.write : 'delete' in change ? change.delete : 0;
  return {
    ...disk,
    past: changeDisk(disk.past, change),
    duringGb: isImaged ? disk.duringGb + gb : disk.duringGb,
  };
}

/** Its sizes, where the cloud states how disks grow. */
export function measureGuestDisk({ profile }: EmulatorContext, { past }: GuestDisk): DiskSize | undefined {
  return profile.imaging && measureDisk(past, profile.imaging.growth);
}
