import { ApiError } from '../../../kernel/apiError.ts';
import { formatMicroseconds } from '../../../kernel/clock.ts';
import { createPauses } from '../../../kernel/pauses.ts';
import { readQuery } from '../../../kernel/request.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import { limits } from '../limits.ts';
import type { Asked, Entry } from './list.ts';

export interface ListedObject {
  readonly name: string;
  readonly bytes: number;
  readonly hash: string;
  readonly content_type: string;
  readonly modified: number;
  readonly slo_etag: string | null;
}

export interface ListedContainer {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
  readonly created: number;
}

/** Reads the query of a listing. Throws 412 for a limit over Swift's. */
export function readListingQuery(request: Request): Asked {
  const query = readQuery(request);
  const limit = query.get('limit');
  if (limit !== null && (!/^\d+$/.test(limit) || Number(limit) > limits.listing))
    throw new ApiError('files/listing-limit', `Maximum limit is ${limits.listing}`);
  const path = query.get('path');
  const folder = path === null || path === '' ? '' : `${path.replace(/\/+$/, '')}/`;
  return {
    prefix: path === null ? (query.get('prefix') ?? '') : folder,
    delimiter: path === null ? (query.get('delimiter') ?? '') : '/',
    marker: query.get('marker') ?? '',
    endMarker: query.get('end_marker') ?? '',
    limit: limit === null ? limits.listing : Number(limit),
    reverse: /^(1|true|yes|on|t|y)$/i.test(query.get('reverse') ?? ''),
    flat: path !== null,
  };
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
  reply.type(`${format}; charset=utf-8`);
  if (format === 'application/json') {
    const items = await write(entries, (entry) => JSON.stringify(view(entry)));
    return reply.send(`[${items.join(',')}]`);
  }
  if (format !== 'text/plain') {
    const items = await write(entries, xmlItem);
    const { tag, name } = root;
    return reply.send(
      `<?xml version="1.0" encoding="UTF-8"?>\n<${tag} name="${escaped(name)}">${items.join('')}</${tag}>`,
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

function chooseFormat(request: Request): Format {
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
  throw new ApiError(
    'files/accept',
    'The resource could not be generated that was acceptable to your browser.',
  );
}

/** As Swift writes each entry. */
function view(entry: Entry<Listed>): Record<string, string | number> {
  if ('subdir' in entry) return { subdir: entry.subdir };
  if ('count' in entry) {
    const { name, count, bytes, created } = entry;
    return { name, count, bytes, last_modified: formatMicroseconds(created) };
  }
  const { name, bytes, hash, content_type, modified, slo_etag } = entry;
  return {
    bytes,
    hash,
    name,
    content_type,
    last_modified: formatMicroseconds(modified),
    ...(slo_etag === null ? {} : { slo_etag: `"${slo_etag}"` }),
  };
}

function xmlItem(entry: Entry<Listed>): string {
  if ('subdir' in entry)
    return `<subdir name="${escaped(entry.subdir)}"><name>${escaped(entry.subdir)}</name></subdir>`;
  const fields = Object.entries(view(entry)).map(
    ([field, value]) => `<${field}>${escaped(String(value))}</${field}>`,
  );
  const item = 'count' in entry ? 'container' : 'object';
  return `<${item}>${fields.join('')}</${item}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
