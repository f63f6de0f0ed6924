import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive } from '../../server/system.ts';

interface Lock {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
}

/** The folder in which a VS Code with this data folder keeps its emulator. */
export function emulatorFolder(data: string): string {
  return join(data, 'data', 'User', 'globalStorage', 'cloud-images.cloud-images', 'emulator');
}

/** Counts the windows that hold it. */
export async function countLeases({ url, token }: Lock): Promise<number | undefined> {
  const answer = await fetch(`${url}/emulator`, { headers: { authorization: `Bearer ${token}` } });
  const status: { leases?: number } = JSON.parse(await answer.text());
  return status.leases;
}

/** The emulator that a VS Code with this data folder has started, as whichever cloud, when one runs. */
export async function emulatorOf(data: string): Promise<Lock | undefined> {
  for (const folder of [emulatorFolder(data), `${emulatorFolder(data)}-openstack`]) {
    const text = await readFile(join(folder, 'emulator.lock'), 'utf8').catch(() => undefined);
    const lock: Lock | undefined = text === undefined ? undefined : JSON.parse(text);
    if (lock && isAlive(lock.pid)) return lock;
  }
  return undefined;
}

/** Stops it and waits until its process has ended. */
export async function stopEmulatorOf(data: string): Promise<void> {
  const lock = await emulatorOf(data);
  if (!lock) return;
  const answer = await fetch(`${lock.url}/emulator/stop`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lock.token}` },
  }).catch(() => undefined);
  if (answer?.status !== 202) process.kill(lock.pid, 'SIGTERM');
  for (let tries = 0; tries < 100 && isAlive(lock.pid); tries++) await wait(100);
}
