import { createInterface } from 'node:readline/promises';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { CloudError } from '../cloud/errors.ts';
import type { ConnectionChoice } from '../cloud/undo.ts';
import { type Connected, connectBy, connectionOptions, withEmulatorValue } from './connection.ts';

/** How a verb ends: 0 done, 1 refused by the cloud, 2 it could not run. */
export type ExitCode = 0 | 1 | 2;

/** Runs a verb, and says in one line why it could not. Sets the process's exit code. */
export async function runVerb(
  name: string,
  usage: string,
  args: readonly string[],
  run: () => Promise<ExitCode>,
): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(usage);
    return;
  }
  try {
    process.exitCode = await run();
  } catch (error) {
    process.stderr.write(`cloud-images ${name}: ${describe(error)}\n`);
    process.exitCode = 2;
  }
}

/** A cloud's error with its request; anything else by its message. */
export function describe(error: unknown): string {
  if (error instanceof CloudError)
    return error.status === 0
      ? error.text
      : `${error.method} ${pathOf(error.url)} → ${error.status} ${error.text}`;
  return error instanceof Error ? error.message : String(error);
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url;
}

/** Options with the values that they have where they are not given. */
export function readArguments<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  return parseArgs({
    args: withEmulatorValue(args),
    allowPositionals: true,
    options: { ...connectionOptions, ...options },
  });
}

export const connect = (choice: ConnectionChoice): Promise<Connected> => connectBy(choice);

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Asks the person at the terminal. Throws where there is none. */
export async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new Error('There is no terminal to ask at: give --yes to go on without asking.');
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
  } finally {
    reader.close();
  }
}

/** A whole number of bytes above nothing. */
export function bytesOption(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value) && Number(value) > 0) return Number(value);
  throw new Error(`${option} takes a number of bytes, not '${value}'.`);
}

/** The signal of an interrupt (Ctrl+C), so that what is under way ends in order. Another one ends the process. */
export function interruptSignal(): AbortSignal {
  const abort = new AbortController();
  const stop = (): void => {
    process.stderr.write('\nInterrupted: ends in order; once more, and it ends at once.\n');
    abort.abort(new Error('Interrupted.'));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return abort.signal;
}
