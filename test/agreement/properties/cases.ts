import type { BootFlavor } from '../../../server/rules/properties/flavorPairs.ts';
import { legacyNames } from '../../../server/rules/properties/novaFields.ts';
import type { Property } from '../../../server/rules/properties/property.ts';
import type { ImageToBoot } from '../../../server/rules/properties/refuseBoot.ts';
import { findProperty, properties } from '../../../server/rules/properties/table.ts';
import type { Random } from '../../fuzz/random.ts';

export interface Case {
  readonly image: ImageToBoot;
  readonly flavor: BootFlavor;
}

const oddTexts = [
  ...['true', 'yes', 'enabled', '2', 'two', ' 3 ', '1_0', '-1', '0', '', 'x', 'UEFI'],
  ...['>=2.6', '>2', '1.2', '2.0', '0-1', '^0', '0-3,^1', '[]', '[{}]', '{}', 'null', '"a"', '[1]'],
  ...['large', '2MB', '1GB', 'any', 'required', 'forbidden'],
];
/** Names that no table has, and those of before. */
const names = [
  ...properties.map(({ name }) => name),
  ...legacyNames.keys(),
  ...legacyNames.values(),
  ...['hw_diskbus', 'trait:HW_CPU_HYPERTHREADING', 'trait:X'],
];
/** Those that Nova compares with each other and with the flavor: alone they would seldom meet. */
const paired = [
  ...['hw_numa_cpus.0', 'hw_numa_mem.0', 'hw_numa_cpus.1', 'hw_numa_mem.1', 'hw_numa_nodes'],
  ...['hw_cpu_policy', 'hw_cpu_thread_policy', 'hw_mem_page_size', 'hw_locked_memory'],
  ...['hw_mem_encryption', 'hw_machine_type', 'hw_firmware_type', 'hw_cpu_cores', 'hw_cpu_max_cores'],
  ...['hw_serial_port_count', 'hw_pmu', 'hw_vif_multiqueue_enabled', 'hw_cpu_realtime_mask'],
  ...['hw_pci_numa_affinity_policy', 'hw_ephemeral_encryption', 'hw_ephemeral_encryption_format'],
];
const specified = properties.filter(({ flavorSpec }) => flavorSpec !== undefined);

/** A random image and flavor, of what Nova 26 knows. */
export function makeCase(random: Random): Case {
  const found: Record<string, string> = {};
  for (let left = random.below(5); left > 0; left--) {
    const name = number(random, random.pick(random.below(10) < 4 ? paired : names));
    found[name] = makeText(random, findProperty(name), name);
  }
  return {
    image: { id: '11111111-1111-4111-8111-111111111111', name: 'web', properties: found },
    flavor: {
      name: 'm1.test',
      ram: 2048,
      vcpus: random.pick([1, 2, 4]),
      extra_specs: makeSpecs(random),
    },
  };
}

function makeSpecs(random: Random): Record<string, string> {
  const specs: Record<string, string> = {};
  for (let left = random.below(4); left > 0; left--) {
    const property = random.pick(specified);
    // A flavor's memory of a NUMA node that is no number is an error inside of Nova.
    const text = makeText(random, property, property.name);
    const isNumber = /^\s*[+-]?\d+\s*$/.test(text);
    if (property.name.startsWith('hw_numa_mem') && !isNumber) continue;
    specs[number(random, property.flavorSpec ?? '')] = text;
  }
  const maybe = (chance: number, name: string, ...texts: string[]): void => {
    if (random.below(100) < chance) specs[name] = random.pick(texts);
  };
  maybe(10, 'hw:cpu_realtime', 'true');
  maybe(10, 'hw:cpu_dedicated_mask', '^0', '0-1', '2-9', '0');
  maybe(10, 'hw:emulator_threads_policy', 'share', 'isolate', 'x');
  maybe(5, 'resources:VCPU', '1', '2', '4');
  maybe(5, 'resources:PCPU', '1', '2', '4');
  return specs;
}

/** `hw_numa_mem.N` → `hw_numa_mem.1`, `trait:NAME` → `trait:FOO`. */
function number(random: Random, name: string): string {
  return name.replace(/\.N$/, () => `.${random.below(2)}`).replace('NAME', 'FOO');
}

function makeText(random: Random, property: Property | undefined, name: string): string {
  if (random.below(100) < 6) return random.pick(oddTexts);
  if (property?.values) {
    const { spellings } = property;
    const value =
      spellings && random.below(5) === 0 ? random.pick(Object.keys(spellings)) : random.pick(property.values);
    return random.pick([...Array<string>(18).fill(value), value.toUpperCase(), `${value}x`]);
  }
  if (property?.kind === 'boolean')
    return random.pick(['true', 'false', 'yes', 'no', 'on', 'enabled', 'True']);
  if (name.includes('numa_mem')) return random.pick(['512', '1024', '2048']);
  if (name.includes('numa_cpus')) return random.pick(['0', '1', '0-1', '2-3', '0-3', '0,2']);
  if (property?.kind === 'integer') return random.pick(['0', '1', '2', '3', '4', '8']);
  return name.includes('mask') ? random.pick(['^0', '0-1', '^0-3', '2-9']) : random.pick(['a', 'b']);
}
