import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { exitCodes, reportError, UsageError } from '../commandLine.ts';
import { defaultRelease } from '../rules/profile/releases.ts';
import { readSpeed } from './options.ts';
import { throwawaySpeed } from './throwaway.ts';
import { openThrowawayCloud, type ThrowawayCloud } from './throwawayCloud.ts';
import { describe, warn } from './verb.ts';

const usage = `cloud-images exec [options] -- COMMAND [ARGUMENT…]   runs a command in a cloud of its own

The command finds the cloud by OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME, OS_REGION_NAME and their like; other OS_*
variables are not passed on. CLOUD_IMAGES_EMULATOR_URL and CLOUD_IMAGES_EMULATOR_TOKEN lead to its control service. When the
command ends the cloud is gone.

  --profile PROFILE  rackspace (default) or openstack
  --release NAME     the OpenStack release, such as 2025.1; default ${defaultRelease}
  --config FILE      a .cloud-images.json: profile, release, limits, and what the emulated service offers
  --seed SEED        what it begins with: demo (default), empty, a seed file, or the data folder of an ended emulator
  --snapshot FILE    a snapshot that it begins with instead, with its profile and release
  --user NAME        who the variables name, of the demo's users (default owner) or those of SEED (default the first); the
                     password of a user of a snapshot comes from CLOUD_IMAGES_EMULATOR_PASSWORD, and is 'emulator' without
  --region REGION    default DFW, or RegionOne
  --speed N          simulated work takes its real time divided by N; default ${throwawaySpeed}

Ends as the command does; with 128 and the signal's number where a signal ended it, 126 where it cannot be run, 127 where it is not
there. Before: 1 where the cloud does not start, 64 where the command line is wrong.

  cloud-images exec -- openstack image list
  cloud-images exec --profile openstack --seed empty -- sh -c 'glance image-create --name x && npm test'
`;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `cloud-images exec …`. Sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  if (own.includes('--help') || own.includes('-h')) {
    process.stdout.write(usage);
    return;
  }
  try {
    const [command, ...rest] = end === -1 ? [] : args.slice(end + 1);
    const options = readOptions(own);
    if (command === undefined)
      throw new UsageError('Name the command after --: cloud-images exec -- COMMAND.');
    process.exitCode = await runInCloud(options, command, rest);
  } catch (error) {
    process.exitCode = reportError('exec', error, describe(error));
  }
}

function readOptions(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ profile: text, release: text, config: text, seed: text, snapshot: text },
      ...{ user: text, region: text, speed: text },
    },
  });
  return { ...values, speed: values.speed === undefined ? undefined : readSpeed(values.speed) };
}

/** Answers the exit code. */
async function runInCloud(
  options: ReturnType<typeof readOptions>,
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
