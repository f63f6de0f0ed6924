import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { type Running, removeFolder, temporaryFolder, withEmulator } from '../emulator/harness.ts';
import { emptyCloud } from '../openstack/empty.ts';
import { Administrator } from '../openstack/services/administrator.ts';
import { type Addresses, password } from '../openstack/services/place.ts';
import { debianTools, ensureDebian } from '../tools/debian.ts';
import { PreforkedClient, type Ran } from './prefork.ts';

/**
 * What a command must say: text on stdout that matches; data, of which at least the given members are there (a list has
 * exactly these entries, in this order); nothing at all; or a refusal.
 */
export type Wanted = RegExp | JsonObject | readonly JsonObject[] | typeof silent | Refused;

export const silent = Symbol('exit 0, and not a word');

class Refused {
  readonly says: RegExp;
  constructor(says: RegExp) {
    this.says = says;
  }
}

/** Exit code other than 0, and this on stderr or stdout. */
export function refused(says: RegExp): Refused {
  return new Refused(says);
}

/** Runs one command line of a client, checks what it says, and answers its stdout. Single quotes hold words together. */
export type Client = (line: string, wanted: Wanted, more?: More) => Promise<string>;

export interface More {
  /** What it reads from stdin; otherwise nothing. */
  readonly stdin?: Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Asks again, for some seconds, until it is so. */
  readonly inTime?: boolean;
}

const commands = ['openstack', 'glance', 'swift', 'nova'] as const;
type Command = (typeof commands)[number];

/**
 * They upload whatever comes on a stdin that is no terminal. glance knows a closed one and then makes an image without
 * data; openstack fails of it, so that an image that it makes without a file has 0 bytes.
 */
const noStdin: Readonly<Record<Command, Buffer | undefined>> = {
  openstack: Buffer.alloc(0),
  glance: undefined,
  swift: Buffer.alloc(0),
  nova: Buffer.alloc(0),
};

/** The real clients as one user. `openstack` is asked for JSON where data is wanted; tables of glance and nova are read. */
export type User = Readonly<Record<Command, Client>>;

export interface Session {
  as(user: string, account?: string): User;
  /** A file in the folder in which the clients run. */
  file(name: string): string;
  /** Runs a program as a user: it finds the cloud in the environment, and must end without an error. */
  script(
    user: string,
    command: string,
    parameters: readonly string[],
    more?: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** Does what only an emulator can do; on a real cloud it is left out, and the reason told. */
  onEmulator(reason: string, use: (emulator: Running) => Promise<void>): Promise<void>;
}

export interface Setting {
  /** The emulator's. */
  readonly args: readonly string[];
  readonly region: string;
}

/** Without base images, and with imports that are done at once. */
export const openstackProfile: Setting = {
  args: ['--profile', 'openstack', '--seed', 'empty', '--speed', '1e8'],
  region: 'RegionOne',
};

/** Rackspace's clouds cannot be installed: sessions of them are of the emulator only. */
export function rackspaceProfile(...args: string[]): Setting {
  return { args, region: 'DFW' };
}

/** A cloud, and the clients in a folder of their own. */
interface Cloud {
  readonly authUrl: string;
  readonly folder: string;
  readonly emulator?: Running;
}

const started = new Map<Command, PreforkedClient>();
after(() => Promise.all([...started.values()].map((client) => client.close())));

function preforked(command: Command): PreforkedClient {
  const client = started.get(command) ?? new PreforkedClient(command);
  started.set(command, client);
  return client;
}

/** The real cloud that TEST_CLOUD tells of, if any. */
const realCloud = process.env['TEST_CLOUD'];

/** A session of clients on an emulator of its own, or where it is told of one, on the real cloud, which is emptied before. */
export function session(name: string, setting: Setting, use: (session: Session) => Promise<void>): void {
  if (realCloud === undefined) emulatorSession(name, setting, '', use);
  else
    test(name, async (context) => {
      installClients();
      await withRealCloud(JSON.parse(realCloud), (cloud) => use(openSession(cloud, setting, context)));
    });
}

/** A session that no real cloud can hold, for the reason given. */
export function emulatorSession(
  name: string,
  setting: Setting,
  reason: string,
  use: (session: Session & { readonly emulator: Running }) => Promise<void>,
): void {
  test(name, { skip: realCloud !== undefined && reason }, async (context) => {
    installClients();
    await withEmulator([...setting.args], async (emulator) => {
      const folder = join(emulator.data, 'clients');
      mkdirSync(folder);
      const cloud = { authUrl: `${emulator.url}/identity/v3`, folder, emulator };
      await use({ ...openSession(cloud, setting, context), emulator });
    });
  });
}

function installClients(): void {
  for (const command of commands) ensureDebian(debianTools[command] ?? [], command);
}

async function withRealCloud(addresses: Addresses, use: (cloud: Cloud) => Promise<void>): Promise<void> {
  await emptyCloud(await Administrator.signIn(addresses, password));
  const folder = temporaryFolder();
  try {
    await use({ authUrl: addresses.identity, folder });
  } finally {
    removeFolder(folder);
  }
}

function openSession(
  { authUrl, folder, emulator }: Cloud,
  { region }: Setting,
  context: TestContext,
): Session {
  const environmentOf = (user: string, account: string) => ({
    ...environment(authUrl, region, user, account),
    HOME: folder,
  });
  const clientOf =
    (command: Command, user: string, account: string): Client =>
    async (line, wanted, more = {}) => {
      const json = command === 'openstack' && isData(wanted) ? ['-f', 'json'] : [];
      const words = [...wordsOf(line), ...json];
      const env = { ...environmentOf(user, account), ...more.env };
      for (let looks = 0; ; looks++) {
        const ran = await preforked(command).run(words, folder, env, more.stdin ?? noStdin[command]);
        try {
          check(`${user}$ ${command} ${line}`, ran, wanted, command);
          return ran.stdout;
        } catch (error) {
          if (!more.inTime || looks === 30) throw error;
        }
        await wait(200);
      }
    };
  return {
    file: (name) => join(folder, name),
    as: (user, account = '100001') => ({
      openstack: clientOf('openstack', user, account),
      glance: clientOf('glance', user, account),
      swift: clientOf('swift', user, account),
      nova: clientOf('nova', user, account),
    }),
    script: async (user, command, parameters, more) => {
      const env = { ...environmentOf(user, '100001'), ...more };
      const ran = await run(command, parameters, import.meta.dirname, env);
      assert.equal(ran.code, 0, `${user}$ ${command} ${parameters.join(' ')}\n${ran.stdout}${ran.stderr}`);
    },
    onEmulator: async (reason, act) => {
      if (emulator) await act(emulator);
      else context.diagnostic(`left out: ${reason}`);
    },
  };
}

/** The rows of a table as prettytable draws it; a table of `Property` and `Value` is one object. */
export function readTable(stdout: string): Json {
  const lines = stdout.split('\n').filter((line) => line.startsWith('|'));
  const [head = [], ...rows] = lines.map((line) => line.slice(2, -2).split(' | '));
  const names = head.map((name) => name.trim());
  if (names.join() !== 'Property,Value')
    return rows.map((row) => Object.fromEntries(row.map((cell, at) => [names[at] ?? '', cell.trim()])));
  const values = new Map<string, string>();
  let name = '';
  for (const [first = '', ...cells] of rows) {
    name = first.trim() || name; // a long value goes on in the next line
    values.set(name, `${values.get(name) ?? ''}${cells.join(' | ').trim()}`);
  }
  return Object.fromEntries(values);
}

/** The member `name` of what a client printed. */
export function memberOf(stdout: string, name: string): string {
  const data: Json = stdout.startsWith('+') ? readTable(stdout) : JSON.parse(stdout);
  return String(Object(data)[name]);
}

export async function run(
  command: string,
  words: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Ran> {
  const child = spawn(command, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const code = new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  );
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** What each command of nova says of itself. */
const novaFarewell = 'nova CLI is deprecated and will be a removed in a future release\n';

function check(shown: string, { code, stdout, stderr }: Ran, wanted: Wanted, command: string): void {
  const said = `${shown}\n→ ${code}\n${stdout}${stderr}`;
  if (wanted instanceof Refused) {
    assert.notEqual(code, 0, said);
    assert.match(stderr + stdout, wanted.says, said);
    assert.doesNotMatch(stderr, /Traceback/, said);
    return;
  }
  assert.equal(code, 0, said);
  assert.equal(stderr.replace(novaFarewell, ''), '', said);
  if (wanted === silent) assert.equal(stdout, '', said);
  else if (wanted instanceof RegExp) assert.match(stdout, wanted, said);
  else {
    const data = command === 'openstack' ? JSON.parse(stdout) : readTable(stdout);
    if (Array.isArray(wanted)) assert.equal(data.length, wanted.length, said);
    try {
      assert.partialDeepStrictEqual(sortTags(data), sortTags(wanted));
    } catch (error) {
      throw new Error(said, { cause: error });
    }
  }
}

/** Tags are a set, which Glance tells in any order: each client's list of them is sorted. */
function sortTags(data: Json | readonly JsonObject[]): Json {
  const text = JSON.stringify(data, (name, value) => {
    if (name.toLowerCase() !== 'tags') return value;
    const tags = typeof value === 'string' && value.startsWith('["') ? JSON.parse(value) : value;
    return Array.isArray(tags) ? tags.sort() : tags;
  });
  return JSON.parse(text);
}

function isData(wanted: Wanted): boolean {
  return wanted !== silent && !(wanted instanceof RegExp) && !(wanted instanceof Refused);
}

function wordsOf(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|\S+/g), ([word, quoted]) => quoted ?? word);
}

export function environment(authUrl: string, region: string, user: string, account: string) {
  return {
    PATH: process.env['PATH'] ?? '',
    LC_ALL: 'C.UTF-8',
    COLUMNS: '200',
    OS_AUTH_TYPE: 'password',
    OS_AUTH_URL: authUrl,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: user,
    OS_PASSWORD: 'emulator',
    OS_PROJECT_NAME: account,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: region,
    ST_AUTH_VERSION: '3',
  };
}
