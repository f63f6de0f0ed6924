import { isUtf8 } from 'node:buffer';
import { ApiError, notFound } from '../../../kernel/apiError.ts';
import { readBytes } from '../../../kernel/body.ts';
import { type Most, receive } from '../../../kernel/receiving.ts';
import { readQuery } from '../../../kernel/request.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { type Opened, viewOf } from '../access.ts';
import {
  formatModified,
  type Headers,
  readContentHeaders,
  readExpiryHeaders,
  readObjectMetadata,
} from '../headers.ts';
import { unquoted } from '../large/content.ts';
import { checkManifest } from '../large/staticManifest.ts';
import { limits } from '../limits.ts';
import { isTrue, type Target } from '../paths.ts';
import { refuseOverQuota } from '../quotas.ts';
import type { NewObject, ObjectRow } from '../records.ts';
import { refuse } from '../refusals.ts';
import { readLink } from '../symlinks.ts';
import { readVersionId } from '../versions/read.ts';
import { putVersioned, restoreVersion } from '../versions/writes.ts';
import { preconditionFailed } from './conditions.ts';
import { enterFile, writeText } from './files.ts';
import { guessType } from './mediaTypes.ts';

/** The attributes that a request gives an object. */
export interface Fields {
  readonly contentType: string | undefined;
  readonly headers: Headers;
  readonly expires: number | null;
}

/** Throws 400, before any body is read. */
export function readObjectFields(context: EmulatorContext, request: Request): Fields {
  return {
    contentType: readContentType(request),
    headers: { ...readContentHeaders(request), ...readObjectMetadata(request) },
    expires: readExpiryHeaders(request, context.clock.now()),
  };
}

/** Any text, of whatever form; none where it is to be guessed. Throws 400 where it is no text. */
function readContentType({ headers }: Request): string | undefined {
  if (isTrue(String(headers['x-detect-content-type'] ?? ''))) return undefined;
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
  const version = readQuery(request).get('version-id');
  if (version) return putVersion(context, region, target, request, reply);
  const link = readLink(context, region, target, request, (account, container) =>
    target.authority.require('read', account, container),
  );
  await refuseOverQuota(context, region, target, Number(headers['content-length'] ?? 0));
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
      ...(link && { contentType: link.contentType, headers: { ...fields.headers, ...link.kept } }),
    });
  });
  return answerCreated(reply, row);
}

/** PUT of `version-id`: an older version is what the object is from now on. Throws 400 and 404. */
async function putVersion(
  context: EmulatorContext,
  region: string,
  target: Opened,
  request: Request,
  reply: Reply,
): Promise<Reply> {
  if ((request.headers['content-length'] ?? '0') !== '0')
    throw new ApiError('files/versions', 'PUT version-id requests require a zero byte body');
  const version = readVersionId(context, region, target, request) ?? '';
  const row = await context.store.write(() => restoreVersion(context, region, target, version));
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

/** Inside `store.write`. */
export function putRow(
  context: EmulatorContext,
  region: string,
  target: Target,
  request: Request,
  object: Omit<NewObject, 'name' | 'contentType'> & Fields,
): ObjectRow {
  refuseConditions(context, region, target, request); // what others did meanwhile counts
  const { object: name } = target;
  const contentType = object.contentType ?? guessType(name);
  return putVersioned(context, region, target, { ...object, name, contentType });
}

function answerCreated(reply: Reply, row: ObjectRow): Reply {
  return reply.code(201).headers(describeCreated(row)).type('text/html; charset=UTF-8').send();
}

/** What tells a client of the object that it made. */
export function describeCreated(row: ObjectRow): Headers {
  return {
    etag: row.slo_etag === null ? row.md5 : `"${row.slo_etag}"`,
    'last-modified': formatModified(row.modified),
    ...(row.version === null ? {} : { 'x-object-version-id': row.version }),
  };
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
  if (none.trim() !== '*') throw new ApiError('files/header', 'If-None-Match only supports *');
  if (context.objects.find(region, account, container, object)) throw preconditionFailed();
}

function refuseOtherEtag({ headers }: Request, md5: string): void {
  const wanted = headers['etag'];
  if (typeof wanted === 'string' && unquoted(wanted).toLowerCase() !== md5) throw refuse('files/etag');
}
