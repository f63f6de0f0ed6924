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

/** What an account, or one user of it, may have. */
export interface Quotas {
  /** Those of the account; of one of its users, where it has some of its own. */
  limits(region: string, account: string, user?: string): QuotaTable;
  limit(region: string, account: string, name: QuotaName): number;
  /** Those of a class of accounts; `default` are those of an account for which none are set. */
  defaults(region: string, ofClass?: string): QuotaTable;
  /** What the account has; `user`: whose key pairs are counted. */
  usage(region: string, account: string, user: string): QuotaTable;
  /** How many servers may be built, where `max` of them want this much. Throws 403 where fewer than `min`. */
  require(
    asker: { readonly region: string; readonly account: Named; readonly user: Named },
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
    ...store.get<Pick<QuotaTable, 'instances' | 'cores' | 'ram'>>(usedServers, region, account),
    key_pairs: count(store, 'SELECT count(*) AS n FROM keypairs WHERE user = ?', user),
    server_groups: count(
      store,
      'SELECT count(*) AS n FROM server_groups WHERE region = ? AND account = ?',
      region,
      account,
    ),
  });
  return {
    limits,
    limit: (region, account, name) => limits(region, account)[name],
    defaults: defaultsOf,
    usage,
    require: ({ region, account, user }, wanted, counts) =>
      requireBuildable(limits(region, account.id), usage(region, account.id, user.id), wanted, counts),
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

const nothing: QuotaTable = {
  ...novaQuotas,
  ...Object.fromEntries(quotaNames.map((name) => [name, 0])),
};

function count(store: Store, sql: string, ...values: string[]): number {
  return store.get<{ n: number }>(sql, ...values)?.n ?? 0;
}
