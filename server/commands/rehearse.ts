import { access, constants } from 'node:fs/promises';
import { observeRequests } from '../cloud/run/call.ts';
import { listSourceFiles } from '../cloud/run/source/files.ts';
import type { Ports, Step } from '../cloud/run/steps.ts';
import { type ExitCode, exitCodes, UsageError } from '../commandLine.ts';
import type { Profile } from '../rules/profile/profile.ts';
import type { Values } from '../verbs/definition.ts';
import { readNumber } from '../verbs/read.ts';
import { rehearseVerb } from '../verbs/rehearse.ts';
import { nodeFiles } from '../workspace/nodeFiles.ts';
import { emulatorPassword } from './connection.ts';
import { isFailure, readExpectations } from './expectations.ts';
import { openFolder, type Parts, readParts } from './parts.ts';
import { openProgress } from './progress.ts';
import { type Rehearsal, type Rehearsed, rehearse } from './rehearsal.ts';
import { endText, rehearsalJunit, rehearsedText } from './rehearseFormats.ts';
import { rehearseInCloud } from './rehearseInCloud.ts';
import { openPorts } from './run.ts';
import { openSnapshots, type Snapshots } from './snapshots.ts';
import { startThrowaway } from './throwaway.ts';
import { connect, runVerb, say, type VerbRun, warn } from './verb.ts';

/** `cloud-images rehearse …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb(rehearseVerb, args, async ({ values, positionals }, running) => {
    const { profile, release, user, region, keep, update, 'data-from': from } = values;
    if (values.cloud !== undefined) return runInCloud(values, positionals, running);
    if (values.clean) throw new UsageError('--clean is for --cloud NAME.');
    const speed = readNumber('--speed', values.speed, 0.001, 1e9);
    if (update && !values.snapshot) throw new UsageError('--update goes with --snapshot.');
    if (positionals.length === 0) throw new UsageError('Name the manifests: cloud-images rehearse PATH….');
    const read = await readParts(
      positionals,
      openFolder({ ...(profile ? { profile } : {}), ...(release ? { release } : {}) }, undefined),
    );
    const format = values.json ? undefined : values.format;
    const snapshots = values.snapshot ? openSnapshots(positionals) : undefined;
    return run(read, positionals, running, { speed, format, from, user, region, keep, snapshots, update });
  });
}

type RehearseValues = Values<typeof rehearseVerb.options>;

function runInCloud(values: RehearseValues, paths: readonly string[], running: VerbRun): Promise<ExitCode> {
  const { cloud, region, user, profile, clean, keep, verbose } = values;
  if (keep !== undefined || values.release !== undefined || values['data-from'] !== 'demo')
    throw new UsageError('--keep, --release and --data-from are of an emulator, and do not go with --cloud.');
  if (values.snapshot)
    throw new UsageError(
      '--snapshot compares plans with a cloud that begins anew, and does not go with --cloud.',
    );
  if (paths.length === 0 && !clean)
    throw new UsageError('Name the manifests: cloud-images rehearse PATH… --cloud NAME.');
  const format = values.json ? undefined : values.format;
  return rehearseInCloud(
    {
      choice: { cloud, region, user, profile, verbose },
      paths,
      clean,
      tell: (text) => (format === 'text' ? running.isQuiet || say(text) : warn(text)),
      told: (one) => tellDocument(one, format, running),
      ended: (rehearsal) => tellEnd(rehearsal, format, running),
    },
    running,
  );
}

interface Options {
  readonly speed: number;
  /** Undefined: --json. */
  readonly format: 'text' | 'json' | 'jsonl' | 'junit' | undefined;
  readonly from: string;
  readonly user: string | undefined;
  readonly region: string | undefined;
  readonly keep: string | undefined;
  readonly snapshots: Snapshots | undefined;
  readonly update: boolean;
}

async function run(
  read: Parts,
  paths: readonly string[],
  running: VerbRun,
  { speed, format, from, user, region, keep, snapshots, update }: Options,
): Promise<ExitCode> {
  const [first] = read.parts;
  if (!first) throw new Error('There is nothing to rehearse.');
  const { signal, isQuiet } = running;
  const tell = (text: string): void => (isQuiet ? undefined : format === 'text' ? say(text) : warn(text));
  requireRegion(region, first.profile);
  if (from !== 'demo' && from !== 'empty') await requireSeed(from);
  const expectations = await readExpectations(read, paths);
  const bytes = await countBytes(read);
  const emulator = await startThrowaway({ cloud: first.profile, speed, keep, from, bytes, say: tell });
  try {
    signal.throwIfAborted();
    const found = emulator.user(user);
    const env = { ...process.env, ...(found ? { [emulatorPassword]: found.password } : {}) };
    const choice = { emulator: emulator.data, user: user ?? found?.name, region };
    const connected = await connect(choice, running, env);
    const progress = openProgress(process.stderr);
    const options = { isSilent: true, image: undefined, segmentBytes: undefined, signal };
    const ports = openPorts(connected, options, read.workspace, progress);
    const portsFor = (seen: Parameters<typeof observeRequests>[1]): Ports => ({
      ...ports,
      cloud: observeRequests(connected.cloud, seen),
    });
    const told = (one: Rehearsed, step?: Step): void => {
      progress.end();
      if (step) snapshots?.note(one, step);
      tellDocument(one, format, running);
    };
    const rehearsal = await rehearse(read.parts, portsFor, connected.caller, told, expectations);
    tellEnd(rehearsal, format, running);
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

function tellDocument(one: Rehearsed, format: Options['format'], { isQuiet }: VerbRun): void {
  if (format === 'text' && (!isQuiet || isFailure(one))) say(rehearsedText(one));
  if (format === 'jsonl') say(JSON.stringify(one));
}

function tellEnd(rehearsal: Rehearsal, format: Options['format'], { isQuiet, report }: VerbRun): void {
  report(rehearsal);
  if (format === 'json') say(JSON.stringify(rehearsal, null, 2));
  else if (format === 'junit') say(rehearsalJunit(rehearsal));
  else if (format === 'text' && !isQuiet) say(endText(rehearsal));
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
