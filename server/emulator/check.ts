import { lstatSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ExitCode, exitCodes } from '../commandLine.ts';
import type { Values } from '../verbs/definition.ts';
import type { emulatorVerb } from '../verbs/emulator.ts';
import type { Output } from '../verbs/run.ts';
import { controlRecords } from './control/service.ts';
import { readLock } from './kernel/lock.ts';
import { inOneLine } from './kernel/log.ts';
import { defaultData, StartRefused } from './options.ts';
import { listContentColumns, services } from './services/services.ts';
import { createHolders } from './store/contentColumns.ts';
import { RecordsLost, reopenFolder } from './store/folder.ts';
import { damageText } from './store/integrity.ts';
import { createRepair, isWhole } from './store/repair.ts';
import { type Store, StoreInUse } from './store/store.ts';

/** `cloud-images emulator --check [--data DIR] [--deep]`: proves that no file and no record is without its other half. */
export async function runCheck(
  { data: folder, deep, json }: Values<typeof emulatorVerb.options>,
  { isQuiet, report }: Output,
): Promise<ExitCode> {
  const data = resolve(folder ?? defaultData());
  const { problems, repaired } = await checkAndRepair(data, deep);
  report({ data, problems, repaired });
  if (!json) {
    for (const text of [...repaired, ...problems]) process.stdout.write(`${inOneLine(text)}\n`);
    if (problems.length === 0 && !isQuiet)
      process.stdout.write(`${data}: every record has its content, every file its record.\n`);
  }
  return problems.length === 0 ? exitCodes.done : exitCodes.failed;
}

/** Finds what is wrong with a data folder, a sentence each; empty: nothing. Throws like `checkAndRepair`. */
export async function checkFolder(data: string, deep: boolean): Promise<string[]> {
  return (await checkAndRepair(data, deep)).problems;
}

interface Checked {
  readonly problems: string[];
  /** Content that was damaged and is whole again. */
  readonly repaired: string[];
}

/**
 * Looks at a data folder. `deep` reads all content, compares its hash, and repairs what is damaged where the same bytes
 * lie in another file. Throws DataRefused where it is no data folder, and StartRefused where an emulator has it.
 */
async function checkAndRepair(data: string, deep: boolean): Promise<Checked> {
  let store: Store | undefined;
  try {
    const opened = own(data);
    store = opened.store;
    const repaired: string[] = [];
    const problems = [...opened.warnings, ...records(store)];
    for await (const { text, isRepaired } of content(store, data, deep))
      (isRepaired ? repaired : problems).push(text);
    return { problems, repaired };
  } catch (error) {
    if (!(error instanceof RecordsLost)) throw error;
    return { problems: [error.message], repaired: [] };
  } finally {
    await store?.close();
  }
}

function own(data: string) {
  try {
    return reopenFolder(data);
  } catch (error) {
    if (!(error instanceof StoreInUse)) throw error;
    const holder = readLock(data);
    throw new StartRefused(
      `The data folder ${data} is in use by ${holder ? `the emulator with process id ${holder.pid} at ${holder.url}` : 'an emulator'}. Stop it first.`,
    );
  }
}

function* records(store: Store): Generator<string> {
  for (const { integrity_check: text } of store.all<{ integrity_check: string }>('PRAGMA integrity_check'))
    if (text !== 'ok') yield `The database is damaged: ${text}`;
  for (const { table, parent } of store.all<{ table: string; parent: string }>('PRAGMA foreign_key_check'))
    yield `A record of ${table} names one of ${parent} that is not there.`;
  for (const service of services) yield* service.findProblems?.(store) ?? [];
}

interface Said {
  readonly text: string;
  readonly isRepaired: boolean;
}

async function* content(store: Store, data: string, deep: boolean): AsyncGenerator<Said> {
  const wrong = (text: string): Said => ({ text, isRepaired: false });
  const columns = listContentColumns([controlRecords, ...services]);
  const { describe } = createHolders(store, columns);
  const held = columns
    .map(({ table, column }) => `SELECT ${column} FROM ${table} WHERE ${column} IS NOT NULL`)
    .join(' UNION ');
  for (const { hash } of store.all<{ hash: string }>(`SELECT hash FROM blobs WHERE hash NOT IN (${held})`))
    yield wrong(`Content ${short(hash)} is kept and nothing holds it.`);
  for (const { whole, bytes, size } of store.all<{ whole: string; bytes: number; size: number }>(
    `SELECT whole, sum(length) AS bytes, size FROM blob_parts JOIN blobs ON hash = whole GROUP BY whole HAVING bytes <> size`,
  ))
    yield wrong(`Content ${short(whole)} has ${size} bytes and its parts ${bytes}.`);
  const blobs = store.all<{ hash: string; size: number; problem: string | null }>(
    `SELECT hash, size, problem FROM blobs LEFT JOIN damaged_blobs USING (hash)
     WHERE hash NOT IN (SELECT whole FROM blob_parts)`,
  );
  const repair = createRepair(data);
  for (const { hash, size, problem } of blobs) {
    const found =
      (await findProblem(join(data, 'blobs', hash), hash, size, deep)) ?? (deep ? undefined : problem);
    if (!found) {
      if (problem !== null && deep) await enter(store, hash, undefined);
      continue;
    }
    const holders = describe(hash);
    const source = deep ? await repair(hash, size) : undefined;
    await enter(store, hash, source === undefined ? found : undefined);
    if (source !== undefined)
      yield {
        text: `Content ${short(hash)} of ${holders} was damaged: ${found}. It was repaired from ${source}.`,
        isRepaired: true,
      };
    else
      yield wrong(
        `Content ${short(hash)} of ${size} bytes is damaged: ${found}. It belongs to ${holders}. Upload the same bytes again${deep ? '' : ', or try --check --deep'}.`,
      );
  }
  const files = new Set(blobs.map(({ hash }) => hash));
  for (const name of namesIn(join(data, 'blobs')))
    if (!files.has(name)) yield wrong(`The file blobs/${name} belongs to nothing.`);
  for (const name of namesIn(join(data, 'incoming')))
    yield wrong(`The file incoming/${name} was left unfinished.`);
}

function namesIn(folder: string): string[] {
  return lstatSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : [];
}

/** Finds what is wrong with the file of a content. Undefined: nothing, as far as `deep` goes. */
async function findProblem(
  path: string,
  hash: string,
  size: number,
  deep: boolean,
): Promise<string | undefined> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return 'its file is gone';
  if (!stat.isFile()) return 'no file stands in its place';
  if (stat.size !== size) return damageText.size(stat.size, size);
  return deep && !(await isWhole(path, hash)) ? damageText.bytes : undefined;
}

async function enter(store: Store, hash: string, problem: string | undefined): Promise<void> {
  await store.write(() =>
    problem === undefined
      ? store.run('DELETE FROM damaged_blobs WHERE hash = ?', hash)
      : store.run('INSERT OR REPLACE INTO damaged_blobs VALUES (?, ?)', hash, problem),
  );
}

function short(hash: string): string {
  return `${hash.slice(0, 16)}…`;
}
