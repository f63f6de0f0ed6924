import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, type Worker } from 'node:worker_threads';
import { startThread } from './thread.ts';

/**
 * MD5s in a thread of their own, which reads behind files that grow: with two sums in one thread, hashing takes longer
 * than everything else. What was just written is read from the system's memory.
 */
export interface Follower {
  /** The sum of a file whose first bytes, `grown` tells how many, are written and will not change. */
  follow(path: string): Followed;
}

export interface Followed {
  grown(size: number): void;
  /** Ends the work and gives its sums, of so many bytes. Call it once, even without need of them. Rejects where a read failed. */
  digest(size: number): Promise<string>;
}

type Message = { readonly id: number; readonly path: string; readonly upTo: number; readonly last: boolean };
type Answer =
  | { readonly id: number; readonly md5: string }
  | { readonly id: number; readonly problem: string };

/** Bytes from which a thread of its own takes less time than it costs. */
export const worthFollowing = 64 * 1024 * 1024;

const pieceBytes = 1024 * 1024;
/** How much a file grows before the thread is told: a message costs as much as the sum of some 100 KiB. */
const stepBytes = 8 * 1024 * 1024;

/** Its thread starts with the first file. */
export function createFollower(): Follower {
  let worker: Worker | undefined;
  let last = 0;
  const waiting = new Map<number, PromiseWithResolvers<string>>();
  const start = (): Worker => {
    const started = startThread('md5');
    started.on('message', (answer: Answer) => {
      const digest = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ('md5' in answer) digest?.resolve(answer.md5);
      else digest?.reject(new Error(answer.problem));
      if (waiting.size === 0) started.unref();
    });
    started.on('error', (error) => {
      worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    });
    return started;
  };
  return {
    follow: (path) => {
      worker ??= start();
      const thread = worker;
      const id = ++last;
      let told = 0;
      const tell = (upTo: number, isLast: boolean) => {
        told = upTo;
        const message: Message = { id, path, upTo, last: isLast };
        thread.postMessage(message);
      };
      return {
        grown: (size) => {
          if (size - told >= stepBytes) tell(size, false);
        },
        digest: (size) => {
          const digest = Promise.withResolvers<string>();
          waiting.set(id, digest);
          thread.ref();
          tell(size, true);
          return digest.promise;
        },
      };
    },
  };
}

/** In that thread: reads and sums. */
export function serveFollower(): void {
  const port = parentPort;
  if (!port) return;
  const answer = (message: Answer) => port.postMessage(message);
  const files = new Map<number, ReturnType<typeof openFile>>();
  port.on('message', ({ id, path, upTo, last }: Message) => {
    try {
      const file = files.get(id) ?? openFile(path);
      files.set(id, file);
      file.readTo(upTo);
      if (last) answer({ id, md5: file.digest() });
    } catch (error) {
      // Otherwise it is told with the sum, whose reading fails as well.
      if (last) answer({ id, problem: error instanceof Error ? error.message : String(error) });
    } finally {
      if (last) {
        files.get(id)?.close();
        files.delete(id);
      }
    }
  });
}

function openFile(path: string) {
  const hash = createHash('md5');
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(pieceBytes);
  let at = 0;
  return {
    readTo: (size: number) => {
      while (at < size) {
        const read = readSync(file, buffer, 0, Math.min(buffer.length, size - at), at);
        if (read === 0) throw new Error(`${path} ended after ${at} of ${size} bytes.`);
        hash.update(buffer.subarray(0, read));
        at += read;
      }
    },
    digest: () => hash.digest('hex'),
    close: () => closeSync(file),
  };
}
