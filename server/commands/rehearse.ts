import { access, constants } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { observeRequests } from '../cloud/run/call.ts';
import { listSourceFiles } from '../cloud/run/source/files.ts';
import type { Ports, Step } from '../cloud/run/steps.ts';
import { type ExitCode, exitCodes, exitCodesUsage, readRelease, UsageError } from '../commandLine.ts';
import type { Profile } from '../rules/profile/profile.ts';
import { defaultRelease } from '../rules/profile/releases.ts';
import { nodeFiles } from '../workspace/nodeFiles.ts';
import { emulatorPassword } from './connection.ts';
import { isFailure, readExpectations } from './expectations.ts';
import { readProfile, readSpeed } from './options.ts';
import { openFolder, type Parts, readParts } from './parts.ts';
import { openProgress } from './progress.ts';
import { type Rehearsed, rehearse } from './rehearsal.ts';
import { endText, rehearsalJson, rehearsalJunit, rehearsedText } from './rehearseFormats.ts';
import { openPorts } from './run.ts';
import { openSnapshots, type Snapshots } from './snapshots.ts';
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
  --snapshot         compares the plans with those kept in __plans__ beside the manifests; ends with 2 where they differ
  --update           with --snapshot: keeps them as they are now
  --keep DIR         keeps the emulator's data in a new folder: cloud-images emulator --data DIR
NAME.image-test.yaml beside a manifest says what must be answered (expect) and what must stand afterwards (after); what is
refused as expected is no failure. Manifests of images and servers that the rehearsal does not have are not rehearsed and said so.

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
        snapshot: { type: 'boolean', default: false },
        update: { type: 'boolean', default: false },
      },
    });
    const { format } = values;
    const profile = readProfile(values.profile);
    const release = readRelease(values.release);
    const speed = readSpeed(values.speed);
    if (!isFormat(format)) throw new UsageError(`--format takes ${formats.join(', ')}, not '${format}'.`);
    if (values.update && !values.snapshot) throw new UsageError('--update goes with --snapshot.');
    if (positionals.length === 0) throw new UsageError('Name the manifests: cloud-images rehearse PATH….');
    const read = await readParts(
      positionals,
      openFolder({ ...(profile ? { profile } : {}), ...(release ? { release } : {}) }, undefined),
    );
    const { user, region, keep, update } = values;
    const snapshots = values.snapshot ? openSnapshots() : undefined;
    const options = { speed, format, from: values['data-from'], user, region, keep, snapshots, update };
    return run(read, interrupt, options);
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
  readonly snapshots: Snapshots | undefined;
  readonly update: boolean;
}

async function run(
  read: Parts,
  interrupt: Interrupt,
  { speed, format, from, user, region, keep, snapshots, update }: Options,
): Promise<ExitCode> {
  const [first] = read.parts;
  if (!first) throw new Error('There is nothing to rehearse.');
  const { signal } = interrupt;
  const tell = (text: string): void => (format === 'text' ? say(text) : warn(text));
  requireRegion(region, first.profile);
  if (from !== 'demo' && from !== 'empty') await requireSeed(from);
  const expectations = await readExpectations(read.parts);
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
    const told = (one: Rehearsed, step?: Step): void => {
      progress.end();
      if (step) snapshots?.note(one, step);
      if (format === 'text') say(rehearsedText(one));
      if (format === 'jsonl') say(JSON.stringify(one));
    };
    const rehearsal = await rehearse(read.parts, portsFor, connected.caller, told, expectations);
    if (format !== 'jsonl')
      say({ text: endText, json: rehearsalJson, junit: rehearsalJunit }[format](rehearsal));
    if (keep !== undefined) tell(`Kept: cloud-images emulator --data ${emulator.data}`);
    signal.throwIfAborted();
    const different = (await snapshots?.end(update)) ?? [];
    for (const difference of different) warn(difference);
    if (rehearsal.documents.some(isFailure)) return exitCodes.failed;
    return different.length > 0 ? exitCodes.differs : exitCodes.done;
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
