/** Recognizes the system of a disk, from its partition table, boot sectors and boot files. */
import type { BootFacts, GuestFacts } from '../../rules/facts.ts';
import { type ByteSource, cachedSource, sliceSource } from '../source.ts';
import { type Partition, type PartitionTable, readPartitions } from './partitions.ts';
import { recognizeVolume, type Volume } from './volumes.ts';

/** A partition, and what stands on it. */
export interface PartitionedVolume {
  readonly partition: Partition;
  readonly volume: Volume;
}

/** Reads the partition table, and the first sectors of each partition. */
export async function readVolumes(
  disk: ByteSource,
): Promise<{ readonly scheme: PartitionTable['scheme']; readonly volumes: readonly PartitionedVolume[] }> {
  const { scheme, partitions } = await readPartitions(disk);
  const volumes: PartitionedVolume[] = [];
  for (const partition of partitions) {
    const volume = await recognizeVolume(sliceSource(disk, partition.start, partition.length));
    volumes.push({ partition, volume });
  }
  return { scheme, volumes };
}

export async function readGuest(content: ByteSource): Promise<GuestFacts> {
  const disk = cachedSource(content);
  const { scheme, volumes } = await readVolumes(disk);
  if (scheme === 'none') return wholeDisk(disk);
  const windows: string[] = [];
  const windowsSigns: string[] = [];
  const linux: string[] = [];
  const parts: string[] = [];
  for (const { partition, volume } of volumes) {
    parts.push(volume.type ? `${partition.label} (${volume.type})` : partition.label);
    windows.push(...volume.windows.map((proof) => `${proof} on partition ${partition.number}`));
    const sign = findSign(partition, volume.type);
    if (sign) windowsSigns.push(`${sign} (partition ${partition.number})`);
    if (linuxTypes.has(volume.type)) linux.push(`${volume.type} on partition ${partition.number}`);
  }
  const boot = await readBoot(disk, volumes);
  return { layout: `${scheme}: ${shortened(parts)}`, windows, windowsSigns, linux, boot };
}

/** File systems, and the like, that no other system makes. */
const linuxTypes: ReadonlySet<string> = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'lvm', 'swap']);

/** The code of a boot record ends where the disk's identifier begins. */
const bootCodeBytes = 440;

async function readBoot(disk: ByteSource, volumes: readonly PartitionedVolume[]): Promise<BootFacts> {
  const record = await disk.read(0, bootCodeBytes);
  const systems = volumes.filter(({ partition }) => partition.label === 'EFI system');
  return {
    efi: systems.length > 0,
    bios:
      record.some((byte) => byte !== 0) || volumes.some(({ partition }) => partition.label === 'BIOS boot'),
    loaders: [...new Set(systems.flatMap(({ volume }) => volume.loaders ?? []))],
  };
}

/** A volume without a partition table around it. */
async function wholeDisk(disk: ByteSource): Promise<GuestFacts> {
  const volume = await recognizeVolume(disk);
  const windows = volume.windows.map((proof) => `${proof} at the start of the disk`);
  const windowsSigns = volume.type === 'ntfs' ? ['NTFS volume over the whole disk'] : [];
  return {
    layout: volume.type ? `no partition table: ${volume.type}` : 'nothing recognised',
    windows,
    windowsSigns,
  };
}

function findSign({ kind }: Partition, volume: string): string | undefined {
  if (kind === 'reserved') return 'Microsoft reserved partition';
  if (kind === 'ldm') return 'Windows dynamic disk';
  if (kind === 'recovery') return 'Windows recovery partition';
  return volume === 'ntfs' ? 'NTFS volume' : undefined;
}

function shortened(parts: readonly string[]): string {
  if (parts.length === 0) return 'no partitions';
  const more = parts.length - 16;
  return parts.slice(0, 16).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
