import { isUtf8 } from 'node:buffer';
import { ApiError } from '../../../kernel/apiError.ts';
import { formatMicroseconds } from '../../../kernel/clock.ts';
import { createPauses } from '../../../kernel/pauses.ts';
import { readQuery } from '../../../kernel/request.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import { limits } from '../limits.ts';
import { encodePath, readAccountName, readTarget } from '../paths.ts';
import { refuse } from '../refusals.ts';
import { describeLink, linkOf } from '../symlinks.ts';
import type { Asked, Entry } from './list.ts';
import { element, escapeText, pythonJson } from './python.ts';

export interface ListedObject {
  readonly name: string;
  readonly bytes: number;
  readonly hash: string;
  readonly content_type: string;
  readonly modified: number;
  readonly slo_etag: string | null;
  /** As JSON. */
  readonly headers: string;
  /** Of the object that stands there, where the container has versions. */
  readonly version: string | null;
}

export interface ListedContainer {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
  readonly modified: number;
}

/** Reads the query of a listing; a limit that is no number is none. Throws 412 for one over Swift's. */
export function readListingQuery(request: Request): Asked {
  requireText(request);
  const query = readQuery(request);
  const limit = query.get('limit');
  const most = /^\d+$/.test(limit ?? '') ? Number(limit) : limits.listing;
  if (most > limits.listing) throw new ApiError('files/listing-limit', `Maximum limit is ${limits.listing}`);
  const path = query.get('path');
  const folder = path === null || path === '' ? '' : `${path.replace(/\/+$/, '')}/`;
  return {
    prefix: path === null ? (query.get('prefix') ?? '') : folder,
    delimiter: path === null ? (query.get('delimiter') ?? '') : '/',
    marker: query.get('marker') ?? '',
    endMarker: query.get('end_marker') ?? '',
    limit: most,
    reverse: /^(1|true|yes|on|t|y)$/i.test(query.get('reverse') ?? ''),
    flat: path !== null,
  };
}

/** Throws 400 for a parameter that is no UTF-8. */
function requireText({ url }: Request): void {
  for (const part of url.slice(url.indexOf('?') + 1).split('&')) {
    const [name = '', value = ''] = part.split('=', 2);
    if (!parameters.has(name) || isUtf8(Buffer.from(decodeBytes(value), 'latin1'))) continue;
    throw new ApiError('files/listing-query', `"${name}" parameter not valid UTF-8`);
  }
}

const parameters: ReadonlySet<string> = new Set([
  ...['marker', 'end_marker', 'prefix', 'delimiter', 'path', 'format', 'reverse'],
]);

function decodeBytes(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
}

type Listed = ListedObject | ListedContainer;
type Format = 'text/plain' | 'application/json' | 'application/xml' | 'text/xml';

/** Names line by line, where no text at all is 204; or JSON or XML, as `format` or `Accept` asks. Throws 406. */
export async function answerListing(
  request: Request,
  reply: Reply,
  root: { tag: 'account' | 'container'; name: string },
  entries: readonly Entry<Listed>[],
): Promise<Reply> {
  const format = chooseFormat(request);
  varyByAccept(request, reply);
  reply.type(`${format}; charset=utf-8`);
  if (format === 'application/json') {
    const items = await write(entries, (entry) => pythonJson(view(entry, request)));
    return reply.send(`[${items.join(', ')}]`);
  }
  if (format !== 'text/plain') {
    const end = root.tag === 'account' ? '\n' : '';
    const items = await write(entries, (entry) => xmlItem(entry, end, request));
    return reply.send(
      `<?xml version="1.0" encoding="UTF-8"?>\n${element(root.tag, { name: root.name }, end + items.join(''))}`,
    );
  }
  if (entries.length === 0) return reply.code(204).send();
  return reply.send(
    `${entries.map((entry) => ('subdir' in entry ? entry.subdir : entry.name)).join('\n')}\n`,
  );
}

async function write(
  entries: readonly Entry<Listed>[],
  text: (entry: Entry<Listed>) => string,
): Promise<string[]> {
  const pause = createPauses();
  const texts: string[] = [];
  for (const entry of entries) {
    texts.push(text(entry));
    await pause();
  }
  return texts;
}

/** Tells caches that `Accept` chose the format, where it could. */
export function varyByAccept(request: Request, reply: Reply): void {
  if (!readQuery(request).has('format')) reply.header('vary', 'Accept');
}

/** The format of a listing, which `Accept` may choose where the query does not. Throws 406. */
export function chooseFormat(request: Request): Format {
  const named: Readonly<Record<string, Format>> = {
    plain: 'text/plain',
    json: 'application/json',
    xml: 'application/xml',
  };
  const format = named[readQuery(request).get('format')?.toLowerCase() ?? ''];
  if (format) return format;
  const asked = (request.headers.accept ?? '')
    .split(',')
    .map((part, index) => {
      const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const quality = parameters.find((text) => text.startsWith('q='))?.slice(2);
      return { type, quality: quality === undefined ? 1 : Number(quality), index };
    })
    .filter(({ type, quality }) => type !== '' && quality > 0)
    .sort((one, other) => other.quality - one.quality || one.index - other.index);
  if (asked.length === 0) return 'text/plain';
  const known: readonly Format[] = ['text/plain', 'application/json', 'application/xml', 'text/xml'];
  for (const { type } of asked) {
    const found = known.find(
      (format) => type === format || type === '*/*' || type === `${format.split('/')[0]}/*`,
    );
    if (found) return found;
  }
  throw refuse('files/accept');
}

/** As Swift writes each entry. */
function view(entry: Entry<Listed>, request: Request): Readonly<Record<string, string | number | boolean>> {
  if ('subdir' in entry) return { subdir: entry.subdir };
  if ('count' in entry) {
    const { name, count, bytes, modified } = entry;
    return { name, count, bytes, last_modified: formatMicroseconds(modified) };
  }
  const { name, bytes, hash, content_type, modified, slo_etag, version } = entry;
  const link = linkOf(entry);
  const at = `/v1/${readAccountName(request)}`;
  const shown =
    version === null ? undefined : `${at}/${encodePath(`${readTarget(request).container}/${name}`)}`;
  return {
    bytes,
    hash,
    name,
    content_type,
    last_modified: formatMicroseconds(modified),
    ...(slo_etag === null ? {} : { slo_etag: `"${slo_etag}"` }),
    ...(link ? describeLink(link, at) : {}),
    ...(shown === undefined ? {} : { symlink_path: `${shown}?version-id=${version}`, version_symlink: true }),
  };
}

const fields = {
  container: ['name', 'count', 'bytes', 'last_modified'],
  object: ['name', 'hash', 'bytes', 'content_type', 'last_modified'],
} as const;

function xmlItem(entry: Entry<Listed>, end: string, request: Request): string {
  if ('subdir' in entry) {
    const { subdir: name } = entry;
    return element('subdir', { name }, end === '' ? element('name', {}, escapeText(name)) : '') + end;
  }
  const item = 'count' in entry ? 'container' : 'object';
  const values = view(entry, request);
  const inner = fields[item].map((field) => element(field, {}, escapeText(String(values[field]))));
  return element(item, {}, inner.join('')) + end;
}
