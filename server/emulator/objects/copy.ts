import { createHash } from 'node:crypto';
import { queryOf } from '../asked.ts';
import type { Cloud } from '../cloud.ts';
import { Fault } from '../faults.ts';
import type { Reply, Request } from '../http.ts';
import { requireFiles } from '../identity/permissions.ts';
import type { Kept } from '../store/blobs.ts';
import { conditionOf } from './conditions.ts';
import { type Content, contentOf, ownContent } from './content.ts';
import { limits } from './limits.ts';
import { accountOf, readPath, type Target } from './paths.ts';
import { enterFile, type Fields, fieldsOf, putRow, writeText } from './put.ts';
import { rangesOf } from './ranges.ts';
import type { Headers, ObjectRow } from './records.ts';

/** COPY, with where to in `Destination`. `from` is what the path names. */
export function copyTo(cloud: Cloud, region: string, from: Target, request: Request, reply: Reply) {
  const header = textHeader(request, 'destination');
  if (header === undefined) throw new Fault(412, 'Destination header required');
  const account = otherAccount(cloud, request, 'destination-account', 'administer') ?? from.account;
  return copy(cloud, region, { from, to: readPath(account, header, 'Destination') }, request, reply);
}

/** PUT with `X-Copy-From`. `to` is what the path names. */
export function copyFrom(cloud: Cloud, region: string, to: Target, request: Request, reply: Reply) {
  if (Number(request.headers['content-length'] ?? 0) > 0)
    throw new Fault(400, 'Copy requests require a zero byte body');
  const account = otherAccount(cloud, request, 'x-copy-from-account', 'read') ?? to.account;
  const from = readPath(account, textHeader(request, 'x-copy-from') ?? '', 'X-Copy-From');
  return copy(cloud, region, { from, to }, request, reply);
}

interface Ends {
  readonly from: Target;
  readonly to: Target;
}

/**
 * Copies an object; no byte moves, the copy refers to the same content. A large object's copy is one plain object of all
 * its segments' bytes, as in Swift, and still refers to theirs. `multipart-manifest=get` copies the manifest.
 */
async function copy(cloud: Cloud, region: string, { from, to }: Ends, request: Request, reply: Reply) {
  const { account, container, object } = from;
  const source = cloud.objects.find(region, account, container, object);
  if (!source) throw new Fault(404, 'The resource could not be found.');
  const asManifest = queryOf(request).get('multipart-manifest') === 'get';
  const content = asManifest ? ownContent(source) : contentOf(cloud, { region, account }, source);
  if (conditionOf(request, content.etag, source.modified))
    throw new Fault(412, 'A precondition for this request was not met.');
  const fields = copiedFields(source, asManifest, fieldsOf(cloud, request), request);
  const [range] = rangesOf(request.headers.range, content.size) ?? [];
  const isOwn = !range && content.etag === source.md5;
  const row = isOwn
    ? await cloud.store.write(() => {
        // Found again: what the change before this one did counts.
        const now = cloud.objects.find(region, account, container, object);
        if (now?.blob !== source.blob) throw new Fault(409, 'The source changed while it was copied.');
        const { blob, size, md5, slo_size, slo_etag } = now;
        const slo = slo_etag === null ? {} : { slo: { size: slo_size ?? 0, etag: slo_etag } };
        return putRow(cloud, region, to, request, { blob, size, md5, ...fields, ...slo });
      })
    : await join(cloud, content, range, (joined) =>
        putRow(cloud, region, to, request, { ...joined, ...fields }),
      );
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

type Joined = Pick<ObjectRow, 'blob' | 'size' | 'md5'>;

/** Enters bytes that lie in several places as one content, which has their hash and no file of its own. */
async function join(
  cloud: Cloud,
  content: Content,
  range: { start: number; end: number } | undefined,
  enter: (joined: Joined) => ObjectRow,
): Promise<ObjectRow> {
  const span = range ?? { start: 0, end: content.size - 1 };
  const size = span.end - span.start + 1;
  if (size > limits.objectBytes)
    throw new Fault(413, 'The copy would be larger than 5 GB; copy the segments and the manifest.');
  if (size === 0) {
    const empty = writeText(cloud, '');
    return enterFile(cloud, empty, () => enter({ blob: empty.hash, size: 0, md5: empty.md5 }));
  }
  const kept = cloud.blobs.keep(content.pieces(span));
  try {
    const { md5, hash } = await sumsOf(cloud, kept);
    return await cloud.store.write(() => {
      cloud.blobs.compose(hash, size, kept);
      return enter({ blob: hash, size, md5 });
    });
  } finally {
    kept.release();
  }
}

async function sumsOf(cloud: Cloud, kept: Kept): Promise<{ md5: string; hash: string }> {
  const md5 = createHash('md5');
  const hash = createHash('sha256');
  for await (const bytes of cloud.blobs.read(kept)) {
    md5.update(bytes);
    hash.update(bytes);
  }
  return { md5: md5.digest('hex'), hash: hash.digest('hex') };
}

/** The source's headers under the request's, or with `X-Fresh-Metadata` the request's alone. */
function copiedFields(source: ObjectRow, asManifest: boolean, asked: Fields, request: Request): Fields {
  const isFresh = /^(true|1|yes|on|t|y)$/i.test(textHeader(request, 'x-fresh-metadata') ?? '');
  const old = Object.entries(JSON.parse(source.headers) as Headers).filter(([name]) =>
    name === 'x-object-manifest' ? asManifest : !(isFresh && name.startsWith('x-object-meta-')),
  );
  return {
    contentType: asked.contentType ?? source.content_type,
    headers: { ...Object.fromEntries(old), ...asked.headers },
    expires: asked.expires ?? (isFresh ? null : source.expires),
  };
}

/** The other end's account where a header names one. Faults: 403 where the caller may not go there. */
function otherAccount(
  cloud: Cloud,
  request: Request,
  header: string,
  action: 'read' | 'administer',
): string | undefined {
  const named = textHeader(request, header);
  const { caller } = cloud.identity.authenticate(request.headers['x-auth-token']);
  if (named === undefined) return undefined;
  const account = accountOf(named);
  requireFiles(cloud.profile, caller, action, account);
  return account;
}

function textHeader({ headers }: Request, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
