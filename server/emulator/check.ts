import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readLock } from './lock.ts';
import { defaultData, UsageError } from './options.ts';
import { type HashName, hashNameOf } from './store/blobs.ts';
import { blobHolders } from './store/schema.ts';
import { openStore, type Store, StoreInUse } from './store/store.ts';

/** `cloud-images emulator --check [--data DIR] [--deep]`: proves that no file and no record is without its other half. */
export function runCheck(args: readonly string[]): void {
  const { data, deep } = readArguments(args);
  const problems = checkFolder(data, deep);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  if (problems.length === 0)
    process.stdout.write(`${data}: every record has its content, every file its record.\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

/**
 * What is wrong with a data folder, a sentence each; empty: nothing. `deep` reads all content and compares its hash.
 * Throws UsageError where there is none, or an emulator has it.
 */
export function checkFolder(data: string, deep: boolean): string[] {
  const file = join(data, 'emulator.db');
  if (!existsSync(file))
    throw new UsageError(`${data} is no data folder of an emulator: emulator.db is not there.`);
  const store = own(file, data);
  try {
    return [...records(store), ...content(store, data, deep), ...totals(store)];
  } finally {
    void store.close();
  }
}

function own(file: string, data: string): Store {
  try {
    return openStore(file);
  } catch (error) {
    if (!(error instanceof StoreInUse)) throw error;
    const holder = readLock(data);
    throw new UsageError(
      `The data folder ${data} is in use by ${holder ? `the emulator with process id ${holder.pid} at ${holder.url}` : 'an emulator'}. Stop it first.`,
    );
  }
}

function* records(store: Store): Generator<string> {
  for (const { integrity_check: text } of store.all<{ integrity_check: string }>('PRAGMA integrity_check'))
    if (text !== 'ok') yield `The database is damaged: ${text}`;
  for (const { table, parent } of store.all<{ table: string; parent: string }>('PRAGMA foreign_key_check'))
    yield `A record of ${table} names one of ${parent} that is not there.`;
  for (const { id, region } of store.all<{ id: string; region: string }>(
    `SELECT id, region FROM images WHERE status = 'active' AND blob IS NULL`,
  ))
    yield `Image ${id} in ${region} is active and has no data.`;
  for (const { id, type } of store.all<{ id: string; type: string }>(
    `SELECT id, type FROM tasks WHERE status IN ('pending', 'processing') AND id NOT IN (SELECT id FROM jobs)`,
  ))
    yield `Task ${id} (${type}) waits for ever: it has no job.`;
  for (const { id, kind } of store.all<{ id: string; kind: string }>(
    `SELECT id, kind FROM jobs WHERE id IN (SELECT id FROM tasks WHERE status IN ('success', 'failure'))`,
  ))
    yield `Job ${id} (${kind}) goes on though its task has ended.`;
}

function* content(store: Store, data: string, deep: boolean): Generator<string> {
  const held = blobHolders
    .map(({ table, column }) => `SELECT ${column} FROM ${table} WHERE ${column} IS NOT NULL`)
    .join(' UNION ');
  const blobs = store.all<{ hash: string; size: number; composed: number }>(
    'SELECT hash, size, hash IN (SELECT whole FROM blob_parts) AS composed FROM blobs',
  );
  for (const { hash } of store.all<{ hash: string }>(`SELECT hash FROM blobs WHERE hash NOT IN (${held})`))
    yield `Content ${short(hash)} is kept and nothing holds it.`;
  for (const { whole, bytes, size } of store.all<{ whole: string; bytes: number; size: number }>(
    `SELECT whole, sum(length) AS bytes, size FROM blob_parts JOIN blobs ON hash = whole GROUP BY whole HAVING bytes <> size`,
  ))
    yield `Content ${short(whole)} has ${size} bytes and its parts ${bytes}.`;
  const folder = join(data, 'blobs');
  const files = new Set(readdirSync(folder));
  for (const { hash, size, composed } of blobs) {
    if (composed) continue;
    if (!files.delete(hash)) yield `Content ${short(hash)} of ${size} bytes has no file.`;
    else yield* fileProblems(join(folder, hash), hash, size, deep);
  }
  for (const name of files) yield `The file blobs/${name} belongs to nothing.`;
  for (const name of readdirSync(join(data, 'incoming')))
    yield `The file incoming/${name} was left unfinished.`;
}

function* fileProblems(path: string, hash: string, size: number, deep: boolean): Generator<string> {
  const found = statSync(path).size;
  if (found !== size) yield `The file of content ${short(hash)} has ${found} bytes instead of ${size}.`;
  else if (deep && hashOf(path, hashNameOf(hash)) !== hash)
    yield `The bytes of content ${short(hash)} are not what they were.`;
}

function* totals(store: Store): Generator<string> {
  for (const { name, region } of store.all<{ name: string; region: string }>(
    `SELECT c.name, c.region FROM containers c LEFT JOIN objects o ON o.container = c.key GROUP BY c.key
     HAVING c.objects <> count(o.name) OR c.bytes <> coalesce(sum(o.size), 0)`,
  ))
    yield `The totals of container ${name} in ${region} are not those of its objects.`;
}

function hashOf(path: string, name: HashName): string {
  const hash = createHash(name);
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(4 * 1024 * 1024);
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
      hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

function short(hash: string): string {
  return `${hash.slice(0, 16)}…`;
}

function readArguments(args: readonly string[]): { data: string; deep: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        check: { type: 'boolean' },
        deep: { type: 'boolean', default: false },
        data: { type: 'string' },
      },
    });
    return { data: resolve(values.data ?? defaultData()), deep: values.deep };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
