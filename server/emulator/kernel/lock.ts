import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { system } from '../../system.ts';

/**
 * `emulator.lock`: says where the emulator of a data folder is and lets its owner in. Who owns the folder is decided by
 * the store's own lock, which the operating system drops with the process; so a stale file is simply written over.
 */
export interface LockFile {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  /** For the control service. */
  readonly token: string;
  readonly startedAt: string;
  readonly version: string;
}

export function writeLock(folder: string, content: LockFile): void {
  const file = join(folder, 'emulator.lock');
  const beside = `${file}.${process.pid}`;
  rmSync(beside, { force: true }); // of a killed process with the same number
  writeFileSync(beside, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: 'wx' });
  system.replaceFileSync(beside, file);
}

/** Undefined where there is none that can be read. */
export function readLock(folder: string): LockFile | undefined {
  try {
    const content = JSON.parse(readFileSync(join(folder, 'emulator.lock'), 'utf8'));
    return typeof content === 'object' && content !== null && typeof content.pid === 'number'
      ? content
      : undefined;
  } catch (error) {
    if (
      error instanceof SyntaxError ||
      (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    )
      return undefined;
    throw error;
  }
}

export function removeLock(folder: string): void {
  rmSync(join(folder, 'emulator.lock'), { force: true });
}
