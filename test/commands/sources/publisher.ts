import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A publisher of images on loopback, of whose files some do not come as they should. */
export interface Publisher {
  readonly url: string;
  readonly port: number;
  /** What was asked for, as `METHOD /path`. */
  readonly asked: string[];
  /** Sets the content of a file. */
  put(name: string, content: Buffer): void;
  close(): void;
}

export const content = Buffer.from('a disk of a few bytes, again and again\n'.repeat(5000));

export function hashOf(algorithm: string, bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

/** The same bytes by each compression; bzip2, xz and zstd by the programs of those names. */
export const packed = {
  gz: (bytes: Buffer): Buffer => gzipSync(bytes),
  bz2: (bytes: Buffer): Buffer => execFileSync('bzip2', ['-c'], { input: bytes }),
  xz: (bytes: Buffer): Buffer => execFileSync('xz', ['-c'], { input: bytes }),
  zst: (bytes: Buffer): Buffer => execFileSync('zstd', ['-q', '-c'], { input: bytes }),
};

/**
 * Serves its files; `/moved/NAME` redirects to NAME, `/cut/NAME` ends the connection in the middle, `/slow/NAME` sends half
 * and then nothing.
 */
export async function openPublisher(port = 0): Promise<Publisher> {
  const files = new Map<string, Buffer>([['disk.raw', content]]);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    asked.push(`${request.method} /${path}`);
    const [way, name] = path.includes('/') ? path.split('/', 2) : ['', path];
    const bytes = files.get(decodeURIComponent(name ?? ''));
    if (!bytes) return void response.writeHead(404).end('nothing here');
    if (way === 'moved') return void response.writeHead(302, { location: `/${name}` }).end();
    response.writeHead(200, { 'content-length': bytes.length });
    if (request.method === 'HEAD') return void response.end();
    if (way === '') return void response.end(bytes);
    response.write(bytes.subarray(0, bytes.length / 2), () => {
      if (way === 'cut') response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const own = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${own}`,
    port: own,
    asked,
    put: (name, bytes) => files.set(name, bytes),
    close: () => server.close().closeAllConnections(),
  };
}
