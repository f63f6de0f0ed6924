import type { Clock } from '../../kernel/clock.ts';
import { makeStableUuid } from '../../kernel/stableId.ts';
import type { Store } from '../../store/store.ts';
import { formatAddress, parseAddress, parseCidr } from './cidr.ts';

/** The networks that all accounts share, the same in every region. */
export interface Networks {
  /** The first one is where a server goes that asks for none. */
  list(): NetworkRow[];
  find(id: string): NetworkRow | undefined;
  /** Inside `store.write`: enters the network that every cloud has, and others; the last of a name counts. */
  plant(networks: readonly NewNetwork[]): void;
}

export interface NewNetwork {
  readonly name: string;
  /** `10.77.0.0/16`; at least 16 addresses. */
  readonly cidr: string;
}

export interface NetworkRow extends NewNetwork {
  readonly key: number;
  readonly id: string;
  readonly created: number;
}

export const leastAddresses = 16;
const shared = { name: 'shared-net', cidr: '10.77.0.0/16' };

export const networkTables: readonly string[] = [
  `CREATE TABLE networks (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, cidr TEXT NOT NULL, created INTEGER NOT NULL
  ) STRICT`,
];

export function createNetworks(store: Store, clock: Clock): Networks {
  return {
    list: () => store.all<NetworkRow>('SELECT * FROM networks ORDER BY key'),
    find: (id) => store.get<NetworkRow>('SELECT * FROM networks WHERE id = ?', id),
    plant: (networks) => {
      for (const { name, cidr } of [shared, ...networks])
        store.run(
          `INSERT INTO networks (id, name, cidr, created) VALUES (?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET cidr = excluded.cidr`,
          idOf(name),
          name,
          cidr,
          clock.now(),
        );
    },
  };
}

function idOf(name: string): string {
  return makeStableUuid(`network ${name}`);
}

/** The address of the `number`th server, behind those of the gateway and of DHCP. */
export function nthAddress({ cidr }: NewNetwork, number: number): string {
  const { first, size } = requireCidr(cidr);
  const reserved = Math.min(10, size / 4);
  return formatAddress(first + reserved + (number % (size - reserved - 1)));
}

/** How many addresses `nthAddress` has to give. */
export function countAddresses({ cidr }: NewNetwork): number {
  const { size } = requireCidr(cidr);
  return size - Math.min(10, size / 4) - 1;
}

export function holdsAddress({ cidr }: NewNetwork, address: string): boolean {
  const { first, size } = requireCidr(cidr);
  const number = parseAddress(address);
  return number !== undefined && number >= first && number < first + size;
}

/** The addresses that a subnet's document names. */
export function describeRange({ cidr }: NewNetwork): { gateway: string; start: string; end: string } {
  const { first, size } = requireCidr(cidr);
  return {
    gateway: formatAddress(first + 1),
    start: formatAddress(first + 2),
    end: formatAddress(first + size - 2),
  };
}

function requireCidr(text: string): { first: number; size: number } {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`${text} is no network.`);
  return cidr;
}
