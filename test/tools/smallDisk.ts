import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Why there can be no disk of a size of its own; false where there can. */
export const lacksSmallDisk =
  process.platform !== 'linux' && 'needs a file system of a size of its own (Linux)';

/** Mounts a file system of its own on a folder, small and in memory. Answers how to take it away. */
export function mountSmallDisk(folder: string, megabytes: number): () => void {
  runAsRoot('mount', '-t', 'tmpfs', '-o', `size=${megabytes * 1024}k,mode=0777`, 'tmpfs', folder);
  return () => runAsRoot('umount', folder);
}

/** Writes until nothing is left. Answers the file that takes all the room. */
export function fillUp(folder: string): string {
  const path = join(folder, 'filler');
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    if (!String(error).includes('ENOSPC')) throw error;
  } finally {
    closeSync(file);
  }
  return path;
}

/** Runs a command as root. */
export function runAsRoot(...command: string[]): void {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const [name = '', ...parameters] = [...asRoot, ...command];
  execFileSync(name, parameters);
}
