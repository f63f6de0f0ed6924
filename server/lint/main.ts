import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isMainThread, workerData } from 'node:worker_threads';
import { kinds, nameParts } from '../manifests/kinds.ts';
import { printable } from '../plainText.ts';
import { type Format, formats, render } from './formats.ts';
import { lint, type Options } from './lint.ts';
import { serveWorker } from './pool.ts';

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
  --max-warnings N      more warnings than N are a failure
  --stdin-path PATH     the name that standard input goes by, for its kind and its settings

Ends with 0 where all is well, 1 with findings (errors, or too many warnings), 2 where it could not run.
`;

/** `cloud-images lint …`. Sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  if (!isMainThread) return serveWorker(workerData);
  try {
    const parsed = read(args);
    if (!parsed) {
      process.stdout.write(usage);
      return;
    }
    const { options, format, maximumWarnings } = parsed;
    const reports = await lint(options);
    process.stdout.write(printable(render(format, reports)));
    const of = (severity: string) =>
      reports.flatMap(({ findings }) => findings).filter((finding) => finding.severity === severity).length;
    process.exitCode = of('error') > 0 || of('warning') > maximumWarnings ? 1 : 0;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`cloud-images lint: ${printable(why)}\n`);
    process.exitCode = 2;
  }
}

function read(
  args: readonly string[],
): { options: Options; format: Format; maximumWarnings: number } | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      fix: { type: 'boolean', default: false },
      format: { type: 'string', default: 'stylish' },
      kind: { type: 'string' },
      profile: { type: 'string' },
      'max-warnings': { type: 'string' },
      'stdin-path': { type: 'string', default: '' },
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
    throw new Error(`--max-warnings takes a whole number, not '${maximum}'.`);
  const reads = positionals.includes('-');
  return {
    options: {
      paths: positionals.filter((path) => path !== '-'),
      ...(reads ? { stdin: { bytes: readFileSync(0), path: values['stdin-path'] } } : {}),
      fix: values.fix,
      kind,
      profile,
    },
    format,
    maximumWarnings: maximum === undefined ? Number.POSITIVE_INFINITY : Number(maximum),
  };
}

function oneOf<T extends string>(option: string, value: string, accepted: readonly T[]): T {
  const found = accepted.find((one) => one === value);
  if (found === undefined) throw new Error(`${option} takes one of ${accepted.join(', ')}, not '${value}'.`);
  return found;
}
