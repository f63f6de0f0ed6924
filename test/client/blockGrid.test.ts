import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRegions, fitView, openGrid, wholeView, zoomView } from '../../client/pictures/page/blockGrid.ts';
import { describeBlock, describeBlocks, tabulateBlocks } from '../../client/pictures/page/blockWords.ts';
import { type BlockMap, type BlockState, blockStates } from '../../server/disks/blockStates.ts';

const MiB = 2 ** 20;

/** Runs in the order of the disk, each with its place in sectors. */
function mapOf(...runs: readonly (readonly [length: number, state: BlockState, place?: number])[]): BlockMap {
  const blocks = runs.reduce((sum, [length]) => sum + length, 0);
  return {
    blockSize: 2 * MiB,
    virtualSize: blocks * 2 * MiB - MiB,
    lengths: Uint32Array.from(runs, ([length]) => length),
    states: Uint8Array.from(runs, ([, state]) => blockStates.indexOf(state)),
    places: Uint32Array.from(runs, ([, , place = 0]) => place),
    placeUnit: 512,
    apart: 2 * MiB + 512,
  };
}

const some = openGrid(mapOf([3, 'free'], [4, 'allocated', 8], [1, 'overlapping', 100], [2, 'free']));

test('a block is found by its number, with its place in the file', () => {
  assert.equal(some.blocks, 10);
  assert.deepEqual(some.look(2), { state: 'free', place: undefined });
  assert.deepEqual(some.look(3), { state: 'allocated', place: 8 * 512 });
  assert.deepEqual(some.look(6), { state: 'allocated', place: 8 * 512 + 3 * (2 * MiB + 512) });
  assert.deepEqual(some.look(9), { state: 'free', place: undefined });
});

test('cells count the blocks of each state, those at the border in their own cell each', () => {
  const cells = some.countCells(1, 4, 3);
  const seen = [0, 1, 2].map((cell) =>
    Object.fromEntries(
      blockStates.flatMap((state, number) => {
        const count = cells[cell * blockStates.length + number] ?? 0;
        return count === 0 ? [] : [[state, count]];
      }),
    ),
  );
  assert.deepEqual(seen, [{ free: 2, allocated: 2 }, { allocated: 2, overlapping: 1, free: 1 }, { free: 1 }]);
});

test('the next damaged block is found, round the end, and within a run of several', () => {
  assert.deepEqual(
    [0, 6, 7, 9].map((from) => some.nextDamaged(from)),
    [7, 7, 7, 7],
  );
  const two = openGrid(mapOf([2, 'beyond', 9], [2, 'free'], [2, 'lost', 30]));
  assert.deepEqual(
    [0, 1, 3, 4, 5].map((from) => two.nextDamaged(from)),
    [1, 4, 4, 5, 0],
  );
  assert.equal(openGrid(mapOf([5, 'allocated', 4])).nextDamaged(0), undefined);
});

test('what is said of a block has its number, its bytes, its state and its place', () => {
  assert.equal(describeBlock(some, 9), 'Block 9: not allocated. Bytes 18,874,368 to 19,922,943 of the disk.');
  assert.equal(
    describeBlocks(some, { first: 2, end: 8 }),
    'Blocks 2 to 7: 1 not allocated, 4 allocated, 1 overlapping. Bytes 4,194,304 to 16,777,215 of the disk.',
  );
});

test('the table has a row a stretch where they are few, and else at most 64 parts that hold every block once', () => {
  const { columns, rows } = tabulateBlocks(some, 'Blocks');
  assert.deepEqual(columns, ['Blocks', 'From byte', 'Size', 'Not allocated', 'Allocated', 'Overlapping']);
  assert.deepEqual(rows, [
    ['0 to 2', '0', '6 MB', '3', '0', '0'],
    ['3 to 6', '6,291,456', '8 MB', '0', '4', '0'],
    ['7', '14,680,064', '2 MB', '0', '0', '1'],
    ['8 to 9', '16,777,216', '3 MB', '2', '0', '0'],
  ]);
  const many = openGrid(
    mapOf(...Array.from({ length: 1000 }, (_, at) => [1, at % 2 ? 'free' : 'allocated', 7 * at] as const)),
  );
  const regions = findRegions(many);
  assert.ok(regions.length <= 64);
  assert.deepEqual(regions.map(({ first }) => first).slice(1), regions.map(({ end }) => end).slice(0, -1));
  assert.deepEqual([regions[0]?.first, regions.at(-1)?.end], [0, 1000]);
});

test('a view holds the cursor, whole rows, and no more than there is', () => {
  const [cells, columns] = [100, 10];
  assert.deepEqual(wholeView(64, cells), { first: 0, perCell: 1 });
  assert.deepEqual(wholeView(100_000, cells), { first: 0, perCell: 1000 });
  const zoomed = zoomView(wholeView(100_000, cells), 1, 100_000, cells, columns, 50_123);
  assert.equal(zoomed.perCell, 250);
  assert.equal(zoomed.first % (zoomed.perCell * columns), 0);
  assert.ok(zoomed.first <= 50_123 && 50_123 < zoomed.first + zoomed.perCell * cells);
  const back = zoomView(zoomed, -1, 100_000, cells, columns, 50_123);
  assert.deepEqual(back, wholeView(100_000, cells));
  const nearest = { first: 0, perCell: 1 };
  assert.deepEqual(fitView(nearest, 100_000, cells, columns, 100), { first: 10, perCell: 1 });
  assert.deepEqual(fitView(nearest, 100_000, cells, columns, 99_999), { first: 99_900, perCell: 1 });
  assert.deepEqual(fitView({ first: 99_900, perCell: 1 }, 100_000, cells, columns, 3), {
    first: 0,
    perCell: 1,
  });
});
