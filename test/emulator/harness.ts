import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { rules } from '../../server/rules/evaluate.ts';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { serviceRefusals } from '../../server/rules/serviceRefusals.ts';

/** An emulator as people run it: its own process, asked over HTTP. */
export interface Running {
  readonly url: string;
  readonly data: string;
  /** For the control service. */
  readonly token: string;
  readonly process: ChildProcess;
  /** What it has logged. */
  log(): string;
  /** Ends it with a signal and waits. Answers its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

const main = join(import.meta.dirname, '..', '..', 'server', 'emulator', 'main.ts');

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'cloud-images-test-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Starts an emulator on a data folder and waits until it serves. */
export async function start(data: string, ...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [main, '--data', data, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(() => Promise.reject(new Error(`The emulator ended before it served:\n${log}`))),
  ]);
  const { url } = JSON.parse(String(line[0]));
  const { token } = JSON.parse(readFileSync(join(data, 'emulator.lock'), 'utf8'));
  return {
    url,
    data,
    token,
    process: child,
    log: () => log,
    end: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}

/** Runs `use` with an emulator on a folder of its own, and takes both away. */
export async function withEmulator(args: string[], use: (emulator: Running) => Promise<void>): Promise<void> {
  const data = temporaryFolder();
  const emulator = await start(data, ...args);
  try {
    await use(emulator);
  } finally {
    await emulator.end();
    removeFolder(data);
  }
}

/** A user's way to one emulator. */
export interface Caller {
  readonly token: string;
  /** A request with the user's token; `body` that is not text or bytes goes as JSON. */
  ask(method: string, path: string, body?: Json | Buffer, headers?: Record<string, string>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly bytes: Buffer;
  readonly json: JsonObject;
  /** The id of the rule that refused. */
  readonly rule: string | null;
}

export async function logIn(url: string, user: string, password = 'emulator'): Promise<Caller> {
  const auth = { passwordCredentials: { username: user, password } };
  const { json, status } = await ask(url, 'POST', '/identity/v2.0/tokens', { auth });
  if (status !== 200) throw new Error(`${user} was not let in: ${status}`);
  const token = JSON.parse(JSON.stringify(json)).access.token.id;
  return {
    token,
    ask: (method, path, body, headers = {}) =>
      ask(url, method, path, body, { 'x-auth-token': token, ...headers }),
  };
}

/** One request, its path sent as it is written (fetch would resolve dots). */
export async function ask(
  url: string,
  method: string,
  path: string,
  body?: Json | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const sent = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  // A large body may be refused while it is sent: a connection that ends with the answer would be cut before it is read.
  const agent = Number(sent?.length ?? 0) > 65_536 ? new Agent({ keepAlive: true }) : false;
  const asked = request(url, { method, path, headers, agent });
  // A refusal may come, and the connection close, while the body is still being sent.
  asked.on('error', () => undefined);
  asked.end(sent);
  const [response]: IncomingMessage[] = await once(asked, 'response');
  if (!response) throw new Error('No answer.');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  if (agent) agent.destroy();
  const bytes = Buffer.concat(chunks);
  const answered = new Headers(
    Object.entries(response.headers).flatMap(([name, value]): [string, string][] => [[name, String(value)]]),
  );
  const rule = answered.get('x-cloud-images-rule');
  if ((response.statusCode ?? 0) >= 400 && answered.has('x-cloud-images-emulator'))
    requireKnownId(rule, `${method} ${path}: ${response.statusCode}`);
  const text = bytes.toString();
  const isJson = answered.get('content-type')?.startsWith('application/json') && text !== '';
  return {
    status: response.statusCode ?? 0,
    headers: answered,
    text,
    bytes,
    json: isJson ? JSON.parse(text) : {},
    rule,
  };
}

/** Those of rules, of what only the service refuses, and of the schemas of tasks. */
const ids = new Set([
  ...rules.map(({ id }) => id),
  ...Object.keys(serviceRefusals),
  'import/shape',
  'export/shape',
]);

/** Every refusal of the emulator says by an id what it breaks, and the id is one that people can look up. */
function requireKnownId(rule: string | null, request: string): void {
  if (rule === null || !(ids.has(rule) || rule.startsWith('toy/')))
    throw new Error(`${request} is refused with the id ${rule}, which nothing explains.`);
}

export const patchType = { 'content-type': 'application/openstack-images-v2.1-json-patch' };

export interface StreamedEvent {
  readonly kind: string;
  readonly seq: number;
  readonly data: JsonObject;
}

/** Reads the event stream until `enough` says so, and closes it. */
export async function readEvents(
  emulator: Pick<Running, 'url' | 'token'>,
  query: string,
  enough: (event: StreamedEvent) => boolean,
): Promise<StreamedEvent[]> {
  const stop = new AbortController();
  const response = await fetch(`${emulator.url}/emulator/events?${query}`, {
    headers: { authorization: `Bearer ${emulator.token}` },
    signal: stop.signal,
  });
  if (!response.body) throw new Error(`No event stream: ${response.status}`);
  const events: StreamedEvent[] = [];
  let text = '';
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks.filter((one) => !one.startsWith(':'))) {
        const fields = new Map(
          block
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
        const event = {
          kind: fields.get('event') ?? '',
          seq: Number(fields.get('id')),
          data: JSON.parse(fields.get('data') ?? '{}'),
        };
        events.push(event);
        if (enough(event)) return events;
      }
    }
  } finally {
    stop.abort();
  }
  throw new Error(`The event stream ended after ${events.length} events.`);
}

/** Waits, by the event stream, until a task has ended; answers it as the API shows it. */
export async function taskEnd(
  emulator: Running,
  caller: Caller,
  region: string,
  id: string,
): Promise<JsonObject> {
  const isEnd = (status: unknown) => status === 'success' || status === 'failure';
  const look = async () => (await caller.ask('GET', `/${region}/image/v2/tasks/${id}`)).json;
  const authorization = `Bearer ${emulator.token}`;
  const { seq } = (await ask(emulator.url, 'GET', '/emulator', undefined, { authorization })).json;
  const task = await look();
  if (isEnd(task['status'])) return task;
  await readEvents(
    emulator,
    `after=${seq}`,
    ({ kind, data }) => kind === 'task' && data['id'] === id && isEnd(data['status']),
  );
  return look();
}
