import { isObject, type Json, type JsonObject } from '../json.ts';

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

export function diskOf({ disk }: JsonObject): JsonObject {
  return isObject(disk) ? disk : {};
}
