import { randomBytes } from 'node:crypto';
import type { Range } from '../../../kernel/ranges.ts';
import { readQuery } from '../../../kernel/request.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import { sendBody } from '../../../kernel/sending.ts';
import type { Piece } from '../../../store/pieces.ts';
import type { EmulatorContext } from '../../context.ts';
import { type Opened, viewOf } from '../access.ts';
import { describeToPage } from '../cors.ts';
import { formatModified, formatTimestamp, type Headers } from '../headers.ts';
import { type Content, everything, findContent, ownContent } from '../large/content.ts';
import { renderManifest } from '../large/staticManifest.ts';
import { readAccountName } from '../paths.ts';
import { readRanges } from '../rangeHeader.ts';
import type { ObjectRow } from '../records.ts';
import { follow, linkOf, renderLink } from '../symlinks.ts';
import type { TemporaryUrl } from '../temporaryUrl.ts';
import { readVersion } from '../versions/read.ts';
import { checkConditions } from './conditions.ts';

/**
 * GET and HEAD of an object, or of a version of it: its content, what it links to, or with `multipart-manifest=get` what is
 * stored of a large one. `status`: of a page that stands for a refusal.
 */
export async function download(
  context: EmulatorContext,
  region: string,
  request: Request,
  reply: Reply,
  opened: Opened,
  status?: number,
): Promise<Reply> {
  const { account, url, manifest, authority } = opened;
  const query = readQuery(request);
  const named = readAccountName(request);
  const found = readVersion(context, region, opened, request, named);
  const asksLink = query.get('symlink') === 'get';
  const { row, location, ...at } = asksLink
    ? { row: found.row, account, location: undefined }
    : follow(context, region, account, named, found.row, (other, container) =>
        authority.require('read', other, container),
      );
  const link = asksLink ? linkOf(row) : undefined;
  reply.headers({
    ...(location === undefined ? {} : { 'content-location': location }),
    ...found.headers,
    ...(link ? renderLink(link) : {}),
  });
  const view = viewOf(region, at.account, authority);
  const asksManifest = manifest === 'get';
  const isStatic = row.slo_etag !== null;
  if (isStatic && asksManifest && query.get('format') === 'raw') {
    describe(reply, row, row.md5, url);
    return reply.type('application/json; charset=utf-8').send(renderManifest(context, row));
  }
  const content = asksManifest ? ownContent(row) : findContent(context, view, row);
  describe(reply, row, content.etag, url);
  if (isStatic && !asksManifest) reply.header('x-manifest-etag', row.md5);
  const type = isStatic && asksManifest ? 'application/json; charset=utf-8' : row.content_type;
  reply.header('content-type', type);
  const condition = checkConditions(request, content.etag, row.modified);
  if (condition === 412)
    reply
      .removeHeader('accept-ranges')
      .headers({ 'content-type': 'text/html; charset=UTF-8', 'x-cloud-images-rule': 'files/precondition' });
  if (condition) return reply.code(condition).send();
  if (request.method === 'HEAD')
    return (content.isWhole ? reply.header('content-length', content.size) : reply)
      .code(status ?? 200)
      .send();
  const plan = planDownload(content, type, status ? undefined : askedRanges(content, request.headers.range));
  reply.code(status ?? plan.status).headers(plan.headers);
  describeToPage(context, request, reply);
  return sendBody(context, request, reply, plan.body);
}

interface Plan {
  readonly status: 200 | 206;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Texts between the parts, and where the bytes of each part lie. */
  readonly body: readonly (string | Iterable<Piece>)[];
}

/** Where not all was counted, one range that ends before counts, and any other means everything, as in Swift. */
function askedRanges({ size, isWhole }: Content, header: string | undefined): readonly Range[] | undefined {
  if (isWhole) return readRanges(header, size);
  const [range, ...more] = readRanges(header, Number.POSITIVE_INFINITY) ?? [];
  return range && range.end < size && more.length === 0 ? [range] : undefined;
}

/** Several ranges are answered as parts of one body, each with its own header. */
function planDownload(content: Content, type: string, ranges: readonly Range[] | undefined): Plan {
  const { size, isWhole } = content;
  if (!ranges && !isWhole) return { status: 200, headers: {}, body: [content.pieces(everything)] };
  if (!ranges) {
    const body = size === 0 ? [] : [content.pieces({ start: 0, end: size - 1 })];
    return { status: 200, headers: { 'content-length': size }, body };
  }
  const spoken = ({ start, end }: Range) => `bytes ${start}-${end}/${size}`;
  const [only] = ranges;
  if (only && ranges.length === 1) {
    const headers = { 'content-length': measureRange(only), 'content-range': spoken(only) };
    return { status: 206, headers, body: [content.pieces(only)] };
  }
  const boundary = randomBytes(16).toString('hex');
  const body = ranges.flatMap((range, index) => [
    `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${spoken(range)}\r\n\r\n`,
    content.pieces(range),
  ]);
  const end = `\r\n--${boundary}--`;
  const texts = [...body, end].filter((part) => typeof part === 'string');
  const length =
    ranges.reduce((sum, range) => sum + measureRange(range), 0) +
    texts.reduce((sum, text) => sum + Buffer.byteLength(text, 'latin1'), 0);
  return {
    status: 206,
    headers: { 'content-length': length, 'content-type': `multipart/byteranges;boundary=${boundary}` },
    body: [...body, end],
  };
}

function describe(reply: Reply, row: ObjectRow, etag: string, url: TemporaryUrl | undefined): void {
  const headers: Headers = JSON.parse(row.headers);
  const own = Object.entries(headers).filter(
    ([name]) =>
      !name.includes('-sysmeta-') &&
      (!url || !name.startsWith('x-object-meta-') || name.startsWith('x-object-meta-public-')),
  );
  reply.headers({
    ...Object.fromEntries(own),
    'content-type': row.content_type,
    etag,
    'last-modified': formatModified(row.modified),
    'x-timestamp': formatTimestamp(row.modified),
    'accept-ranges': 'bytes',
    ...(row.slo_etag === null ? {} : { 'x-static-large-object': 'True' }),
    ...(row.expires === null ? {} : { 'x-delete-at': String(Math.floor(row.expires / 1000)) }),
    ...(url ? url.headers(headers['content-disposition']) : {}),
  });
}

function measureRange({ start, end }: Range): number {
  return end - start + 1;
}
