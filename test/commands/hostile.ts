import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';
import { temporaryFolder } from '../emulator/harness.ts';
import { cliIn } from './cli.ts';

/** A cloud that does not stop, and says what it should not: what it is asked by the real command line. */
export const folder = temporaryFolder();
export const password = 'correct horse "battery"';
export const image = {
  id: '11111111-2222-3333-4444-555555555555',
  name: 'web',
  status: 'active',
  owner: 'p1',
  visibility: 'private',
  size: 10,
  checksum: '0'.repeat(32),
  disk_format: 'raw',
  tags: [],
};

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}
type Answer = (asked: Asked, to: ServerResponse) => void;

interface Hostile {
  readonly url: string;
  readonly requests: Asked[];
  /** Bytes that it got rid of in endless bodies. */
  readonly sent: { bytes: number };
}

/** `answer` is asked first; what it leaves alone is answered as a cloud does. */
export async function hostileCloud(
  answer: (asked: Asked, to: ServerResponse, own: Hostile) => boolean,
): Promise<Hostile> {
  const requests: Asked[] = [];
  const sent = { bytes: 0 };
  const server = createServer(async (from: IncomingMessage, to: ServerResponse) => {
    let body = '';
    for await (const piece of from) body += piece;
    const { pathname: path, searchParams: query } = new URL(from.url ?? '/', 'http://x');
    const asked = { method: from.method ?? '', path, query, body };
    requests.push(asked);
    if (!answer(asked, to, own)) ordinary(asked, to);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close().closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own: Hostile = { url, requests, sent };
  const endpoint = (path: string) => [{ interface: 'public', region_id: 'R', region: 'R', url: url + path }];
  const ordinary: Answer = ({ method, path }, to) => {
    if (path === '/v3/auth/tokens')
      return json(
        to,
        {
          token: {
            user: { id: 'u', name: 'me' },
            project: { id: 'p1', name: 'p1' },
            roles: [{ name: 'member' }],
            catalog: [
              { type: 'image', endpoints: endpoint('/image') },
              { type: 'object-store', endpoints: endpoint('/swift') },
            ],
          },
        },
        { 'x-subject-token': 'secret-token-0123' },
        201,
      );
    if (path === '/image/v2/images' && method === 'GET') return json(to, { images: [image] });
    if (path === `/image/v2/images/${image.id}`) return json(to, image);
    return json(to, { message: 'nothing here' }, {}, 404);
  };
  return own;
}

export function json(
  to: ServerResponse,
  body: unknown,
  headers: Record<string, string> = {},
  status = 200,
): void {
  to.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Sends until the other side has had enough. */
export function flood(to: ServerResponse, { sent }: Hostile, piece: string): void {
  const bytes = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)));
  const go = (): void => {
    while (!to.destroyed) {
      sent.bytes += bytes.length;
      if (!to.write(bytes)) return void to.once('drain', go);
    }
  };
  go();
}

let places = 0;
export function place({ url }: Hostile) {
  places += 1;
  const cli = cliIn(join(folder, String(places)));
  cli.write('web.image.yaml', 'name: web\nteam: a\n');
  const env = {
    OS_AUTH_URL: `${url}/v3`,
    OS_USERNAME: 'me',
    OS_PASSWORD: password,
    OS_PROJECT_NAME: 'p1',
    OS_REGION_NAME: 'R',
  };
  return {
    ...cli,
    start: (...args: string[]) => cli.start(args, env),
    run: (...args: string[]) => cli.run(args, env),
  };
}
