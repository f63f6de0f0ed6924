import { deviceProperties } from './devices.ts';
import { encryptionProperties } from './encryption.ts';
import { guestProperties } from './guest.ts';
import { machineProperties } from './machine.ts';
import { legacyNames } from './novaFields.ts';
import { otherProperties } from './otherClouds.ts';
import { informingProperties } from './people.ts';
import { processorProperties } from './processors.ts';
import type { Property } from './property.ts';

/** The properties by what they are about, under the heading of each. The attributes of images are `service/attributes.ts`. */
export const propertyGroups: Readonly<Record<string, readonly Property[]>> = {
  'Machine, firmware and protection': machineProperties,
  Devices: deviceProperties,
  'Processors and memory': processorProperties,
  'Guest and first boot': guestProperties,
  'Signatures and encryption': encryptionProperties,
  'What informs': informingProperties,
  'XenServer, VMware and snapshots': otherProperties,
};

export const properties: readonly Property[] = Object.values(propertyGroups).flat();

const byName: ReadonlyMap<string, Property> = new Map([
  ...properties.map((property) => [fieldOf(property.name), property] as const),
  ...properties.map((property) => [property.name, property] as const),
]);

/** Nova's own name of a documented one: `architecture` → `hw_architecture`, `hw_numa_mem.N` → `hw_numa_mem`. */
export function fieldOf(name: string): string {
  return legacyNames.get(name) ?? name.replace(/^(hw_numa_(?:cpus|mem))\.(?:N|\d+)$/, '$1');
}

/** Finds the property of a name: of its documented name, Nova's own, or one of before; `hw_numa_mem.3` and `trait:X` too. */
export function findProperty(name: string): Property | undefined {
  return byName.get(name) ?? byName.get(legacyNames.get(name) ?? generalize(name));
}

/** `hw_numa_mem.3` → `hw_numa_mem.N`, `trait:X` → `trait:NAME`; any other name as it is. */
function generalize(name: string): string {
  if (name.startsWith('trait:')) return 'trait:NAME';
  if (name.startsWith('os_glance_')) return 'os_glance_NAME';
  const node = /^(hw_numa_(?:cpus|mem))\.(0|[1-9]\d*)$/.exec(name);
  return node ? `${node[1]}.N` : name;
}
