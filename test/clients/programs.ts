import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import {
  logIn,
  type Running,
  removeFolder,
  taskEnd,
  temporaryFolder,
  withEmulator,
} from '../emulator/harness.ts';
import { ensureDebian, hasDebian } from '../tools/debian.ts';
import { makeDisk } from '../tools/disks.ts';
import { environment, run } from './session.ts';
import { Steps } from './steps.ts';

export type ProfileName = 'rackspace' | 'openstack';

/** One round of a client on an emulator of a profile. */
export interface Round {
  readonly profile: ProfileName;
  readonly emulator: Running;
  /** Where the program runs; empty in the first round. */
  readonly folder: string;
  /** What the program finds in its environment: `OS_*`, `PROFILE`, `IMAGE` and `API_KEY`. */
  readonly env: Readonly<Record<string, string>>;
  /** The object storage of the user's account. */
  readonly storageUrl: string;
  readonly steps: Steps;
  /** Runs a command as a step, which holds if it ends without an error and says what is wanted. Answers its stdout. */
  command(name: string, words: readonly string[], wanted?: RegExp, more?: Env): Promise<string>;
  /** Runs a program that reports steps of its own: a line `ok NAME`, or `not ok NAME: REASON`, for each. */
  program(words: readonly string[], more?: Env): Promise<void>;
}

type Env = Readonly<Record<string, string>>;

export interface ClientNeeds {
  /** Debian's packages that bring it. */
  readonly packages: readonly string[];
  /** A command, or a file, that tells that they are there. */
  readonly has: string;
  /** Gets what no package of Debian's has, and answers what the program is to find in its environment. A failure skips the client. */
  readonly prepare?: (folder: string) => Promise<Env>;
  /** Default: both. */
  readonly profiles?: readonly ProfileName[];
}

/** `npm run test:clients` installs what is missing; `npm test` leaves such clients out, and says so. */
const mayInstall = process.env['INSTALL_CLIENTS'] === '1';

/**
 * The session of a client with images and objects: twice in a row on one emulator, in each profile. Every round takes away
 * what it made, except for what the service itself keeps; an image that an import made is there in the first place.
 */
export function clientSession(
  client: string,
  needs: ClientNeeds,
  use: (round: Round) => Promise<void>,
): void {
  for (const profile of needs.profiles ?? (['rackspace', 'openstack'] as const))
    test(`${client} works with images and objects, ${profile}`, async (context) => {
      const prepared = await provide(needs, context);
      if (!prepared) return;
      const args = ['--profile', profile, '--seed', 'empty', '--speed', '1e8'];
      await withEmulator(args, async (emulator) => {
        const steps = new Steps(client, profile);
        for (const count of [1, 2]) {
          const folder = join(emulator.data, `round ${count}`);
          mkdirSync(folder);
          steps.round = count;
          await use(await openRound(profile, emulator, folder, steps, prepared));
        }
        steps.report(context);
      });
    });
}

const preparations = new Map<ClientNeeds, Promise<Env>>();
const prepared = temporaryFolder();
after(() => removeFolder(prepared));

/** Answers what the client needs in its environment; skips the test where the client cannot be had. */
async function provide(needs: ClientNeeds, context: TestContext): Promise<Env | undefined> {
  const { packages, has, prepare } = needs;
  try {
    if (!mayInstall && (prepare || !hasDebian(has)))
      throw new Error('It is not installed here. npm run test:clients installs it.');
    ensureDebian(packages, has);
    if (!prepare) return {};
    const preparation = preparations.get(needs) ?? prepare(prepared);
    preparations.set(needs, preparation);
    return await preparation;
  } catch (error) {
    context.skip(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

async function openRound(
  profile: ProfileName,
  emulator: Running,
  folder: string,
  steps: Steps,
  prepared: Env,
): Promise<Round> {
  const region = profile === 'rackspace' ? 'DFW' : 'RegionOne';
  const prefix = profile === 'rackspace' ? 'MossoCloudFS_' : 'AUTH_';
  const env = {
    ...environment(`${emulator.url}/identity/v3`, region, 'owner', '100001'),
    ...prepared,
    HOME: folder,
    PROFILE: profile,
    API_KEY: 'emulator-owner',
    EMULATOR_URL: emulator.url,
    IMAGE: await makeImage(profile, emulator, folder),
  };
  return {
    profile,
    emulator,
    folder,
    env,
    storageUrl: `${emulator.url}/${region.toLowerCase()}/object-store/v1/${prefix}100001`,
    steps,
    command: async (name, words, wanted = /(?:)/, more = {}) => {
      let said = '';
      await steps.step(name, async () => {
        const [command = '', ...parameters] = words;
        const ran = await run(command, parameters, folder, { ...env, ...more });
        said = ran.stdout;
        const all = `${words.join(' ')}\n${ran.stdout}${ran.stderr}`;
        assert.equal(ran.code, 0, all);
        assert.ok(wanted.test(ran.stdout) || wanted.test(ran.stderr), `${wanted} does not match\n${all}`);
      });
      return said;
    },
    program: async ([command = '', ...parameters], more = {}) => {
      const ran = await run(command, parameters, folder, { ...env, ...more });
      const reported = steps.read(ran.stdout);
      if (ran.code !== 0 || reported === 0)
        steps.fail('the program ends', `${ran.code}\n${ran.stdout}${ran.stderr}`);
    },
  };
}

/** An active image of the account 100001. */
async function makeImage(profile: ProfileName, emulator: Running, folder: string): Promise<string> {
  const owner = await logIn(emulator.url, 'owner');
  if (profile === 'openstack') {
    const image = { name: 'given', disk_format: 'raw', container_format: 'bare' };
    const { json } = await owner.ask('POST', '/regionone/image/v2/images', image);
    const type = { 'content-type': 'application/octet-stream' };
    await owner.ask('PUT', `/regionone/image/v2/images/${json['id']}/file`, Buffer.alloc(1000, 'g'), type);
    return String(json['id']);
  }
  const disk = join(folder, 'given.vhd');
  makeDisk(disk, 'linux');
  const container = '/dfw/object-store/v1/100001/given';
  await owner.ask('PUT', container);
  await owner.ask('PUT', `${container}/given.vhd`, readFileSync(disk));
  const input = { import_from: 'given/given.vhd', image_properties: { name: 'given' } };
  const { json } = await owner.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
  const task = await taskEnd(emulator, owner, 'dfw', String(json['id']));
  await owner.ask('DELETE', `${container}/given.vhd`);
  await owner.ask('DELETE', container);
  return String(Object(task['result'])['image_id']);
}
