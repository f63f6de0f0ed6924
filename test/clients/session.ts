import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { type Running, withEmulator } from '../emulator/harness.ts';
import { debianTools, ensureDebian } from '../tools/debian.ts';

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
  readonly emulator: Running;
  as(user: string, account?: string): User;
  /** A file in the folder in which the clients run. */
  file(name: string): string;
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

/** An emulator, and the clients in a folder of their own beside its data. */
export async function withClients(
  { args, region }: Setting,
  use: (session: Session) => Promise<void>,
): Promise<void> {
  for (const command of commands) ensureDebian(debianTools[command] ?? [], command);
  await withEmulator([...args], async (emulator) => {
    const folder = join(emulator.data, 'clients');
    mkdirSync(folder);
    const clientOf =
      (command: Command, user: string, account: string): Client =>
      async (line, wanted, more = {}) => {
        const json = command === 'openstack' && isData(wanted) ? ['-f', 'json'] : [];
        const words = [...wordsOf(line), ...json];
        const env = { ...environment(emulator, region, user, account), HOME: folder, ...more.env };
        const ran = await run(command, words, folder, env, more.stdin ?? noStdin[command]);
        check(`${user}$ ${command} ${line}`, ran, wanted, command);
        return ran.stdout;
      };
    await use({
      emulator,
      file: (name) => join(folder, name),
      as: (user, account = '100001') => ({
        openstack: clientOf('openstack', user, account),
        glance: clientOf('glance', user, account),
        swift: clientOf('swift', user, account),
        nova: clientOf('nova', user, account),
      }),
    });
  });
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

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  command: string,
  words: readonly string[],
  cwd: string,
  env: Record<string, string>,
  stdin: Buffer | undefined,
): Promise<Ran> {
  const [program, args]: [string, readonly string[]] = stdin
    ? [command, words]
    : ['sh', ['-c', 'exec "$0" "$@" <&-', command, ...words]];
  const child = spawn(program, args, { cwd, env, stdio: 'pipe' });
  const code = new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  );
  child.stdin.on('error', () => undefined); // a client that refuses does not read
  child.stdin.end(stdin);
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
      assert.partialDeepStrictEqual(data, wanted);
    } catch (error) {
      throw new Error(said, { cause: error });
    }
  }
}

function isData(wanted: Wanted): boolean {
  return wanted !== silent && !(wanted instanceof RegExp) && !(wanted instanceof Refused);
}

function wordsOf(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|\S+/g), ([word, quoted]) => quoted ?? word);
}

function environment({ url }: Running, region: string, user: string, account: string) {
  return {
    PATH: process.env['PATH'] ?? '',
    LC_ALL: 'C.UTF-8',
    COLUMNS: '200',
    OS_AUTH_TYPE: 'password',
    OS_AUTH_URL: `${url}/identity/v3`,
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
