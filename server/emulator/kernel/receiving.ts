import { createHash } from 'node:crypto';
import { closeSync, openSync, writev } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { releaseMemory } from '../../disks/memory.ts';
import type { Blobs } from '../store/blobs.ts';
import type { HashName } from '../store/names.ts';
import { ApiError, bodyCutShort } from './apiError.ts';

/** A received body: a synced file beside the store, and the hashes of its bytes in hex. */
export interface Upload {
  readonly file: string;
  readonly size: number;
  readonly md5: string;
  /** The name of the content: the SHA-512 where Glance shows it, of objects the SHA-256, which takes half as long. */
  readonly hash: string;
}

const writeBytes = promisify(writev);
/** Bytes that gather while the piece before is written. An upload holds twice as many in memory. */
const pieceBytes = 128 * 1024;
const stalled = 60_000;

/** The size that a body may have, and the error where it has more. */
export interface Most {
  readonly bytes: number;
  tooLarge(): ApiError;
}

/**
 * Writes a request's body to a file, hashing on the way; memory stays bounded whatever the size. Throws 413, 408 where
 * the body stops coming, 400 where it is cut short. Whatever goes wrong, no file is left.
 */
export async function receive(
  body: IncomingMessage,
  blobs: Blobs,
  name: HashName,
  most: Most,
): Promise<Upload> {
  if (Number(body.headers['content-length'] ?? 0) > most.bytes) throw most.tooLarge();
  const path = blobs.incoming();
  const file = openSync(path, 'wx', 0o600);
  const writer = createWriter(file, body);
  try {
    const read = await hashAll(body, writer.add, name, most);
    await writer.ended();
    await blobs.sync(file);
    closeSync(file);
    return { file: path, ...read };
  } catch (error) {
    await writer.stopped();
    closeSync(file);
    blobs.discard(path);
    throw error;
  }
}

/** Hands on each chunk as it comes, so that nothing queues. */
function hashAll(
  body: IncomingMessage,
  add: (chunk: Buffer) => void,
  name: HashName,
  most: Most,
): Promise<Omit<Upload, 'file'>> {
  const md5 = createHash('md5');
  const hash = createHash(name);
  let size = 0;
  const ended = Promise.withResolvers<Omit<Upload, 'file'>>();
  const stop = () => {
    // It may be us who make it wait.
    if (!body.isPaused()) body.destroy(new ApiError('request/stalled', 'The body stopped coming.'));
  };
  const refuse = (error: unknown) => {
    body.off('data', onData).pause();
    ended.reject(error);
  };
  const onData = (chunk: Buffer) => {
    size += chunk.length;
    if (size > most.bytes) return refuse(most.tooLarge());
    md5.update(chunk);
    hash.update(chunk);
    try {
      add(chunk);
    } catch (error) {
      refuse(error);
    }
  };
  const onEnd = () => ended.resolve({ size, md5: md5.digest('hex'), hash: hash.digest('hex') });
  const onCut = (error?: unknown) => ended.reject(error instanceof ApiError ? error : bodyCutShort());
  body.setTimeout(stalled, stop);
  body.on('data', onData).once('end', onEnd).once('error', onCut).once('close', onCut);
  return ended.promise.finally(() => {
    body.setTimeout(0);
    body.off('data', onData).off('end', onEnd).off('close', onCut);
  });
}

interface Writer {
  /** Throws what an earlier write failed with. */
  add(chunk: Buffer): void;
  /** When everything is written. Rejects where a write failed. */
  ended(): Promise<void>;
  /** When nothing is being written any more; what still waits is given up. */
  stopped(): Promise<void>;
}

/** Writes one piece while the next gathers; where the disk is slower, the body waits. */
function createWriter(file: number, body: IncomingMessage): Writer {
  let gathered: Buffer[] = [];
  let waiting = 0;
  let running: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;
  let holds = false;
  const begin = () => {
    const pieces = gathered;
    const total = waiting;
    gathered = [];
    waiting = 0;
    running = writeAll(file, pieces, total)
      .catch((error) => {
        failure ??= { error };
      })
      .finally(() => {
        for (const piece of pieces) releaseMemory(piece);
        running = undefined;
        if (waiting >= pieceBytes) begin();
        if (!holds) return;
        holds = false;
        body.resume();
      });
  };
  return {
    add: (chunk) => {
      if (failure) throw failure.error;
      gathered.push(chunk);
      waiting += chunk.length;
      if (waiting < pieceBytes) return;
      if (!running) begin();
      else {
        holds = true;
        body.pause();
      }
    },
    ended: async () => {
      while (running || waiting > 0) {
        if (!running) begin();
        await running;
      }
      if (failure) throw failure.error;
    },
    stopped: async () => {
      for (const piece of gathered) releaseMemory(piece);
      gathered = [];
      waiting = 0;
      await running;
    },
  };
}

async function writeAll(file: number, pieces: readonly Buffer[], total: number): Promise<void> {
  let { bytesWritten: written } = await writeBytes(file, pieces);
  const rest = written < total ? Buffer.concat(pieces) : undefined;
  while (rest && written < total) written += (await writeBytes(file, [rest.subarray(written)])).bytesWritten;
}
