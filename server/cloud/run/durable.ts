import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../../folders.ts';
import { isAlive, system } from '../../system.ts';
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

/**
 * Makes this process the only one that goes on with what a file keeps; answers the id of another that does so already. A claim
 * is a file beside that one, `PATH.claim-N`, and ends with its process at the latest. First it is made, then looked for others:
 * so two never both have it.
 */
export function claim(path: string): { release(): void } | { readonly heldBy: number } {
  for (;;) {
    const before = listClaims(path);
    const number = Math.max(0, ...before.map((one) => one.number)) + 1;
    const own = `${path}.claim-${number}`;
    const isMade = before.every(isLeft) && writeDurably(own, { process: process.pid }, true);
    const others = listClaims(path).filter(({ file }) => file !== own || !isMade);
    const holder = others.find((one) => !isLeft(one));
    if (isMade && !holder) {
      for (const { file } of others) rmSync(file, { force: true });
      return { release: () => rmSync(own, { force: true }) };
    }
    if (isMade) rmSync(own);
    if (holder) return { heldBy: holder.process };
  }
}

interface FoundClaim {
  readonly file: string;
  readonly number: number;
  readonly process: number;
}

/** Tells whether the process of a claim was killed. */
function isLeft({ process: id }: FoundClaim): boolean {
  return id === process.pid || !isAlive(id);
}

function listClaims(path: string): FoundClaim[] {
  const folder = dirname(path);
  makeFolder(folder);
  return readdirSync(folder).flatMap((name) => {
    const [, number] = name.startsWith(`${basename(path)}.claim-`) ? (/-(\d+)$/.exec(name) ?? []) : [];
    const file = join(folder, name);
    const found = number === undefined ? undefined : (readKept(file) as { process: number } | undefined);
    return found ? [{ file, number: Number(number), process: found.process }] : [];
  });
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
