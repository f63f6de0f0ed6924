import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { makeFolder } from '../../folders.ts';
import { isAlive, system } from '../../system.ts';
import { readLock } from '../kernel/lock.ts';
import { dataProblem, fullDisk } from './dataProblem.ts';
import {
  type Evidence,
  ForeignDatabase,
  hasCookie,
  isDamage,
  isFailedAccess,
  withEvidence,
} from './evidence.ts';
import { isContentName, ownFiles } from './names.ts';
import { loadSqlite } from './sqlite.ts';
import { openStore, type Store, type StoreHooks } from './store.ts';

/** A data folder cannot be used as it is. The message is a sentence for the person who named it. */
export class DataRefused extends Error {}

/** A data folder holds content whose records are gone or damaged. It is left as it was. */
export class RecordsLost extends DataRefused {}

/** Held while records that are lost are moved aside; it stays, and has no bytes. */
const lockName = 'emulator.recovery';

/** The store's files and folders in a data folder. */
const parts = [
  'blobs',
  'incoming',
  'emulator.db',
  'emulator.db-wal',
  'emulator.db-shm',
  'emulator.db-journal',
  'emulator.id',
  'emulator.lock',
  'emulator.reserve',
  lockName,
];

export interface OpenedFolder {
  readonly store: Store;
  /** Warnings for a person, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Opens a data folder, or makes one. Nothing in it is changed unless it is empty or proves to be an emulator's whose
 * records belong to its content. Throws DataRefused, RecordsLost, and StoreInUse where another process has it.
 */
export function openFolder(data: string, hooks?: StoreHooks): OpenedFolder {
  try {
    return open(data, examine(data), hooks);
  } catch (error) {
    throw explain(error, data);
  }
}

/** Opens a data folder that is there already. Throws like `openFolder`. */
export function reopenFolder(data: string): OpenedFolder {
  try {
    const found = examine(data);
    if (found === 'new')
      throw new DataRefused(`${data} is no data folder of an emulator: emulator.db is not there.`);
    return open(data, found, undefined);
  } catch (error) {
    throw explain(error, data);
  }
}

/** The same error, as a sentence where it is one that a person can do something about. */
export function explain(error: unknown, data: string): unknown {
  if (error instanceof DataRefused) return error;
  if (isDamage(error)) return lost(data, `emulator.db is damaged (${error.message})`);
  const problem = dataProblem(error, data);
  return problem === undefined ? error : new DataRefused(problem, { cause: error });
}

function open(data: string, found: Examined, hooks: StoreHooks | undefined): OpenedFolder {
  const warnings: string[] = [];
  if (found === 'new') makeFolder(data);
  else warnings.push(...proveWithRoom(data, found, hooks));
  warnings.push(...narrow(data));
  const store = openStore(join(data, 'emulator.db'), hooks);
  try {
    warnings.push(...parts.flatMap((name) => narrowPart(data, name)));
    writeId(data, store);
    return { store, warnings };
  } catch (error) {
    void store.close();
    throw error;
  }
}

/** The names of a data folder's content; `new` where there is no cloud yet. */
type Examined = 'new' | readonly string[];

/** Looks at the files of a data folder. Throws DataRefused where it is not ours, RecordsLost. */
function examine(data: string): Examined {
  const kind = readStat(data, statSync);
  if (!kind) return 'new';
  if (!kind.isDirectory())
    throw new DataRefused(`${data} is not a folder. Name another data folder with --data.`);
  const names = readdirSync(data);
  refuseLinks(data);
  // The records last: another emulator that is just starting writes them first.
  const content = ownFiles(join(data, 'blobs'), isContentName);
  const log = measureFile(join(data, 'emulator.db-wal'));
  const id = readId(data);
  const database = measureFile(join(data, 'emulator.db'));
  const isDatabase = database > 0 && hasCookie(join(data, 'emulator.db'));
  if (isDatabase) return content;
  if (content.length > 0 || log > 0 || id !== undefined) {
    const state = !names.includes('emulator.db') ? 'missing' : database === 0 ? 'empty' : 'no database';
    const beside = log > 0 ? `, while its log emulator.db-wal has ${log} bytes` : '';
    throw lost(data, `${describe(data, content)} and emulator.db is ${state}${beside}`);
  }
  const strange = [
    ...names.filter((name) => !isOurs(name) || (name === 'emulator.db' && database > 0)),
    ...['blobs', 'incoming'].flatMap((folder) => listInside(data, folder)),
  ];
  if (strange.length === 0) return 'new';
  const more = strange.length > 3 ? ` and ${strange.length - 3} more` : '';
  throw new DataRefused(
    `${data} is neither empty nor the data folder of an emulator: it holds ${strange.slice(0, 3).join(', ')}${more}. Nothing in it was changed. Name an empty or a new folder with --data.`,
  );
}

/** On a full disk, reading the log fails: SQLite makes a file beside it. */
function proveWithRoom(data: string, content: readonly string[], hooks: StoreHooks | undefined): string[] {
  try {
    return prove(data, content);
  } catch (error) {
    if (!hooks || !isFailedAccess(error)) throw error;
    hooks.makeRoom();
    return prove(data, content);
  }
}

/** Throws where the records are not those of this folder's content. Answers what is odd and no harm. */
function prove(data: string, content: readonly string[]): string[] {
  try {
    return withEvidence(data, (evidence) => judge(data, content, evidence));
  } catch (error) {
    if (!(error instanceof ForeignDatabase)) throw error;
    throw new DataRefused(`${join(data, 'emulator.db')} ${error.message} Name another folder with --data.`);
  }
}

function judge(data: string, content: readonly string[], evidence: Evidence): string[] {
  if (evidence.isEmpty) {
    if (content.length > 0) throw lost(data, `${describe(data, content)} and emulator.db has no records`);
    return [];
  }
  const id = readId(data);
  const isProven = id !== undefined && evidence.folder !== undefined;
  if (isProven && id.folder !== evidence.folder)
    throw lost(data, 'emulator.db is that of another data folder, and the content here is not its own');
  const isOld = isProven && evidence.opened < id.opened;
  const unknown = evidence.logIsLost || isOld || !isProven ? evidence.countUnknown(content) : 0;
  if (isOld && unknown > 0)
    throw lost(
      data,
      `emulator.db is one of before: it was opened ${evidence.opened} times, this folder ${id.opened} times, and it has no record of ${unknown} of ${content.length} content files`,
    );
  if (evidence.logIsLost && unknown > 0)
    throw lost(
      data,
      `the last run was killed, its log emulator.db-wal is gone, and emulator.db has no record of ${unknown} of ${content.length} content files`,
    );
  if (!isProven && unknown > 0 && unknown === content.length)
    throw lost(data, `${describe(data, content)}, and emulator.db has a record of none of it`);
  return evidence.logIsLost
    ? ['The last run was killed, and its log emulator.db-wal is gone: its last changes may be lost.']
    : [];
}

function describe(data: string, content: readonly string[]): string {
  if (content.length === 0) return 'there is no content';
  const bytes = content.reduce((sum, name) => sum + measureFile(join(data, 'blobs', name)), 0);
  return `there is content (${content.length} files of ${bytes} bytes)`;
}

function lost(data: string, found: string): RecordsLost {
  return new RecordsLost(
    `The records of the data folder ${data} are lost or damaged: ${found}. Nothing in it was changed. Put the missing file back, or run 'cloud-images emulator --recover --data ${JSON.stringify(data)}', which moves what is there aside, into a folder inside it, and starts anew.`,
  );
}

/**
 * Moves everything of an emulator into a new folder inside the data folder, where its records are lost or damaged.
 * Answers that folder; undefined where nothing is wrong. Throws DataRefused, and StoreInUse.
 */
export function setAside(data: string): string | undefined {
  if (!isLost(data)) return undefined;
  const { DatabaseSync } = loadSqlite();
  // Nothing but a lock, which the system drops with the process: another one may be moving everything aside.
  const lock = new DatabaseSync(join(data, lockName));
  try {
    lock.exec('PRAGMA busy_timeout = 30000; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return isLost(data) ? moveAside(data) : undefined;
  } catch (error) {
    throw explain(error, data);
  } finally {
    lock.close();
  }
}

function isLost(data: string): boolean {
  try {
    const found = examine(data);
    if (found !== 'new') prove(data, found);
    return false;
  } catch (error) {
    const why = explain(error, data);
    if (why instanceof RecordsLost) return true;
    throw why;
  }
}

function moveAside(data: string): string {
  const holder = readLock(data);
  if (holder && isAlive(holder.pid))
    throw new DataRefused(
      `The lock file of ${data} names process ${holder.pid}, which runs. Stop it first; if it is no emulator, remove emulator.lock.`,
    );
  const aside = join(data, `set-aside-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`);
  mkdirSync(aside, { mode: 0o700 });
  for (const name of readdirSync(data))
    if (/^(emulator\..*|blobs|incoming)$/.test(name) && name !== lockName)
      system.replaceFileSync(join(data, name), join(aside, name));
  return aside;
}

/** Files of the folder itself that a start may find where there are no records yet; of others, what systems put anywhere. */
function isOurs(name: string): boolean {
  return (
    /^emulator\.(db(-wal|-shm|-journal)?|id|lock(\.\d+)?|reserve|recovery)$/.test(name) ||
    /^(blobs|incoming|set-aside-\w+)$/.test(name) ||
    /\.cloud-images\.json$/.test(name) ||
    ['lost+found', '.DS_Store', 'desktop.ini', 'Thumbs.db'].includes(name)
  );
}

/** Removes what an emulator that has ended keeps in a folder, and the folder where nothing else is in it. */
export function removeData(data: string): void {
  for (const name of readdirSync(data).filter(isOurs))
    rmSync(join(data, name), { recursive: true, force: true });
  if (readdirSync(data).length === 0) rmdirSync(data);
}

function listInside(data: string, folder: string): string[] {
  const path = join(data, folder);
  return readStat(path) ? readdirSync(path).map((name) => `${folder}/${name}`) : [];
}

/** Refuses links in place of our files and folders. */
function refuseLinks(data: string): void {
  for (const name of parts) {
    const found = readStat(join(data, name));
    const isFolder = name === 'blobs' || name === 'incoming';
    if (!found || (isFolder ? found.isDirectory() : found.isFile())) continue;
    throw new DataRefused(
      `${join(data, name)} is ${found.isSymbolicLink() ? 'a link' : `no ${isFolder ? 'folder' : 'file'}`}, and the emulator follows none inside its data folder. Nothing was changed. Remove it, or name another folder with --data.`,
    );
  }
}

/** Takes the rights of others away, since passwords and keys lie there in plain text. Says where it cannot. */
function narrow(data: string): string[] {
  if (!system.hasModes) {
    const inHome = !relative(realpathSync(homedir()), realpathSync(data)).startsWith('..');
    return inHome
      ? []
      : [`${data} is outside your home folder: whoever may read the folder it is in can read its passwords.`];
  }
  return narrowTo(data, 0o700);
}

function narrowPart(data: string, name: string): string[] {
  const found = system.hasModes ? readStat(join(data, name)) : undefined;
  return found ? narrowTo(join(data, name), found.isDirectory() ? 0o700 : 0o600) : [];
}

function narrowTo(path: string, mode: number): string[] {
  const readMode = () => statSync(path).mode & 0o777;
  if ((readMode() & 0o077) === 0) return [];
  let problem = 'the file system does not keep modes';
  try {
    chmodSync(path, mode);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const left = readMode();
  return (left & 0o077) === 0
    ? []
    : [
        `Other users of this machine can reach ${path} (mode ${left.toString(8)}) with the passwords and keys in it, and it could not be narrowed: ${problem}.`,
      ];
}

/**
 * `emulator.id`: the id that its database has too, so that records and content are known to belong together, and how often
 * they were opened, so that a database of before is known as one.
 */
function readId(data: string): { readonly folder: string; readonly opened: number } | undefined {
  const path = join(data, 'emulator.id');
  if (!readStat(path)?.isFile()) return undefined;
  const [, folder, opened = '0'] = /^([0-9a-f-]{36})(?: (\d+))?\n?$/.exec(readFileSync(path, 'utf8')) ?? [];
  return folder === undefined ? undefined : { folder, opened: Number(opened) };
}

/** Written after the database has counted, so that a kill in between leaves the smaller number here, which is no harm. */
function writeId(data: string, { folder, opened }: Pick<Store, 'folder' | 'opened'>): void {
  const path = join(data, 'emulator.id');
  const beside = `${path}.${randomUUID()}`;
  try {
    writeFileSync(beside, `${folder} ${opened}\n`, { mode: 0o600, flag: 'wx' });
    system.replaceFileSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    if (fullDisk(error) === undefined || readId(data)?.folder !== folder) throw error;
  }
}

function measureFile(path: string): number {
  return readStat(path)?.size ?? 0;
}

function readStat(path: string, read: (path: string) => Stats = lstatSync): Stats | undefined {
  try {
    return read(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
