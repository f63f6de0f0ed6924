import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Running } from './harness.ts';

/** Sends bytes as they are; fetch would tidy them. Answers the status line's code, or 0 where the connection was cut. */
export async function raw({ url }: Running, text: string): Promise<number> {
  const socket = dial(url);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
    if (answer.includes('\r\n\r\n')) socket.end();
  });
  socket.write(text);
  await once(socket, 'close');
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

/** A connection of which nothing is read or written yet. */
export function dial(url: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined); // a reset is an end like another
  return socket;
}

/** The most memory that the emulator has ever held, in MiB (Linux). */
export function peakOf({ process }: Pick<Running, 'process'>): number {
  const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${process.pid}/status`, 'utf8'));
  return Number(found?.[1]) / 1024;
}
