import type { ServerResponse } from 'node:http';
import type { Event, Events } from '../kernel/events.ts';

const heartbeat = 15_000;

/**
 * Sends events after `after` as a stream (text/event-stream) until the connection closes or the signal fires. Where some
 * are no longer kept, it begins with a `reset`, so that the reader loads everything anew.
 */
export async function streamEvents(
  response: ServerResponse,
  events: Events,
  after: number,
  signal: AbortSignal,
): Promise<void> {
  let wake: () => void = () => undefined;
  let news = Promise.resolve();
  const arm = () => {
    news = new Promise((resolve) => {
      wake = resolve;
    });
  };
  arm();
  const unsubscribe = events.subscribe(() => wake());
  const beat = setInterval(() => response.write(': still here\n\n'), heartbeat);
  const end = () => wake();
  response.on('close', end);
  response.on('drain', end);
  signal.addEventListener('abort', end);
  try {
    response.flushHeaders();
    response.write(': events\n\n');
    let seq = after;
    if (!events.after(seq, 1).complete || seq > events.last()) {
      seq = events.last();
      response.write(encode({ seq, time: Date.now(), kind: 'reset', action: 'update' }));
    }
    while (!response.destroyed && !signal.aborted) {
      const page = response.writableNeedDrain ? [] : events.after(seq, 200).events;
      if (page.length === 0) {
        await news;
        arm();
        continue;
      }
      seq = page.at(-1)?.seq ?? seq;
      response.write(page.map(encode).join(''));
    }
  } finally {
    clearInterval(beat);
    unsubscribe();
    signal.removeEventListener('abort', end);
    response.end();
  }
}

function encode(event: Event): string {
  const { summary, ...rest } = event;
  return `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify({ ...summary, ...rest })}\n\n`;
}
