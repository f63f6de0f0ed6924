import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../kernel/clock.ts';
import { makeStableUuid } from '../../../kernel/stableId.ts';
import type { Store } from '../../../store/store.ts';

export interface GroupRow {
  readonly key: number;
  readonly region: string;
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly description: string;
  readonly stateful: number;
  readonly created: number;
  readonly updated: number;
  readonly revision: number;
}

/** Who may reach a server of the group, or what its servers may reach. */
export interface Rule {
  readonly direction: string;
  /** `IPv4` or `IPv6` */
  readonly ethertype: string;
  /** A name or a number; null: any. */
  readonly protocol: string | null;
  readonly port_min: number | null;
  readonly port_max: number | null;
  readonly prefix: string | null;
  readonly remote_group: string | null;
  /** Null: the service made it. */
  readonly description: string | null;
}

export interface RuleRow extends Rule {
  readonly key: number;
  readonly id: string;
  /** Id of its group. */
  readonly of_group: string;
  readonly account: string;
  readonly created: number;
  readonly updated: number;
  readonly revision: number;
}

/** Security groups: each account of a region has `default`, and those that it makes. */
export interface SecurityGroups {
  /** Those of the account, or of all. */
  list(region: string, account?: string): GroupRow[];
  find(region: string, id: string): GroupRow | undefined;
  /** Those of these groups. */
  rules(groups: readonly string[]): RuleRow[];
  rule(region: string, id: string): RuleRow | undefined;
  /** The names of some groups, in the order of their ids; a group without a name is called by its id. */
  names(ids: readonly string[]): string[];
  isUsed(row: GroupRow): boolean;
  hasDefault(region: string, account: string): boolean;
  // Inside `store.write`.
  /** The id of the account's `default`, which is made where it is not there yet. */
  ensureDefault(region: string, account: string): string;
  create(
    region: string,
    account: string,
    group: Pick<GroupRow, 'name' | 'description' | 'stateful'>,
  ): GroupRow;
  change(row: GroupRow, columns: Partial<Pick<GroupRow, 'name' | 'description' | 'stateful'>>): GroupRow;
  remove(row: GroupRow): void;
  addRule(group: GroupRow, account: string, rule: Rule): RuleRow;
  describeRule(row: RuleRow, description: string): RuleRow;
  removeRule(row: RuleRow): void;
}

export const groupTables: readonly string[] = [
  `CREATE TABLE security_groups (
    key INTEGER PRIMARY KEY AUTOINCREMENT, region TEXT NOT NULL, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
    name TEXT NOT NULL, description TEXT NOT NULL, stateful INTEGER NOT NULL, created INTEGER NOT NULL,
    updated INTEGER NOT NULL, revision INTEGER NOT NULL
  ) STRICT`,
  'CREATE INDEX security_groups_by_account ON security_groups (region, account)',
  `CREATE TABLE security_group_rules (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    of_group TEXT NOT NULL REFERENCES security_groups (id) ON DELETE CASCADE, account TEXT NOT NULL,
    direction TEXT NOT NULL, ethertype TEXT NOT NULL, protocol TEXT, port_min INTEGER, port_max INTEGER, prefix TEXT,
    remote_group TEXT REFERENCES security_groups (id) ON DELETE CASCADE, description TEXT, created INTEGER NOT NULL,
    updated INTEGER NOT NULL, revision INTEGER NOT NULL
  ) STRICT`,
  'CREATE INDEX security_group_rules_by_group ON security_group_rules (of_group)',
  'CREATE INDEX security_group_rules_by_remote ON security_group_rules (remote_group)',
];

const families = ['IPv4', 'IPv6'] as const;

export function createSecurityGroups(store: Store, clock: Clock): SecurityGroups {
  // Long, since its parts share state that nothing else may reach.
  const find: SecurityGroups['find'] = (region, id) =>
    store.get<GroupRow>('SELECT * FROM security_groups WHERE region = ? AND id = ?', region, id);
  const insert = (table: string, columns: Readonly<Record<string, string | number | null>>) =>
    store.run(
      `INSERT INTO ${table} (${Object.keys(columns).join(', ')}) VALUES (${Object.keys(columns).map(() => '?')})`,
      ...Object.values(columns),
    ).key;
  const enterRule = (group: GroupRow, account: string, rule: Rule): RuleRow => {
    const now = clock.now();
    const id = randomUUID();
    const columns = { ...rule, id, of_group: group.id, account, created: now, updated: now, revision: 0 };
    return { ...columns, key: insert('security_group_rules', columns) };
  };
  const enter = (group: Omit<GroupRow, 'key' | 'created' | 'updated' | 'revision'>, isDefault: boolean) => {
    const now = clock.now();
    const columns = { ...group, created: now, updated: now, revision: 1 };
    const row: GroupRow = { ...columns, key: insert('security_groups', columns) };
    for (const direction of isDefault ? ['egress', 'ingress'] : ['egress'])
      for (const ethertype of families)
        enterRule(row, row.account, {
          ...anything,
          direction,
          ethertype,
          remote_group: direction === 'ingress' ? row.id : null,
        });
    return row;
  };
  const revise = (id: string) =>
    store.run(
      'UPDATE security_groups SET revision = revision + 1, updated = ? WHERE id = ?',
      clock.now(),
      id,
    );
  const hasDefault: SecurityGroups['hasDefault'] = (region, account) =>
    find(region, defaultOf(region, account)) !== undefined;
  return {
    list: (region, account) =>
      store.all<GroupRow>(
        'SELECT * FROM security_groups WHERE region = ?1 AND (?2 IS NULL OR account = ?2) ORDER BY key',
        region,
        account ?? null,
      ),
    find,
    rules: (groups) =>
      store.all<RuleRow>(
        'SELECT * FROM security_group_rules WHERE of_group IN (SELECT value FROM json_each(?)) ORDER BY key',
        JSON.stringify(groups),
      ),
    rule: (region, id) =>
      store.get<RuleRow>(
        `SELECT rules.* FROM security_group_rules AS rules JOIN security_groups AS groups ON groups.id = of_group
         WHERE rules.id = ? AND region = ?`,
        id,
        region,
      ),
    names: (ids) =>
      store
        .all<{ name: string }>(
          `SELECT coalesce(nullif(name, ''), id) AS name FROM security_groups
           WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`,
          JSON.stringify(ids),
        )
        .map(({ name }) => name),
    isUsed: ({ region, account, id }) =>
      store.get(
        `SELECT 1 FROM servers WHERE region = ? AND account = ? AND ended IS NULL AND address IS NOT NULL
           AND EXISTS (SELECT 1 FROM json_each(security_groups) WHERE value = ?)`,
        region,
        account,
        id,
      ) !== undefined,
    hasDefault,
    ensureDefault: (region, account) => {
      const id = defaultOf(region, account);
      const group = {
        region,
        id,
        account,
        name: 'default',
        description: 'Default security group',
        stateful: 1,
      };
      if (!hasDefault(region, account)) enter(group, true);
      return id;
    },
    create: (region, account, group) => enter({ region, id: randomUUID(), account, ...group }, false),
    change: (row, columns) => {
      const isChanged = Object.entries(columns).some(
        ([name, value]) => row[name as keyof GroupRow] !== value,
      );
      if (!isChanged) return row;
      const now = { ...row, ...columns };
      store.run(
        'UPDATE security_groups SET name = ?, description = ?, stateful = ? WHERE key = ?',
        now.name,
        now.description,
        now.stateful,
        row.key,
      );
      revise(row.id);
      // What servers show of it is made anew.
      if (now.name !== row.name)
        store.run(
          `UPDATE servers SET revision = revision + 1 WHERE region = ? AND account = ? AND ended IS NULL
             AND EXISTS (SELECT 1 FROM json_each(security_groups) WHERE value = ?)`,
          row.region,
          row.account,
          row.id,
        );
      return find(row.region, row.id) ?? now;
    },
    remove: ({ key }) => {
      store.run('DELETE FROM security_groups WHERE key = ?', key);
    },
    addRule: (group, account, rule) => {
      const row = enterRule(group, account, rule);
      revise(group.id);
      return row;
    },
    describeRule: (row, description) => {
      const now = { ...row, description, updated: clock.now(), revision: row.revision + 1 };
      store.run(
        'UPDATE security_group_rules SET description = ?, updated = ?, revision = ? WHERE key = ?',
        now.description,
        now.updated,
        now.revision,
        now.key,
      );
      revise(row.of_group);
      return now;
    },
    removeRule: ({ key, of_group: group }) => {
      store.run('DELETE FROM security_group_rules WHERE key = ?', key);
      revise(group);
    },
  };
}

const anything = { protocol: null, port_min: null, port_max: null, prefix: null, description: null };

function defaultOf(region: string, account: string): string {
  return makeStableUuid(`security group of ${account} in ${region}`);
}
