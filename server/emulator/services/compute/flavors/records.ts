import type { Store } from '../../../store/store.ts';
import type { ServerFlavor } from '../servers/rows.ts';

/** Flavors as records, the same in every region. What changes one runs inside `store.write`. */
export interface Flavors {
  /** One that the account may use: a public one, or one given to it. Administrators use all. */
  find(id: string, asker: FlavorUser): ServerFlavor | undefined;
  /** The same, with everything that is known of it. */
  read(id: string, asker: FlavorUser): Flavor | undefined;
  /** Those that SQL conditions select, in an order. */
  select(clauses: string, ...values: readonly (string | number)[]): Flavor[];
  isUsed(column: 'id' | 'name', value: string): boolean;
  create(flavor: Flavor): void;
  change(id: string, columns: Partial<Pick<Flavor, 'description' | 'extra_specs'>>): void;
  remove(id: string): void;
  /** Accounts that may use it though it is not public. */
  accounts(id: string): string[];
  /** Both answer whether anything changed. */
  addAccess(id: string, account: string): boolean;
  removeAccess(id: string, account: string): boolean;
}

export interface FlavorUser {
  readonly account: { readonly id: string };
  readonly isAdmin: boolean;
}

export interface Flavor extends ServerFlavor {
  readonly rxtx_factor: number;
  readonly is_public: boolean;
  readonly description: string | null;
}

/** SQL that is true for flavors that an account, its one parameter, may use. */
export const isGiven =
  '(is_public = 1 OR EXISTS (SELECT 1 FROM flavor_access WHERE flavor = flavors.id AND account = ?))';

const columns =
  'id, name, class, ram, disk, vcpus, ephemeral, swap, rxtx_factor, is_public, description, extra_specs';

export function createFlavors(store: Store): Flavors {
  const select: Flavors['select'] = (clauses, ...values) =>
    store.all<FlavorRow>(`SELECT ${columns} FROM flavors ${clauses}`, ...values).map(toFlavor);
  const read: Flavors['read'] = (id, { account, isAdmin }) =>
    isAdmin ? select('WHERE id = ?', id)[0] : select(`WHERE id = ? AND ${isGiven}`, id, account.id)[0];
  return {
    read,
    find: (id, asker) => {
      const flavor = read(id, asker);
      if (!flavor) return undefined;
      const { rxtx_factor, is_public, description, ...kept } = flavor;
      return kept;
    },
    select,
    isUsed: (column, value) => store.get(`SELECT 1 FROM flavors WHERE ${column} = ?`, value) !== undefined,
    create: (flavor) => {
      store.run(
        `INSERT INTO flavors (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        flavor.id,
        flavor.name,
        flavor.class,
        flavor.ram,
        flavor.disk,
        flavor.vcpus,
        flavor.ephemeral,
        flavor.swap,
        flavor.rxtx_factor,
        flavor.is_public ? 1 : 0,
        flavor.description,
        JSON.stringify(flavor.extra_specs),
      );
    },
    change: (id, { description, extra_specs: specs }) => {
      if (description !== undefined)
        store.run('UPDATE flavors SET description = ? WHERE id = ?', description, id);
      if (specs) store.run('UPDATE flavors SET extra_specs = ? WHERE id = ?', JSON.stringify(specs), id);
    },
    remove: (id) => {
      store.run('DELETE FROM flavors WHERE id = ?', id);
    },
    accounts: (id) =>
      store
        .all<{ account: string }>('SELECT account FROM flavor_access WHERE flavor = ? ORDER BY account', id)
        .map(({ account }) => account),
    addAccess: (id, account) =>
      store.run('INSERT OR IGNORE INTO flavor_access (flavor, account) VALUES (?, ?)', id, account).changes >
      0,
    removeAccess: (id, account) =>
      store.run('DELETE FROM flavor_access WHERE flavor = ? AND account = ?', id, account).changes > 0,
  };
}

type FlavorRow = Omit<Flavor, 'is_public' | 'extra_specs'> & {
  readonly is_public: number;
  readonly extra_specs: string;
};

function toFlavor(row: FlavorRow): Flavor {
  return { ...row, is_public: row.is_public === 1, extra_specs: JSON.parse(row.extra_specs) };
}
