import { randomBytes } from 'node:crypto';
import type { Range } from '../../../kernel/ranges.ts';
import { readQuery } from '../../../kernel/request.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import { sendBody } from '../../../kernel/sending.ts';
import type { Piece } from '../../../store/pieces.ts';
import type { EmulatorContext } from '../../context.ts';
import type { Headers } from '../headers.ts';
import { type Content, everything, findContent, ownContent, type View } from '../large/content.ts';
import { renderManifest } from '../large/staticManifest.ts';
import { readRanges } from '../rangeHeader.ts';
import type { ObjectRow } from '../records.ts';
import type { TemporaryUrl } from '../temporaryUrl.ts';
import { checkConditions, preconditionFailed } from './conditions.ts';

interface Download {
  readonly view: View;
  readonly row: ObjectRow;
  readonly url: TemporaryUrl | undefined;
  /** `get`: what is stored of a large object, not its segments. */
  readonly manifest: string | null;
}

/** GET and HEAD of an object: its content, or with `multipart-manifest=get` what is stored of a large one. */
export async function download(
  context: EmulatorContext,
  request: Request,
  reply: Reply,
  { view, row, url, manifest }: Download,
) {
  const asksManifest = manifest === 'get';
  const isStatic = row.slo_etag !== null;
  if (isStatic && asksManifest && readQuery(request).get('format') === 'raw') {
    describe(reply, row, row.md5, url);
    return reply.type('application/json; charset=utf-8').send(renderManifest(context, row));
  }
  const content = asksManifest ? ownContent(row) : findContent(context, view, row);
  describe(reply, row, content.etag, url);
  const type = isStatic && asksManifest ? 'application/json; charset=utf-8' : row.content_type;
  reply.header('content-type', type);
  const condition = checkConditions(request, content.etag, row.modified);
  if (condition === 304) return reply.code(304).send();
  if (condition) throw preconditionFailed();
  if (request.method === 'HEAD')
    return (content.isWhole ? reply.header('content-length', content.size) : reply).send();
  const plan = planDownload(content, type, askedRanges(content, request.headers.range));
  reply.code(plan.status).headers(plan.headers);
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
  const own = Object.entries(JSON.parse(row.headers) as Headers).filter(
    ([name]) => !url || !name.startsWith('x-object-meta-') || name.startsWith('x-object-meta-public-'),
  );
  reply.headers({
    ...Object.fromEntries(own),
    'content-type': row.content_type,
    etag,
    'last-modified': new Date(row.modified).toUTCString(),
    'x-timestamp': (row.modified / 1000).toFixed(5),
    'accept-ranges': 'bytes',
    ...(row.slo_etag === null ? {} : { 'x-static-large-object': 'True' }),
    ...(row.expires === null ? {} : { 'x-delete-at': String(Math.floor(row.expires / 1000)) }),
    ...(url?.headers ?? {}),
  });
}

function measureRange({ start, end }: Range): number {
  return end - start + 1;
}
