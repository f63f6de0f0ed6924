import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

export interface Throttle {
  readonly cut: boolean;
  /** Bytes a second. */
  readonly slow: number | null;
}

/** Bytes of a slow body leave in portions, ten a second. */
const portionsASecond = 10;

type Settle = ((error?: Error | null) => void) | undefined;

interface Part {
  readonly bytes: Buffer;
  readonly last: boolean;
  readonly settle: Settle;
}

/**
 * Makes an answer leave slowly, or end in the middle: at half of its length, or within its first part where it has no
 * length. Whoever writes it sees what a slow client would show: `write` answers false, and `drain` comes later.
 */
export function throttle(response: ServerResponse, { cut, slow }: Throttle): void {
  // Long, since its parts share state that nothing else may reach.
  const head = response.writeHead.bind(response);
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  const waiting: Part[] = [];
  let sending = false;
  let sent = 0;

  let length: number | undefined;
  let limit: number | undefined;

  const next = (): void => {
    const part = waiting[0];
    if (!part || response.destroyed) {
      sending = false;
      for (const { settle } of waiting.splice(0)) settle?.(new Error('the connection is closed'));
      return;
    }
    sending = true;
    const { bytes, last, settle } = part;
    if (cut) limit ??= Math.floor((length ?? bytes.length) / 2);
    const size = slow === null ? bytes.length : Math.max(1, Math.floor(slow / portionsASecond));
    const now = bytes.subarray(0, Math.min(size, (limit ?? Number.POSITIVE_INFINITY) - sent));
    sent += now.length;
    const isCut = limit !== undefined && sent >= limit;
    const rest = bytes.subarray(now.length);
    const go = () => {
      if (isCut) response.destroy();
      else if (rest.length > 0) waiting[0] = { bytes: rest, last, settle };
      else {
        waiting.shift();
        settle?.();
        if (last) end();
        else if (waiting.length === 0) response.emit('drain');
      }
      if (slow === null || isCut || rest.length === 0) next();
      else setTimeout(next, 1000 / portionsASecond);
    };
    if (now.length > 0) write(now, go);
    else go();
  };
  const add = (chunk: unknown, encoding: unknown, settle: unknown, last: boolean): void => {
    const done = [chunk, encoding, settle].find(
      (one): one is NonNullable<Settle> => typeof one === 'function',
    );
    waiting.push({ bytes: toBytes(chunk, encoding), last, settle: done });
    if (!sending) next();
  };

  response.writeHead = (status: number, headers?: unknown) => {
    const given: OutgoingHttpHeaders = typeof headers === 'object' && headers !== null ? { ...headers } : {};
    const [, value] = Object.entries(given).find(([name]) => name.toLowerCase() === 'content-length') ?? [];
    if (value !== undefined) length = Number(value);
    return head(status, given);
  };
  response.write = (chunk: unknown, encoding?: unknown, settle?: unknown) => {
    add(chunk, encoding, settle, false);
    return waiting.length === 0;
  };
  response.end = (chunk?: unknown, encoding?: unknown, settle?: unknown) => {
    add(chunk, encoding, settle, true);
    return response;
  };
}

function toBytes(chunk: unknown, encoding: unknown): Buffer {
  if (typeof chunk === 'string')
    return Buffer.from(
      chunk,
      typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8',
    );
  return chunk instanceof Uint8Array
    ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    : Buffer.alloc(0);
}
