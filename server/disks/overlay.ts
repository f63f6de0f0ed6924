/** A disk as its guest left it: what was written, over what it began with. */
import { type DiskContent, filledContent } from './content.ts';
import { type ByteSource, readInto } from './source.ts';

export interface GuestWrite {
  /** Bytes from the start of the disk. */
  readonly offset: number;
  readonly length: number;
  /** Undefined: zeros, which deleting bytes leaves. */
  readonly bytes?: ByteSource;
}

export interface Overlay extends DiskContent {
  /** Parts that were written, ascending and apart, as far as they lie in this one. */
  written(position: number, length: number): Iterable<Part>;
}

export interface Part {
  readonly position: number;
  readonly length: number;
}

/** A part whose bytes are those of one write, from `from` on. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly bytes: ByteSource | undefined;
}

/**
 * Lays writes over a disk, later ones over earlier. The disk has `size` bytes: beyond its base it reads as zeros, and what
 * is written beyond its end is lost. Reading fails where the bytes of a write end too soon.
 */
export function overlayContent(base: DiskContent, writes: readonly GuestWrite[], size: number): Overlay {
  const stretches = layWrites(writes, size);
  function* between(position: number, length: number): Generator<Stretch> {
    for (let index = findStretch(stretches, position); ; index++) {
      const stretch = stretches[index];
      if (!stretch || stretch.start >= position + length) return;
      yield stretch;
    }
  }
  const fillPart = async (into: Uint8Array, position: number): Promise<void> => {
    into.fill(0, position < base.size ? await base.fill(into, position) : 0);
    for (const { start, end, from, bytes } of between(position, into.length)) {
      const first = Math.max(start, position);
      const part = into.subarray(first - position, end - position);
      if (!bytes) part.fill(0);
      else if ((await readInto(bytes, part, from + first - start)) < part.length)
        throw new Error(`What was written at byte ${start - from} of the disk ended too soon.`);
    }
  };
  return {
    ...filledContent(size, fillPart, () => mergeRanges(base.ranges(), stretches)),
    *written(position, length) {
      for (const { start, end } of between(position, length)) {
        const first = Math.max(start, position);
        yield { position: first, length: Math.min(end, position + length) - first };
      }
    },
  };
}

/** From the newest to the oldest, each where nothing newer lies. */
function layWrites(writes: readonly GuestWrite[], size: number): readonly Stretch[] {
  const laid: Stretch[] = [];
  for (const { offset, length, bytes } of writes.toReversed()) {
    const end = Math.min(offset + length, size);
    let index = findStretch(laid, offset);
    for (let start = offset; start < end; index++) {
      const newer = laid[index];
      const free = Math.min(end, newer?.start ?? end);
      if (start < free) laid.splice(index++, 0, { start, end: free, from: start - offset, bytes });
      start = Math.max(free, newer?.end ?? end);
    }
  }
  return laid;
}

/** Finds the first that ends behind a position. */
function findStretch(stretches: readonly Stretch[], position: number): number {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretches[middle]?.end ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** By their beginnings; they may overlap. Zeros are left out: they show only where the base has something. */
function* mergeRanges(base: Iterable<Part>, stretches: readonly Stretch[]): Generator<Part> {
  let index = 0;
  const upTo = function* (position: number): Generator<Part> {
    for (; ; index++) {
      const stretch = stretches[index];
      if (!stretch || stretch.start >= position) return;
      if (stretch.bytes) yield { position: stretch.start, length: stretch.end - stretch.start };
    }
  };
  for (const range of base) {
    yield* upTo(range.position);
    yield range;
  }
  yield* upTo(Number.POSITIVE_INFINITY);
}
