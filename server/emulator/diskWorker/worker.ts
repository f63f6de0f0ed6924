import { parentPort } from 'node:worker_threads';
import { createFollower, type Follower } from './follower.ts';
import type { Answer, Message, Order } from './protocol.ts';
import { readDisk, takeSnapshot } from './snapshot.ts';
import { unpack } from './unpack.ts';
import { inspect, make, pack } from './work.ts';

/** How often progress is told at most; each is a message to the thread that answers requests. */
const tellings = 100;

/** In the worker: does the orders one after another. */
export function serveLane(): void {
  const port = parentPort;
  if (!port) return;
  const answer = (message: Answer) => port.postMessage(message);
  const stops = new Map<number, AbortController>();
  const follower = createFollower();
  let lane: Promise<void> = Promise.resolve();
  port.on('message', (message: Message) => {
    if ('cancel' in message) {
      stops.get(message.id)?.abort();
      return;
    }
    const { id, order } = message;
    const stop = new AbortController();
    stops.set(id, stop);
    lane = lane.then(async () => {
      try {
        stop.signal.throwIfAborted();
        let told = 0;
        const value = await perform(order, follower, stop.signal, (done, total) => {
          if (done < total && done - told < total / tellings) return;
          told = done;
          answer({ id, kind: 'progress', done, total });
        });
        answer({ id, kind: 'done', value });
      } catch (error) {
        answer({ id, kind: 'failed', message: error instanceof Error ? error.message : String(error) });
      } finally {
        stops.delete(id);
      }
    });
  });
}

async function perform(
  order: Order,
  follower: Follower,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<unknown> {
  if (order.kind === 'unpack') return unpack(order.unpack, follower, signal, progress);
  if (order.kind === 'inspect') return inspect(order.pieces, order.name);
  if (order.kind === 'pack') return pack(order.pack, follower, signal, progress);
  if (order.kind === 'snapshot') return takeSnapshot(order.snapshot, follower, { signal, progress });
  if (order.kind === 'readDisk') return readDisk(order.part, signal);
  return make(order.target, order.guest, order.name);
}
