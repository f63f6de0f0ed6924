import { createReadStream, openSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Cloud } from '../cloud.ts';
import { Fault } from '../faults.ts';
import type { Handler, Reply, Request, Routes } from '../http.ts';
import { requireFiles } from '../identity/permissions.ts';
import { containerRoutes } from './containers.ts';
import { contentHeadersOf, metadataOf, rangeOf } from './headers.ts';
import { type Target, targetOf } from './paths.ts';
import type { Headers, ObjectRow } from './records.ts';
import { receive, type Upload } from './upload.ts';

/** Requests that Swift knows and the emulator does not yet; refused, so that no bytes go where nobody reads them. */
const notYet: readonly { text: string; is: (request: Request) => boolean }[] = [
  { text: 'dynamic large objects', is: ({ headers }) => headers['x-object-manifest'] !== undefined },
  {
    text: 'static large objects',
    is: ({ url, method }) => method === 'PUT' && /[?&]multipart-manifest=put/.test(url),
  },
  { text: 'copies', is: ({ method, headers }) => method === 'COPY' || headers['x-copy-from'] !== undefined },
];

export type Allow = (request: Request, action: 'read' | 'administer') => Target;

/** Swift: accounts, containers, objects (facts/glance.md §12). The bare account and its storage name both work in paths. */
export function objectRoutes(routes: Routes, cloud: Cloud): void {
  const allow: Allow = (request, action) => {
    const { caller } = cloud.identity.authenticate(request.headers['x-auth-token']);
    const target = targetOf(request);
    requireFiles(cloud.profile, caller, action, target.account);
    return target;
  };
  for (const region of cloud.regions) {
    const base = `/${region}/object-store/v1/:account`;
    containerRoutes(routes, cloud, allow, region, base);
    const on = (method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'COPY', handler: Handler) =>
      routes.on(method, `${base}/:container/*`, handler);
    on('PUT', (request, reply) => putObject(cloud, region, allow(request, 'administer'), request, reply));
    on('GET', (request, reply) => sendObject(cloud, region, allow(request, 'read'), request, reply));
    on('HEAD', (request, reply) => {
      const row = existing(cloud, region, allow(request, 'read'));
      return describe(reply, row).header('content-length', row.size).send();
    });
    on('POST', async (request, reply) => {
      const target = allow(request, 'administer');
      const headers = { ...contentHeadersOf(request), ...metadataOf(request, 'object') };
      await cloud.store.write(() => {
        const row = existing(cloud, region, target);
        cloud.objects.setHeaders(row, request.headers['content-type'] ?? row.content_type, headers);
      });
      return reply.code(202).send();
    });
    on('DELETE', async (request, reply) => {
      const { account, container, object } = allow(request, 'administer');
      await cloud.store.write(() => cloud.objects.remove(region, account, container, object));
      return reply.code(204).send();
    });
    on('COPY', (request) => {
      allow(request, 'administer');
      return refuseNotYet(request);
    });
  }
}

async function putObject(cloud: Cloud, region: string, target: Target, request: Request, reply: Reply) {
  refuseNotYet(request);
  const { account, container, object: name } = target;
  const { headers } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)
    throw new Fault(411, 'Missing Content-Length header.');
  metadataOf(request, 'object'); // refused before the body is read
  if (!cloud.objects.container(region, account, container)) throw notFound();
  if (headers['if-none-match'] === '*' && cloud.objects.find(region, account, container, name))
    throw new Fault(412, 'A precondition for this request was not met.');
  const upload = await receive(request.raw, cloud.blobs);
  const row = await enter(cloud, region, target, request, upload);
  return reply
    .code(201)
    .headers({ etag: row.md5, 'last-modified': new Date(row.modified).toUTCString() })
    .type('text/html; charset=UTF-8')
    .send();
}

/** Makes a received body the object's content; where that is refused, nothing of it stays. */
async function enter(cloud: Cloud, region: string, target: Target, request: Request, upload: Upload) {
  const { account, container, object: name } = target;
  const { file, size, md5, sha512 } = upload;
  const wanted = request.headers['etag'];
  const contentType = request.headers['content-type'] ?? 'application/octet-stream';
  const headers = { ...contentHeadersOf(request), ...metadataOf(request, 'object') };
  try {
    if (typeof wanted === 'string' && wanted.replace(/^"|"$/g, '').toLowerCase() !== md5)
      throw new Fault(422, 'The ETag of the request is not the MD5 of the body that arrived.');
    return await cloud.store.write(() => {
      cloud.blobs.adopt(file, sha512, size);
      return cloud.objects.put(region, account, container, {
        name,
        blob: sha512,
        size,
        md5,
        contentType,
        headers,
      });
    });
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

async function sendObject(cloud: Cloud, region: string, target: Target, request: Request, reply: Reply) {
  const row = existing(cloud, region, target);
  describe(reply, row);
  const condition = conditionOf(request, row);
  if (condition) return reply.code(condition).send();
  const range = rangeOf(request.headers.range, row.size);
  const length = range ? range.end - range.start + 1 : row.size;
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${row.size}`);
  reply.header('content-length', length);
  if (length === 0) return reply.send('');
  // Open before anything else runs: then the bytes stay readable even where the object is deleted meanwhile.
  const fd = openSync(cloud.blobs.path(row.blob), 'r');
  const bytes = createReadStream('', { fd, highWaterMark: 256 * 1024, ...range });
  reply.hijack();
  reply.raw.writeHead(reply.statusCode, flat(reply.getHeaders()));
  try {
    await pipeline(bytes, reply.raw);
  } catch (error) {
    // The client went away: nobody is left to answer.
    if (!reply.raw.writableFinished)
      cloud.log.info(
        `GET ${request.url} ended early: ${error instanceof Error ? error.message : String(error)}`,
      );
  }
  return reply;
}

/** 304 or 412 where the request's conditions say so. */
function conditionOf({ headers }: Request, { md5, modified }: ObjectRow): number | undefined {
  const tags = (header: string | undefined) =>
    header?.split(',').map((tag) => tag.trim().replace(/^"|"$/g, ''));
  const none = tags(headers['if-none-match']);
  if (none?.some((tag) => tag === '*' || tag === md5)) return 304;
  const match = tags(headers['if-match']);
  if (match && !match.some((tag) => tag === '*' || tag === md5)) return 412;
  const since = Date.parse(headers['if-modified-since'] ?? '');
  if (!none && Math.floor(modified / 1000) * 1000 <= since) return 304;
  const unmodified = Date.parse(headers['if-unmodified-since'] ?? '');
  return Math.floor(modified / 1000) * 1000 > unmodified ? 412 : undefined;
}

function describe(reply: Reply, row: ObjectRow): Reply {
  return reply.headers({
    ...(JSON.parse(row.headers) as Headers),
    'content-type': row.content_type,
    etag: row.md5,
    'last-modified': new Date(row.modified).toUTCString(),
    'x-timestamp': (row.modified / 1000).toFixed(5),
    'accept-ranges': 'bytes',
  });
}

function existing(cloud: Cloud, region: string, { account, container, object }: Target): ObjectRow {
  const row = cloud.objects.find(region, account, container, object);
  if (!row) throw notFound();
  return row;
}

function notFound(): Fault {
  return new Fault(404, 'The resource could not be found.');
}

function refuseNotYet(request: Request): void {
  const found = notYet.find(({ is }) => is(request));
  if (found)
    throw new Fault(501, `The emulator does not do ${found.text} yet.`, { rule: 'emulator/not-yet' });
}

function flat(
  headers: Record<string, number | string | string[] | undefined>,
): Record<string, number | string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]): [string, number | string | string[]][] =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
