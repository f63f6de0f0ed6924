/** What each block of a sparse disk is, also of one whose table is too damaged to be followed. */
import { type BlockMap, type BlockState, blockStates } from './blockStates.ts';
import type { DiskContent } from './content.ts';
import { diskType, sectorBytes } from './format/footer.ts';
import { bitmapBytes, largestBlock, unallocated } from './format/header.ts';
import type { Vhd } from './format/vhd.ts';
import type { Part } from './overlay.ts';

export interface MapOptions {
  /** The content of the parents of a differencing disk, where they were found; else all that it leaves out is theirs. */
  readonly parent?: DiskContent;
  /** Parts of the file that are missing, such as lost segments. */
  readonly lost?: readonly Part[];
}

/**
 * Maps the blocks of a VHD; undefined where it has no block table, or none that can be read. A fixed disk has no blocks: it is
 * mapped, in parts of 2 MiB, only where something of it is lost.
 */
export function mapBlocks(vhd: Vhd, { parent, lost = [] }: MapOptions = {}): BlockMap | undefined {
  const { blocks, header, footer, virtualSize } = vhd;
  if (footer.type === diskType.fixed) return lost.length > 0 ? mapFixed(virtualSize, lost) : undefined;
  if (!blocks || !header) return undefined;
  const { table } = blocks;
  const { blockSize } = header;
  const apart = (bitmapBytes(blockSize) + blockSize) / sectorBytes;
  const lowest = Math.ceil(blocks.from / sectorBytes);
  const highest = Math.floor(blocks.end / sectorBytes) - apart;
  const overlapping = vhd.damage.some(({ field }) => field === 'BAT overlap')
    ? findOverlapping(table, apart, lowest, highest)
    : new Uint32Array(0);
  const isInParent =
    footer.type !== diskType.differencing
      ? () => false
      : parent
        ? followRanges(parent, blockSize)
        : () => true;
  const runs = collectRuns();
  for (let block = 0; block < table.length; block++) {
    const entry = table[block] ?? unallocated;
    if (entry === unallocated) runs.add(isInParent(block) ? 'parent' : 'free', 0, 0);
    else if (entry < lowest) runs.add('overTables', entry, apart);
    else if (entry > highest) runs.add('beyond', entry, apart);
    else if (overlapping.length > 0 && isIn(overlapping, entry)) runs.add('overlapping', entry, apart);
    else runs.add(lost.length > 0 && isLost(entry, apart, lost) ? 'lost' : 'allocated', entry, apart);
  }
  return { blockSize, virtualSize, ...runs.finish(), placeUnit: sectorBytes, apart: apart * sectorBytes };
}

function mapFixed(virtualSize: number, lost: readonly Part[]): BlockMap {
  const runs = collectRuns();
  const apart = largestBlock / sectorBytes;
  for (let entry = 0; entry * sectorBytes < virtualSize; entry += apart)
    runs.add(isLost(entry, apart, lost) ? 'lost' : 'allocated', entry, apart);
  return {
    blockSize: largestBlock,
    virtualSize,
    ...runs.finish(),
    placeUnit: sectorBytes,
    apart: largestBlock,
  };
}

/** Maps content of which only is known which parts may hold something: in blocks of at least `unit` bytes, at most a million. */
export function mapRanges(content: DiskContent, unit: number): BlockMap {
  let blockSize = unit;
  while (content.size / blockSize > 2 ** 20) blockSize *= 2;
  const runs = collectRuns();
  const isAllocated = followRanges(content, blockSize);
  for (let block = 0; block * blockSize < content.size; block++)
    runs.add(isAllocated(block) ? 'allocated' : 'free', 0, 0);
  return { blockSize, virtualSize: content.size, ...runs.finish(), placeUnit: sectorBytes, apart: 0 };
}

/** Answers of blocks in ascending order whether the content may hold something there. */
function followRanges(content: DiskContent, blockSize: number): (block: number) => boolean {
  const ranges = content.ranges()[Symbol.iterator]();
  let next = ranges.next();
  return (block) => {
    const start = block * blockSize;
    while (!next.done && next.value.position + next.value.length <= start) next = ranges.next();
    return !next.done && next.value.position < start + blockSize;
  };
}

function isLost(entry: number, apart: number, lost: readonly Part[]): boolean {
  const start = entry * sectorBytes;
  return lost.some(
    ({ position, length }) => position < start + apart * sectorBytes && start < position + length,
  );
}

/** Collects the entries, sorted, that lie less than `apart` sectors from another; each as often as it is there. */
function findOverlapping(table: Uint32Array, apart: number, lowest: number, highest: number): Uint32Array {
  const sorted = table.slice().sort();
  let count = 0;
  let before = -apart;
  let isBeforeIn = false;
  for (const entry of sorted) {
    if (entry < lowest || entry > highest) continue;
    const overlaps = entry - before < apart;
    // In place: what is written stands before what is still to be read.
    if (overlaps && !isBeforeIn) sorted[count++] = before;
    if (overlaps) sorted[count++] = entry;
    before = entry;
    isBeforeIn = overlaps;
  }
  return sorted.slice(0, count);
}

function isIn(sorted: Uint32Array, wanted: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted;
}

/** Joins blocks of one state that stand one after the other in the file. */
function collectRuns() {
  let room = 1024;
  let count = 0;
  let [lengths, states, places] = [new Uint32Array(room), new Uint8Array(room), new Uint32Array(room)];
  let last: { state: BlockState; next: number } | undefined;
  return {
    /** `place`, `apart`: in sectors. */
    add: (state: BlockState, place: number, apart: number): void => {
      if (last && last.state === state && last.next === place) {
        lengths[count - 1] = (lengths[count - 1] ?? 0) + 1;
        last.next += apart;
        return;
      }
      if (count === room) {
        room *= 2;
        lengths = grow(lengths, new Uint32Array(room));
        places = grow(places, new Uint32Array(room));
        states = grow(states, new Uint8Array(room));
      }
      lengths[count] = 1;
      states[count] = blockStates.indexOf(state);
      places[count] = place;
      count++;
      last = { state, next: place + apart };
    },
    finish: () => ({
      lengths: lengths.slice(0, count),
      states: states.slice(0, count),
      places: places.slice(0, count),
    }),
  };
}

function grow<Numbers extends Uint32Array | Uint8Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
