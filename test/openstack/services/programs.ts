/** The programs of the services: started in groups of their own, waited for, and ended with whoever started them. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface Program {
  readonly command: string;
  readonly parameters: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A file that its output is added to. */
  readonly log: string;
  /** Asked again until it is true. */
  readonly isReady: () => Promise<boolean>;
}

/** Debian's Python, whatever stands before it in the path. */
const environment = { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', PYTHONWARNINGS: 'ignore' };

/** Whoever is started so ends with who started it, even by `kill -9`. */
const mortal = ['--pdeathsig', 'KILL'];

export class Programs {
  readonly #children: ChildProcess[] = [];
  readonly #folder: string;

  /** The folder that goes with them where a signal ends the run. */
  constructor(folder: string) {
    this.#folder = folder;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, this.#interrupt);
  }

  readonly #interrupt = (signal: NodeJS.Signals): void => {
    void this.close().finally(() => {
      rmSync(this.#folder, { recursive: true, force: true });
      process.kill(process.pid, signal);
    });
  };

  /** Starts a program and waits until it is ready. */
  async start({ command, parameters, environment: more, log, isReady }: Program): Promise<void> {
    const output = openSync(log, 'a');
    const child = spawn('setpriv', [...mortal, command, ...parameters], {
      env: { ...environment, ...more },
      stdio: ['ignore', output, output],
      detached: true, // a group of its own, since it has workers
    });
    this.#children.push(child);
    for (let looks = 0; looks < 1200; looks++) {
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}; see ${log}.`);
      if (await isReady()) return;
      await wait(100);
    }
    throw new Error(`${command} is not ready after two minutes; see ${log}.`);
  }

  /** Ends all. */
  async close(): Promise<void> {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, this.#interrupt);
    await Promise.all(this.#children.splice(0).map(end));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const { pid } = child;
  const ended =
    child.exitCode === null && child.signalCode === null
      ? new Promise((resolve) => child.once('exit', resolve))
      : Promise.resolve();
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
  signalGroup(pid, 'SIGKILL'); // workers that outlive it
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Runs a command to its end. */
export async function run(
  command: string,
  parameters: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  await promisify(execFile)('setpriv', [...mortal, command, ...parameters], {
    env: { ...environment, ...more },
    maxBuffer: 2 ** 26,
  });
}

/** Answers whether a server answers at an address without an error. */
export async function answers(address: string): Promise<boolean> {
  const answer = await fetch(address).catch(() => undefined); // not yet
  await answer?.arrayBuffer();
  return answer !== undefined && answer.status < 400;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export function userName(): string {
  return execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
}
