import { createHash } from 'node:crypto';
import { closeSync, fdatasync, openSync, rmSync, writevSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { Fault } from '../faults.ts';
import type { Blobs } from '../store/blobs.ts';
import { limits } from './limits.ts';

/** A received body: a synced file beside the store, and the hashes of its bytes in hex. */
export interface Upload {
  readonly file: string;
  readonly size: number;
  readonly md5: string;
  readonly sha512: string;
}

const sync = promisify(fdatasync);
/** What gathers before it is written: a whole read of the socket, or several small chunks. */
const pieceBytes = 64 * 1024;
/** What is written before the disk is asked to begin with it, so that the end does not wait for everything. */
const syncBytes = 32 * 2 ** 20;
const stalled = 60_000;

/**
 * Writes a request's body to a file, hashing on the way; memory stays bounded whatever the size. Faults: 413, 408 where
 * the body stops coming, 400 where it is cut short. Whatever goes wrong, no file is left.
 */
export async function receive(body: IncomingMessage, blobs: Blobs): Promise<Upload> {
  if (Number(body.headers['content-length'] ?? 0) > limits.objectBytes) throw tooLarge();
  const path = blobs.incoming();
  const file = openSync(path, 'wx', 0o600);
  const early = createEarlySync(file);
  try {
    const written = await write(body, file, early.wrote);
    await early.ended();
    await sync(file);
    closeSync(file);
    return { file: path, ...written };
  } catch (error) {
    await early.ended().catch(() => undefined); // the first failure is the one to tell
    closeSync(file);
    rmSync(path, { force: true });
    throw error;
  }
}

/**
 * Takes each chunk as it comes and is done with it at once, so nothing queues. A chunk's memory is given back there and
 * then: left to the garbage collector, hundreds of megabytes of them wait, since each looks tiny to it.
 */
function write(
  body: IncomingMessage,
  file: number,
  wrote: (bytes: number) => void,
): Promise<Omit<Upload, 'file'>> {
  const md5 = createHash('md5');
  const sha512 = createHash('sha512');
  const pieces: Buffer[] = [];
  let waiting = 0;
  let size = 0;
  const flush = () => {
    writeAll(file, pieces, waiting);
    for (const piece of pieces) giveBack(piece);
    wrote(waiting);
    pieces.length = 0;
    waiting = 0;
  };
  const take = (chunk: Buffer) => {
    size += chunk.length;
    if (size > limits.objectBytes) throw tooLarge();
    md5.update(chunk);
    sha512.update(chunk);
    pieces.push(chunk);
    waiting += chunk.length;
    if (waiting >= pieceBytes) flush();
  };
  const ended = Promise.withResolvers<Omit<Upload, 'file'>>();
  const stop = () => body.destroy(new Fault(408, 'The body stopped coming.'));
  const onData = (chunk: Buffer) => {
    try {
      take(chunk);
    } catch (error) {
      body.pause();
      ended.reject(error);
    }
  };
  const onEnd = () => {
    try {
      flush();
      ended.resolve({ size, md5: md5.digest('hex'), sha512: sha512.digest('hex') });
    } catch (error) {
      ended.reject(error);
    }
  };
  const onCut = (error?: unknown) =>
    ended.reject(error instanceof Fault ? error : new Fault(400, 'The request body was cut short.'));
  body.setTimeout(stalled, stop);
  body.on('data', onData).once('end', onEnd).once('error', onCut).once('close', onCut);
  return ended.promise.finally(() => {
    body.setTimeout(0);
    body.off('data', onData).off('end', onEnd).off('close', onCut);
  });
}

/** Only memory that the chunk has for itself: others may still read theirs from a shared one. */
function giveBack({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** One sync at a time beside the writing. `ended` rejects where one failed, since the system tells of it only once. */
function createEarlySync(file: number): { wrote(bytes: number): void; ended(): Promise<void> } {
  let unsynced = 0;
  let running: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;
  return {
    wrote: (bytes) => {
      unsynced += bytes;
      if (unsynced < syncBytes || running) return;
      unsynced = 0;
      running = sync(file)
        .catch((error) => {
          failure = { error };
        })
        .finally(() => {
          running = undefined;
        });
    },
    ended: async () => {
      await running;
      if (failure) throw failure.error;
    },
  };
}

function writeAll(file: number, pieces: readonly Buffer[], total: number): void {
  if (total === 0) return;
  let written = writevSync(file, pieces);
  const rest = written < total ? Buffer.concat(pieces) : undefined;
  while (rest && written < total) written += writevSync(file, [rest.subarray(written)]);
}

function tooLarge(): Fault {
  return new Fault(413, 'The object is larger than 5 GB; upload it in segments.');
}
