/** What is said of blocks, in the picture, its legend and its table. */
import { t } from '@vscode/l10n';
import { type BlockState, blockStates } from '../../../server/disks/blockStates.ts';
import { formatSize } from '../../ui/units.ts';
import { type BlockGrid, type BlockRange, findRegions, type StateCounts } from './blockGrid.ts';

export const stateNames = (): Readonly<Record<BlockState, string>> => ({
  free: t('Not allocated'),
  allocated: t('Allocated'),
  parent: t('In the parent'),
  overlapping: t('Overlapping'),
  beyond: t('Beyond the end'),
  overTables: t('Over the tables'),
  lost: t('Lost'),
});

/** What a state means, for the legend. */
export const stateMeanings = (): Readonly<Record<BlockState, string>> => ({
  free: t('reads as zeros'),
  allocated: t('stands in the file'),
  parent: t('is read from the parent disk'),
  overlapping: t('lies over another block'),
  beyond: t('would lie past the end of the file'),
  overTables: t("would lie over the disk's own tables"),
  lost: t('stands in a part that is missing'),
});

export function formatNumber(value: number): string {
  return value.toLocaleString('en-US');
}

/** Says of a block its number, its bytes on the disk, what it is and where it lies. */
export function describeBlock(grid: BlockGrid, block: number): string {
  const { state, place } = grid.look(block);
  const { first, last } = bytesOf(grid, { first: block, end: block + 1 });
  const where = place === undefined ? '' : t`, at byte ${formatNumber(place)} of the file`;
  return t`Block ${formatNumber(block)}: ${stateNames()[state].toLowerCase()}${where}. Bytes ${formatNumber(first)} to ${formatNumber(last)} of the disk.`;
}

/** Says of several blocks how many there are of each state. */
export function describeBlocks(grid: BlockGrid, range: BlockRange): string {
  if (range.end - range.first === 1) return describeBlock(grid, range.first);
  const counts = grid.count(range);
  const parts = listStates(counts).map(
    (state) => `${formatNumber(countOf(counts, state))} ${stateNames()[state].toLowerCase()}`,
  );
  const { first, last } = bytesOf(grid, range);
  return t`Blocks ${formatNumber(range.first)} to ${formatNumber(range.end - 1)}: ${parts.join(', ')}. Bytes ${formatNumber(first)} to ${formatNumber(last)} of the disk.`;
}

/** The states that there are among counted blocks, in their order. */
export function listStates(counts: StateCounts): BlockState[] {
  return blockStates.filter((state) => countOf(counts, state) > 0);
}

export function countOf(counts: StateCounts, state: BlockState): number {
  return counts[blockStates.indexOf(state)] ?? 0;
}

/** The table behind the picture: its regions, and how many blocks of each state are in them. */
export function tabulateBlocks(grid: BlockGrid, caption: string) {
  const states = listStates(grid.counts);
  return {
    caption,
    columns: [t('Blocks'), t('From byte'), t('Size'), ...states.map((state) => stateNames()[state])],
    numeric: [1, 2, ...states.map((_, index) => index + 3)],
    rows: findRegions(grid).map((range) => {
      const { first, last } = bytesOf(grid, range);
      const counts = grid.count(range);
      return [
        range.end - range.first === 1
          ? formatNumber(range.first)
          : t`${formatNumber(range.first)} to ${formatNumber(range.end - 1)}`,
        formatNumber(first),
        formatSize(last + 1 - first),
        ...states.map((state) => formatNumber(countOf(counts, state))),
      ];
    }),
  };
}

function bytesOf({ map: { blockSize, virtualSize } }: BlockGrid, { first, end }: BlockRange) {
  return { first: first * blockSize, last: Math.min(end * blockSize, virtualSize) - 1 };
}
