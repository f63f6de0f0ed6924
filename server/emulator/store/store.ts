import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { migrations } from './schema.ts';
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
  /** Only inside `write`. Answers how many rows changed and the last row id. */
  run(sql: string, ...values: SQLInputValue[]): { changes: number; key: number };
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[];
  /** How many commits there were: while it is the same, what was read is true. NaN inside `write`. */
  commits(): number;
  /** Inside `write`: runs before the commit that holds this change. An action that is asked for again runs once, later. */
  beforeCommit(action: () => void): void;
  /** Inside `write`: runs once after that commit, and not at all where the change was undone. */
  afterCommit(action: () => void): void;
  /**
   * Calls back with these columns of every row that is added to the table or changed from now on, whoever writes it, also
   * where the change is undone later.
   */
  watch(table: string, columns: readonly string[], changed: (...values: SQLOutputValue[]) => void): void;
  close(): Promise<void>;
}

export class StoreInUse extends Error {}

interface Pending {
  change: () => void;
  settle: () => void;
  fail: (error: unknown) => void;
}

/** Opens or makes the store. Throws StoreInUse where another process has it. */
export function openStore(path: string): Store {
  const database = open(path);
  const statements = new Map<string, StatementSync>();
  let queue: Pending[] = [];
  let writing = false;
  let before: (() => void)[] = [];
  let after: (() => void)[] = [];
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
    if (batch.length === 0) return;
    const done: (() => void)[] = [];
    before = [];
    after = [];
    writing = true;
    try {
      prepare('BEGIN IMMEDIATE').run();
      for (const pending of batch) done.push(inSavepoint(pending));
      for (const action of [...new Set(before.reverse())].reverse()) action();
      prepare('COMMIT').run();
      commits += 1;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      for (const { fail } of batch) fail(error);
      return;
    } finally {
      writing = false;
    }
    for (const action of new Set(after)) action();
    for (const settle of done) settle();
  };

  const inSavepoint = (pending: Pending): (() => void) => {
    const kept = { before: before.length, after: after.length };
    prepare('SAVEPOINT change').run();
    try {
      pending.change();
      prepare('RELEASE change').run();
      return pending.settle;
    } catch (error) {
      database.exec('ROLLBACK TO change; RELEASE change');
      before.length = kept.before;
      after.length = kept.after;
      return () => pending.fail(error);
    }
  };

  return {
    write: <T>(change: () => T) =>
      new Promise<T>((resolve, reject) => {
        if (closed) {
          reject(new Error('The emulator is stopping.'));
          return;
        }
        let result: { value: T } | undefined;
        queue.push({
          change: () => {
            result = { value: change() };
          },
          settle: () => (result ? resolve(result.value) : reject(new Error('A change did not run.'))),
          fail: reject,
        });
        if (queue.length === 1) setImmediate(commitAll);
      }),
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
      database.close();
    },
  };
}

function open(path: string) {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path);
  try {
    // Exclusive: the operating system's lock on the file says who owns the data folder, and a killed process loses it.
    database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000; PRAGMA foreign_keys = ON; BEGIN IMMEDIATE;`);
    migrate(database);
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && /database is locked/.test(error.message)) {
      throw new StoreInUse('The data folder is in use.', { cause: error });
    }
    throw error;
  }
}

function migrate(database: { prepare(sql: string): StatementSync; exec(sql: string): void }): void {
  const seen = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (seen > migrations.length)
    throw new Error('The data folder was written by a later version of the emulator; use that one.');
  for (const migration of migrations.slice(seen)) database.exec(migration);
  database.exec(`PRAGMA user_version = ${migrations.length}`);
}
