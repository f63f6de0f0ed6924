import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { fullDisk } from './dataProblem.ts';
import { applicationId, migrations } from './schema.ts';
import { loadSqlite } from './sqlite.ts';

/**
 * All records of the cloud, in one SQLite file that this process owns alone.
 *
 * There is one way to write: `write(change)`. Changes that arrive together share a commit, each in its own savepoint, so
 * one that throws undoes only itself. The promise settles when the commit is on the disk. From begin to commit nothing
 * else runs, so a read never sees what is not durable.
 */
export interface Store {
  write<T>(change: () => T): Promise<T>;
  /** A write that gives room back, or takes none: on a full disk it may use what is reserved. */
  free<T>(change: () => T): Promise<T>;
  /** Only inside `write`. Answers how many rows changed and the last row id. */
  run(sql: string, ...values: SQLInputValue[]): { changes: number; key: number };
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[];
  /** Counts the commits: while it is the same, what was read is true. NaN inside `write`. */
  commits(): number;
  /** Inside `write`: runs before the commit that holds this change. An action that is asked for again runs once, later. */
  beforeCommit(action: () => void): void;
  /**
   * Inside `write`: runs once after that commit, and not at all where the change was undone. What it throws is logged: the
   * change stands.
   */
  afterCommit(action: () => void): void;
  /** Inside `write`: runs where the commit itself fails, after everything was undone. */
  afterFailure(action: () => void): void;
  /** Makes a function that statements can call by this name. */
  define(name: string, evaluate: (...values: SQLOutputValue[]) => SQLInputValue): void;
  /**
   * Calls back with these columns of every row that is added to the table or changed from now on, whoever writes it, also
   * where the change is undone later.
   */
  watch(table: string, columns: readonly string[], changed: (...values: SQLOutputValue[]) => void): void;
  /** The id that the data folder of these records has too. */
  readonly folder: string;
  /** How often they were opened, this time included. */
  readonly opened: number;
  /** Puts what was committed into the database itself, so that it does not hang on the log beside it. */
  checkpoint(): void;
  /** Gives back the memory that the database holds and could do without. */
  shrink(): void;
  close(): Promise<void>;
}

/** Said of what comes while the emulator ends. */
export const stoppingText = 'The emulator is stopping.';

/** Another process has the store. */
export class StoreInUse extends Error {
  constructor(cause: unknown) {
    super('The data folder is in use.', { cause });
  }
}

/** Hooks that the store calls. */
export interface StoreHooks {
  /** The disk is full: gives back what was kept for deletions. */
  makeRoom(): void;
  /** Something that follows a commit failed. */
  failed(error: unknown): void;
}

const noHooks: StoreHooks = {
  makeRoom: () => undefined,
  failed: (error) => {
    throw error;
  },
};

interface Pending {
  frees: boolean;
  change: () => void;
  settle: () => void;
  fail: (error: unknown) => void;
}

/** Opens or makes the store. Throws StoreInUse where another process has it. */
export function openStore(path: string, hooks = noHooks): Store {
  // Long, since its parts share state that nothing else may reach.
  const { database, folder, opened } = open(path, hooks);
  const statements = new Map<string, StatementSync>();
  let queue: Pending[] = [];
  let writing = false;
  let before: (() => void)[] = [];
  let after: (() => void)[] = [];
  let failed: (() => void)[] = [];
  let closed = false;
  let watches = 0;
  let commits = 0;

  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    if (statements.size >= 500) statements.clear(); // filters of lists make texts without end
    statements.set(sql, statement);
    return statement;
  };

  const commitAll = (): void => {
    const batch = queue;
    queue = [];
    if (batch.length > 0) commit(batch, true);
  };

  const commit = (batch: readonly Pending[], isFirst: boolean): void => {
    const done: (() => void)[] = [];
    before = [];
    after = [];
    failed = [];
    writing = true;
    try {
      prepare('BEGIN IMMEDIATE').run();
      for (const pending of batch) done.push(inSavepoint(pending));
      for (const action of [...new Set(before.reverse())].reverse()) action();
      prepare('COMMIT').run();
      commits += 1;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      writing = false;
      for (const action of new Set(failed)) guarded(action);
      const again = isFirst && fullDisk(error) !== undefined ? batch.filter(({ frees }) => frees) : [];
      for (const pending of batch) if (!again.includes(pending)) pending.fail(error);
      if (again.length > 0) {
        hooks.makeRoom();
        checkpoint();
        commit(again, false);
      }
      return;
    }
    writing = false;
    for (const action of new Set(after)) guarded(action);
    for (const settle of done) settle();
  };

  const guarded = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      hooks.failed(error);
    }
  };

  /** The log is then written over from its start, which takes no room. */
  const checkpoint = (): void => guarded(() => database.exec('PRAGMA wal_checkpoint(PASSIVE)'));

  const shrink = (): void => guarded(() => database.exec('PRAGMA shrink_memory'));

  const inSavepoint = (pending: Pending): (() => void) => {
    const kept = { before: before.length, after: after.length };
    prepare('SAVEPOINT change').run();
    try {
      pending.change();
      prepare('RELEASE change').run();
      return pending.settle;
    } catch (error) {
      // Nobody's change can be made on a full disk, and SQLite may have undone all of them.
      if (!database.isTransaction || fullDisk(error) !== undefined) throw error;
      database.exec('ROLLBACK TO change; RELEASE change');
      before.length = kept.before;
      after.length = kept.after;
      return () => pending.fail(error);
    }
  };

  const enter = <T>(change: () => T, frees: boolean) =>
    new Promise<T>((resolve, reject) => {
      if (closed) {
        reject(new Error(stoppingText));
        return;
      }
      let result: { value: T } | undefined;
      queue.push({
        frees,
        change: () => {
          result = { value: change() };
        },
        settle: () => (result ? resolve(result.value) : reject(new Error('A change did not run.'))),
        fail: reject,
      });
      if (queue.length === 1) setImmediate(commitAll);
    });

  return {
    folder,
    opened,
    checkpoint,
    shrink,
    write: (change) => enter(change, false),
    free: (change) => enter(change, true),
    run: (sql, ...values) => {
      if (!writing) throw new Error(`A write outside store.write: ${sql}`);
      const { changes, lastInsertRowid } = prepare(sql).run(...values);
      return { changes: Number(changes), key: Number(lastInsertRowid) };
    },
    get: <Row>(sql: string, ...values: SQLInputValue[]) => prepare(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: SQLInputValue[]) => prepare(sql).all(...values) as Row[],
    commits: () => (writing ? Number.NaN : commits),
    beforeCommit: (action) => before.push(action),
    afterCommit: (action) => after.push(action),
    afterFailure: (action) => failed.push(action),
    define: (name, evaluate) => database.function(name, { deterministic: true, varargs: true }, evaluate),
    watch: (table, columns, changed) => {
      watches += 1;
      const name = `watch_${watches}`;
      database.function(name, { varargs: true }, (...values) => {
        changed(...values);
        return null;
      });
      const row = columns.map((column) => `new.${column}`).join(', ');
      for (const change of ['INSERT', 'UPDATE'])
        database.exec(`CREATE TEMP TRIGGER ${name}_${change} AFTER ${change} ON main.${table}
          BEGIN SELECT ${name}(${row}); END`);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      commitAll();
      guarded(() => prepare("UPDATE meta SET value = 'no' WHERE name = 'running'").run());
      database.close();
    },
  };
}

function open(path: string, hooks: StoreHooks): { database: DatabaseSync; folder: string; opened: number } {
  const { DatabaseSync } = loadSqlite();
  closeSync(openSync(path, 'a', 0o600)); // SQLite gives its other files the mode of this one
  const database = new DatabaseSync(path);
  try {
    // Exclusive: the operating system's lock on the file says who owns the data folder, and a killed process loses it.
    database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000; PRAGMA foreign_keys = ON;`);
    return { database, ...prepareTables(database, hooks) };
  } catch (error) {
    database.close();
    if (isLocked(error)) throw new StoreInUse(error);
    throw error;
  }
}

export function isLocked(error: unknown): boolean {
  return error instanceof Error && /database is locked/.test(error.message);
}

/**
 * Brings the tables up to date and enters that the store is open, in the database itself: where it says so and its log is
 * gone, the log is lost. Answers the folder's id, and how often it was opened.
 */
function prepareTables(database: DatabaseSync, hooks: StoreHooks): { folder: string; opened: number } {
  const begin = (): void => {
    try {
      database.exec('BEGIN IMMEDIATE');
      migrate(database);
      database.prepare("INSERT OR IGNORE INTO meta VALUES ('folder', ?)").run(randomUUID());
      database.exec(
        `INSERT INTO meta VALUES ('opened', '1') ON CONFLICT DO UPDATE SET value = value + 1;
        INSERT OR REPLACE INTO meta VALUES ('running', 'yes'); COMMIT; PRAGMA wal_checkpoint(PASSIVE)`,
      );
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
  try {
    begin();
  } catch (error) {
    if (fullDisk(error) === undefined) throw error;
    hooks.makeRoom(); // who cannot start cannot delete
    begin();
  }
  const meta = database.prepare('SELECT value FROM meta WHERE name = ?');
  return { folder: String(meta.get('folder')?.['value']), opened: Number(meta.get('opened')?.['value']) };
}

function migrate(database: DatabaseSync): void {
  const seen = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (seen > migrations.length)
    throw new Error('The data folder was written by a later version of the emulator; use that one.');
  if (seen === migrations.length) return;
  for (const migration of migrations.slice(seen)) database.exec(migration);
  database.exec(`PRAGMA user_version = ${migrations.length}; PRAGMA application_id = ${applicationId}`);
}
