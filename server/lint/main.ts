import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isMainThread, workerData } from 'node:worker_threads';
import {
  chooseColors,
  type ExitCode,
  exitCodes,
  exitCodesUsage,
  readRelease,
  reportError,
  UsageError,
} from '../commandLine.ts';
import { kinds, nameParts } from '../manifests/kinds.ts';
import { printable } from '../plainText.ts';
import { defaultRelease } from '../rules/profile/releases.ts';
import { colorReport, type Format, formats, render } from './formats.ts';
import type { LiveCloud } from './judge.ts';
import { lint, type Options } from './lint.ts';
import { serveWorker } from './pool.ts';
import { runAtChanges } from './watch.ts';

const usage = `cloud-images lint [paths…]   checks manifests by the rules of the editor

Paths are files, patterns in quotes such as 'deploy/**/*.yaml', or folders that are searched for manifests: ${Object.values(
  nameParts,
)
  .map((part) => `*.${part}.*`)
  .join(', ')}
(yaml, yml, json, jsonc) and what .cloud-images.json names; without any, this folder. A path of - reads standard input.

  --fix                 repairs what can be repaired without a choice, in the files
  --format FORMAT       ${Object.keys(formats).join(', ')}; stylish by default
  --kind KIND           ${kinds.join(', ')}: of standard input, and of files whose name does not say
  --profile PROFILE     rackspace or openstack; by default what .cloud-images.json says
  --release NAME        the OpenStack release, such as 2025.1; by default what .cloud-images.json says, else ${defaultRelease}
  --max-warnings N      more warnings than N are a failure
  --require-disks       the disk of an import that is not on this machine is an error
  --watch               again at each change of the files, until Ctrl+C
  --allow-empty         a folder without a manifest is no failure
  --stdin-path PATH     the name that standard input goes by, for its kind and its settings
  --cloud NAME          also judges by this cloud, as the editor does while it is connected: its images, servers, flavors,
                        quotas and containers, and what the caller may do
  --emulator[=WHERE]    the same by the running emulator; with both: --region, --user and --project, as for plan

Errors, or too many warnings, are a failure.
${exitCodesUsage}
  cloud-images lint
  cloud-images lint --fix 'manifests/**'
  cloud-images lint --require-disks --format github
  cloud-images lint --cloud production manifests
`;

/** Which cloud is asked. */
type Asked = {
  readonly [Option in 'cloud' | 'emulator' | 'region' | 'user' | 'project' | 'profile']?: string | undefined;
};

/** `cloud-images lint …`. Sets the process's exit code. `connect` opens the cloud that is asked. */
export async function main(
  args: readonly string[],
  connect: (asked: Asked) => Promise<LiveCloud>,
): Promise<void> {
  if (!isMainThread) return serveWorker(workerData);
  try {
    const parsed = read(args);
    if (!parsed) {
      process.stdout.write(usage);
      return;
    }
    if (!parsed.watches) {
      process.exitCode = await report(parsed, connect);
      return;
    }
    const interrupt = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
    const { paths } = parsed.options;
    await runAtChanges(paths.length === 0 ? ['.'] : paths, interrupt.signal, async () => {
      // What cannot be read now may be mended by the next change.
      await report(parsed, connect).catch((error: unknown) => reportError('lint', error));
      process.stderr.write('Waiting for a change; Ctrl+C ends.\n');
    });
    process.exitCode = exitCodes.interrupted;
  } catch (error) {
    process.exitCode = reportError('lint', error);
  }
}

/** Judges the files once, and says what it finds. */
async function report(
  { options, format, maximumWarnings, allowsEmpty, asked }: Parsed,
  connect: (asked: Asked) => Promise<LiveCloud>,
): Promise<ExitCode> {
  const live = asked ? { live: await connect(asked) } : {};
  const reports = await lint({ ...options, ...live });
  // Colors come last: a manifest's own escape sequences are shown, not obeyed.
  const paint = format === 'stylish' ? chooseColors(process.stdout, process.env) : undefined;
  const text = printable(render(format, reports));
  process.stdout.write(paint ? colorReport(text, paint) : text);
  if (reports.length === 0 && !allowsEmpty)
    throw new Error(
      `There is no manifest in ${options.paths.join(', ') || 'this folder'}. Name the files, or add --allow-empty.`,
    );
  const of = (severity: string) =>
    reports.flatMap(({ findings }) => findings).filter((finding) => finding.severity === severity).length;
  const isFailed = of('error') > 0 || of('warning') > maximumWarnings;
  return isFailed ? exitCodes.failed : exitCodes.done;
}

interface Parsed {
  readonly options: Options;
  readonly watches: boolean;
  readonly format: Format;
  readonly maximumWarnings: number;
  readonly allowsEmpty: boolean;
  /** Absent: no cloud. */
  readonly asked?: Asked;
}

function read(args: readonly string[]): Parsed | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      fix: { type: 'boolean', default: false },
      format: { type: 'string', default: 'stylish' },
      kind: { type: 'string' },
      profile: { type: 'string' },
      release: { type: 'string' },
      'max-warnings': { type: 'string' },
      'require-disks': { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      'allow-empty': { type: 'boolean', default: false },
      'stdin-path': { type: 'string', default: '' },
      cloud: { type: 'string' },
      emulator: { type: 'string' },
      region: { type: 'string' },
      user: { type: 'string' },
      project: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const format = oneOf('--format', values.format, Object.keys(formats) as Format[]);
  const kind = values.kind === undefined ? undefined : oneOf('--kind', values.kind, kinds);
  const profile =
    values.profile === undefined
      ? undefined
      : oneOf('--profile', values.profile, ['rackspace', 'openstack'] as const);
  const maximum = values['max-warnings'];
  if (maximum !== undefined && !/^\d+$/.test(maximum))
    throw new UsageError(`--max-warnings takes a whole number, not '${maximum}'.`);
  const reads = positionals.includes('-');
  if (reads && values.watch) throw new UsageError('--watch needs files: standard input does not change.');
  const isAsked = values.cloud !== undefined || values.emulator !== undefined;
  return {
    options: {
      paths: positionals.filter((path) => path !== '-'),
      ...(reads ? { stdin: { bytes: readFileSync(0), path: values['stdin-path'] } } : {}),
      fix: values.fix,
      kind,
      profile,
      release: readRelease(values.release),
      requireDisks: values['require-disks'],
    },
    ...(isAsked ? { asked: values } : {}),
    watches: values.watch,
    format,
    allowsEmpty: values['allow-empty'],
    maximumWarnings: maximum === undefined ? Number.POSITIVE_INFINITY : Number(maximum),
  };
}

function oneOf<T extends string>(option: string, value: string, accepted: readonly T[]): T {
  const found = accepted.find((one) => one === value);
  if (found === undefined)
    throw new UsageError(`${option} takes one of ${accepted.join(', ')}, not '${value}'.`);
  return found;
}
