import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Checksum } from '../../../rules/source/checksum.ts';
import type { Compression } from '../../../rules/source/source.ts';
import { readPieces } from '../../services/objects.ts';
import { idlePatience, passUnlessIdle, readStart } from '../../session/bodies.ts';
import { decompress } from './decompress.ts';

/** Bytes of a file here or of an address, and what its publisher says of them. */
export interface PublishedBytes {
  readonly from: { readonly file: string } | { readonly url: string };
  readonly checksum?: Checksum;
  readonly compression?: Compression;
  /** Of the file as it is published, where it is known. */
  readonly size?: number;
}

export interface Reading {
  readonly fetch: typeof fetch;
  readonly signal?: AbortSignal | undefined;
  /** Folders outside which no file is read, nor any address; undefined: all may be. */
  readonly within?: readonly string[];
  /** Of the file as it is published. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** What was read, to be asked for once it is at its end. */
export interface Digests {
  /** SHA-512 of the bytes that came out, in hexadecimal digits. */
  sha512(): string;
  bytes(): number;
}

/** Bytes that are not those that were promised, or do not come. */
export class SourceError extends Error {}

/**
 * The bytes as an image gets them: fetched, compared with the publisher's checksum, and decompressed. It ends well only where
 * all of that was right, so that who sends it on never ends a wrong upload. Throws SourceError.
 */
export function readSource(
  bytes: PublishedBytes,
  reading: Reading,
): { readonly pieces: AsyncGenerator<Uint8Array, void>; readonly digests: Digests } {
  const sent = createHash('sha512');
  let count = 0;
  let digest: string | undefined;
  return {
    pieces: pieces(),
    digests: {
      sha512: () => {
        digest ??= sent.digest('hex');
        return digest;
      },
      bytes: () => count,
    },
  };

  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    const published = bytes.checksum ? createHash(bytes.checksum.algorithm) : undefined;
    const source = openPieces(bytes, reading, published);
    try {
      const plain = bytes.compression ? decompress(kept(source), bytes.compression) : kept(source);
      for await (const piece of plain) {
        sent.update(piece);
        count += piece.length;
        yield piece;
      }
      for await (const _ of kept(source)); // behind the end of what was compressed
    } finally {
      await source.return();
    }
    if (bytes.checksum && published) requireEqual(bytes, bytes.checksum, published);
  }
}

/** Whoever stops reading leaves the rest to be read. */
async function* kept(source: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}

function requireEqual(bytes: PublishedBytes, { algorithm, value }: Checksum, published: Hash): void {
  const digest = published.digest('hex');
  if (digest !== value)
    throw new SourceError(
      `${nameBytes(bytes)} has the ${algorithm} ${digest}, and its publisher says ${value}. It is damaged, or another file.`,
    );
}

export function nameBytes({ from }: Pick<PublishedBytes, 'from'>): string {
  return 'file' in from ? from.file : from.url;
}

/** The file as it is published. */
async function* openPieces(
  { from, size }: PublishedBytes,
  { fetch: fetchBy, signal, progress }: Reading,
  hash: Hash | undefined,
): AsyncGenerator<Uint8Array, void> {
  const opened =
    'file' in from
      ? { total: size ?? (await stat(from.file)).size, pieces: undefined }
      : await openUrl(from.url, fetchBy, signal);
  const total = opened.total ?? 0;
  const raw = opened.pieces ?? readPieces('file' in from ? from.file : '', { end: total });
  let done = 0;
  try {
    for await (const piece of raw) {
      signal?.throwIfAborted();
      hash?.update(piece);
      done += piece.length;
      progress?.(done, Math.max(total, done));
      yield piece;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!('url' in from)) throw error;
    throw new SourceError(
      `${from.url} broke off after ${count(done)}${total > 0 ? ` of ${count(total)}` : ' bytes'}.`,
      {
        cause: error,
      },
    );
  }
  if (total > 0 && done !== total)
    throw new SourceError(`${nameBytes({ from })} ended after ${count(done)} of ${count(total)} bytes.`);
}

function count(bytes: number): string {
  return bytes.toLocaleString('en-US');
}

async function openUrl(
  url: string,
  fetchBy: typeof fetch,
  signal: AbortSignal | undefined,
): Promise<{ readonly total: number | undefined; readonly pieces: AsyncIterable<Uint8Array> }> {
  const answer = await ask(url, { method: 'GET' }, fetchBy, signal);
  return { total: readLength(answer), pieces: passUnlessIdle({ method: 'GET', url }, answer) };
}

/** Asks how many bytes an address has; undefined where it does not tell. Throws SourceError where there is nothing. */
export async function measureUrl(
  url: string,
  { fetch: fetchBy, signal }: Reading,
): Promise<number | undefined> {
  const answer = await ask(url, { method: 'HEAD' }, fetchBy, signal, [403, 405, 501]);
  return answer.ok ? readLength(answer) : undefined;
}

const longestList = 2 ** 20;

/** Reads a list of checksums. Throws SourceError. */
export async function readList(url: string, { fetch: fetchBy, signal }: Reading): Promise<string> {
  const { text, whole } = await readStart(await ask(url, { method: 'GET' }, fetchBy, signal), longestList);
  if (!whole)
    throw new SourceError(`${url} has more than ${count(longestList)} bytes, so it is no list of checksums.`);
  return text;
}

function readLength({ headers }: Response): number | undefined {
  const length = Number(headers.get('content-length') ?? Number.NaN);
  return Number.isSafeInteger(length) && headers.get('content-encoding') === null ? length : undefined;
}

/** Follows redirects; one that leaves https is refused, since all could be changed on its way. Throws SourceError. */
async function ask(
  url: string,
  init: RequestInit,
  fetchBy: typeof fetch,
  signal: AbortSignal | undefined,
  expected: readonly number[] = [],
): Promise<Response> {
  let answer: Response;
  const silent = new AbortController();
  const timer = setTimeout(
    () => silent.abort(new Error(`it was silent for ${idlePatience / 1000} seconds`)),
    idlePatience,
  );
  try {
    // As it lies there: a checksum is of the file, not of what a server makes of it on the way.
    answer = await fetchBy(url, {
      ...init,
      headers: { 'accept-encoding': 'identity' },
      redirect: 'follow',
      signal: signal ? AbortSignal.any([signal, silent.signal]) : silent.signal,
    });
  } catch (error) {
    signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SourceError(`No answer from ${new URL(url).host}: ${why}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  const left = url.startsWith('https:') && !answer.url.startsWith('https:') && answer.url !== '';
  if (!left && (answer.ok || expected.includes(answer.status))) return answer;
  await answer.body?.cancel();
  if (left) throw new SourceError(`${url} leads away from https, to ${answer.url}.`);
  throw new SourceError(`${url} answers ${answer.status}. Is the address right?`);
}
