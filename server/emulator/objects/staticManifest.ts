import { createHash } from 'node:crypto';
import { isObject } from '../../rules/subjects.ts';
import type { Json } from '../../rules/types.ts';
import { textOf } from '../body.ts';
import { microseconds } from '../clock.ts';
import type { Cloud } from '../cloud.ts';
import { Fault } from '../faults.ts';
import { contentOf, type Place, rangeOf, type Segment, segmentsOf, splitName, unquoted } from './content.ts';
import { leastSegment, limits } from './limits.ts';
import { rangesOf } from './ranges.ts';
import type { ObjectRow } from './records.ts';

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
 * now. Faults: 400 with every problem by name, 413 for too many segments.
 */
export function checkManifest(cloud: Cloud, place: Place, body: Buffer): CheckedManifest {
  const wanted = readManifestBody(body);
  const problems: string[] = [];
  const segments = wanted.flatMap((asked): Segment[] => {
    const segment = checkSegment(cloud, place, asked);
    if (typeof segment !== 'string') return [segment];
    problems.push(`${asked.path}, ${segment}`);
    return [];
  });
  const least = leastSegment(cloud.profile);
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (problems.length === 0 && lengthOf(segment) < (isLast ? 1 : least))
      problems.push(
        `Index ${index}: too small; each segment${isLast ? '' : ', except the last,'} must be at least ${isLast ? 1 : least} bytes.`,
      );
  }
  if (problems.length > 0) throw new Fault(400, `Errors:\n${problems.join('\n')}\n`);
  const hashes = segments
    .map(({ hash, range }) => (range === undefined ? hash : `${hash}:${range};`))
    .join('');
  return {
    text: JSON.stringify(segments),
    size: segments.reduce((sum, segment) => sum + lengthOf(segment), 0),
    etag: createHash('md5').update(hashes).digest('hex'),
  };
}

/** The manifest in the form in which it can be sent again. */
export function rawManifest(cloud: Cloud, row: ObjectRow): string {
  return JSON.stringify(
    segmentsOf(cloud, row).map(({ name, hash, bytes, range }) => ({
      path: name,
      etag: hash,
      size_bytes: bytes,
      ...(range === undefined ? {} : { range }),
    })),
  );
}

function checkSegment(cloud: Cloud, place: Place, { path, etag, size, range }: Wanted): Segment | string {
  const [container, name] = splitName(path);
  const row = cloud.objects.find(place.region, place.account, container, name);
  if (!row) return '404 Not Found';
  const content = contentOf(cloud, place, row);
  if (size !== undefined && size !== content.size) return 'Size Mismatch';
  if (etag !== undefined && unquoted(etag) !== unquoted(content.etag)) return 'Etag Mismatch';
  const span = range === undefined ? undefined : readRange(range, content.size);
  if (range !== undefined && span === undefined) return 'Unsatisfiable Range';
  const isWhole = span === undefined || span === `0-${content.size - 1}`;
  return {
    name: `/${container}/${name}`,
    bytes: content.size,
    hash: unquoted(content.etag),
    content_type: row.content_type,
    last_modified: microseconds(row.modified),
    ...(isWhole ? {} : { range: span }),
    ...(row.slo_etag === null ? {} : { sub_slo: true }),
  };
}

/** `first-last` within the segment. */
function readRange(range: string, size: number): string | undefined {
  if (range.includes(',')) return undefined;
  try {
    const [found] = rangesOf(`bytes=${range}`, size) ?? [];
    return found && `${found.start}-${found.end}`;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

function lengthOf(segment: Segment): number {
  const { start, end } = rangeOf(segment);
  return end - start + 1;
}

const members = ['path', 'etag', 'size_bytes', 'range'];

function readManifestBody(body: Buffer): Wanted[] {
  let list: Json;
  try {
    list = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError)
      throw new Fault(400, 'Manifest must be valid JSON.');
    throw error;
  }
  if (!Array.isArray(list)) throw new Fault(400, 'Manifest must be a list.');
  if (list.length === 0) throw new Fault(400, 'Manifest must have at least one segment.');
  if (list.length > limits.segments) throw new Fault(413, `Number of segments must be <= ${limits.segments}`);
  const problems: string[] = [];
  const wanted = list.flatMap((item, index): Wanted[] => {
    const found = readSegment(item);
    if (typeof found !== 'string') return [found];
    problems.push(`Index ${index}: ${found}`);
    return [];
  });
  if (problems.length > 0) throw new Fault(400, problems.join('\n'));
  return wanted;
}

/** A problem is a text. */
function readSegment(item: Json): Wanted | string {
  if (!isObject(item)) return 'not a JSON object';
  const strange = Object.keys(item).filter((name) => !members.includes(name));
  if (strange.includes('data')) return 'inline data is not done by the emulator';
  if (strange.length > 0) return `extraneous keys ${strange.map((name) => JSON.stringify(name)).join(', ')}`;
  const { path, etag = null, size_bytes = null, range = null } = item;
  if (typeof path !== 'string') return 'path must be a string';
  if (splitName(path).includes(''))
    return 'path does not refer to an object. Path must be of the form /container/object.';
  const size = size_bytes === null ? undefined : Number(size_bytes);
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) return 'invalid size_bytes';
  if (size === 0) return 'too small; each segment must be at least 1 byte.';
  if (etag !== null && typeof etag !== 'string') return 'etag must be a string';
  if (range !== null && (typeof range !== 'string' || !/^(\d+-\d*|-\d+)$/.test(range)))
    return 'invalid range';
  return { path, etag: textOf(etag), size, range: textOf(range) };
}
