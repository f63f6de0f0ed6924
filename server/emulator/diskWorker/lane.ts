import type { Worker } from 'node:worker_threads';
import type { DiskFacts } from '../../rules/facts.ts';
import type { FilePiece } from '../store/pieces.ts';
import type {
  Answer,
  DiskRead,
  Guest,
  Order,
  Pack,
  Packing,
  Segment,
  Snapshot,
  SnapshotTaken,
  Unpack,
} from './protocol.ts';
import { startThread } from './thread.ts';

/**
 * Work on disks, off the thread that answers requests: one worker, one lane, large synchronous reads. It starts with the
 * first order; where it dies, its orders fail and the next one starts another.
 */
export interface DiskLane {
  /** Inspects a disk whose bytes lie in pieces of files. `name` is for messages. */
  inspect(pieces: readonly FilePiece[], name: string): Promise<DiskFacts>;
  /** Packs a VHD as an OVA into a new file, synced. Rejects when the signal fires. */
  pack(order: Pack, watch: Watch): Promise<Packing>;
  /** Merges the disks of an OVA into one VHD, in segments. Rejects where they make no chain, and when the signal fires. */
  unpack(order: Unpack, watch: Watch): Promise<{ readonly segments: readonly Segment[] }>;
  /** Writes a server's disk as an image into a new file, synced. Rejects where its image cannot be read, and when the signal fires. */
  snapshot(order: Snapshot, watch: Watch): Promise<SnapshotTaken>;
  /** Reads a part of a server's disk, as far as the disk reaches. */
  readDisk(order: DiskRead): Promise<Uint8Array>;
  /** Makes a small VHD of a guest and packs it, for seeds. */
  make(target: string, guest: Guest, name: string): Promise<Packing>;
  close(): Promise<void>;
}

export interface Watch {
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  progress(done: number, total: number): void;
}

export function createDiskLane(): DiskLane {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let last = 0;

  const start = (): Worker => {
    const started = startThread('lane');
    const failAll = (error: Error) => {
      if (worker === started) worker = undefined;
      for (const { reject } of pending.values()) reject(error);
      pending.clear();
    };
    started.on('message', (answer: Answer) => {
      const order = pending.get(answer.id);
      if (!order) return;
      if (answer.kind === 'progress') {
        order.progress(answer.done, answer.total);
        return;
      }
      pending.delete(answer.id);
      if (answer.kind === 'done') order.resolve(answer.value);
      else order.reject(new Error(answer.message));
      if (pending.size === 0) started.unref();
    });
    started.on('error', failAll);
    started.on('exit', () => failAll(new Error('The worker for disks ended.')));
    return started;
  };

  const ask = <T>(order: Order, watch?: Watch): Promise<T> => {
    worker ??= start();
    const lane = worker;
    const id = ++last;
    lane.ref();
    const stop = () => lane.postMessage({ id, cancel: true });
    return new Promise<T>((resolve, reject) => {
      pending.set(id, {
        resolve: (value) => resolve(value as T),
        reject,
        progress: (done, total) => watch?.progress(done, total),
      });
      watch?.signal.addEventListener('abort', stop, { once: true });
      lane.postMessage({ id, order });
      if (watch?.signal.aborted) stop();
    }).finally(() => watch?.signal.removeEventListener('abort', stop));
  };

  return {
    inspect: (pieces, name) => ask({ kind: 'inspect', pieces, name }),
    pack: (order, watch) => ask({ kind: 'pack', pack: order }, watch),
    unpack: (order, watch) => ask({ kind: 'unpack', unpack: order }, watch),
    snapshot: (order, watch) => ask({ kind: 'snapshot', snapshot: order }, watch),
    readDisk: (order) => ask({ kind: 'readDisk', part: order }),
    make: (target, guest, name) => ask({ kind: 'make', target, guest, name }),
    close: async () => {
      await worker?.terminate();
      worker = undefined;
    },
  };
}
