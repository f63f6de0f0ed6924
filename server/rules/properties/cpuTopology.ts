import { type Boot, numberProp, specOf } from './flavorPairs.ts';
import { explainNoInteger, parseInteger } from './read.ts';

const parts = ['sockets', 'cores', 'threads'] as const;
type Topology = Readonly<Record<(typeof parts)[number], number>>;
/** What no guest has more of. */
const unlimited = 65_536;

/** Refuses sockets, cores and threads that the flavor, or the image itself, does not let (`get_cpu_topology_constraints`). */
export function refuseTopology(boot: Boot): string | undefined {
  const limitsOfFlavor = ofFlavor(boot, 'max_');
  if (typeof limitsOfFlavor === 'string') return limitsOfFlavor;
  const limits = ofImage(boot, 'max_');
  if (parts.some((part) => limitsOfFlavor[part] && limits[part] > limitsOfFlavor[part]))
    return `Image vCPU topology limits (${show(limits)}) exceeds the limits of the flavor (${show(limitsOfFlavor)})`;
  const most = each((part) => limits[part] || limitsOfFlavor[part] || unlimited);
  const wishOfFlavor = ofFlavor(boot, '');
  if (typeof wishOfFlavor === 'string') return wishOfFlavor;
  const wish = ofImage(boot, '');
  return parts.some((part) => wish[part] > most[part])
    ? `Image vCPU topology (${show(wish)}) exceeds the limits of the flavor or image (${show(most)})`
    : undefined;
}

function ofFlavor(boot: Boot, limit: 'max_' | ''): Topology | string {
  const texts = parts.map((part) => specOf(boot, `hw:cpu_${limit}${part}`) ?? '0');
  const bad = texts.find((text) => parseInteger(text) === undefined);
  if (bad !== undefined) return `Invalid flavor extra spec. Error: ${explainNoInteger(bad)}`;
  const [sockets = 0, cores = 0, threads = 0] = texts.map((text) => parseInteger(text) ?? 0);
  return { sockets, cores, threads };
}

function ofImage(boot: Boot, limit: 'max_' | ''): Topology {
  return each((part) => numberProp(boot, `hw_cpu_${limit}${part}`) ?? 0);
}

function each(count: (part: (typeof parts)[number]) => number): Topology {
  return { sockets: count('sockets'), cores: count('cores'), threads: count('threads') };
}

function show(topology: Topology): string {
  return parts.map((part) => `${part}=${topology[part]}`).join(', ');
}
