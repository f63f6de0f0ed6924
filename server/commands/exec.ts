import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type ExitCode, exitCodes, UsageError } from '../commandLine.ts';
import { execVerb } from '../verbs/exec.ts';
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
    const speed = values.speed === undefined ? undefined : readNumber('--speed', values.speed, 0.001, 1e9);
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
      const isMissing = 'code' in error && error.code === 'ENOENT';
      warn(
        isMissing
          ? `cloud-images exec: There is no command '${command}'.`
          : `cloud-images exec: '${command}' cannot be run: ${error.message}.`,
      );
      resolve(isMissing ? 127 : 126);
    });
    child.once('exit', (code, signal) => resolve(code ?? (signal ? codeOf(signal) : exitCodes.failed)));
  });
}

/** As shells say it. */
function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
