import { closeSync, existsSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import { system } from '../../system.ts';
import { applicationId, migrations } from './schema.ts';
import { loadSqlite } from './sqlite.ts';
import { isLocked, StoreInUse } from './store.ts';

/** Evidence about a data folder in its own records, before anything is changed. */
export interface Evidence {
  /** Made, and nothing entered: a first start was killed. */
  readonly isEmpty: boolean;
  /** The id of the folder whose records they are; those of version 0.1.0 have none. */
  readonly folder: string | undefined;
  /** How often they were opened. */
  readonly opened: number;
  /** The last run was killed, and the log that held its last changes is not there. */
  readonly logIsLost: boolean;
  /** Counts the contents that they do not know. */
  countUnknown(names: readonly string[]): number;
}

const noRecords: Evidence = {
  isEmpty: true,
  folder: undefined,
  opened: 0,
  logIsLost: false,
  countUnknown: (names) => names.length,
};

/** Bytes of one page, in SQLite's usual size: one table with its rows takes two. */
const pageBytes = 4096;

/** The database is not one of ours, or not one of this version's. */
export class ForeignDatabase extends Error {}

/**
 * Reads what the database says, its log included, and leaves both as they are: a writer would put the log into the
 * database when it closes. Throws StoreInUse, ForeignDatabase, and what SQLite says of a damaged file.
 */
export function withEvidence<T>(data: string, use: (evidence: Evidence) => T): T {
  const path = locateDatabase(data);
  // Made by who reads, and left behind by who may not write.
  const made = [`${path}-shm`, `${path}-wal`].filter((file) => !existsSync(file));
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path, { readOnly: true });
  let isLocking = false;
  try {
    database.prepare('PRAGMA user_version').get();
    isLocking = true; // as long as it is open
    return use(readEvidence(data, (sql) => database.prepare(sql)));
  } catch (error) {
    if (isLocked(error)) throw new StoreInUse(error);
    // Killed while the first page of all was written, which whoever opens it to write takes back.
    if (isHalfWritten(error) && statSync(path).size <= pageBytes) return use(noRecords);
    throw error;
  } finally {
    // Before it is closed: until then no emulator can begin to write into them.
    if (isLocking && system.removesOpenFiles) for (const file of made) rmSync(file, { force: true });
    database.close();
  }
}

function readEvidence(data: string, prepare: (sql: string) => StatementSync): Evidence {
  const number = (pragma: string) => Number(Object.values(prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const version = number('user_version');
  const application = number('application_id');
  const tables = new Set(
    prepare('SELECT name FROM sqlite_master')
      .all()
      .map(({ name }) => String(name)),
  );
  const isOurs = ['meta', 'blobs', 'jobs', 'events'].every((name) => tables.has(name));
  if ((application !== 0 && application !== applicationId) || (!isOurs && (tables.size > 0 || version > 0)))
    throw new ForeignDatabase('is the database of another program. Nothing in it was changed.');
  if (version > migrations.length)
    throw new ForeignDatabase(
      'was written by a later version of the emulator. Start that version, or update this one. Nothing in it was changed.',
    );
  if (tables.size === 0) return noRecords;
  const meta = (name: string) => {
    const value = prepare('SELECT value FROM meta WHERE name = ?').get(name)?.['value'];
    return value === undefined ? undefined : String(value);
  };
  const running = meta('running');
  const known = prepare('SELECT 1 FROM blobs WHERE hash = ?');
  return {
    isEmpty: false,
    folder: meta('folder'),
    opened: Number(meta('opened') ?? 0),
    // Version 0.1.0 does not enter whether it runs; what it leaves when it is killed is its lock file.
    logIsLost:
      (running === undefined ? existsSync(join(data, 'emulator.lock')) : running === 'yes') &&
      !hasBytes(`${locateDatabase(data)}-wal`),
    countUnknown: (names) => names.filter((name) => known.get(name) === undefined).length,
  };
}

function locateDatabase(data: string): string {
  return join(data, 'emulator.db');
}

/** True where a file begins as SQLite's do. */
export function hasCookie(file: string): boolean {
  return begins(file, 16) === 'SQLite format 3\0';
}

function hasBytes(file: string): boolean {
  return existsSync(file) && begins(file, 1) !== '';
}

function begins(path: string, bytes: number): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.toString('latin1', 0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}

/** True for SQLite's errors of a file that is damaged, or is none of its files. */
export function isDamage(error: unknown): error is Error {
  const code = sqliteCode(error);
  return code === 11 || code === 26;
}

/** True for SQLite's errors where the system refuses to read or write. */
export function isFailedAccess(error: unknown): boolean {
  return sqliteCode(error) === 10;
}

/** True for SQLite's error of an unfinished change that only a writer can take back. */
function isHalfWritten(error: unknown): boolean {
  return sqliteCode(error, 0xffff) === 776;
}

function sqliteCode(error: unknown, mask = 0xff): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & mask : 0;
}
