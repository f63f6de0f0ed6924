import type { Json } from '../../rules/json.ts';
import { CloudError } from './errors.ts';

interface Request {
  readonly method: string;
  readonly url: string;
}

/** The longest page of a list that is read: a thousand images of 64 KB. */
const maximumJsonBytes = 64 * 2 ** 20;

/** Milliseconds that a cloud may send or take nothing before it is given up. */
export const idlePatience = 60_000;

/** Reads a JSON body of bounded size. Throws CloudError. */
export async function readJson(request: Request, answer: Response): Promise<Json> {
  const { text, whole } = await readStart(answer, maximumJsonBytes).catch((error: unknown) => {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    if (!isLate && !(error instanceof TypeError)) throw error; // an interrupt
    throw misbehavior(request, isLate ? 'its answer did not end in time' : 'its answer broke off', error);
  });
  if (!whole)
    throw misbehavior(request, `more than ${maximumJsonBytes} bytes of JSON came; the rest was not read`);
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw misbehavior(request, 'the body is not JSON', error);
  }
}

/** Reads at most so many bytes of a body as text, and leaves the rest. */
export async function readStart(
  { body }: Response,
  maximumBytes: number,
): Promise<{ readonly text: string; readonly whole: boolean }> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body ?? []) {
    pieces.push(piece.subarray(0, maximumBytes - bytes));
    bytes += piece.length;
    if (bytes > maximumBytes) break; // which cancels the stream
  }
  return { text: Buffer.concat(pieces).toString('utf8'), whole: bytes <= maximumBytes };
}

/** Passes a body on as it comes. Throws CloudError where nothing comes for a minute, or more than `most` bytes do. */
export function passUnlessIdle(
  request: Request,
  { body }: Response,
  most = Number.POSITIVE_INFINITY,
): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces());

  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    const reader = body?.getReader();
    if (!reader) return;
    let bytes = 0;
    try {
      for (;;) {
        const { value, done } = await inTime(reader.read(), request);
        if (done) return;
        bytes += value.length;
        if (bytes > most) throw misbehavior(request, `more than the ${most} bytes came that were asked for`);
        yield value;
      }
    } finally {
      await reader.cancel().catch(() => undefined); // it may have failed already, which was said
    }
  }
}

async function inTime<T>(work: Promise<T>, request: Request): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    const give = (): void => reject(misbehavior(request, `nothing came for ${idlePatience / 1000} seconds`));
    timer = setTimeout(give, idlePatience);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** The error for an answer that no cloud should give. */
export function misbehavior(request: Request, what: string, cause?: unknown): CloudError {
  const { host } = new URL(request.url);
  return new CloudError(
    request,
    { status: 0, text: `${host} does not answer as it should: ${what}.` },
    cause,
  );
}
