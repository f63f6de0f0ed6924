import { createHash } from 'node:crypto';
import { ApiError } from '../../../kernel/apiError.ts';
import type { Range } from '../../../kernel/ranges.ts';
import type { Piece } from '../../../store/pieces.ts';
import type { EmulatorContext } from '../../context.ts';
import { findManifest } from '../headers.ts';
import { limits } from '../limits.ts';
import { behind, within } from '../listing/list.ts';
import type { ObjectRow } from '../records.ts';

/** The bytes of an object as a download sends them: its own, or its segments' one after another. */
export interface Content {
  /** Counted bytes: all of them, where `isWhole`. */
  readonly size: number;
  /** A dynamic large object's segments are counted as far as one listing goes. */
  readonly isWhole: boolean;
  /** As the header says it: that of a large object stands in quotes. */
  readonly etag: string;
  /**
   * Where those bytes lie, found one after another as they are taken: nesting makes more of them than any list holds.
   * Throws 409 where a segment is not what a manifest says, or is not for whoever asks.
   */
  pieces(range: Range): Iterable<Piece>;
}

/** From the first byte to the last, however many there are. */
export const everything: Range = { start: 0, end: Number.POSITIVE_INFINITY };

/** One segment of a static large object, as its stored manifest has it. */
export interface Segment {
  /** `/container/object` */
  readonly name: string;
  /** Bytes of the whole segment, also where only a range of it counts. */
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

/** An account's objects as one request may see them. */
export interface View extends Place {
  /** Throws 401 or 403 where the container is not for whoever asks. */
  require(right: 'read' | 'list', container: string): void;
}

/** Static large objects may hold others; deeper than this Swift refuses. */
const deepest = 10;
/** Manifests that are remembered while a large object is walked: twice its depth. */
const remembered = 20;

interface Walk {
  readonly context: EmulatorContext;
  readonly view: View;
  readonly manifest: (row: ObjectRow) => readonly Segment[];
  /** The segment that was looked at last: large objects repeat them. */
  last?: {
    readonly segment: Segment;
    readonly depth: number;
    readonly commits: number;
    readonly content: Content;
  };
}

/**
 * The content of an object. A dynamic large object is what its prefix finds now: a segment that is gone makes it
 * shorter without a word, as in Swift. A static one knows its segments. Throws 401 and 403 where the segments of a
 * dynamic one may not be listed.
 */
export function findContent(context: EmulatorContext, view: View, row: ObjectRow): Content {
  return contentWithin({ context, view, manifest: createManifests(context) }, row, 0);
}

function contentWithin(walk: Walk, row: ObjectRow, depth: number): Content {
  if (row.slo_etag !== null) return staticContent(walk, row, depth);
  return findManifest(row) ? dynamicContent(walk, row) : ownContent(row);
}

/** The bytes stored under the object's name, which for a large object are its manifest's. */
export function ownContent({ blob, size, md5 }: ObjectRow): Content {
  const pieces = (range: Range) => slice([{ blob, start: 0, length: size }], range);
  return { size, isWhole: true, etag: md5, pieces };
}

/** Counts as many segments as a listing has, as Swift does: of a longer one neither size nor hash is known. */
function dynamicContent({ context, view }: Walk, row: ObjectRow): Content {
  const manifest = findManifest(row);
  if (manifest) view.require('list', manifest.container);
  const container = manifest && context.objects.container(view.region, view.account, manifest.container);
  if (!container)
    return { size: 0, isWhole: true, etag: `"${computeMd5('')}"`, pieces: (range) => slice([], range) };
  const found = segmentsWithin(context, container.key, manifest.prefix);
  const { count, size, hashes } = found.totals();
  const isWhole = count < limits.listing;
  return {
    size,
    isWhole,
    etag: isWhole ? `"${computeMd5(hashes)}"` : row.md5,
    pieces: (range) => slice(found.pieces(), range),
  };
}

interface Totals {
  readonly count: number;
  readonly size: number;
  readonly hashes: string;
}

function segmentsWithin({ store, clock }: EmulatorContext, container: number, prefix: string) {
  const page = 1000;
  const bounds = within(prefix);
  const rows = `FROM objects WHERE container = ? AND name >= ? AND name < ?
    AND (expires IS NULL OR expires > ?) ORDER BY name LIMIT ?`;
  return {
    totals: (): Totals =>
      store.get<Totals>(
        `SELECT count(*) AS count, coalesce(sum(size), 0) AS size, coalesce(group_concat(md5, ''), '') AS hashes
         FROM (SELECT size, md5 ${rows})`,
        container,
        bounds.from,
        bounds.before,
        clock.now(),
        limits.listing,
      ) ?? { count: 0, size: 0, hashes: '' },
    pieces: function* (): Generator<Piece> {
      let { from } = bounds;
      for (;;) {
        const found = store.all<{ name: string; blob: string; size: number }>(
          `SELECT name, blob, size ${rows}`,
          container,
          from,
          bounds.before,
          clock.now(),
          page,
        );
        for (const { blob, size } of found) yield { blob, start: 0, length: size };
        if (found.length < page) return;
        from = behind(found.at(-1)?.name ?? '');
      }
    },
  };
}

function staticContent(walk: Walk, row: ObjectRow, depth: number): Content {
  return {
    size: row.slo_size ?? 0,
    isWhole: true,
    etag: `"${row.slo_etag}"`,
    pieces: function* (range) {
      let at = 0;
      for (const segment of walk.manifest(row)) {
        const own = readRange(segment);
        const start = Math.max(range.start, at);
        const end = Math.min(range.end, at + own.end - own.start);
        if (start <= end) {
          const asked = { start: own.start + start - at, end: own.start + end - at };
          yield* segmentContent(walk, segment, depth).pieces(asked);
        }
        at += own.end - own.start + 1;
        if (at > range.end) return;
      }
    },
  };
}

/** Reads manifests, a few of which it remembers: a walk comes to the same ones again and again. */
export function createManifests(context: EmulatorContext): (row: ObjectRow) => readonly Segment[] {
  const known = new Map<string, readonly Segment[]>();
  return (row) => {
    const found = known.get(row.blob) ?? readSegments(context, row);
    known.delete(row.blob);
    known.set(row.blob, found);
    const [oldest] = known.keys();
    if (known.size > remembered && oldest !== undefined) known.delete(oldest);
    return found;
  };
}

/** A stored manifest's segments. */
export function readSegments(context: EmulatorContext, row: ObjectRow): readonly Segment[] {
  const kept = context.blobs.keep([{ blob: row.blob, start: 0, length: row.size }]);
  try {
    return JSON.parse(context.blobs.readText(kept));
  } finally {
    kept.release();
  }
}

/** The bytes of a segment that count. */
export function readRange({ range, bytes }: Pick<Segment, 'range' | 'bytes'>): Range {
  const [start, end] = (range ?? '').split('-').map(Number);
  return range === undefined ? { start: 0, end: bytes - 1 } : { start: start ?? 0, end: end ?? bytes - 1 };
}

/** Answers alike for a segment that is gone, that is another one, and that the caller may not read. */
function segmentContent(walk: Walk, segment: Segment, depth: number): Content {
  const [container, name] = splitName(segment.name);
  const { context, view, last } = walk;
  const commits = context.store.commits();
  if (last && isSame(last.segment, segment) && last.depth === depth && last.commits === commits)
    return last.content;
  const content = unlessRefused(() => {
    view.require('read', container);
    const row = context.objects.find(view.region, view.account, container, name);
    return row && depth < deepest ? contentWithin(walk, row, depth + 1) : undefined;
  });
  if (!content?.isWhole || unquoted(content.etag) !== segment.hash || content.size !== segment.bytes)
    throw new ApiError(
      'files/changed',
      `Conflict: the segment ${segment.name} is not what the manifest says.`,
    );
  walk.last = { segment, depth, commits, content };
  return content;
}

function isSame(one: Segment, other: Segment): boolean {
  return one.name === other.name && one.hash === other.hash && one.bytes === other.bytes;
}

function unlessRefused<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** The pieces of a range of what all of them hold together. Throws 409 where they hold less. */
function* slice(pieces: Iterable<Piece>, { start, end }: Range): Generator<Piece> {
  let at = 0;
  for (const piece of pieces) {
    const from = Math.max(start, at);
    const to = Math.min(end + 1, at + piece.length);
    if (from < to) yield { blob: piece.blob, start: piece.start + from - at, length: to - from };
    at += piece.length;
    if (at > end) return;
  }
  if (end !== everything.end && at <= end)
    throw new ApiError('files/changed', 'Conflict: segments went away while they were read.');
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

function computeMd5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
