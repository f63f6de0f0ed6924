import { access, constants } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { observeRequests } from '../cloud/run/call.ts';
import { listSourceFiles } from '../cloud/run/source/files.ts';
import type { Ports } from '../cloud/run/steps.ts';
import { type ExitCode, exitCodes, exitCodesUsage, readRelease, UsageError } from '../commandLine.ts';
import type { Profile } from '../rules/profile/profile.ts';
import { defaultRelease } from '../rules/profile/releases.ts';
import { nodeFiles } from '../workspace/nodeFiles.ts';
import { openPorts } from './apply.ts';
import { emulatorPassword } from './connection.ts';
import { readProfile, readSpeed } from './options.ts';
import { openFolder, type Parts, readParts } from './parts.ts';
import { openProgress } from './progress.ts';
import { rehearse } from './rehearsal.ts';
import { endText, rehearsalJson, rehearsalJunit, rehearsedText } from './rehearseFormats.ts';
import { startThrowaway, throwawaySpeed } from './throwaway.ts';
import { connect, type Interrupt, runVerb, say, warn } from './verb.ts';

const usage = `cloud-images rehearse PATH…   runs manifests in an emulator of their own, and says what the cloud would answer

Paths are manifests, in the order in which they are run, or folders: there imports come first, then images of servers,
images, patches, exports and servers. The emulator lives in a temporary folder and is gone afterwards, whatever happens.

  --speed N          simulated work takes its real time divided by N; default ${throwawaySpeed}
  --format FORMAT    text, json, jsonl (a line a document, as each ends) or junit; default text
  --profile PROFILE  rackspace or openstack; by default what .cloud-images.json says
  --release NAME     the OpenStack release, such as 2025.1; by default what .cloud-images.json says, else ${defaultRelease}
  --data-from SEED   what it begins with: demo (default), empty, a seed file, or the data folder of an ended emulator
  --user NAME        who runs them, of the demo's users (default owner) or those of SEED (default the first)
  --region REGION    default DFW
  --keep DIR         keeps the emulator's data in a new folder: cloud-images emulator --data DIR
Manifests of images and servers that the rehearsal does not have are not rehearsed and said so.

${exitCodesUsage}
  cloud-images rehearse manifests
  cloud-images rehearse web.image-import.yaml web.image.yaml --format junit > rehearsal.xml
`;

/** `cloud-images rehearse …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb('rehearse', usage, args, async (interrupt) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        speed: { type: 'string', default: String(throwawaySpeed) },
        format: { type: 'string', default: 'text' },
        profile: { type: 'string' },
        release: { type: 'string' },
        'data-from': { type: 'string', default: 'demo' },
        user: { type: 'string' },
        region: { type: 'string' },
        keep: { type: 'string' },
      },
    });
    const { format } = values;
    const profile = readProfile(values.profile);
    const release = readRelease(values.release);
    const speed = readSpeed(values.speed);
    if (!isFormat(format)) throw new UsageError(`--format takes ${formats.join(', ')}, not '${format}'.`);
    if (positionals.length === 0) throw new UsageError('Name the manifests: cloud-images rehearse PATH….');
    const read = await readParts(
      positionals,
      openFolder({ ...(profile ? { profile } : {}), ...(release ? { release } : {}) }, undefined),
    );
    const { user, region, keep } = values;
    return run(read, interrupt, { speed, format, from: values['data-from'], user, region, keep });
  });
}

const formats = ['text', 'json', 'jsonl', 'junit'] as const;
type Format = (typeof formats)[number];

function isFormat(name: string): name is Format {
  return formats.some((format) => format === name);
}

interface Options {
  readonly speed: number;
  readonly format: Format;
  readonly from: string;
  readonly user: string | undefined;
  readonly region: string | undefined;
  readonly keep: string | undefined;
}

async function run(
  read: Parts,
  interrupt: Interrupt,
  { speed, format, from, user, region, keep }: Options,
): Promise<ExitCode> {
  const [first] = read.parts;
  if (!first) throw new Error('There is nothing to rehearse.');
  const { signal } = interrupt;
  const tell = (text: string): void => (format === 'text' ? say(text) : warn(text));
  requireRegion(region, first.profile);
  if (from !== 'demo' && from !== 'empty') await requireSeed(from);
  const bytes = await countBytes(read);
  const emulator = await startThrowaway({ cloud: first.profile, speed, keep, from, bytes, say: tell });
  try {
    signal.throwIfAborted();
    const found = emulator.user(user);
    const env = { ...process.env, ...(found ? { [emulatorPassword]: found.password } : {}) };
    const choice = { emulator: emulator.data, user: user ?? found?.name, region };
    const connected = await connect(choice, interrupt, env);
    const progress = openProgress(process.stderr);
    const options = { json: true, image: undefined, segmentBytes: undefined, signal };
    const ports = openPorts(connected, options, read.workspace, progress);
    const portsFor = (seen: Parameters<typeof observeRequests>[1]): Ports => ({
      ...ports,
      cloud: observeRequests(connected.cloud, seen),
    });
    const rehearsal = await rehearse(read.parts, portsFor, connected.caller, (one) => {
      progress.end();
      if (format === 'text') say(rehearsedText(one));
      if (format === 'jsonl') say(JSON.stringify(one));
    });
    if (format !== 'jsonl')
      say({ text: endText, json: rehearsalJson, junit: rehearsalJunit }[format](rehearsal));
    if (keep !== undefined) tell(`Kept: cloud-images emulator --data ${emulator.data}`);
    signal.throwIfAborted();
    return rehearsal.documents.some(({ outcome }) => outcome === 'refused')
      ? exitCodes.failed
      : exitCodes.done;
  } finally {
    await emulator.end();
  }
}

/** Throws where the cloud to be has no such region, before anything is copied or started for it. */
function requireRegion(region: string | undefined, { identity: { regions } }: Profile): void {
  if (region === undefined || regions.some((one) => one.toLowerCase() === region.toLowerCase())) return;
  throw new UsageError(`--region ${region}: the rehearsal's cloud has ${regions.join(', ')}.`);
}

async function requireSeed(from: string): Promise<void> {
  await access(from, constants.R_OK).catch((error: unknown) => {
    throw new Error(
      `--data-from ${from} cannot be read. It takes demo, empty, a seed file, or a data folder.`,
      { cause: error },
    );
  });
}

/** An image stores its bytes as they come; an import stores its disk twice, as an object and packed; an export once more. */
async function countBytes({ parts, workspace }: Parts): Promise<number> {
  let bytes = 0;
  const disks = new Map<string, number>();
  for (const part of parts) {
    if (part.kind === 'import') disks.set(part.path, (await workspace.diskOf(part))?.bytes ?? 0);
    if (part.kind === 'import') bytes += 2 * (disks.get(part.path) ?? 0);
    for (const file of listSourceFiles(part)) bytes += (await nodeFiles.status(file))?.size ?? 0;
    if (part.kind === 'export') bytes += 2 * (disks.get(part.path) ?? 0);
  }
  return bytes;
}
