import { createHash } from 'node:crypto';
import { closeSync, fdatasync, openSync, rmSync, writevSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { Fault } from '../faults.ts';
import type { Blobs } from '../store/blobs.ts';

/** A received body: a synced file beside the store, and the hashes of its bytes in hex. */
export interface Upload {
  readonly file: string;
  readonly size: number;
  readonly md5: string;
  readonly sha512: string;
}

const sync = promisify(fdatasync);
/** Swift's limit of one object (facts/rackspace.md §6). */
const largest = 5 * 2 ** 30;
const pieceBytes = 512 * 1024;
const stalled = 60_000;

/**
 * Writes a request's body to a file, hashing on the way; memory stays bounded whatever the size. Faults: 413, 408 where
 * the body stops coming, 400 where it is cut short. Whatever goes wrong, no file is left.
 */
export async function receive(body: IncomingMessage, blobs: Blobs): Promise<Upload> {
  if (Number(body.headers['content-length'] ?? 0) > largest) throw tooLarge();
  const path = blobs.incoming();
  const file = openSync(path, 'wx', 0o600);
  try {
    const written = await write(body, file);
    await sync(file);
    closeSync(file);
    return { file: path, ...written };
  } catch (error) {
    closeSync(file);
    rmSync(path, { force: true });
    throw error;
  }
}

async function write(body: IncomingMessage, file: number): Promise<Omit<Upload, 'file'>> {
  const md5 = createHash('md5');
  const sha512 = createHash('sha512');
  let pieces: Buffer[] = [];
  let waiting = 0;
  let size = 0;
  const flush = () => {
    writeAll(file, pieces, waiting);
    pieces = [];
    waiting = 0;
  };
  const stop = () => body.destroy(new Fault(408, 'The body stopped coming.'));
  body.setTimeout(stalled, stop);
  try {
    for await (const chunk of body) {
      md5.update(chunk);
      sha512.update(chunk);
      pieces.push(chunk);
      waiting += chunk.length;
      size += chunk.length;
      if (size > largest) throw tooLarge();
      if (waiting >= pieceBytes) flush();
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(400, 'The request body was cut short.');
  } finally {
    body.setTimeout(0);
  }
  flush();
  return { size, md5: md5.digest('hex'), sha512: sha512.digest('hex') };
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
