import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The lock file that a running emulator keeps in its data folder. */
export interface EmulatorLock {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
}

/** Reads the lock of a data folder, if there is a valid one. Only its emulator can tell that it is not stale. */
export async function readLock(data: string): Promise<EmulatorLock | undefined> {
  const text = await readFile(join(data, 'emulator.lock'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const lock: unknown = JSON.parse(text);
    return isLock(lock) ? { pid: lock.pid, url: lock.url, token: lock.token } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // being written
    throw error;
  }
}

function isLock(value: unknown): value is EmulatorLock {
  if (typeof value !== 'object' || value === null) return false;
  if (!('pid' in value && 'url' in value && 'token' in value)) return false;
  const { pid, url, token } = value;
  // Our token goes nowhere but to this machine, whatever the file says.
  return (
    typeof pid === 'number' &&
    typeof token === 'string' &&
    typeof url === 'string' &&
    /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+$/.test(url)
  );
}
