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
  if (footer.type === diskType.fixed)
    return lost.length > 0 ? mapFixed(Math.min(virtualSize, vhd.found.end), lost) : undefined;
  if (!blocks || !header) return undefined;
  const { table } = blocks;
  const { blockSize } = header;
  const apart = (bitmapBytes(blockSize) + blockSize) / sectorBytes;
  const lowest = Math.ceil(blocks.from / sectorBytes);
  const highest = Math.floor(blocks.end / sectorBytes) - apart;
  const overlapping = vhd.damage.some(({ field }) => field === 'BAT overlap')
    ? findOverlapping(table, apart, lowest, highest)
    : new Uint32Array(0);
  const runs = collectRuns((add) => {
    const isInParent = followParent(footer.type, parent, blockSize);
    for (let block = 0; block < table.length; block++) {
      const entry = table[block] ?? unallocated;
      if (entry === unallocated) add(isInParent(block) ? 'parent' : 'free', 0, 0);
      else if (entry < lowest) add('overTables', entry, apart);
      else if (entry > highest) add('beyond', entry, apart);
      else if (overlapping.length > 0 && isIn(overlapping, entry)) add('overlapping', entry, apart);
      else add(lost.length > 0 && isLost(entry, apart, lost) ? 'lost' : 'allocated', entry, apart);
    }
  });
  return { blockSize, virtualSize, ...runs, placeUnit: sectorBytes, apart: apart * sectorBytes };
}

function followParent(type: number, parent: DiskContent | undefined, blockSize: number) {
  if (type !== diskType.differencing) return () => false;
  return parent ? followRanges(parent, blockSize) : () => true;
}

function mapFixed(virtualSize: number, lost: readonly Part[]): BlockMap {
  const apart = largestBlock / sectorBytes;
  const runs = collectRuns((add) => {
    for (let entry = 0; entry * sectorBytes < virtualSize; entry += apart)
      add(isLost(entry, apart, lost) ? 'lost' : 'allocated', entry, apart);
  });
  return { blockSize: largestBlock, virtualSize, ...runs, placeUnit: sectorBytes, apart: largestBlock };
}

/** Maps content of which only is known which parts may hold something: in blocks of at least `unit` bytes, at most a million. */
export function mapRanges(content: DiskContent, unit: number): BlockMap {
  let blockSize = unit;
  while (content.size / blockSize > 2 ** 20) blockSize *= 2;
  const runs = collectRuns((add) => {
    const isAllocated = followRanges(content, blockSize);
    for (let block = 0; block * blockSize < content.size; block++)
      add(isAllocated(block) ? 'allocated' : 'free', 0, 0);
  });
  return { blockSize, virtualSize: content.size, ...runs, placeUnit: sectorBytes, apart: 0 };
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

/** Takes the next block: its state, its place in the file and the way from there to the next, in sectors. */
type AddBlock = (state: BlockState, place: number, apart: number) => void;

/** Joins blocks of one state that stand one after the other in the file. Walks twice, so that memory is asked for once. */
function collectRuns(walk: (add: AddBlock) => void): Pick<BlockMap, 'lengths' | 'states' | 'places'> {
  let count = 0;
  walk(
    joinBlocks(
      () => count++,
      () => undefined,
    ),
  );
  const lengths = new Uint32Array(count);
  const states = new Uint8Array(count);
  const places = new Uint32Array(count);
  let run = -1;
  const begin = (state: BlockState, place: number): void => {
    run++;
    lengths[run] = 1;
    states[run] = blockStates.indexOf(state);
    places[run] = place;
  };
  walk(
    joinBlocks(begin, () => {
      lengths[run] = (lengths[run] ?? 0) + 1;
    }),
  );
  return { lengths, states, places };
}

function joinBlocks(begin: (state: BlockState, place: number) => void, lengthen: () => void): AddBlock {
  let last: BlockState | undefined;
  let next = 0;
  return (state, place, apart) => {
    if (state === last && place === next) lengthen();
    else begin(state, place);
    last = state;
    next = place + apart;
  };
}
