import { createHash } from 'node:crypto';
import { ApiError, notFound } from '../../../kernel/apiError.ts';
import type { Range } from '../../../kernel/ranges.ts';
import { readQuery } from '../../../kernel/request.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import type { Kept } from '../../../store/pieces.ts';
import { createSupply, mostPieces } from '../../../store/supply.ts';
import type { EmulatorContext } from '../../context.ts';
import { type Opened, viewOf } from '../access.ts';
import { formatModified, type Headers } from '../headers.ts';
import { type Content, findContent, ownContent } from '../large/content.ts';
import { gather } from '../large/gather.ts';
import { renderManifest } from '../large/staticManifest.ts';
import { limits } from '../limits.ts';
import { encodePath, isTrue, readPath, stripAccountPrefix, type Target } from '../paths.ts';
import { refuseOverQuota } from '../quotas.ts';
import { readRanges } from '../rangeHeader.ts';
import type { ObjectRow } from '../records.ts';
import { follow } from '../symlinks.ts';
import { asObject, findVersion } from '../versions/records.ts';
import { checkConditions, preconditionFailed } from './conditions.ts';
import { enterFile, writeText } from './files.ts';
import { guessType } from './mediaTypes.ts';
import { describeCreated, type Fields, putManifest, putRow, readObjectFields } from './put.ts';

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
  from.authority.require('write', to.account, to.container);
  const version = readQuery(request).get('version-id');
  return copy(context, region, { ...from, from, to, version }, request, reply);
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
  const [path = '', query] = (readTextHeader(request, 'x-copy-from') ?? '').split('?');
  const from = readPath(account, path, 'X-Copy-From');
  to.authority.require('read', from.account, from.container);
  const version = new URLSearchParams(query).get('version-id');
  return copy(context, region, { ...to, from, to, version }, request, reply);
}

interface Ends extends Pick<Opened, 'authority' | 'manifest'> {
  readonly from: Target;
  readonly to: Target;
  /** Of the source. */
  readonly version: string | null;
}

/**
 * Copies an object; no byte moves where few pieces make it up, the copy refers to the same content. A large object's copy
 * is one plain object of all its segments' bytes, as in Swift. `multipart-manifest=get` copies the manifest, which is
 * checked as one that is sent.
 */
async function copy(context: EmulatorContext, region: string, ends: Ends, request: Request, reply: Reply) {
  const { from, to, authority } = ends;
  const { row: source, account } = findSource(context, region, ends, request);
  const asManifest = ends.manifest === 'get';
  const content = asManifest
    ? ownContent(source)
    : findContent(context, viewOf(region, account, authority), source);
  if (checkConditions(request, content.etag, source.modified)) throw preconditionFailed();
  const asked = readObjectFields(context, request);
  const fields = mergeCopiedFields(source, asManifest, asked, { request, to });
  await refuseOverQuota(context, region, to, content.size);
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
      if (findSource(context, region, ends, request).row.blob !== source.blob)
        throw new ApiError('files/changed', 'The source changed while it was copied.');
      return enter(source);
    });
  };
  const row = await copied();
  return reply
    .code(201)
    .headers({
      ...describeCreated(row),
      ...shownMetadata(row),
      'x-copied-from': encodePath(`${from.container}/${from.object}`),
      'x-copied-from-account': `${context.profile.identity.accountPrefix}${from.account}`,
      'x-copied-from-last-modified': formatModified(source.modified),
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

/** The object that is copied: what it links to, but with `symlink=get` the link itself. Throws 404. */
function findSource(
  context: EmulatorContext,
  region: string,
  { from, version, authority }: Ends,
  request: Request,
): { readonly row: ObjectRow; readonly account: string } {
  const { objects, store } = context;
  const { account, container, object } = from;
  const row = objects.find(region, account, container, object);
  const place = version === null ? undefined : objects.container(region, account, container);
  const older = place && version !== null ? findVersion(store, place.key, object, version) : undefined;
  const found = older?.blob ? asObject({ ...older, blob: older.blob }) : row;
  if (!found || (version !== null && version !== 'null' && !older?.blob)) throw notFound('files/not-found');
  if (readQuery(request).get('symlink') === 'get') return { row: found, account };
  return follow(context, region, account, account, found, (other, at) =>
    authority.require('read', other, at),
  );
}

/**
 * The source's headers under the request's, or with `X-Fresh-Metadata` the request's alone. A type that is to be guessed is
 * that of the new name.
 */
function mergeCopiedFields(
  source: ObjectRow,
  asManifest: boolean,
  asked: Fields,
  { request, to }: { request: Request; to: Target },
): Fields {
  const isFresh = isTrue(readTextHeader(request, 'x-fresh-metadata'));
  const guesses = isTrue(readTextHeader(request, 'x-detect-content-type'));
  const old = Object.entries(JSON.parse(source.headers) as Headers).filter(([name]) =>
    name === 'x-object-manifest' ? asManifest : !isFresh || name.includes('-sysmeta-'),
  );
  return {
    contentType: asked.contentType ?? (guesses ? guessType(to.object) : source.content_type),
    headers: { ...Object.fromEntries(old), ...asked.headers },
    expires: asked.expires ?? (isFresh ? null : source.expires),
  };
}

/** Metadata of the copy, old and new, as the answer shows it. */
function shownMetadata({ headers, expires }: ObjectRow): Headers {
  const metadata = Object.entries(JSON.parse(headers) as Headers).filter(([name]) =>
    name.startsWith('x-object-meta-'),
  );
  return {
    ...Object.fromEntries(metadata),
    ...(expires === null ? {} : { 'x-delete-at': String(Math.floor(expires / 1000)) }),
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
