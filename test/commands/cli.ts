import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import {
  ask,
  type Caller,
  logIn,
  type Running,
  removeFolder,
  start,
  temporaryFolder,
} from '../emulator/harness.ts';

/** `cloud-images` as people run it: its own process, in a workspace, with a home of its own. */
export interface Cli {
  readonly workspace: string;
  readonly home: string;
  /** Writes a file of the workspace; answers its name. */
  write(name: string, text: string): string;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Result>;
  /** The same, so that it can be ended midway. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Started;
  /** What is kept under ~/.cloud-images/NAME, the oldest first. */
  kept(name: 'undo' | 'transfers' | 'plans' | 'rehearsals'): string[];
}

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly ended: Promise<Result>;
  /** Resolves when it has written such a text. */
  said(text: string | RegExp): Promise<void>;
  /** What it has written to standard output so far. */
  output(): string;
  /** Reads no more of standard output, as `head` does once it has its lines. */
  stopReading(): void;
  kill(signal: NodeJS.Signals): void;
}

const program = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

export function cliIn(folder: string): Cli {
  const workspace = join(folder, 'workspace');
  const home = join(folder, 'home');
  for (const one of [workspace, home]) mkdirSync(one, { recursive: true });
  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Started => {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OS_'));
    const child = spawn(process.execPath, [program, ...args], {
      cwd: workspace,
      env: { ...Object.fromEntries(inherited), HOME: home, USERPROFILE: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    const waiting = new Set<() => void>();
    const heard = (): void => {
      for (const look of waiting) look();
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      heard();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      heard();
    });
    const ended = new Promise<Result>((resolve) =>
      child.once('close', (code) => resolve({ code, stdout, stderr })),
    );
    return {
      ended,
      said: (text) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            const whole = stdout + stderr;
            if (typeof text === 'string' ? whole.includes(text) : text.test(whole)) resolve();
          };
          waiting.add(look);
          look();
          void ended.then(() => reject(new Error(`It ended before it said ${text}:\n${stdout}${stderr}`)));
        }),
      output: () => stdout,
      stopReading: () => void child.stdout.destroy(),
      kill: (signal) => void child.kill(signal),
    };
  };
  return {
    workspace,
    home,
    write: (name, text) => {
      mkdirSync(dirname(join(workspace, name)), { recursive: true });
      writeFileSync(join(workspace, name), text);
      return name;
    },
    run: (args, env) => start(args, env).ended,
    start,
    kept: (name) => {
      const place = join(home, '.cloud-images', name);
      return readdirSync(place)
        .sort()
        .map((one) => join(place, one));
    },
  };
}

export interface Place {
  readonly folder: string;
  readonly emulator: Running;
  readonly owner: Caller;
  readonly cli: Cli;
}

/** An emulator of this configuration, its owner and a command line; taken away after the tests of the file. */
export async function openPlace(configuration: object, ...args: string[]): Promise<Place> {
  const folder = temporaryFolder();
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify(configuration));
  const emulator = await start(join(folder, 'data'), '--config', config, ...args);
  after(async () => {
    await emulator.end();
    removeFolder(folder);
  });
  return { folder, emulator, owner: await logIn(emulator.url, 'owner'), cli: cliIn(folder) };
}

/** Creates an image without data, and returns its id. */
export async function makeImageIn(as: Caller, region: string, body: JsonObject): Promise<string> {
  const formats =
    region === 'regionone'
      ? { disk_format: 'raw', container_format: 'bare' }
      : { disk_format: 'vhd', container_format: 'ovf' };
  const { status, json, text } = await as.ask('POST', `/${region}/image/v2/images`, { ...formats, ...body });
  assert.equal(status, 201, text);
  return String(json['id']);
}

/** An image as the API shows it, without what changes with every change. */
export async function imageNow(as: Caller, region: string, id: string): Promise<Record<string, unknown>> {
  const { json } = await as.ask('GET', `/${region}/image/v2/images/${id}`);
  const { updated_at: _, ...rest } = json;
  return rest;
}

export async function membersNow(as: Caller, region: string, id: string): Promise<string[]> {
  const { json } = await as.ask('GET', `/${region}/image/v2/images/${id}/members`);
  return JSON.parse(JSON.stringify(json)).members.map((one: { member_id: string }) => one.member_id);
}

export const onEmulator = ({ data }: Running): string => `--emulator=${data}`;

/** Passes requests on, each after `first` is done; the catalogue leads back to it, and nothing says that it is an emulator. */
export async function proxyTo(
  url: string,
  first: (method: string, path: string) => Promise<void>,
): Promise<{ url: string; close(): void }> {
  const server = createServer(async (from, to) => {
    const { method = 'GET', url: path = '/', headers } = from;
    await first(method, path);
    const { host: own = '', ...rest } = headers;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of from) chunks.push(chunk);
    } catch {
      return; // who asked has gone away
    }
    const passed = Object.entries(rest).map(([name, value]) => [name, String(value)] as const);
    const answer = await ask(url, method, path, Buffer.concat(chunks), Object.fromEntries(passed));
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    const {
      'content-length': length,
      connection: _,
      'transfer-encoding': __,
      'x-cloud-images-emulator': ___,
      ...kept
    } = Object.fromEntries(answer.headers);
    to.writeHead(answer.status, {
      ...kept,
      ...(method === 'HEAD' && length ? { 'content-length': length } : {}),
    });
    to.end(isJson ? answer.text.replaceAll(new URL(url).host, own) : answer.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close().closeAllConnections() };
}
