import type { SeedFlavor } from '../../../seed/seed.ts';
import type { EmulatorContext } from '../../context.ts';
import { describeFlavor } from './rackspace.ts';
import type { Flavor } from './records.ts';

/**
 * Enters the flavors that a new cloud begins with: the profile's, or DevStack's, and those of a seed, which take the place of
 * others with their id or name. Inside `store.write`.
 */
export function plantFlavors({ flavors, profile }: EmulatorContext, seeded: readonly SeedFlavor[]): void {
  const isReplaced = ({ id, name }: Flavor) => seeded.some((each) => each.id === id || each.name === name);
  const own = profile.flavors?.map(describeFlavor) ?? listDevStack();
  for (const flavor of [...own.filter((each) => !isReplaced(each)), ...seeded.map(completeFlavor)])
    flavors.create(flavor);
}

/** On Rackspace's cloud a flavor tells its class among its extra specs. */
function completeFlavor({ ephemeral, swap, is_public, extra_specs = {}, ...given }: SeedFlavor): Flavor {
  return {
    ...given,
    class: extra_specs['class'] ?? '',
    ephemeral: ephemeral ?? 0,
    swap: swap ?? 0,
    extra_specs,
    rxtx_factor: 1,
    is_public: is_public ?? true,
    description: null,
  };
}

function listDevStack(): Flavor[] {
  return devStack.map(([id, name, ram, disk, vcpus]) => ({
    ...{ id, name, ram, disk, vcpus },
    ...{ class: '', ephemeral: 0, swap: 0, extra_specs: {} },
    ...{ rxtx_factor: 1, is_public: true, description: null },
  }));
}

/** DevStack's: id, name, MB of memory, GB of disk, processors. */
export const devStack: readonly (readonly [string, string, number, number, number])[] = [
  ['1', 'm1.tiny', 512, 1, 1],
  ['2', 'm1.small', 2048, 20, 1],
  ['3', 'm1.medium', 4096, 40, 2],
  ['4', 'm1.large', 8192, 80, 4],
  ['5', 'm1.xlarge', 16384, 160, 8],
  ['42', 'm1.nano', 192, 1, 1],
  ['84', 'm1.micro', 256, 1, 1],
  ['c1', 'cirros256', 256, 1, 1],
  ['d1', 'ds512M', 512, 5, 1],
];
