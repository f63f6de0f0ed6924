import type { Json } from '../json.ts';
import type { Flavor } from './profile.ts';

/**
 * The flavors of Cloud Servers (SOURCES: rackspace §7): id, MB of memory, GB of system disk, GB of data disks, processors.
 * Flavors without a system disk boot from volumes only.
 */
export const rackspaceFlavors: readonly Flavor[] = Object.entries({
  standard1: [
    ['2', 512, 20, 0, 1],
    ['3', 1024, 40, 0, 1],
    ['4', 2048, 80, 0, 2],
    ['5', 4096, 160, 0, 2],
    ['6', 8192, 320, 0, 4],
    ['7', 15360, 620, 0, 6],
    ['8', 30720, 1200, 0, 8],
  ],
  performance1: [
    ['performance1-1', 1024, 20, 0, 1],
    ['performance1-2', 2048, 40, 20, 2],
    ['performance1-4', 4096, 40, 40, 4],
    ['performance1-8', 8192, 40, 80, 8],
  ],
  performance2: [
    ['performance2-15', 15360, 40, 150, 4],
    ['performance2-30', 30720, 40, 300, 8],
    ['performance2-60', 61440, 40, 600, 16],
    ['performance2-90', 92160, 40, 900, 24],
    ['performance2-120', 122880, 40, 1200, 32],
  ],
  general1: [
    ['general1-1', 1024, 20, 0, 1],
    ['general1-2', 2048, 40, 0, 2],
    ['general1-4', 4096, 80, 0, 4],
    ['general1-8', 8192, 160, 0, 8],
  ],
  io1: [
    ['io1-15', 15360, 40, 150, 4],
    ['io1-30', 30720, 40, 300, 8],
    ['io1-60', 61440, 40, 600, 16],
    ['io1-90', 92160, 40, 900, 24],
    ['io1-120', 122880, 40, 1200, 32],
  ],
  compute1: [
    ['compute1-4', 3840, 0, 0, 2],
    ['compute1-8', 7680, 0, 0, 4],
    ['compute1-15', 15360, 0, 0, 8],
    ['compute1-30', 30720, 0, 0, 16],
    ['compute1-60', 61440, 0, 0, 32],
  ],
  memory1: [
    ['memory1-15', 15360, 0, 0, 2],
    ['memory1-30', 30720, 0, 0, 4],
    ['memory1-60', 61440, 0, 0, 8],
    ['memory1-120', 122880, 0, 0, 16],
    ['memory1-240', 245760, 0, 0, 32],
  ],
  onmetal: [
    ['onmetal-compute1', 32768, 32, 0, 20],
    ['onmetal-memory1', 524288, 32, 0, 24],
    ['onmetal-io1', 131072, 32, 3200, 40],
  ],
  onmetal2: [
    ['onmetal-general2-small', 32768, 800, 0, 12],
    ['onmetal-general2-medium', 65536, 800, 0, 24],
    ['onmetal-general2-large', 131072, 800, 0, 24],
    ['onmetal-io2', 131072, 240, 3200, 40],
  ],
} satisfies Record<string, [string, number, number, number, number][]>).flatMap(([name, flavors]) =>
  flavors.map(([id, ram, disk, ephemeral, vcpus]) => ({ id, class: name, ram, disk, ephemeral, vcpus })),
);

/** Classes whose servers have no system disk of their own, and those that have no other. */
export const volumeOnly: ReadonlySet<string> = new Set(['compute1', 'memory1']);
export const neverFromVolume: ReadonlySet<string> = new Set(['standard1', 'onmetal', 'onmetal2']);

/** The id of a flavor as `flavorRef` gives it: as text, or as the number that old ids are (Nova takes both). */
export function readFlavorRef(reference: Json | undefined): string | undefined {
  if (typeof reference === 'number' && Number.isInteger(reference)) return String(reference);
  return typeof reference === 'string' && reference !== '' ? reference : undefined;
}

/** An id or a URL that ends with one, as Nova takes references. */
export function flavorOf(reference: string, flavors: readonly Flavor[] | undefined): Flavor | undefined {
  const id = idOfReference(reference);
  return flavors?.find((flavor) => flavor.id === id);
}

export function idOfReference(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

/**
 * Tells whether an image's `flavor_classes` (`*,!onmetal`) admits a class: it is listed, or `*` is and the class is not
 * excluded. Empty or absent: every class (SOURCES: rackspace §2.3).
 */
export function admitsClass(flavorClasses: string, name: string): boolean {
  const listed = flavorClasses
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (listed.length === 0) return true;
  return listed.includes(name) || (listed.includes('*') && !listed.includes(`!${name}`));
}
