import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../folders.ts';
import { system } from '../../system.ts';
import { notRegular } from '../../workspace/files.ts';

/** The folder `~/.cloud-images/NAME`, where commands keep what must outlive them. */
export function keptFolder(name: string): string {
  return join(homedir(), '.cloud-images', name);
}

/**
 * Writes JSON so that after a crash the file holds either this or what was there before. For its owner's eyes. `isNew`: the
 * file must not be there yet: of several processes one succeeds. Answers false where it is there.
 */
export function writeDurably(path: string, content: object, isNew = false): boolean {
  makeFolder(dirname(path));
  const beside = `${path}.${randomUUID().slice(0, 8)}`;
  const file = openSync(beside, 'wx', 0o600);
  try {
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (isNew && !linkAnew(beside, path)) return false;
  if (!isNew) system.replaceFileSync(beside, path);
  system.syncFolder(dirname(path));
  return true;
}

/** Gives a file a name that is free; answers false where it is taken. */
function linkAnew(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(from);
  }
}

/** Makes sure that files can be kept in a folder before anything depends on it. Throws with the folder and a remedy. */
export function requireKeptFolder(folder: string): void {
  const trial = join(folder, `.trial-${randomUUID().slice(0, 8)}`);
  try {
    makeFolder(folder);
    closeSync(openSync(trial, 'wx', 0o600));
    rmSync(trial);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Nothing was started: ${folder}, where its undo is kept, cannot be written to (${why}). Make it writable, or set HOME to another folder.`,
      { cause: error },
    );
  }
}

/** Reads a kept file; undefined where there is none. Throws where it is none of ours. */
export function readKept(path: string): unknown {
  let text: string;
  try {
    if (!statSync(path).isFile()) throw notRegular(path);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} cannot be read; it was written by something else.`, { cause: error });
  }
}
