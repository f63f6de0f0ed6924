import { createHash } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { isObject, type Json } from '../../../../rules/json.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { asText } from '../../../kernel/body.ts';
import { formatMicroseconds } from '../../../kernel/clock.ts';
import { createPauses } from '../../../kernel/pauses.ts';
import type { EmulatorContext } from '../../context.ts';
import { leastSegment, limits } from '../limits.ts';
import { pythonJson } from '../listing/python.ts';
import type { Target } from '../paths.ts';
import { readRanges } from '../rangeHeader.ts';
import type { ObjectRow } from '../records.ts';
import {
  type Content,
  findContent,
  readRange,
  readSegments,
  type Segment,
  splitName,
  unquoted,
  type View,
} from './content.ts';

/** A manifest that was found right: what is stored of it, and what its object counts as. */
export interface CheckedManifest {
  readonly text: string;
  readonly size: number;
  /** The hash of the segments' hashes, in hex. */
  readonly etag: string;
}

interface Wanted {
  readonly path: string;
  readonly etag: string | undefined;
  readonly size: number | undefined;
  readonly range: string | undefined;
}

/**
 * Reads `[{"path","etag","size_bytes","range"}…]`, of which only `path` must be there, and checks each segment as it is
 * now. Throws 400 with every problem by name, 413 for too many segments or bytes.
 */
export async function checkManifest(
  context: EmulatorContext,
  view: View,
  target: Target,
  body: Buffer,
): Promise<CheckedManifest> {
  const wanted = readManifestBody(body, target);
  const pause = createPauses();
  const look = createLook(context, view);
  const problems: string[] = [];
  const segments: Segment[] = [];
  for (const asked of wanted) {
    const segment = checkSegment(look, asked);
    if (typeof segment === 'string') problems.push(`${asked.path}, ${segment}`);
    else segments.push(segment);
    await pause();
  }
  const least = leastSegment(context.profile);
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (problems.length === 0 && measureSegment(segment) < (isLast ? 1 : least))
      problems.push(
        `Index ${index}: too small; each segment${isLast ? '' : ', except the last,'} must be at least ${isLast ? 1 : least} bytes.`,
      );
  }
  if (problems.length > 0) throw new ApiError('files/manifest', `Errors:\n${problems.join('\n')}\n`);
  const size = segments.reduce((sum, segment) => sum + measureSegment(segment), 0);
  if (size > Number.MAX_SAFE_INTEGER)
    throw new ApiError(
      'files/manifest-size',
      `The emulator counts no more than ${Number.MAX_SAFE_INTEGER} bytes of one object.`,
    );
  const hashes = segments
    .map(({ hash, range }) => (range === undefined ? hash : `${hash}:${range};`))
    .join('');
  return {
    text: pythonJson(segments.map((segment) => ({ ...segment }))),
    size,
    etag: createHash('md5').update(hashes).digest('hex'),
  };
}

/** The manifest in the form in which it can be sent again. */
export function renderManifest(context: EmulatorContext, row: ObjectRow): string {
  return JSON.stringify(
    readSegments(context, row).map(({ name, hash, bytes, range }) => ({
      path: name,
      etag: hash,
      size_bytes: bytes,
      ...(range === undefined ? {} : { range }),
    })),
  );
}

interface Found {
  readonly row: ObjectRow;
  readonly content: Content;
}

/** Looks at what stands under a segment's name, once for all places that name it. A problem is a text. */
function createLook(
  context: EmulatorContext,
  view: View,
): (container: string, name: string) => Found | string {
  const known = new Map<string, Found | string>();
  const find = (container: string, name: string): Found | string => {
    try {
      view.require('read', container);
      const row = context.objects.find(view.region, view.account, container, name);
      return row ? { row, content: findContent(context, view, row) } : '404 Not Found';
    } catch (error) {
      if (error instanceof ApiError) return `${error.status} ${STATUS_CODES[error.status]}`;
      throw error;
    }
  };
  return (container, name) => {
    const key = `${container}/${name}`;
    const found = known.get(key) ?? find(container, name);
    known.set(key, found);
    return found;
  };
}

function checkSegment(
  look: ReturnType<typeof createLook>,
  { path, etag, size, range }: Wanted,
): Segment | string {
  const [container, name] = splitName(path);
  const found = look(container, name);
  if (typeof found === 'string') return found;
  const { row, content } = found;
  if (!content.isWhole) return 'A dynamic large object of so many segments has no known size';
  if (size !== undefined && size !== content.size) return 'Size Mismatch';
  if (etag !== undefined && unquoted(etag) !== unquoted(content.etag)) return 'Etag Mismatch';
  const span = range === undefined ? undefined : clampRange(range, content.size);
  if (range !== undefined && span === undefined) return 'Unsatisfiable Range';
  const isWhole = span === undefined || span === `0-${content.size - 1}`;
  return {
    name: `/${container}/${name}`,
    bytes: content.size,
    hash: unquoted(content.etag),
    content_type: row.content_type,
    last_modified: formatMicroseconds(row.modified),
    ...(isWhole ? {} : { range: span }),
    ...(row.slo_etag === null ? {} : { sub_slo: true }),
  };
}

/** `first-last` within the segment. */
function clampRange(range: string, size: number): string | undefined {
  if (range.includes(',')) return undefined;
  try {
    const [found] = readRanges(`bytes=${range}`, size) ?? [];
    return found && `${found.start}-${found.end}`;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function measureSegment(segment: Segment): number {
  const { start, end } = readRange(segment);
  return end - start + 1;
}

const members = ['path', 'etag', 'size_bytes', 'range'];

function readManifestBody(body: Buffer, target: Target): Wanted[] {
  const tooMany = new ApiError(
    'files/manifest-size',
    `Number of object-backed segments must be <= ${limits.segments}`,
  );
  if (hasMoreValues(body, limits.segments * 10)) throw tooMany;
  let list: Json;
  try {
    list = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError)
      throw new ApiError('files/manifest', 'Manifest must be valid JSON.');
    throw error;
  }
  if (!Array.isArray(list)) throw new ApiError('files/manifest', 'Manifest must be a list.');
  if (list.length > limits.segments) throw tooMany;
  const problems: string[] = [];
  const wanted = list.flatMap((item, index): Wanted[] => {
    const found = readSegment(item, target);
    if (typeof found !== 'string') return [found];
    problems.push(`Index ${index}: ${found}`);
    return [];
  });
  if (problems.length > 0) throw new ApiError('files/manifest', problems.join('\n'));
  return wanted;
}

/** True for JSON of more values than are worth reading: megabytes of `{},{},…` would be hundreds in memory. */
function hasMoreValues(json: Buffer, most: number): boolean {
  const [quote, backslash] = [0x22, 0x5c];
  const isMark = new Uint8Array(256);
  for (const mark of Buffer.from(',[{:')) isMark[mark] = 1;
  let count = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0;
    if (byte === quote) {
      at = endOfText(json, at + 1, quote, backslash);
      if (at === -1) return false;
    } else {
      count += isMark[byte] ?? 0;
      if (count > most) return true;
    }
  }
  return false;
}

/** Where a text ends that begins here; -1: nowhere. */
function endOfText(json: Buffer, from: number, quote: number, backslash: number): number {
  for (let at = json.indexOf(quote, from); at !== -1; at = json.indexOf(quote, at + 1)) {
    let slashes = 0;
    while (json[at - 1 - slashes] === backslash && at - 1 - slashes >= from) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

/** A problem is a text. */
function readSegment(item: Json, target: Target): Wanted | string {
  if (!isObject(item)) return 'not a JSON object';
  const strange = Object.keys(item).filter((name) => !members.includes(name));
  if (strange.includes('data')) return 'inline data is not done by the emulator';
  if (strange.length > 0) return `extraneous keys ${strange.map((name) => JSON.stringify(name)).join(', ')}`;
  const { path, etag = null, size_bytes = null, range = null } = item;
  if (typeof path !== 'string') return 'path must be a string';
  if (splitName(path).includes(''))
    return 'path does not refer to an object. Path must be of the form /container/object.';
  const [container, name] = splitName(path);
  if (container === target.container && name === target.object)
    return 'manifest must not include itself as a segment';
  const size = size_bytes === null ? undefined : Number(size_bytes);
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) return 'invalid size_bytes';
  if (size === 0) return 'too small; each segment must be at least 1 byte.';
  if (etag !== null && typeof etag !== 'string') return 'etag must be a string';
  if (range !== null && (typeof range !== 'string' || !/^(\d+-\d*|-\d+)$/.test(range)))
    return 'invalid range';
  return { path, etag: asText(etag), size, range: asText(range) };
}
