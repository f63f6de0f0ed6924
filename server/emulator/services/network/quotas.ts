import type { EmulatorContext } from '../context.ts';
import { fault } from './faults.ts';

export const quotaTables: readonly string[] = [
  `CREATE TABLE network_quotas (
    region TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (region, account, name)
  ) STRICT, WITHOUT ROWID`,
];

/** Neutron's defaults. */
export const defaultQuotas = {
  network: 100,
  subnet: 100,
  subnetpool: -1,
  port: 500,
  rbac_policy: 10,
  router: 10,
  floatingip: 50,
  security_group: 10,
  security_group_rule: 100,
} as const;

type QuotaName = keyof typeof defaultQuotas;

/** What an account may have of each. */
export function limitsOf(
  { store }: EmulatorContext,
  region: string,
  account: string,
): Record<QuotaName, number> {
  const set = store.all<{ name: QuotaName; value: number }>(
    'SELECT name, value FROM network_quotas WHERE region = ? AND account = ?',
    region,
    account,
  );
  return { ...defaultQuotas, ...Object.fromEntries(set.map(({ name, value }) => [name, value])) };
}

export function countOf({ securityGroups: groups }: EmulatorContext, region: string, account: string) {
  const ids = groups.list(region, account).map(({ id }) => id);
  return { security_group: ids.length, security_group_rule: groups.rules(ids).length };
}

/** Throws 409 where the account may not have so many more. */
export function requireQuota(
  context: EmulatorContext,
  region: string,
  account: string,
  name: 'security_group' | 'security_group_rule',
  added: number,
): void {
  const limit = limitsOf(context, region, account)[name];
  if (limit >= 0 && countOf(context, region, account)[name] + added > limit) throw fault('OverQuota', name);
}
