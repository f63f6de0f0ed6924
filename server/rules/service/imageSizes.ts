import type { Json } from '../rule.ts';

/** Bytes of an image's system disk, as far as the image says: its virtual size, else the disk of the flavor it was made on. */
export function systemDiskOf(image: ReadonlyMap<string, Json>): number | undefined {
  const size = image.get('virtual_size');
  if (typeof size === 'number' && size > 0) return size;
  const flavorDisk = Number(image.get('instance_type_root_gb') ?? Number.NaN);
  return flavorDisk > 0 ? flavorDisk * 2 ** 30 : undefined;
}
