import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Emulator {
  readonly url: string;
  readonly token: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** An emulator of its own process, with the demo data. */
export async function startEmulator(): Promise<Emulator> {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-images-cloud-'));
  const data = join(folder, 'data');
  const main = join(import.meta.dirname, '..', '..', 'server', 'emulator', 'main.ts');
  const child = spawn(process.execPath, [main, '--data', data, '--seed', 'demo'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`The emulator did not start:\n${log}`))),
  ]);
  const { url }: { url: string } = JSON.parse(String(line));
  const lock: { token: string } = JSON.parse(await readFile(join(data, 'emulator.lock'), 'utf8'));
  return {
    url,
    token: lock.token,
    folder,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
