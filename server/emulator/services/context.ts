import type { Kernel } from '../kernel/kernel.ts';
import { createFlavors, type Flavors } from './compute/flavors/records.ts';
import { createKeypairs, type Keypairs } from './compute/keypairs/records.ts';
import { createQuotas, type Quotas } from './compute/quotas/records.ts';
import { createServers, type Servers } from './compute/servers/records.ts';
import type { CatalogEntry } from './identity/catalog.ts';
import { createIdentity, type Identity } from './identity/identity.ts';
import { createPlanner, type Planner } from './images/list/queryPlanner.ts';
import { createImages, type Images } from './images/records.ts';
import { createSecurityGroups, type SecurityGroups } from './network/groups/records.ts';
import { createNetworks, type Networks } from './network/records.ts';
import { createObjects, type Objects } from './objects/records.ts';
import { createTasks, type Tasks } from './tasks/records.ts';
import { createVolumes, type Volumes } from './volumes/records.ts';

/** The kernel, and the records that services read of each other. */
export interface EmulatorContext extends Kernel {
  readonly catalog: readonly CatalogEntry[];
  readonly identity: Identity;
  readonly images: Images;
  readonly imageLists: Planner;
  readonly servers: Servers;
  readonly flavors: Flavors;
  readonly quotas: Quotas;
  readonly keypairs: Keypairs;
  readonly tasks: Tasks;
  readonly objects: Objects;
  readonly volumes: Volumes;
  readonly networks: Networks;
  readonly securityGroups: SecurityGroups;
}

export function createContext(kernel: Kernel, catalog: readonly CatalogEntry[]): EmulatorContext {
  const { store, clock, events, blobs, profile } = kernel;
  return {
    ...kernel,
    catalog,
    identity: createIdentity(store, clock),
    images: createImages(store, clock, events, blobs, profile),
    imageLists: createPlanner(store),
    servers: createServers(store, clock, events, blobs),
    flavors: createFlavors(store),
    quotas: createQuotas(store, kernel.settings, profile),
    keypairs: createKeypairs(store, clock),
    tasks: createTasks(store, clock, events),
    objects: createObjects(store, clock, events, blobs),
    volumes: createVolumes(store, clock, events, blobs),
    networks: createNetworks(store, clock),
    securityGroups: createSecurityGroups(store, clock),
  };
}
