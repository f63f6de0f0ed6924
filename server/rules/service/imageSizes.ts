import { isObject, type Json, type JsonObject } from '../json.ts';
import type { DiskGrowth } from '../profile/profile.ts';
import { beginDisk, changeDisk, measureDisk } from './diskGrowth.ts';

/** Bytes of an image's system disk, as far as the image says: its virtual size, else the disk of the flavor it was made on. */
export function systemDiskOf(image: ReadonlyMap<string, Json>): number | undefined {
  const size = image.get('virtual_size');
  if (typeof size === 'number' && size > 0) return size;
  const flavorDisk = Number(image.get('instance_type_root_gb') ?? Number.NaN);
  return flavorDisk > 0 ? flavorDisk * 2 ** 30 : undefined;
}

/** The size that the image will have at least, and the key that says it. */
export function sizeOf(server: JsonObject): { from: string; bytes: number } | undefined {
  const disk = diskOf(server);
  for (const from of ['vhd_gb', 'largest_gb', 'used_gb']) {
    const size: Json | undefined = disk[from];
    if (typeof size === 'number') return { from, bytes: size * 2 ** 30 };
  }
  return undefined;
}

/** GB of all VHDs of the disk at least, as it says or as its past leaves them (DECISIONS 16). */
export function chainOf(server: JsonObject, growth: DiskGrowth): number | undefined {
  const size = sizeOf(server);
  const largest = (size?.bytes ?? 0) / 2 ** 30;
  if (!size || size.from === 'vhd_gb') return size && largest;
  const { used_gb: used, images_taken: images } = diskOf(server);
  const deleted = typeof used === 'number' ? Math.max(0, largest - used) : 0;
  const past = changeDisk(beginDisk(largest), { delete: deleted });
  return measureDisk({ ...past, images: typeof images === 'number' ? images : 0 }, growth).chainGb;
}

export function diskOf({ disk }: JsonObject): JsonObject {
  return isObject(disk) ? disk : {};
}
