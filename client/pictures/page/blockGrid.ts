/** The blocks of a disk, counted for pictures and tables. Knows no screen. */
import { type BlockMap, type BlockState, blockStates } from '../../../server/disks/blockStates.ts';

/** Consecutive blocks, from `first` up to before `end`. */
export interface BlockRange {
  readonly first: number;
  readonly end: number;
}

/** How many blocks there are of each state, by its number. */
export type StateCounts = Uint32Array;

export interface BlockGrid {
  readonly map: BlockMap;
  readonly blocks: number;
  readonly counts: StateCounts;
  /** The state of a block, and where it stands in the file (bytes), where that is known. */
  look(block: number): { readonly state: BlockState; readonly place: number | undefined };
  count(range: BlockRange): StateCounts;
  /** Counts for `cells` cells of `perCell` blocks each from `first`, one after the other in one array. */
  countCells(first: number, perCell: number, cells: number): Uint32Array;
  /** The next block after `after` that is damaged, from the beginning again where none follows. */
  nextDamaged(after: number): number | undefined;
}

export const stateCount = blockStates.length;
const damaged: ReadonlySet<number> = new Set(
  blockStates.flatMap((state, number) => (isDamage(state) ? [number] : [])),
);

export function isDamage(state: BlockState): boolean {
  return state !== 'free' && state !== 'allocated' && state !== 'parent';
}

export function openGrid(map: BlockMap): BlockGrid {
  const { lengths, states, places, placeUnit, apart } = map;
  const starts = new Uint32Array(lengths.length + 1);
  for (let run = 0; run < lengths.length; run++) starts[run + 1] = (starts[run] ?? 0) + (lengths[run] ?? 0);
  const blocks = starts[lengths.length] ?? 0;
  const countCells = (first: number, perCell: number, cells: number): Uint32Array => {
    const counts = new Uint32Array(cells * stateCount);
    const end = Math.min(blocks, first + perCell * cells);
    for (let run = findRun(starts, first), at = first; at < end; run++) {
      const runEnd = Math.min(end, starts[run + 1] ?? end);
      const state = states[run] ?? 0;
      while (at < runEnd) {
        const cell = Math.floor((at - first) / perCell);
        const upTo = Math.min(runEnd, first + (cell + 1) * perCell);
        const slot = cell * stateCount + state;
        counts[slot] = (counts[slot] ?? 0) + upTo - at;
        at = upTo;
      }
    }
    return counts;
  };
  const count = ({ first, end }: BlockRange): StateCounts => countCells(first, Math.max(1, end - first), 1);
  return {
    map,
    blocks,
    counts: count({ first: 0, end: blocks }),
    countCells,
    count,
    look: (block) => {
      const run = findRun(starts, block);
      const state = blockStates[states[run] ?? 0] ?? 'free';
      const isPlaced = apart > 0 && state !== 'free' && state !== 'parent';
      const place = (places[run] ?? 0) * placeUnit + (block - (starts[run] ?? 0)) * apart;
      return { state, place: isPlaced ? place : undefined };
    },
    nextDamaged: (after) => {
      const from = findRun(starts, Math.min(after, blocks - 1));
      if (damaged.has(states[from] ?? 0) && after + 1 < (starts[from + 1] ?? 0)) return after + 1;
      for (let step = 1; step <= states.length; step++) {
        const run = (from + step) % states.length;
        if (damaged.has(states[run] ?? 0)) return starts[run];
      }
      return undefined;
    },
  };
}

/** The run that a block is in. */
function findRun(starts: Uint32Array, block: number): number {
  let [low, high] = [0, starts.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= block) low = middle;
    else high = middle;
  }
  return low;
}

/** At most so many rows of a table. */
const mostRegions = 64;

/** The parts that a table names: stretches of one state where they are few, else parts of one length. */
export function findRegions({ map, blocks }: BlockGrid): BlockRange[] {
  const stretches: { first: number; end: number; state: number | undefined }[] = [];
  let at = 0;
  for (let run = 0; run < map.lengths.length && stretches.length <= mostRegions; run++) {
    const end = at + (map.lengths[run] ?? 0);
    const last = stretches.at(-1);
    if (last && last.state === map.states[run]) last.end = end;
    else stretches.push({ first: at, end, state: map.states[run] });
    at = end;
  }
  if (stretches.length <= mostRegions) return stretches.map(({ first, end }) => ({ first, end }));
  const length = Math.ceil(blocks / mostRegions);
  return Array.from({ length: Math.ceil(blocks / length) }, (_, index) => ({
    first: index * length,
    end: Math.min(blocks, (index + 1) * length),
  }));
}

/** A part of the blocks in cells of a picture. */
export interface GridView {
  readonly first: number;
  /** Blocks in a cell. */
  readonly perCell: number;
}

/** Each step of zooming shows so many times more, or less. */
const zoomStep = 4;

/** The view of all blocks in so many cells. */
export function wholeView(blocks: number, cells: number): GridView {
  return { first: 0, perCell: Math.max(1, Math.ceil(blocks / cells)) };
}

/** Fits a view to the cells that there are now, so that `block` is in sight. */
export function fitView(
  view: GridView,
  blocks: number,
  cells: number,
  columns: number,
  block: number,
): GridView {
  const { perCell: most } = wholeView(blocks, cells);
  const perCell = Math.min(most, Math.max(1, view.perCell));
  if (perCell === most) return { first: 0, perCell };
  const shown = perCell * cells;
  const row = perCell * columns;
  let first = Math.floor(view.first / row) * row;
  if (block < first) first = Math.floor(block / row) * row;
  if (block >= first + shown) first = Math.floor(block / row) * row - shown + row;
  const last = Math.ceil(blocks / row) * row - shown;
  return { first: Math.max(0, Math.min(first, last)), perCell };
}

/** Zooms so that `block` stays about where it is. `by`: steps, in or, below zero, out. */
export function zoomView(
  { first, perCell }: GridView,
  by: number,
  blocks: number,
  cells: number,
  columns: number,
  block: number,
): GridView {
  const { perCell: most } = wholeView(blocks, cells);
  const zoomed = Math.min(most, Math.max(1, Math.ceil(perCell / zoomStep ** by)));
  const share = (block - first) / (perCell * cells);
  return fitView(
    { first: Math.max(0, block - share * zoomed * cells), perCell: zoomed },
    blocks,
    cells,
    columns,
    block,
  );
}
