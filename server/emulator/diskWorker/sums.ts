import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type Follower, worthFollowing } from './follower.ts';

const readBytes = 4 * 1024 * 1024;

export interface Sums {
  /** To be called after the bytes are in the file. */
  wrote(bytes: Uint8Array, position: number): void;
  /** Sums all bytes, in hex; the file must hold so many. Rejects when the signal fires. */
  finish(size: number, signal?: AbortSignal): Promise<{ readonly hash: string; readonly md5: string }>;
  /** Ends the work without a sum. */
  leave(): Promise<void>;
}

/**
 * The sums of a file that is being written: one that names its content in memory as it goes by, MD5 behind it in the
 * thread of the follower. Where something was written over, what is in the file then is read again.
 */
export function createSums(
  { path, file }: { readonly path: string; readonly file: number },
  name: 'sha256' | 'sha512',
  follower: Follower,
): Sums {
  let hash = createHash(name);
  let md5: ReturnType<Follower['follow']> | undefined;
  let size = 0;
  let inOrder = true;
  const grow = (bytes: Uint8Array): void => {
    hash.update(bytes);
    size += bytes.length;
    if (size < worthFollowing) return;
    md5 ??= follower.follow(path);
    md5.grown(size);
  };
  const leave = async (): Promise<void> => {
    await md5?.digest(0).catch(() => undefined); // its end is what matters
    md5 = undefined;
  };
  return {
    leave,
    wrote: (bytes, position) => {
      inOrder &&= position === size;
      if (inOrder) grow(bytes);
    },
    finish: async (total, signal) => {
      if (!inOrder) {
        await leave();
        hash = createHash(name);
        size = 0;
        for (const bytes of toBytes(file)) {
          grow(bytes);
          await setImmediate();
          signal?.throwIfAborted();
        }
      }
      if (size !== total) throw new Error(`${path} has ${size} bytes, not ${total}.`);
      return { hash: hash.digest('hex'), md5: (await md5?.digest(size)) ?? computeMd5(file) };
    },
  };
}

function computeMd5(file: number): string {
  const hash = createHash('md5');
  for (const bytes of toBytes(file)) hash.update(bytes);
  return hash.digest('hex');
}

function* toBytes(file: number): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(readBytes);
  for (let at = 0; ; ) {
    const read = readSync(file, buffer, 0, buffer.length, at);
    if (read === 0) return;
    yield buffer.subarray(0, read);
    at += read;
  }
}
