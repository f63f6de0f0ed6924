import type { Profile } from '../../../../rules/profile/profile.ts';
import type { ServerAmounts } from '../../../../rules/service/serverQuota.ts';
import type { Settings } from '../../../kernel/settings.ts';
import type { Store } from '../../../store/store.ts';
import { requireBuildable } from './build.ts';
import { novaQuotas, type QuotaName, type QuotaTable, quotaNames } from './names.ts';

/** As Cloud Servers had them, without limits on servers (SOURCES: rackspace §7). */
const generous = { cores: -1, instances: -1, ram: -1, injected_file_content_bytes: 1000, metadata_items: 40 };

interface Named {
  readonly id: string;
}

interface Asker {
  readonly region: string;
  readonly account: Named;
  readonly user: Named;
}

/** What an account, or one user of it, may have. */
export interface Quotas {
  /** Those of the account; of one of its users, where it has some of its own. */
  limits(region: string, account: string, user?: string): QuotaTable;
  limit(region: string, account: string, name: QuotaName): number;
  /** Tells whether the account, and this user of it, may have one more. */
  hasRoom(asker: Asker, name: 'key_pairs' | 'server_groups'): boolean;
  /** Those of a class of accounts; `default` are those of an account for which none are set. */
  defaults(region: string, ofClass?: string): QuotaTable;
  /** What the account has, or one user of it. Key pairs are a user's alone. */
  usage(region: string, account: string, user?: string): QuotaTable;
  /** How many servers may be built, where `max` of them want this much. Throws 403 where fewer than `min`. */
  require(
    asker: Asker,
    wanted: ServerAmounts,
    counts: { readonly min: number; readonly max: number },
  ): number;
  // Inside `store.write`.
  set(region: string, account: string, user: string, name: string, value: number): void;
  /** `user` empty: those of the account and all its users. */
  reset(region: string, account: string, user: string): void;
  setDefault(region: string, ofClass: string, name: string, value: number): void;
}

/** The account under which the quotas of a class stand; no account's id has a blank. */
const classAccount = (ofClass: string) => `class ${ofClass}`;

export function createQuotas(store: Store, settings: Settings, profile: Profile): Quotas {
  const read = (region: string, account: string, user: string): Partial<QuotaTable> =>
    Object.fromEntries(
      store
        .all<{ name: string; value: number }>(
          'SELECT name, value FROM compute_quotas WHERE region = ? AND account = ? AND user = ?',
          region,
          account,
          user,
        )
        .map(({ name, value }) => [name, value]),
    );
  const configured: QuotaTable = {
    ...novaQuotas,
    ...(profile.compute.hasMicroversions ? {} : generous),
    ...settings.quotas,
  };
  const defaultsOf: Quotas['defaults'] = (region, ofClass = 'default') => ({
    ...configured,
    ...read(region, classAccount(ofClass), ''),
  });
  const limits: Quotas['limits'] = (region, account, user) => ({
    ...defaultsOf(region),
    ...read(region, account, ''),
    ...(user === undefined ? {} : read(region, account, user)),
  });
  const set: Quotas['set'] = (region, account, user, name, value) => {
    store.run(
      'INSERT OR REPLACE INTO compute_quotas (region, account, user, name, value) VALUES (?, ?, ?, ?, ?)',
      region,
      account,
      user,
      name,
      value,
    );
  };
  const usage: Quotas['usage'] = (region, account, user) => ({
    ...nothing,
    ...(user === undefined
      ? store.get<ServerAmounts>(usedServers, region, account)
      : store.get<ServerAmounts>(usedServersOf, region, account, user)),
    key_pairs: count(store, 'SELECT count(*) AS n FROM keypairs WHERE user = ?', user ?? ''),
    server_groups: count(
      store,
      'SELECT count(*) AS n FROM server_groups WHERE region = ?1 AND account = ?2 AND user = coalesce(?3, user)',
      region,
      account,
      user ?? null,
    ),
  });
  const isLimited = ({ region, account, user }: Asker) =>
    Object.keys(read(region, account.id, user.id)).length > 0;
  return {
    limits,
    limit: (region, account, name) => limits(region, account)[name],
    defaults: defaultsOf,
    usage,
    hasRoom: ({ region, account, user }, name) => {
      const isBelow = (most: number, used: number) => most < 0 || used < most;
      const [ofUser, used] = [limits(region, account.id, user.id), usage(region, account.id, user.id)];
      return (
        isBelow(ofUser[name], used[name]) &&
        (name === 'key_pairs' || isBelow(limits(region, account.id)[name], usage(region, account.id)[name]))
      );
    },
    require: (asker, wanted, { min, max }) => {
      const { region, account, user } = asker;
      const found = requireBuildable(limits(region, account.id), usage(region, account.id), wanted, {
        min,
        max,
      });
      if (!isLimited(asker)) return found;
      const ofUser = limits(region, account.id, user.id);
      return Math.min(
        found,
        requireBuildable(ofUser, usage(region, account.id, user.id), wanted, { min, max }),
      );
    },
    set,
    reset: (region, account, user) => {
      store.run(
        "DELETE FROM compute_quotas WHERE region = ?1 AND account = ?2 AND (?3 = '' OR user = ?3)",
        region,
        account,
        user,
      );
    },
    setDefault: (region, ofClass, name, value) => set(region, classAccount(ofClass), '', name, value),
  };
}

/** Answered from the index `servers_by_size` alone. */
const usedServers = `SELECT count(*) AS instances, ifnull(sum(flavor ->> 'vcpus'), 0) AS cores,
    ifnull(sum(flavor ->> 'ram'), 0) AS ram
  FROM servers INDEXED BY servers_by_size WHERE region = ? AND account = ? AND ended IS NULL`;

const usedServersOf = `SELECT count(*) AS instances, ifnull(sum(flavor ->> 'vcpus'), 0) AS cores,
    ifnull(sum(flavor ->> 'ram'), 0) AS ram
  FROM servers WHERE region = ? AND account = ? AND user = ? AND ended IS NULL`;

const nothing: QuotaTable = {
  ...novaQuotas,
  ...Object.fromEntries(quotaNames.map((name) => [name, 0])),
};

function count(store: Store, sql: string, ...values: (string | null)[]): number {
  return store.get<{ n: number }>(sql, ...values)?.n ?? 0;
}
