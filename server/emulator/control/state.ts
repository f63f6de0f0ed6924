import { ApiError } from '../kernel/apiError.ts';
import type { EmulatorContext } from '../services/context.ts';
import type { Service } from '../services/service.ts';
import type { ContentColumn } from '../store/contentColumns.ts';
import { type Store, stoppingText } from '../store/store.ts';

/** All records of the cloud, changed at once: emptied, kept beside, brought back. */
export interface State {
  /** One change at a time, while no job runs; frees what nothing holds any more, and tells everybody to look anew. */
  alter(change: () => void): Promise<void>;
  /** When the change that is under way has ended. */
  settled(): Promise<void>;
}

/** Tables beside the cloud itself: the events, which only grow, the content, which is held by rows, and the snapshots. */
const apart = ['meta', 'events', 'blobs', 'blob_parts', 'damaged_blobs', 'snapshots', 'snapshot_blobs'];

/** `stopping` fires when the emulator ends: changes that wait are refused then. */
export function createState(
  context: EmulatorContext,
  services: readonly Service[],
  stopping: AbortSignal,
): State {
  const { store, jobs, blobs, events } = context;
  let last = Promise.resolve();
  const perform = async (change: () => void): Promise<void> => {
    if (stopping.aborted) throw new ApiError('emulator/stopping', stoppingText);
    await jobs.stop();
    try {
      await store.free(() => {
        const known = store.all<{ hash: string }>('SELECT hash FROM blobs');
        for (const service of services) service.forget?.(context);
        change();
        for (const { hash } of known) blobs.release(hash);
        events.append({ kind: 'reset', action: 'update' });
      });
    } finally {
      jobs.start();
    }
  };
  return {
    alter: (change) => {
      const done = last.then(() => perform(change));
      last = done.catch(() => undefined); // told to who asked for it
      return done;
    },
    settled: () => last,
  };
}

/** Inside `State.alter`. */
export function clear(store: Store): void {
  replaceRows(store, () => undefined);
}

/** Inside `store.write`: copies every row into tables of the snapshot's own, and holds the content that they name. */
export function keep(store: Store, columns: readonly ContentColumn[], number: number): void {
  for (const table of listTables(store))
    store.run(`CREATE TABLE ${nameCopy(table, number)} AS SELECT * FROM ${table}`);
  holdContent(store, columns, number);
}

/** Inside `store.write`: holds the content that a snapshot's copies name. Throws where one is not there. */
export function holdContent(store: Store, columns: readonly ContentColumn[], number: number): void {
  const copies = new Map(listCopies(store, number).map(({ table, copy }) => [table, copy]));
  for (const { table, column } of columns) {
    const copy = copies.get(table);
    if (copy !== undefined && listColumns(store, copy).includes(column))
      store.run(
        `INSERT OR IGNORE INTO snapshot_blobs SELECT ?, ${column} FROM ${copy} WHERE ${column} IS NOT NULL`,
        number,
      );
  }
}

/** Inside `State.alter`: every row as it was kept. Columns that were added since have their defaults. */
export function bringBack(store: Store, number: number): void {
  replaceRows(store, (table) => {
    const copy = nameCopy(table, number);
    const kept = new Set(listColumns(store, copy));
    if (kept.size === 0) return; // a table that is newer than the snapshot
    const columns = listColumns(store, table)
      .filter((column) => kept.has(column))
      .join(', ');
    store.run(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${copy}`);
  });
}

/** Inside `store.write`: the copies go. */
export function drop(store: Store, number: number): void {
  for (const { copy } of listCopies(store, number)) store.run(`DROP TABLE ${copy}`);
}

/** The copies that a snapshot has, in the order in which they were made, with the tables that they are of. */
export function listCopies(
  store: Store,
  number: number,
): { readonly table: string; readonly copy: string }[] {
  return store
    .all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB ? ORDER BY rowid",
      nameCopy('*', number),
    )
    .map(({ name }) => ({ table: name.slice(nameCopy('', number).length), copy: name }));
}

/** Without triggers, since the rows that they make are rows like others. */
function replaceRows(store: Store, fill: (table: string) => void): void {
  const triggers = store.all<{ name: string; sql: string }>(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
  );
  const tables = listTables(store);
  store.run('PRAGMA defer_foreign_keys = ON');
  for (const { name } of triggers) store.run(`DROP TRIGGER ${name}`);
  for (const table of tables) store.run(`DELETE FROM ${table}`);
  for (const table of tables) fill(table);
  for (const { sql } of triggers) store.run(sql);
}

/** The tables of the cloud itself. */
export function listTables(store: Store): string[] {
  return store
    .all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY rowid",
    )
    .map(({ name }) => name)
    .filter((name) => !apart.includes(name) && !/^snapshot_\d+_/.test(name));
}

export function nameCopy(table: string, number: number): string {
  return `snapshot_${number}_${table}`;
}

export function listColumns(store: Store, table: string): string[] {
  return store.all<{ name: string }>('SELECT name FROM pragma_table_info(?)', table).map(({ name }) => name);
}
