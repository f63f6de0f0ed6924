import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { emulatorControl } from '../cloud/services/emulatorControl.ts';
import { emulatorNode } from '../entry.ts';
import { makeFolder } from '../folders.ts';
import { withoutVerb } from '../plainText.ts';
import type { Profile } from '../rules/profile/profile.ts';
import { openable } from '../rules/profile/table.ts';
import { exactBytes } from '../rules/service/answers.ts';
import { system } from '../system.ts';
import { CommandError } from '../verbs/errors.ts';

/** An emulator for one rehearsal, command or test, in a folder of its own. */
export interface Throwaway {
  readonly data: string;
  readonly url: string;
  /** For the control service. */
  readonly token: string;
  /** A user of its seed file, by name or the first; undefined where there is no such file. */
  user(name: string | undefined): SeedUser | undefined;
  /** Ends it, and removes its folder unless that is to be kept. */
  end(): Promise<void>;
}

interface SeedUser {
  readonly name: string;
  readonly password: string;
}

export interface ThrowawayOptions {
  /** The cloud that it is: the profile of the manifests that are rehearsed, or options of the emulator. */
  readonly cloud: Profile | readonly string[];
  readonly speed: number;
  /** A folder to keep it in. */
  readonly keep?: string | undefined;
  /** What it begins with: demo, empty, a seed file, or the data folder of an emulator that does not run. */
  readonly from: string;
  /** A snapshot's file, in place of that. */
  readonly snapshot?: string | undefined;
  /** Bytes that will be stored in it. */
  readonly bytes: number;
  readonly say: (text: string) => void;
}

/** The bytes of an emulator before anything is stored in it. */
const baseBytes = 32 * 2 ** 20;

/** Starts it. Throws where the disk is too small for what comes, and where it does not start; then nothing is left. */
export async function startThrowaway(options: ThrowawayOptions): Promise<Throwaway> {
  const { keep, from, snapshot, cloud, speed } = options;
  const copied = snapshot === undefined && (await isFolder(from));
  if (keep !== undefined) await requireEmpty(keep);
  const data = keep === undefined ? await mkdtemp(join(tmpdir(), 'cloud-images-throwaway-')) : resolve(keep);
  let child: ChildProcess | undefined;
  const lease = new AbortController();
  const end = async (): Promise<void> => {
    lease.abort();
    if (child) await waitForEnd(child);
    if (keep === undefined) await rm(data, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    makeFolder(data);
    await requireSpace(data, options.bytes + baseBytes + (copied ? await bytesIn(from) : 0), options.say);
    if (copied) await copyData(from, data);
    child = launch([
      ...['--data', data, '--speed', String(speed), '--linger', '2'],
      ...('name' in cloud ? ['--config', await writeConfiguration(data, cloud)] : cloud),
      ...(snapshot === undefined ? ['--seed', copied ? 'demo' : from] : ['--snapshot', snapshot]),
      ...(keep === undefined ? ['--discard'] : []), // also where this process is killed
    ]);
    await waitUntilServing(child);
    const { url, token } = await hold(data, lease.signal);
    const isSeedFile = snapshot === undefined && !copied && from !== 'demo' && from !== 'empty';
    const users = isSeedFile ? await usersIn(from) : [];
    return {
      data,
      url,
      token,
      user: (name) => users.find((user) => name === undefined || user.name === name),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The emulator ends by itself when this process is killed: its lease goes with it. */
async function hold(data: string, signal: AbortSignal): Promise<{ url: string; token: string }> {
  const { url, token } = JSON.parse(await readFile(join(data, 'emulator.lock'), 'utf8')) as {
    url: string;
    token: string;
  };
  const events = emulatorControl(url, token).events({ lease: true, signal });
  void drain(events);
  return { url, token };
}

async function drain(events: AsyncGenerator<unknown, void>): Promise<void> {
  try {
    for await (const _ of events); // the lease is what counts
  } catch {
    return; // it ended before we did: the next request says so
  }
}

/** The emulator's program stands beside this one; unbundled it is a folder. */
function launch(args: readonly string[]): ChildProcess {
  const program = import.meta.filename.endsWith('.ts')
    ? join(import.meta.dirname, '..', 'emulator', 'main.ts')
    : join(import.meta.dirname, 'emulator.js');
  // In a group of its own: Ctrl+C is for who uses it, and it ends with them.
  return spawn(emulatorNode(), [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: system.hasGroups,
  });
}

async function waitUntilServing(child: ChildProcess): Promise<void> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('The emulator has no output.');
  let log = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4000);
  });
  const failed = once(child, 'exit').then(() => {
    // Its log comes first, and how it is used last.
    const why = log.split('\n').find((line) => line !== '' && !/^\S+Z (?:info|warn)/.test(line));
    throw new CommandError(
      'emulator/not-started',
      `The emulator did not start: ${why === undefined ? 'without a message.' : withoutVerb(why)}`,
    );
  });
  await Promise.race([once(createInterface({ input: stdout }), 'line'), failed]);
  failed.catch(() => undefined); // its end is no longer a failure to start
}

async function waitForEnd(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  system.interrupt(child);
  const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exit;
  clearTimeout(hard);
}

/** The rules of the manifests are those of the rehearsal. Answers the file. */
async function writeConfiguration(data: string, profile: Profile): Promise<string> {
  const file = join(data, 'rehearsal.cloud-images.json');
  await writeFile(file, JSON.stringify(toConfiguration(profile)));
  return file;
}

function toConfiguration({
  name,
  release,
  limits,
  offers,
  propertyProtection,
  requiredProperties,
}: Profile): object {
  const emulator = {
    open: openable.filter((verb) => offers[verb]),
    ...(propertyProtection ? { propertyProtection } : {}),
    ...(requiredProperties ? { requiredProperties } : {}),
  };
  return { profile: name, release, limits, emulator };
}

async function requireSpace(folder: string, needed: number, say: (text: string) => void): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  say(`Needs up to ${exactBytes(needed)} in ${folder}; ${exactBytes(free)} are free.`);
  if (free < needed)
    throw new Error(
      `${folder} is too small: ${exactBytes(needed)} are needed, ${exactBytes(free)} are free. Set TMPDIR, or give --keep DIR, to a larger disk.`,
    );
}

async function requireEmpty(folder: string): Promise<void> {
  const found = await readdir(folder).catch(() => []);
  if (found.length > 0) throw new Error(`--keep ${folder}: the folder is not empty. Name a new one.`);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Copies the data of an emulator that does not run: of a running one only itself may make a copy. */
async function copyData(from: string, to: string): Promise<void> {
  const lock = await stat(join(from, 'emulator.lock')).catch(() => undefined);
  if (lock) throw new Error(`An emulator runs on ${from}. End it first, so that its data can be copied.`);
  await cp(from, to, { recursive: true });
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map((entry) => stat(join(entry.parentPath, entry.name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

async function usersIn(seed: string): Promise<SeedUser[]> {
  const { users = [] } = JSON.parse(await readFile(seed, 'utf8')) as { users?: SeedUser[] };
  return users;
}
