import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The built emulator in a process of its own. */
export interface Emulator {
  readonly process: ChildProcess;
  readonly url: string;
  readonly data: string;
  /** The control service's token, from the lock file. */
  readonly token: string;
  /** Stops it cleanly and waits for its end. */
  close(): Promise<void>;
}

export interface EmulatorOptions {
  readonly data: string;
  readonly arguments?: readonly string[];
  /** The Node that runs it; by default this one. */
  readonly node?: string;
  /** dist/emulator.js, where this file is bundled elsewhere. */
  readonly program?: string;
  /** Where its log goes. */
  readonly log?: 'inherit' | 'ignore';
  /** Besides the variables of this process. */
  readonly environment?: NodeJS.ProcessEnv;
}

const program = join(import.meta.dirname, '..', '..', 'dist', 'emulator.js');

/** Starts it and waits until it serves. Throws where it ends before. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const parameters = [options.program ?? program, '--data', options.data, ...(options.arguments ?? [])];
  const child = spawn(options.node ?? process.execPath, parameters, {
    stdio: ['ignore', 'pipe', options.log ?? 'ignore'],
    env: { ...process.env, ...options.environment },
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    void ended.then((code) => reject(new Error(`The emulator ended with ${code} before it served.`)));
  });
  const { url, data } = JSON.parse(line) as { url: string; data: string };
  const { token } = JSON.parse(readFileSync(join(data, 'emulator.lock'), 'utf8')) as { token: string };
  return {
    process: child,
    url,
    data,
    token,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
