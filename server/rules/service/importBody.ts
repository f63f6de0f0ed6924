import type { DiskFacts, VhdFacts } from '../facts.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';

/** Readings of an import's body, and the disks of the rules' examples. */

export const webImport =
  'type: import\ninput:\n  import_from: exports/web.vhd\n  image_properties:\n    name: web\n';
export const gib = 2 ** 30;

/** A sound VHD, for the rules' examples. */
export function soundDisk(changed: Partial<VhdFacts> = {}, physicalSize = 2 * gib): DiskFacts {
  const guest = { layout: 'mbr: Linux (ext4)', windows: [], windowsSigns: [] };
  const vhd = {
    type: 3,
    virtualSize: 20 * gib,
    metadataSize: 2 ** 24,
    creator: 'tap',
    zeroUuid: false,
    damage: [],
    guest,
  };
  return { name: 'exports/web.vhd', format: 'vhd', physicalSize, vhd: { ...vhd, ...changed } };
}

export function inputOf(manifest: Json): JsonObject {
  return isObject(manifest) && isObject(manifest['input']) ? manifest['input'] : {};
}

export function propertiesOf(manifest: Json): JsonObject {
  const properties = inputOf(manifest)['image_properties'];
  return isObject(properties) ? properties : {};
}
