import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EmulatorControl } from '../cloud/services/emulatorControl.ts';
import { CloudError } from '../cloud/session/errors.ts';
import { type ExitCode, exitCodes, UsageError } from '../commandLine.ts';
import { exactBytes } from '../rules/service/answers.ts';
import { snapshotVerb } from '../verbs/emulator.ts';
import { CommandError } from '../verbs/errors.ts';
import { explainWriting, requireReadable } from '../verbs/fileErrors.ts';
import { findControl } from './connection.ts';
import { runVerb, say } from './verb.ts';

/** `cloud-images emulator snapshot …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb(snapshotVerb, args, async ({ values, positionals }, { signal }) => {
    const [verb, file, ...more] = positionals;
    if ((verb !== 'save' && verb !== 'restore') || file === undefined || more.length > 0)
      throw new UsageError('Name what to do and one file: save FILE, or restore FILE.');
    const control = findControl(values.emulator ?? '');
    return verb === 'save'
      ? save(control, file, values, signal)
      : restore(control, file, values.name, signal);
  });
}

async function save(
  control: EmulatorControl,
  file: string,
  { name, force }: { name?: string | undefined; force: boolean },
  signal: AbortSignal,
): Promise<ExitCode> {
  if (!force && (await stat(file).catch(() => undefined)))
    throw new CommandError('file/exists', `${file} is there already. Choose another name, or add --force.`);
  const { time, bytes } = await saveSnapshot(control, file, name, signal);
  say(`Saved the cloud of ${time} with ${exactBytes(bytes)} of content to ${file}.`);
  return exitCodes.done;
}

/** Saves the cloud as it is, or a snapshot of before, into a file, which is there whole or not at all. */
export async function saveSnapshot(
  control: EmulatorControl,
  file: string,
  name: string | undefined,
  signal?: AbortSignal,
): Promise<{ readonly time: string; readonly bytes: number }> {
  const passing = `saving ${randomUUID()}`;
  const taken =
    name === undefined
      ? await control.takeSnapshot(passing)
      : (await control.snapshots()).find((one) => one.name === name);
  if (!taken) throw new Error(`The emulator has no snapshot '${name}'.`);
  const beside = `${resolve(file)}.${randomUUID()}`;
  try {
    const bytes = await control.readSnapshot(taken.name, signal);
    // Passwords are in it.
    await pipeline(Readable.fromWeb(bytes as never), createWriteStream(beside, { mode: 0o600, flags: 'wx' }));
    await rename(beside, file);
  } catch (error) {
    throw explainWriting(error, file) ?? error;
  } finally {
    await rm(beside, { force: true });
    if (name === undefined) await control.deleteSnapshot(passing);
  }
  return taken;
}

async function restore(
  control: EmulatorControl,
  file: string,
  name: string | undefined,
  signal: AbortSignal,
): Promise<ExitCode> {
  await restoreSnapshot(control, file, name, signal);
  say(`The cloud is that of ${basename(file)}.`);
  return exitCodes.done;
}

/** Brings the cloud back to a file; it stays in the emulator where it has a name. */
export async function restoreSnapshot(
  control: EmulatorControl,
  file: string,
  name: string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  await requireReadable(file);
  const given = name ?? `restoring ${randomUUID()}`;
  const bytes = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  await ofFile(file, control.writeSnapshot(given, bytes, signal));
  try {
    await ofFile(file, control.restoreSnapshot(given));
  } finally {
    if (name === undefined) await control.deleteSnapshot(given);
  }
}

/** What the emulator has against a file is said of the file; the request is nothing to who named it. */
async function ofFile(file: string, asked: Promise<void>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof CloudError) || error.rule !== 'emulator/snapshot') throw error;
    throw new CommandError(error.rule, `${file}: ${error.text}`, { cause: error });
  }
}
