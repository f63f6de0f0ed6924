import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { ApiError, notFound } from '../../../kernel/apiError.ts';
import { readBytes } from '../../../kernel/body.ts';
import { type Most, receive, type Upload } from '../../../kernel/receiving.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { type Opened, viewOf } from '../access.ts';
import {
  type Headers,
  readContentHeaders,
  readExpiryHeaders,
  readObjectMetadata,
  refuseUnknown,
} from '../headers.ts';
import { unquoted } from '../large/content.ts';
import { checkManifest } from '../large/staticManifest.ts';
import { limits } from '../limits.ts';
import type { Target } from '../paths.ts';
import type { NewObject, ObjectRow } from '../records.ts';
import { preconditionFailed } from './conditions.ts';

/** The attributes that a request gives an object. */
export interface Fields {
  readonly contentType: string | undefined;
  readonly headers: Headers;
  readonly expires: number | null;
}

/** Throws 400, before any body is read. */
export function readObjectFields(context: EmulatorContext, request: Request): Fields {
  refuseUnknown(request);
  return {
    contentType: readContentType(request),
    headers: { ...readContentHeaders(request), ...readObjectMetadata(request) },
    expires: readExpiryHeaders(request, context.clock.now()),
  };
}

/** Any text, of whatever form. Throws 400 where it is none. */
function readContentType({ headers }: Request): string | undefined {
  const type = headers['content-type'] ?? '';
  if (!isUtf8(Buffer.from(type, 'latin1'))) throw new ApiError('files/header', 'Invalid Content-Type');
  return type === '' ? undefined : type;
}

const mostOfObject: Most = {
  bytes: limits.objectBytes,
  tooLarge: () => new ApiError('files/object-size', 'The object is larger than 5 GB; upload it in segments.'),
};

/** PUT of a body, or of a static large object's manifest. */
export async function putObject(
  context: EmulatorContext,
  region: string,
  target: Opened,
  request: Request,
  reply: Reply,
): Promise<Reply> {
  const { headers } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)
    throw new ApiError('files/length', 'Missing Content-Length header.');
  const fields = readObjectFields(context, request);
  refuseConditions(context, region, target, request);
  if (target.manifest === 'put') {
    const body = await readManifest(request);
    return answerCreated(reply, await putManifest(context, region, target, { request, fields, body }));
  }
  const upload = await receive(request.raw, context.blobs, 'sha256', mostOfObject);
  const row = await enterFile(context, upload, () => {
    refuseOtherEtag(request, upload.md5);
    return putRow(context, region, target, request, {
      blob: upload.hash,
      size: upload.size,
      md5: upload.md5,
      ...fields,
    });
  });
  return answerCreated(reply, row);
}

/** Throws 413 before any of it is read. */
async function readManifest(request: Request): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limits.manifestBytes)
    throw new ApiError('files/manifest-size', `Manifest File > ${limits.manifestBytes} bytes`);
  return readBytes(request, limits.manifestBytes);
}

/** Enters a static large object by its manifest, in the form in which clients send it. */
export async function putManifest(
  context: EmulatorContext,
  region: string,
  target: Target & Pick<Opened, 'authority'>,
  { request, fields, body }: { request: Request; fields: Fields; body: Buffer },
): Promise<ObjectRow> {
  const view = viewOf(region, target.account, target.authority);
  const { text, ...slo } = await checkManifest(context, view, target, body);
  refuseOtherEtag(request, slo.etag);
  const file = writeText(context, text);
  return enterFile(context, file, () =>
    putRow(context, region, target, request, {
      blob: file.hash,
      size: file.size,
      md5: file.md5,
      ...fields,
      slo,
    }),
  );
}

/** Adopts a synced file in the same change as `enter`; where that is refused, nothing of it stays. */
export async function enterFile(
  context: EmulatorContext,
  upload: Upload,
  enter: () => ObjectRow,
): Promise<ObjectRow> {
  const { file, size, hash } = upload;
  try {
    return await context.store.write(() => {
      context.blobs.adopt(file, hash, size);
      return enter();
    });
  } catch (error) {
    context.blobs.discard(file);
    throw error;
  }
}

/** Inside `store.write`. */
export function putRow(
  context: EmulatorContext,
  region: string,
  target: Target,
  request: Request,
  object: Omit<NewObject, 'name' | 'contentType'> & Fields,
): ObjectRow {
  refuseConditions(context, region, target, request); // what others did meanwhile counts
  const { account, container, object: name } = target;
  const contentType = object.contentType ?? 'application/octet-stream';
  return context.objects.put(region, account, container, { ...object, name, contentType });
}

/** A small content of our own as a synced file. */
export function writeText(context: EmulatorContext, text: string): Upload {
  const path = context.blobs.incoming();
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } catch (error) {
    context.blobs.discard(path);
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

function refuseConditions(
  context: EmulatorContext,
  region: string,
  target: Target,
  { headers }: Request,
): void {
  const { account, container, object } = target;
  if (!context.objects.container(region, account, container)) throw notFound('files/not-found');
  const none = headers['if-none-match'];
  if (none === undefined) return;
  if (none.trim() !== '*')
    throw new ApiError('files/header', 'If-None-Match only supports * when an object is written.');
  if (context.objects.find(region, account, container, object)) throw preconditionFailed();
}

function refuseOtherEtag({ headers }: Request, md5: string): void {
  const wanted = headers['etag'];
  if (typeof wanted === 'string' && unquoted(wanted).toLowerCase() !== md5)
    throw new ApiError('files/etag', 'The ETag of the request is not the MD5 of the body that arrived.');
}
