import { readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../../folders.ts';
import { isAlive } from '../../system.ts';
import { readKept, writeDurably } from './durable.ts';

/** A file that says which process goes on with what another file keeps. */
interface Claim {
  readonly file: string;
  readonly number: number;
  readonly process: number;
  /** The machine or container of the process; several may share a home. */
  readonly host: string;
}

/**
 * Makes this process the only one that goes on with what a file keeps; answers in words which other does so already. A claim is
 * a file beside that one, `PATH.claim-N`. It ends with its process at the latest, on the machine where that runs; from
 * another nobody can tell. First it is made, then looked for others: so two never both have it.
 */
export function claim(path: string): { release(): void } | { readonly heldBy: string } {
  for (;;) {
    const before = listClaims(path);
    const number = Math.max(0, ...before.map((one) => one.number)) + 1;
    const own = `${path}.claim-${number}`;
    const content = { process: process.pid, host: hostname() };
    const isMade = before.every(isLeft) && writeDurably(own, content, true);
    const others = listClaims(path).filter(({ file }) => file !== own || !isMade);
    const holder = others.find((one) => !isLeft(one));
    if (isMade && !holder) {
      for (const { file } of others) rmSync(file, { force: true });
      return { release: () => rmSync(own, { force: true }) };
    }
    if (isMade) rmSync(own);
    if (holder) return { heldBy: holderText(holder) };
  }
}

/** Says in words which other process goes on with what a file keeps, if any. */
export function findHolder(path: string): string | undefined {
  const holder = listClaims(path).find((one) => !isLeft(one));
  return holder && holderText(holder);
}

function holderText({ process: id, host, file }: Claim): string {
  return host === hostname()
    ? `process ${id}`
    : `process ${id} on ${host} (where that runs no longer, remove ${file})`;
}

/** Tells whether the process of a claim was killed. */
function isLeft({ process: id, host }: Claim): boolean {
  return host === hostname() && (id === process.pid || !isAlive(id));
}

function listClaims(path: string): Claim[] {
  const folder = dirname(path);
  makeFolder(folder);
  return readdirSync(folder).flatMap((name) => {
    const [, number] = name.startsWith(`${basename(path)}.claim-`) ? (/-(\d+)$/.exec(name) ?? []) : [];
    const file = join(folder, name);
    const found =
      number === undefined ? undefined : (readKept(file) as Omit<Claim, 'file' | 'number'> | undefined);
    return found ? [{ ...found, file, number: Number(number) }] : [];
  });
}
