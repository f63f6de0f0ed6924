import { hasReached, type Release } from '../profile/releases.ts';
import { readCpuList } from './cpuList.ts';
import type { CpuPlacement } from './cpuPolicy.ts';
import { type Boot, booleanProp, booleanSpec, numberProp, printed, specOf, textProp } from './flavorPairs.ts';
import { refuseMemoryEncryption } from './memoryEncryption.ts';
import { explainNoInteger, parseInteger } from './read.ts';

/** The second part of `numa_get_constraints`: nodes, page size, locked memory, and what lies in which node. */
export function refuseNuma(boot: Boot, placement: CpuPlacement, release: Release): string | undefined {
  const nodes = countNodes(boot);
  if (typeof nodes === 'string') return nodes;
  const pages = agreeOnPages(boot);
  if (typeof pages === 'string') return pages;
  const refused = refuseLockedMemory(boot) ?? refuseEncryptedMemory(boot, release);
  if (refused !== undefined) return refused;
  if (!nodes && !pages && placement.policy !== 'dedicated' && placement.policy !== 'mixed') return undefined;
  return refuseLayout(boot, nodes || 1);
}

function countNodes(boot: Boot): number | string {
  const ofFlavor = specOf(boot, 'hw:numa_nodes');
  const ofImage = numberProp(boot, 'hw_numa_nodes');
  if (ofFlavor && ofImage) return forbidsNuma('hw_numa_nodes');
  const asked = ofFlavor || ofImage;
  if (asked === undefined) return 0;
  const nodes = typeof asked === 'number' ? asked : parseInteger(asked);
  return nodes !== undefined && String(nodes) === String(asked) && nodes >= 1
    ? nodes
    : `The property 'numa_nodes' cannot be '${asked}'. It must be a number greater than 0`;
}

function forbidsNuma(name: string): string {
  return `Image property '${name}' is not permitted to override NUMA configuration set against the flavor`;
}

/** The page size that is asked for: KiB, -1 to -3 for words, 0 for none. */
function agreeOnPages(boot: Boot): number | string {
  const ofFlavor = specOf(boot, 'hw:mem_page_size');
  const ofImage = textProp(boot, 'hw_mem_page_size');
  if (!ofFlavor) return ofImage ? `Page size ${ofImage} forbidden against '<empty>'` : 0;
  const pages = readPageSize(ofFlavor);
  if (typeof pages === 'string' || !ofImage) return pages;
  return pages === pageWords['any'] || pages === pageWords['large']
    ? readPageSize(ofImage)
    : `Page size ${ofImage} forbidden against '${ofFlavor}'`;
}

const pageWords: Readonly<Record<string, number>> = { small: -1, large: -2, any: -3 };
const units: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4 };

/** Reads a page size: a word, a number of KiB, or a size with its unit, such as `2MB`; a text where it is none. */
export function readPageSize(text: string): number | string {
  if (Object.hasOwn(pageWords, text)) return pageWords[text] ?? 0;
  if (/^\d+$/.test(text)) return Number(text);
  const size = /^([-+]?\d*\.?\d+)(?:([KMGT])i?)?(b|bit|B)$/.exec(text);
  if (!size) return `Invalid memory page size '${text}'`;
  const [, magnitude, unit, byte] = size;
  const bytes = Number(magnitude) * 1024 ** (units[unit ?? ''] ?? 0);
  return Math.ceil(byte === 'B' ? bytes : bytes / 8) / 1024;
}

function refuseLockedMemory(boot: Boot): string | undefined {
  const ofFlavor = booleanSpec(boot, 'hw:locked_memory');
  const ofImage = booleanProp(boot, 'hw_locked_memory');
  if (ofFlavor !== undefined && ofImage !== undefined && ofFlavor !== ofImage)
    return `locked_memory value in image (${printed(ofImage)}) and flavor (${printed(ofFlavor)}) conflict. A consistent value is expected if both specified.`;
  const pages = specOf(boot, 'hw:mem_page_size') || textProp(boot, 'hw_mem_page_size');
  return (ofFlavor ?? ofImage) && !pages
    ? 'locked_memory value in image or flavor is forbidden when mem_page_size is not set.'
    : undefined;
}

/** Since 2026.2 memory that is not locked by name is asked about here already. */
function refuseEncryptedMemory(boot: Boot, release: Release): string | undefined {
  const locked = booleanSpec(boot, 'hw:locked_memory') ?? booleanProp(boot, 'hw_locked_memory');
  return !locked && hasReached(release, '2026.2') ? refuseMemoryEncryption(boot, release) : undefined;
}

function refuseLayout(boot: Boot, nodes: number): string | undefined {
  const { flavor, image } = boot;
  const cpusOfFlavor = nodesOf(boot, 'hw:numa_cpus', readCpuList);
  if (typeof cpusOfFlavor === 'string') return cpusOfFlavor;
  if (cpusOfFlavor && image.props.numaCpus) return forbidsNuma('hw_numa_cpus');
  const memoryOfFlavor = nodesOf(boot, 'hw:numa_mem', (text) => parseInteger(text) ?? explainNoInteger(text));
  if (typeof memoryOfFlavor === 'string') return memoryOfFlavor;
  if (memoryOfFlavor && image.props.numaMemory) return forbidsNuma('hw_numa_mem');
  const cpus = cpusOfFlavor ?? image.props.numaCpus;
  const memory = memoryOfFlavor ?? image.props.numaMemory;
  if (!cpus && !memory)
    return flavor.vcpus % nodes > 0 || flavor.ram % nodes > 0
      ? 'Instance CPUs and/or memory cannot be evenly distributed across instance NUMA nodes. Explicit assignment of CPUs and memory to nodes is required'
      : undefined;
  if (cpus?.length !== nodes || memory?.length !== nodes)
    return 'CPU and memory allocation must be provided for all NUMA nodes';
  return refuseAssignment(boot, cpus) ?? refuseMemory(boot, memory);
}

function nodesOf<Read>(
  boot: Boot,
  spec: string,
  read: (text: string) => Read | string,
): readonly Read[] | string | undefined {
  const found: Read[] = [];
  for (let node = 0; node < 128; node++) {
    const text = specOf(boot, `${spec}.${node}`);
    if (text === undefined) break;
    const value = read(text);
    if (typeof value === 'string') return value;
    found.push(value);
  }
  return found.length > 0 ? found : undefined;
}

function refuseAssignment({ flavor }: Boot, nodes: readonly (readonly number[])[]): string | undefined {
  const free = new Set(Array.from({ length: flavor.vcpus }, (_, at) => at));
  for (const processor of nodes.flat()) {
    if (processor > flavor.vcpus - 1) return `CPU number ${processor} is larger than max ${flavor.vcpus - 1}`;
    if (!free.delete(processor)) return `CPU number ${processor} is assigned to two nodes`;
  }
  return free.size > 0 ? `CPU number {${[...free].join(', ')}} is not assigned to any node` : undefined;
}

function refuseMemory({ flavor }: Boot, nodes: readonly number[]): string | undefined {
  const sum = nodes.reduce((total, memory) => total + memory, 0);
  return sum === flavor.ram ? undefined : `${sum} MB of memory assigned, but expected ${flavor.ram} MB`;
}
