import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type ExitCode, exitCodes, UsageError } from '../commandLine.ts';
import { execVerb } from '../verbs/exec.ts';
import { speeds } from '../verbs/options.ts';
import { readNumber } from '../verbs/read.ts';
import { openThrowawayCloud, type ThrowawayCloud, type ThrowawayCloudOptions } from './throwawayCloud.ts';
import { runBriefVerb, warn } from './verb.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `cloud-images exec …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  const [command, ...rest] = end === -1 ? [] : args.slice(end + 1);
  return runBriefVerb(execVerb, own, async ({ values, positionals: [stray] }) => {
    if (stray !== undefined || command === undefined)
      throw new UsageError('Name the command after --: cloud-images exec -- COMMAND.');
    const speed = values.speed === undefined ? undefined : readNumber('--speed', values.speed, ...speeds);
    // Any code that a command may end with.
    return (await runInCloud({ ...values, speed }, command, rest)) as ExitCode;
  });
}

/** Answers the exit code. */
async function runInCloud(
  options: ThrowawayCloudOptions,
  command: string,
  args: readonly string[],
): Promise<number> {
  let received: NodeJS.Signals | undefined;
  let pass: ((signal: NodeJS.Signals) => void) | undefined;
  for (const signal of signals)
    process.on(signal, () => {
      received ??= signal;
      pass?.(signal);
    });
  const cloud = await openThrowawayCloud(options);
  try {
    if (received) return codeOf(received);
    return await run(cloud, command, args, (to) => {
      pass = to;
    });
  } finally {
    await cloud.end();
  }
}

function run(
  cloud: ThrowawayCloud,
  command: string,
  args: readonly string[],
  onSignal: (pass: (signal: NodeJS.Signals) => void) => void,
): Promise<number> {
  const around = Object.entries(process.env).filter(([name]) => !name.startsWith('OS_'));
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...Object.fromEntries(around), ...cloud.env },
  });
  // A terminal sends Ctrl+C to both; any other signal is for this process alone.
  onSignal((signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      const { code = '' }: NodeJS.ErrnoException = error;
      const why = reasons[code]?.(command) ?? `'${command}' cannot be run: ${error.message}.`;
      warn(`cloud-images exec: ${why}`);
      resolve(code === 'ENOENT' ? 127 : 126);
    });
    child.once('exit', (code, signal) => resolve(code ?? (signal ? codeOf(signal) : exitCodes.failed)));
  });
}

const reasons: Readonly<Record<string, (command: string) => string>> = {
  ENOENT: (command) => `There is no command '${command}'.`,
  EACCES: (command) => `'${command}' may not be run. Name a program, or make it one with chmod +x.`,
};

/** As shells say it. */
function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
