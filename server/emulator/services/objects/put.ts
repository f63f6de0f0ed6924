import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { readBytes } from '../../kernel/body.ts';
import type { Cloud } from '../../kernel/cloud.ts';
import { Fault } from '../../kernel/errorBody.ts';
import type { Reply, Request } from '../../kernel/http.ts';
import { type Opened, viewOf } from './access.ts';
import { unquoted } from './content.ts';
import { contentHeadersOf, expiryOf, objectMetadata, refuseUnknown } from './headers.ts';
import { limits } from './limits.ts';
import type { Target } from './paths.ts';
import type { Headers, NewObject, ObjectRow } from './records.ts';
import { checkManifest } from './staticManifest.ts';
import { receive, type Upload } from './upload.ts';

/** What a request says of an object beside its bytes. */
export interface Fields {
  readonly contentType: string | undefined;
  readonly headers: Headers;
  readonly expires: number | null;
}

/** Faults: 400, before any body is read. */
export function fieldsOf(cloud: Cloud, request: Request): Fields {
  refuseUnknown(request);
  return {
    contentType: contentTypeOf(request),
    headers: { ...contentHeadersOf(request), ...objectMetadata(request) },
    expires: expiryOf(request, cloud.clock.now()),
  };
}

/** Any text, of whatever form. Faults: 400 where it is none. */
function contentTypeOf({ headers }: Request): string | undefined {
  const type = headers['content-type'] ?? '';
  if (!isUtf8(Buffer.from(type, 'latin1'))) throw new Fault(400, 'Invalid Content-Type');
  return type === '' ? undefined : type;
}

/** PUT of a body, or of a static large object's manifest. */
export async function putObject(
  cloud: Cloud,
  region: string,
  target: Opened,
  request: Request,
  reply: Reply,
): Promise<Reply> {
  const { headers } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)
    throw new Fault(411, 'Missing Content-Length header.');
  const fields = fieldsOf(cloud, request);
  refuseConditions(cloud, region, target, request);
  if (target.manifest === 'put') {
    const body = await readManifest(request);
    return answerCreated(reply, await putManifest(cloud, region, target, { request, fields, body }));
  }
  const upload = await receive(request.raw, cloud.blobs, 'sha256');
  const row = await enterFile(cloud, upload, () => {
    refuseOtherEtag(request, upload.md5);
    return putRow(cloud, region, target, request, {
      blob: upload.hash,
      size: upload.size,
      md5: upload.md5,
      ...fields,
    });
  });
  return answerCreated(reply, row);
}

/** Faults: 413 before any of it is read. */
async function readManifest(request: Request): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limits.manifestBytes)
    throw new Fault(413, `Manifest File > ${limits.manifestBytes} bytes`);
  return readBytes(request, limits.manifestBytes);
}

/** Enters a static large object by its manifest, in the form in which clients send it. */
export async function putManifest(
  cloud: Cloud,
  region: string,
  target: Target & Pick<Opened, 'authority'>,
  { request, fields, body }: { request: Request; fields: Fields; body: Buffer },
): Promise<ObjectRow> {
  const view = viewOf(region, target.account, target.authority);
  const { text, ...slo } = await checkManifest(cloud, view, target, body);
  refuseOtherEtag(request, slo.etag);
  const file = writeText(cloud, text);
  return enterFile(cloud, file, () =>
    putRow(cloud, region, target, request, {
      blob: file.hash,
      size: file.size,
      md5: file.md5,
      ...fields,
      slo,
    }),
  );
}

/** Adopts a synced file in the same change as `enter`; where that is refused, nothing of it stays. */
export async function enterFile(cloud: Cloud, upload: Upload, enter: () => ObjectRow): Promise<ObjectRow> {
  const { file, size, hash } = upload;
  try {
    return await cloud.store.write(() => {
      cloud.blobs.adopt(file, hash, size);
      return enter();
    });
  } catch (error) {
    cloud.blobs.discard(file);
    throw error;
  }
}

/** Inside `store.write`. */
export function putRow(
  cloud: Cloud,
  region: string,
  target: Target,
  request: Request,
  object: Omit<NewObject, 'name' | 'contentType'> & Fields,
): ObjectRow {
  refuseConditions(cloud, region, target, request); // what others did meanwhile counts
  const { account, container, object: name } = target;
  const contentType = object.contentType ?? 'application/octet-stream';
  return cloud.objects.put(region, account, container, { ...object, name, contentType });
}

/** A small content of our own as a synced file. */
export function writeText(cloud: Cloud, text: string): Upload {
  const path = cloud.blobs.incoming();
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } catch (error) {
    cloud.blobs.discard(path);
    throw error;
  } finally {
    closeSync(file);
  }
  const sum = (name: string) => createHash(name).update(text).digest('hex');
  return { file: path, size: Buffer.byteLength(text), md5: sum('md5'), hash: sum('sha256') };
}

function answerCreated(reply: Reply, row: ObjectRow): Reply {
  return reply
    .code(201)
    .headers({
      etag: row.slo_etag === null ? row.md5 : `"${row.slo_etag}"`,
      'last-modified': new Date(row.modified).toUTCString(),
    })
    .type('text/html; charset=UTF-8')
    .send();
}

function refuseConditions(cloud: Cloud, region: string, target: Target, { headers }: Request): void {
  const { account, container, object } = target;
  if (!cloud.objects.container(region, account, container))
    throw new Fault(404, 'The resource could not be found.');
  const none = headers['if-none-match'];
  if (none === undefined) return;
  if (none.trim() !== '*') throw new Fault(400, 'If-None-Match only supports * when an object is written.');
  if (cloud.objects.find(region, account, container, object))
    throw new Fault(412, 'A precondition for this request was not met.');
}

function refuseOtherEtag({ headers }: Request, md5: string): void {
  const wanted = headers['etag'];
  if (typeof wanted === 'string' && unquoted(wanted).toLowerCase() !== md5)
    throw new Fault(422, 'The ETag of the request is not the MD5 of the body that arrived.');
}
