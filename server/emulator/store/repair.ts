import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  createReadStream,
  fdatasyncSync,
  lstatSync,
  openSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { system } from '../../system.ts';
import { isContentName, isIncomingName, ownFiles, readHashName } from './names.ts';

/** Puts a sound file in place of a damaged one where another has the same bytes. Answers which, in the data folder. */
export type Repair = (hash: string, size: number) => Promise<string | undefined>;

/**
 * Looks for copies among all content, under whatever hash it is named, among what was left unfinished, and in what was set
 * aside. Only files of the right size are read.
 */
export function createRepair(data: string): Repair {
  let known: ReadonlyMap<number, readonly string[]> | undefined;
  return async (hash, size) => {
    known ??= filesBySize(data);
    const own = join(data, 'blobs', hash);
    for (const path of known.get(size) ?? []) {
      if (path === own || !(await isWhole(path, hash))) continue;
      const beside = join(data, 'incoming', randomUUID());
      try {
        copyFileSync(path, beside, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
        sync(beside);
        if (await isWhole(beside, hash)) {
          system.replaceFileSync(beside, own);
          return relative(data, path);
        }
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
        return undefined; // the file system allows it no more than before
      } finally {
        rmSync(beside, { force: true });
      }
    }
    return undefined;
  };
}

/** True where a file has the bytes that its name promises. */
export async function isWhole(path: string, hash: string): Promise<boolean> {
  const sum = createHash(readHashName(hash));
  for await (const bytes of createReadStream(path, { highWaterMark: 1024 * 1024 })) sum.update(bytes);
  return sum.digest('hex') === hash;
}

function filesBySize(data: string): Map<number, string[]> {
  const asides = readdirSync(data, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && /^set-aside-\w+$/.test(entry.name),
  );
  const found = new Map<number, string[]>();
  for (const folder of [data, ...asides.map(({ name }) => join(data, name))])
    for (const [name, isName] of [
      ['blobs', isContentName],
      ['incoming', isIncomingName],
    ] as const)
      for (const file of ownFiles(join(folder, name), isName)) {
        const path = join(folder, name, file);
        const { size } = lstatSync(path);
        const same = found.get(size);
        if (same) same.push(path);
        else found.set(size, [path]);
      }
  return found;
}

function sync(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}
