import type { JsonObject } from '../../rules/json.ts';
import type { Limits, Profile } from '../../rules/profile/profile.ts';
import type { Release } from '../../rules/profile/releases.ts';
import { readJson } from '../session/bodies.ts';
import { readError } from '../session/errorAnswer.ts';
import { unreachable } from '../session/errors.ts';

/** The emulator's control service (`/emulator`): what a real cloud does not have. */
export interface EmulatorControl {
  readonly url: string;
  /** Throws CloudError: 401 where the token belongs to another emulator, 0 where nothing answers. */
  status(signal?: AbortSignal): Promise<EmulatorStatus>;
  /** Everything gone, and begun anew. Snapshots stay. */
  reset(seed: 'demo' | 'empty' | EmulatorPeople): Promise<void>;
  clock(): Promise<EmulatorClock>;
  /** `step: 'next'` goes to the time of the next thing that happens by itself, and waits for real work before. */
  setClock(change: ClockChange): Promise<EmulatorClock>;
  snapshots(): Promise<readonly EmulatorSnapshot[]>;
  /** Throws CloudError: 409 where the name is taken. */
  takeSnapshot(name: string): Promise<EmulatorSnapshot>;
  /** The whole cloud as it was then. Throws CloudError: 404. */
  restoreSnapshot(name: string): Promise<void>;
  deleteSnapshot(name: string): Promise<void>;
  /** A snapshot as a file. What breaks off throws where it is read. */
  readSnapshot(name: string, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** Takes a file over under a name. Throws CloudError: 400 where it cannot be used, 409 where the name is taken. */
  writeSnapshot(name: string, file: ReadableStream<Uint8Array>, signal?: AbortSignal): Promise<void>;
  faults(): Promise<readonly EmulatorFault[]>;
  addFault(fault: NewFault): Promise<EmulatorFault>;
  /** Without an id, all of them. */
  deleteFaults(id?: string): Promise<void>;
  /** The last requests that it has answered, its own control calls too, the oldest first. */
  requests(limit: number): Promise<readonly EmulatorRequest[]>;
  /** The images of servers that are being made in a region, in the order of their queues. */
  imagings(region: string): Promise<readonly EmulatorImaging[]>;
  /** How many minutes an image of a server takes: until its disk is captured, and from then on. */
  readImaging(region: string, server: string): Promise<{ readonly before: number; readonly upload: number }>;
  /** Writes to a server's disk, or deletes from it, as its guest does: `{ write: { gb } }`, `{ delete: { offset, length } }`. */
  changeDisk(region: string, server: string, change: JsonObject): Promise<void>;
  stop(): Promise<void>;
  /** Every change after event `after` (from now on, without), until the signal aborts or the emulator ends (throws CloudError). */
  events(options: {
    after?: number;
    lease?: boolean;
    signal: AbortSignal;
  }): AsyncGenerator<EmulatorEvent, void>;
}

export interface EmulatorStatus {
  readonly version: string;
  readonly pid: number;
  readonly profile: Profile['name'];
  readonly limits: Partial<Limits>;
  /** Emulators of 0.1 do not say. */
  readonly release?: Release;
  /** `name` is the one of the catalogue. */
  readonly regions: readonly { readonly id: string; readonly name: string }[];
  /** The latest event's number. */
  readonly seq: number;
}

export interface EmulatorEvent {
  readonly seq: number;
  readonly kind: 'image' | 'task' | 'object' | 'container' | 'server' | 'reset' | 'limits';
  readonly action: 'create' | 'update' | 'delete';
  readonly region: string;
  readonly account: string;
  readonly id: string;
  /** A small summary of the thing, for kinds that have one. */
  readonly summary: JsonObject;
}

export interface EmulatorPeople {
  readonly accounts: readonly { readonly id: string; readonly name: string }[];
  readonly users: readonly {
    readonly name: string;
    readonly password: string;
    readonly apiKey: string;
    readonly account: string;
    readonly roles: readonly string[];
  }[];
}

export interface EmulatorImaging {
  readonly server: string;
  readonly image: string;
  /** It waits for its turn on its host; `ahead`: how many images wait before it. */
  readonly waiting: boolean;
  readonly ahead: number;
}

export interface EmulatorRequest {
  /** As the answer's header `x-openstack-request-id` has it. */
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly method: string;
  /** With query, without secrets. */
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  /** That refused it. */
  readonly rule?: string;
  /** The injected fault that it met. */
  readonly fault?: string;
}

export interface EmulatorClock {
  /** ISO 8601. */
  readonly time: string;
  /** Simulated work takes its real time divided by this. */
  readonly speed: number;
  readonly paused: boolean;
  /** Milliseconds before wall time. */
  readonly ahead: number;
  /** What happens next by itself. */
  readonly next: ClockEvent | null;
  /** Milliseconds. */
  readonly stepped?: number;
  /** Of a step to the next event. */
  readonly reached?: ClockEvent | null;
}

export interface ClockEvent {
  readonly kind: 'work' | 'task' | 'token' | 'object' | 'credential';
  readonly time: string;
}

export interface ClockChange {
  readonly speed?: number;
  readonly pause?: boolean;
  /** Milliseconds, or `90s`, `15m`, `48h`, `7d`. */
  readonly step?: number | string;
}

export interface EmulatorSnapshot {
  readonly name: string;
  /** On the cloud's clock, ISO 8601. */
  readonly time: string;
  /** Of content that it holds. */
  readonly bytes: number;
}

export interface NewFault {
  readonly method?: string;
  /** A path without query, in which `*` stands for any characters. */
  readonly path: string;
  /** How many requests are (yet) to meet it; 1 unless told. */
  readonly count?: number;
  /** Milliseconds before anything else. */
  readonly delay?: number;
  /** 400 to 599. */
  readonly status?: number;
  /** The connection ends within the answer. */
  readonly cut?: boolean;
  /** Bytes a second of the answer's body. */
  readonly slow?: number;
}

export interface EmulatorFault extends Required<Omit<NewFault, 'method' | 'status' | 'slow'>> {
  readonly id: string;
  readonly method: string | null;
  readonly status: number | null;
  readonly slow: number | null;
}

/** Milliseconds that a change of everything, or a wait for real work, may take. */
const patience = 600_000;

export function emulatorControl(url: string, token: string): EmulatorControl {
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const method = init.method ?? 'GET';
    const address = `${url}${path}`;
    let answer: Response;
    try {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      answer = await fetch(address, { signal: AbortSignal.timeout(10_000), ...init, headers });
    } catch (error) {
      init.signal?.throwIfAborted();
      throw unreachable({ method, url: address }, error);
    }
    if (!answer.ok) throw await readError({ method, url: address }, answer, [token]);
    return answer;
  };
  const post = (path: string, body: object = {}): Promise<Response> =>
    send(path, { method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(patience) });
  const jsonOf = async (asked: Promise<Response>): Promise<unknown> =>
    readJson({ method: 'GET', url }, await asked);
  /** Ends the answer unread. */
  const done = async (answer: Promise<Response>): Promise<void> => {
    await (await answer).body?.cancel();
  };
  const diskOf = (region: string, server: string): string =>
    `/emulator/servers/${region.toLowerCase()}/${encodeURIComponent(server)}/disk`;
  const snapshot = (name: string) => `/emulator/snapshots/${encodeURIComponent(name)}`;
  return {
    url,
    status: async (signal) => (await jsonOf(send('/emulator', signal ? { signal } : {}))) as EmulatorStatus,
    reset: (seed) => done(post('/emulator/reset', typeof seed === 'string' ? { seed } : seed)),
    clock: async () => (await jsonOf(send('/emulator/clock'))) as EmulatorClock,
    setClock: async (change) => (await jsonOf(post('/emulator/clock', change))) as EmulatorClock,
    snapshots: async () =>
      ((await jsonOf(send('/emulator/snapshots'))) as { snapshots: EmulatorSnapshot[] }).snapshots,
    takeSnapshot: async (name) => (await jsonOf(post('/emulator/snapshots', { name }))) as EmulatorSnapshot,
    restoreSnapshot: (name) => done(post(`${snapshot(name)}/restore`)),
    deleteSnapshot: (name) => done(send(snapshot(name), { method: 'DELETE' })),
    readSnapshot: async (name, signal = AbortSignal.timeout(patience)) => {
      const { body } = await send(snapshot(name), { signal });
      if (!body) throw new Error('The snapshot has no body.');
      return body;
    },
    writeSnapshot: (name, file, signal = AbortSignal.timeout(patience)) =>
      done(send(snapshot(name), { method: 'PUT', body: file, duplex: 'half', signal })),
    faults: async () => ((await jsonOf(send('/emulator/faults'))) as { faults: EmulatorFault[] }).faults,
    addFault: async (fault) => (await jsonOf(post('/emulator/faults', fault))) as EmulatorFault,
    deleteFaults: (id) =>
      done(send(`/emulator/faults${id === undefined ? '' : `/${id}`}`, { method: 'DELETE' })),
    requests: async (limit) =>
      ((await jsonOf(send(`/emulator/requests?limit=${limit}`))) as { requests: EmulatorRequest[] }).requests,
    imagings: async (region) =>
      (
        (await jsonOf(send(`/emulator/imagings/${encodeURIComponent(region)}`))) as {
          imagings: EmulatorImaging[];
        }
      ).imagings,
    readImaging: async (region, server) => {
      const { imaging_minutes: minutes } = (await jsonOf(send(diskOf(region, server)))) as {
        imaging_minutes: { before: number; upload: number };
      };
      return minutes;
    },
    changeDisk: (region, server, change) => done(post(diskOf(region, server), change)),
    stop: () => done(post('/emulator/stop')),
    events: async function* ({ after, lease, signal }) {
      const query = new URLSearchParams();
      if (after !== undefined) query.set('after', String(after));
      if (lease) query.set('lease', '1');
      const { body } = await send(`/emulator/events?${query}`, { signal });
      if (!body) return;
      try {
        yield* readEvents(body);
      } catch (error) {
        if (signal.aborted) return;
        throw unreachable({ method: 'GET', url: `${url}/emulator/events` }, error);
      }
    },
  };
}

/** Characters of an event: ours are a few hundred. */
const maximumEventLength = 2 ** 20;

/** Server-sent events: blocks of `field: value` lines, ended by an empty line; lines that begin with a colon keep the line warm. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<EmulatorEvent, void> {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    if (rest.length > maximumEventLength) throw new Error('an event is longer than any of ours');
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event) yield event;
    }
  }
}

function parseEvent(block: string): EmulatorEvent | undefined {
  const lines = block.split('\n').filter((line) => line.startsWith('data:'));
  if (lines.length === 0) return undefined;
  const data: JsonObject = JSON.parse(lines.map((line) => line.slice(5)).join('\n'));
  const { seq, kind, action, region, account, id, ...summary } = data;
  return {
    seq: Number(seq),
    kind: kind as EmulatorEvent['kind'],
    action: action as EmulatorEvent['action'],
    region: String(region ?? ''),
    account: String(account ?? ''),
    id: String(id ?? ''),
    summary,
  };
}
