import { createHash } from 'node:crypto';
import { ApiError, notFound } from '../../../kernel/apiError.ts';
import type { Range } from '../../../kernel/ranges.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import type { Kept } from '../../../store/pieces.ts';
import { createSupply, mostPieces } from '../../../store/supply.ts';
import type { EmulatorContext } from '../../context.ts';
import { type Opened, viewOf } from '../access.ts';
import type { Headers } from '../headers.ts';
import { type Content, findContent, ownContent } from '../large/content.ts';
import { gather } from '../large/gather.ts';
import { renderManifest } from '../large/staticManifest.ts';
import { limits } from '../limits.ts';
import { readPath, stripAccountPrefix, type Target } from '../paths.ts';
import { readRanges } from '../rangeHeader.ts';
import type { ObjectRow } from '../records.ts';
import { checkConditions, preconditionFailed } from './conditions.ts';
import { enterFile, type Fields, putManifest, putRow, readObjectFields, writeText } from './put.ts';

/** COPY, with where to in `Destination`. `from` is what the path names. */
export function copyTo(
  context: EmulatorContext,
  region: string,
  from: Opened,
  request: Request,
  reply: Reply,
) {
  const header = readTextHeader(request, 'destination');
  if (header === undefined) throw new ApiError('files/path', 'Destination header required');
  const account = readOtherAccount(request, 'destination-account') ?? from.account;
  const to = readPath(account, header, 'Destination');
  from.authority.require('administer', to.account, to.container);
  return copy(context, region, { ...from, from, to }, request, reply);
}

/** PUT with `X-Copy-From`. `to` is what the path names. */
export function copyFrom(
  context: EmulatorContext,
  region: string,
  to: Opened,
  request: Request,
  reply: Reply,
) {
  if (Number(request.headers['content-length'] ?? 0) > 0)
    throw new ApiError('files/header', 'Copy requests require a zero byte body');
  const account = readOtherAccount(request, 'x-copy-from-account') ?? to.account;
  const from = readPath(account, readTextHeader(request, 'x-copy-from') ?? '', 'X-Copy-From');
  to.authority.require('read', from.account, from.container);
  return copy(context, region, { ...to, from, to }, request, reply);
}

interface Ends extends Pick<Opened, 'authority' | 'manifest'> {
  readonly from: Target;
  readonly to: Target;
}

/**
 * Copies an object; no byte moves where few pieces make it up, the copy refers to the same content. A large object's copy
 * is one plain object of all its segments' bytes, as in Swift. `multipart-manifest=get` copies the manifest, which is
 * checked as one that is sent.
 */
async function copy(context: EmulatorContext, region: string, ends: Ends, request: Request, reply: Reply) {
  const { from, to, authority } = ends;
  const { account, container, object } = from;
  const source = context.objects.find(region, account, container, object);
  if (!source) throw notFound('files/not-found');
  const asManifest = ends.manifest === 'get';
  const content = asManifest
    ? ownContent(source)
    : findContent(context, viewOf(region, account, authority), source);
  if (checkConditions(request, content.etag, source.modified)) throw preconditionFailed();
  const fields = mergeCopiedFields(source, asManifest, readObjectFields(context, request), request);
  const enter = (entered: Joined) => putRow(context, region, to, request, { ...entered, ...fields });
  const copied = async (): Promise<ObjectRow> => {
    if (asManifest && source.slo_etag !== null) {
      const body = Buffer.from(renderManifest(context, source));
      return putManifest(context, region, { ...to, authority }, { request, fields, body });
    }
    const [range] = readRanges(request.headers.range, content.size) ?? [];
    if (range || content.etag !== source.md5 || !content.isWhole) return join(context, content, range, enter);
    await refuseDamaged(context, source);
    return context.store.write(() => {
      // Found again: what the change before this one did counts.
      const now = context.objects.find(region, account, container, object);
      if (now?.blob !== source.blob)
        throw new ApiError('files/changed', 'The source changed while it was copied.');
      return enter(now);
    });
  };
  const row = await copied();
  return reply
    .code(201)
    .headers({
      etag: row.slo_etag === null ? row.md5 : `"${row.slo_etag}"`,
      'last-modified': new Date(row.modified).toUTCString(),
      'x-copied-from': `${encodeURIComponent(container)}/${object.split('/').map(encodeURIComponent).join('/')}`,
      'x-copied-from-account': account,
      'x-copied-from-last-modified': new Date(source.modified).toUTCString(),
    })
    .type('text/html; charset=UTF-8')
    .send();
}

/** A copy is the same content: of one that is known to be damaged there is none. */
async function refuseDamaged({ blobs }: EmulatorContext, { blob, size }: ObjectRow): Promise<void> {
  const kept = blobs.keep([{ blob, start: 0, length: size }]);
  try {
    await blobs.refuseDamaged(kept);
  } finally {
    kept.release();
  }
}

type Joined = Pick<ObjectRow, 'blob' | 'size' | 'md5'>;

/**
 * Enters bytes that lie in several places as one content, which has their hash and no file of its own; where they lie in
 * very many, they are written into one. Throws 413 where they are too many, or more than one listing counts.
 */
async function join(
  context: EmulatorContext,
  content: Content,
  range: Range | undefined,
  enter: (joined: Joined) => ObjectRow,
): Promise<ObjectRow> {
  const span = range ?? { start: 0, end: content.size - 1 };
  const size = span.end - span.start + 1;
  if (size > limits.objectBytes || !content.isWhole)
    throw new ApiError(
      'files/object-size',
      'The copy would be larger than 5 GB; copy the segments and the manifest.',
    );
  if (size === 0) {
    const empty = writeText(context, '');
    return enterFile(context, empty, () => enter({ blob: empty.hash, size: 0, md5: empty.md5 }));
  }
  const supply = createSupply(context.blobs, content.pieces(span));
  try {
    const ended = await supply.fill();
    const kept = supply.kept();
    if (!ended || kept.pieces.length > mostPieces) {
      const file = await gather(context.blobs, supply, limits.objectBytes);
      return await enterFile(context, file, () => enter({ blob: file.hash, size, md5: file.md5 }));
    }
    const { md5, hash } = await sumsOf(context, kept);
    return await context.store.write(() => {
      context.blobs.compose(hash, size, kept);
      return enter({ blob: hash, size, md5 });
    });
  } finally {
    supply.release();
  }
}

async function sumsOf(context: EmulatorContext, kept: Kept): Promise<{ md5: string; hash: string }> {
  const md5 = createHash('md5');
  const hash = createHash('sha256');
  for await (const bytes of context.blobs.read(kept, true)) {
    md5.update(bytes);
    hash.update(bytes);
  }
  return { md5: md5.digest('hex'), hash: hash.digest('hex') };
}

/** The source's headers under the request's, or with `X-Fresh-Metadata` the request's alone. */
function mergeCopiedFields(source: ObjectRow, asManifest: boolean, asked: Fields, request: Request): Fields {
  const isFresh = /^(true|1|yes|on|t|y)$/i.test(readTextHeader(request, 'x-fresh-metadata') ?? '');
  const old = Object.entries(JSON.parse(source.headers) as Headers).filter(([name]) =>
    name === 'x-object-manifest' ? asManifest : !(isFresh && name.startsWith('x-object-meta-')),
  );
  return {
    contentType: asked.contentType ?? source.content_type,
    headers: { ...Object.fromEntries(old), ...asked.headers },
    expires: asked.expires ?? (isFresh ? null : source.expires),
  };
}

/** The other end's account where a header names one. */
function readOtherAccount(request: Request, header: string): string | undefined {
  const named = readTextHeader(request, header);
  return named === undefined ? undefined : stripAccountPrefix(named);
}

function readTextHeader({ headers }: Request, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
