import { createHash } from 'node:crypto';
import type { Cloud } from '../cloud.ts';
import { Fault } from '../faults.ts';
import { cut, type Piece } from '../store/blobs.ts';
import { manifestOf } from './headers.ts';
import { within } from './listing.ts';
import type { Range } from './ranges.ts';
import type { ObjectRow } from './records.ts';

/** What a download of an object sends: its own bytes, or its segments' one after another. */
export interface Content {
  readonly size: number;
  /** As the header says it: that of a large object stands in quotes. */
  readonly etag: string;
  /** Where those bytes lie. Faults: 409 where a segment of a static large object is not what its manifest says. */
  pieces(range: Range): readonly Piece[];
}

/** One segment of a static large object, as its stored manifest has it. */
export interface Segment {
  /** `/container/object` */
  readonly name: string;
  /** Of the whole segment, also where only a range of it counts. */
  readonly bytes: number;
  readonly hash: string;
  readonly content_type: string;
  readonly last_modified: string;
  /** `first-last` */
  readonly range?: string;
  /** The segment is a static large object itself. */
  readonly sub_slo?: boolean;
}

export interface Place {
  readonly region: string;
  readonly account: string;
}

/** Static large objects may hold others; deeper than this Swift refuses. */
const deepest = 10;

/**
 * The content of an object. A dynamic large object is what its prefix finds now: a segment that is gone makes it
 * shorter without a word, as in Swift (facts/vhd.md §4). A static one knows its segments.
 */
export function contentOf(cloud: Cloud, place: Place, row: ObjectRow, depth = 0): Content {
  if (row.slo_etag !== null) return staticContent(cloud, place, row, depth);
  return manifestOf(row) ? dynamicContent(cloud, place, row) : ownContent(row);
}

/** The bytes stored under the object's name, which for a large object are its manifest's. */
export function ownContent({ blob, size, md5 }: ObjectRow): Content {
  return { size, etag: md5, pieces: (range) => cut([{ blob, start: 0, length: size }], ...spanOf(range)) };
}

function dynamicContent(cloud: Cloud, { region, account }: Place, row: ObjectRow): Content {
  const manifest = manifestOf(row);
  const container = manifest && cloud.objects.container(region, account, manifest.container);
  const bounds = within(manifest?.prefix ?? '');
  const segments = container
    ? cloud.store.all<{ blob: string; size: number; md5: string }>(
        `SELECT blob, size, md5 FROM objects WHERE container = ? AND name >= ? AND name < ?
         AND (expires IS NULL OR expires > ?) ORDER BY name`,
        container.key,
        bounds.from,
        bounds.before,
        cloud.clock.now(),
      )
    : [];
  return {
    size: segments.reduce((sum, { size }) => sum + size, 0),
    etag: `"${md5Of(segments.map(({ md5 }) => md5).join(''))}"`,
    pieces: (range) =>
      cut(
        segments.map(({ blob, size }) => ({ blob, start: 0, length: size })),
        ...spanOf(range),
      ),
  };
}

function staticContent(cloud: Cloud, place: Place, row: ObjectRow, depth: number): Content {
  return {
    size: row.slo_size ?? 0,
    etag: `"${row.slo_etag}"`,
    pieces: (range) => {
      const found: Piece[] = [];
      let at = 0;
      for (const segment of segmentsOf(cloud, row)) {
        const own = rangeOf(segment);
        const start = Math.max(range.start, at);
        const end = Math.min(range.end, at + own.end - own.start);
        if (start <= end) {
          const asked = { start: own.start + start - at, end: own.start + end - at };
          found.push(...segmentContent(cloud, place, segment, depth).pieces(asked));
        }
        at += own.end - own.start + 1;
      }
      return found;
    },
  };
}

/** A stored manifest's segments. */
export function segmentsOf(cloud: Cloud, row: ObjectRow): readonly Segment[] {
  const kept = cloud.blobs.keep([{ blob: row.blob, start: 0, length: row.size }]);
  try {
    return JSON.parse(cloud.blobs.readText(kept));
  } finally {
    kept.release();
  }
}

/** The bytes of a segment that count. */
export function rangeOf({ range, bytes }: Pick<Segment, 'range' | 'bytes'>): Range {
  const [start, end] = (range ?? '').split('-').map(Number);
  return range === undefined ? { start: 0, end: bytes - 1 } : { start: start ?? 0, end: end ?? bytes - 1 };
}

function segmentContent(cloud: Cloud, place: Place, segment: Segment, depth: number): Content {
  const [container, name] = splitName(segment.name);
  const row = cloud.objects.find(place.region, place.account, container, name);
  const content = row && depth < deepest ? contentOf(cloud, place, row, depth + 1) : undefined;
  if (!content || unquoted(content.etag) !== segment.hash || content.size !== segment.bytes)
    throw new Fault(409, `Conflict: the segment ${segment.name} is not what the manifest says.`);
  return content;
}

/** `/container/object`, with or without its first slash. */
export function splitName(path: string): [container: string, object: string] {
  const bare = path.replace(/^\//, '');
  const at = bare.indexOf('/');
  return at === -1 ? [bare, ''] : [bare.slice(0, at), bare.slice(at + 1)];
}

export function unquoted(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}

function spanOf({ start, end }: Range): [start: number, length: number] {
  return [start, end - start + 1];
}

function md5Of(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
