import type { JsonObject, Limits, Profile } from '../rules/types.ts';
import { CloudError, errorOf, unreachable } from './errors.ts';

/** The emulator's control service (`/emulator`): what a real cloud does not have. */
export interface EmulatorControl {
  readonly url: string;
  /** Throws CloudError: 401 where the token belongs to another emulator, 0 where nothing answers. */
  status(signal?: AbortSignal): Promise<EmulatorStatus>;
  reset(seed: 'demo' | 'empty'): Promise<void>;
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
  /** `name` is the one of the catalogue. */
  readonly regions: readonly { readonly id: string; readonly name: string }[];
  /** The latest event's number. */
  readonly seq: number;
}

export interface EmulatorEvent {
  readonly seq: number;
  readonly kind: 'image' | 'task' | 'object' | 'container' | 'reset' | 'limits';
  readonly action: 'create' | 'update' | 'delete';
  readonly region: string;
  readonly account: string;
  readonly id: string;
  /** A small summary of the thing, for kinds that have one. */
  readonly summary: JsonObject;
}

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
    if (!answer.ok) throw await errorOf({ method, url: address }, answer);
    return answer;
  };
  const post = async (path: string, body: JsonObject = {}): Promise<void> => {
    await (await send(path, { method: 'POST', body: JSON.stringify(body) })).body?.cancel();
  };
  return {
    url,
    status: async (signal) =>
      (await (await send('/emulator', signal ? { signal } : {})).json()) as EmulatorStatus,
    reset: (seed) => post('/emulator/reset', { seed }),
    stop: () => post('/emulator/stop'),
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

/** Server-sent events: blocks of `field: value` lines, ended by an empty line; lines that begin with a colon keep the line warm. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<EmulatorEvent, void> {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = eventOf(block);
      if (event) yield event;
    }
  }
}

function eventOf(block: string): EmulatorEvent | undefined {
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

/** Whether an error says that nothing listens there (any more). */
export function isGone(error: unknown): boolean {
  return error instanceof CloudError && error.status === 0;
}
