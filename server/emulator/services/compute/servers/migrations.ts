import { randomUUID } from 'node:crypto';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { badRequest } from '../api/refuse.ts';
import { flavorOf, type ServerRow } from './rows.ts';

/** What Nova remembers of a resize, which it takes for a migration, also to the same host. */
export interface MigrationRow {
  readonly key: number;
  /** A UUID. */
  readonly id: string;
  readonly region: string;
  readonly server: string;
  readonly account: string;
  readonly user: string;
  readonly host: string;
  /** Keys of the flavors. */
  readonly old_flavor: number;
  readonly new_flavor: number;
  readonly status: string;
  readonly created: number;
  readonly updated: number | null;
}

export const migrationTables: readonly string[] = [
  `CREATE TABLE migrations (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, region TEXT NOT NULL, server TEXT NOT NULL,
    account TEXT NOT NULL, user TEXT NOT NULL, host TEXT NOT NULL, old_flavor INTEGER NOT NULL,
    new_flavor INTEGER NOT NULL, status TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER
  ) STRICT`,
  'CREATE INDEX migrations_by_server ON migrations (region, server)',
];

/** The status that the end of an action gives the latest migration. */
const endings: Readonly<Record<string, string>> = {
  resize: 'finished',
  confirmResize: 'confirmed',
  revertResize: 'reverted',
};

/** Inside `store.write`: a resize begins, to the flavor of this id. */
export function beginMigration(
  { store, clock }: EmulatorContext,
  { account, user }: ComputeRequest,
  row: ServerRow,
  wanted: string,
): void {
  const keyOf = (flavor: string) =>
    store.get<{ key: number }>('SELECT key FROM flavors WHERE id = ?', flavor)?.key ?? 0; // it may be gone
  store.run(
    `INSERT INTO migrations (id, region, server, account, user, host, old_flavor, new_flavor, status, created)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'migrating', ?)`,
    randomUUID(),
    row.region,
    row.id,
    account.id,
    user.id,
    row.host ?? '',
    keyOf(flavorOf(row).id),
    keyOf(wanted),
    clock.now(),
  );
}

/** Inside `store.write`: a resize that has finished is confirmed or reverted from now on. Throws 400 where there is none. */
export function takeMigration(
  { store, clock }: EmulatorContext,
  row: ServerRow,
  status: 'confirming' | 'reverting',
): void {
  const found = store.get<{ key: number }>(
    "SELECT key FROM migrations WHERE region = ? AND server = ? AND status = 'finished' ORDER BY key DESC",
    row.region,
    row.id,
  );
  if (!found) throw badRequest('Instance has not been resized.');
  store.run('UPDATE migrations SET status = ?, updated = ? WHERE key = ?', status, clock.now(), found.key);
}

/** Inside `store.write`: an action has ended. */
export function endMigration({ store, clock }: EmulatorContext, row: ServerRow, action: string): void {
  const status = endings[action];
  if (status !== undefined)
    store.run(
      `UPDATE migrations SET status = ?, updated = ? WHERE key =
         (SELECT max(key) FROM migrations WHERE region = ? AND server = ?)`,
      row.vm_state === 'error' ? 'error' : status,
      clock.now(),
      row.region,
      row.id,
    );
}
