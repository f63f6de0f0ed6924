import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An installed client written in Python, whose imports are paid for once: see `prefork.py`. Runs one command at a time. */
export class PreforkedClient {
  readonly #script: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'cloud-images-client-'));
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(command: string) {
    this.#script = findCommand(command);
    this.#process = spawn(interpreterOf(this.#script), [join(import.meta.dirname, 'prefork.py')], {
      env: { PATH: process.env['PATH'], HOME: this.#folder, LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
    });
    this.#answers = createInterface({ input: this.#process.stdio[4] as Readable })[Symbol.asyncIterator]();
  }

  /** Runs a command line; without `stdin` its standard input is closed. */
  async run(
    words: readonly string[],
    cwd: string,
    env: Readonly<Record<string, string>>,
    stdin: Buffer | undefined,
  ): Promise<Ran> {
    const [input, stdout, stderr] = ['stdin', 'stdout', 'stderr'].map((name) => join(this.#folder, name));
    if (!input || !stdout || !stderr) throw new Error('unreachable');
    if (stdin) writeFileSync(input, stdin);
    const request = { script: this.#script, words, cwd, env, stdin: stdin ? input : null, stdout, stderr };
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.#script} cannot be run: the process for it has ended.`);
    return {
      code: Number(value),
      stdout: readFileSync(stdout, 'utf8'),
      stderr: readFileSync(stderr, 'utf8'),
    };
  }

  async close(): Promise<void> {
    const closed = once(this.#process, 'close');
    (this.#process.stdio[3] as Writable).end();
    await closed;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function findCommand(command: string): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, command);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {} // not in this folder
  }
  throw new Error(`'${command}' is not on the PATH.`);
}

/** What the first line of a script names. */
function interpreterOf(script: string): string {
  const [, interpreter] = /^#! *(\S*python\S*)/.exec(readFileSync(script, 'utf8')) ?? [];
  if (!interpreter) throw new Error(`${script} is no Python script.`);
  return interpreter;
}
