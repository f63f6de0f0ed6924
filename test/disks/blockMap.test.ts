import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { mapBlocks } from '../../server/disks/blockMap.ts';
import { type BlockMap, blockStates } from '../../server/disks/blockStates.ts';
import { fileSource } from '../../server/disks/fileSource.ts';
import { openVhd } from '../../server/disks/format/vhd.ts';
import { findParents } from '../../server/disks/parents.ts';
import { MiB, makeVhd, type VhdSpec } from '../tools/disks.ts';

const folder = mkdtempSync(join(tmpdir(), 'block-map-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const block = 2 * MiB;
const bytes = Buffer.from('content');
/** Blocks 1, 2 and 5 of 32. */
const extents = [1, 2, 5].map((number) => ({ position: number * block, bytes }));
const entry = (sector: number): number[] => [...Buffer.from(Uint32Array.of(sector).buffer)].reverse();

test('runs are the blocks of one state that follow on each other in the file', async () => {
  const map = await mapOf({ extents });
  assert.deepEqual(runsOf(map), ['1 free', '2 allocated', '2 free', '1 allocated', '26 free']);
  // The first two kilobytes are footer, header and a table of 32 entries.
  assert.deepEqual([...map.places], [0, 4, 0, 4 + 2 * 4097, 0]);
  assert.deepEqual([map.apart, map.placeUnit, map.blockSize], [4097 * 512, 512, block]);
});

test('blocks in no order are runs of their own, each at its place', async () => {
  const map = await mapOf({ extents: extents.toReversed() });
  assert.deepEqual(runsOf(map).slice(0, 3), ['1 free', '1 allocated', '1 allocated']);
  assert.deepEqual([...map.places].slice(1, 3), [4 + 2 * 4097, 4 + 4097]);
});

test('blocks that lie over each other, over the tables or past the end are named, and the disk is not followed', async () => {
  const damage = (at: number, sector: number) => ({ in: 'bat', at: 4 * at, bytes: entry(sector) }) as const;
  const over = await mapOf({ extents, damage: [damage(7, 4 + 4097 + 8)] });
  assert.deepEqual(runsOf(over), [
    ...[
      '1 free',
      '1 allocated',
      '1 overlapping',
      '2 free',
      '1 overlapping',
      '1 free',
      '1 overlapping',
      '24 free',
    ],
  ]);
  const past = await mapOf({ extents, damage: [damage(0, 0xff_ffff), damage(9, 1)] });
  assert.deepEqual(runsOf(past), [
    ...['1 beyond', '2 allocated', '2 free', '1 allocated', '3 free', '1 overTables', '22 free'],
  ]);
});

test('a part of the file that is missing takes the blocks that reach into it', async () => {
  const path = join(folder, 'lost.vhd');
  makeVhd(path, { extents });
  const source = fileSource(path);
  const vhd = await openVhd(source);
  assert.ok(vhd);
  const lost = [{ position: 4 * 512 + block, length: 512 * 4 }];
  const map = mapBlocks(vhd, { lost });
  source.close();
  assert.ok(map);
  assert.deepEqual(runsOf(map), ['1 free', '2 lost', '2 free', '1 allocated', '26 free']);
});

test('a fixed disk has no blocks, unless a part of it is missing', async () => {
  const path = join(folder, 'fixed.vhd');
  makeVhd(path, { type: 'fixed', virtualSize: 9 * MiB });
  const source = fileSource(path);
  const vhd = await openVhd(source);
  source.close();
  assert.ok(vhd);
  assert.equal(mapBlocks(vhd), undefined);
  const map = mapBlocks(vhd, { lost: [{ position: 3 * MiB, length: 2 * MiB }] });
  assert.deepEqual(map && runsOf(map), ['1 allocated', '2 lost', '2 allocated']);
  assert.deepEqual(map && [...map.places], [0, 4096, 3 * 4096]);
});

test('a fixed disk is mapped as far as its file goes, whatever size its footer says', async () => {
  const path = join(folder, 'boasting.vhd');
  const size = [0, 0, 0x10, 0, 0, 0, 0, 0]; // 16 TiB
  makeVhd(path, { type: 'fixed', damage: [{ in: 'footer', at: 48, bytes: size }] });
  const source = fileSource(path);
  const vhd = await openVhd(source);
  source.close();
  assert.equal(vhd?.virtualSize, 2 ** 44);
  const map = mapBlocks(vhd, { lost: [{ position: 0, length: 512 }] });
  assert.deepEqual(map && runsOf(map), ['1 lost', '1 allocated']);
});

test('what a differencing disk leaves out is its parent’s, and free where that has nothing either', async () => {
  const base = join(folder, 'base.vhd');
  makeVhd(base, { uuid: new Uint8Array(16).fill(0x77), extents: extents.slice(0, 2) });
  const path = join(folder, 'child.vhd');
  makeVhd(path, { type: 'differencing', extents: extents.slice(1) });
  const source = fileSource(path);
  const vhd = await openVhd(source);
  assert.ok(vhd);
  const alone = mapBlocks(vhd);
  const parents = await findParents(path, vhd);
  assert.deepEqual(
    parents.parents.map(({ name, problem }) => [name, problem]),
    [['base.vhd', undefined]],
  );
  const map = mapBlocks(vhd, parents.content ? { parent: parents.content } : {});
  parents.close();
  source.close();
  assert.deepEqual(alone && runsOf(alone), [
    '2 parent',
    '1 allocated',
    '2 parent',
    '1 allocated',
    '26 parent',
  ]);
  assert.deepEqual(map && runsOf(map), [
    '1 free',
    '1 parent',
    '1 allocated',
    '2 free',
    '1 allocated',
    '26 free',
  ]);
});

test('a parent that is missing, another disk, or its own child is said', async () => {
  const problemOf = async (name: string, prepare: (parent: string) => void): Promise<string | undefined> => {
    const path = join(mkdtempSync(join(folder, 'chain-')), name);
    prepare(join(path, '..', 'base.vhd'));
    makeVhd(path, { type: 'differencing', extents });
    const source = fileSource(path);
    const vhd = await openVhd(source);
    assert.ok(vhd);
    const { parents, content, close } = await findParents(path, vhd);
    close();
    source.close();
    assert.equal(content, undefined);
    return parents.at(-1)?.problem;
  };
  assert.equal(
    await problemOf('a.vhd', () => undefined),
    'base.vhd is not in this folder. Put it beside the disk.',
  );
  assert.equal(
    await problemOf('b.vhd', (parent) => makeVhd(parent)),
    'base.vhd is another disk: its identifier is not the one that is named.',
  );
  assert.equal(
    await problemOf('c.vhd', (parent) =>
      makeVhd(parent, { type: 'differencing', uuid: new Uint8Array(16).fill(0x77) }),
    ),
    'base.vhd is its own ancestor.',
  );
});

async function mapOf(spec: VhdSpec): Promise<BlockMap> {
  const path = join(folder, 'disk.vhd');
  makeVhd(path, spec);
  const source = fileSource(path);
  const vhd = await openVhd(source);
  const map = vhd && mapBlocks(vhd);
  source.close();
  assert.ok(map);
  return map;
}

function runsOf({ lengths, states }: BlockMap): string[] {
  return [...lengths].map((length, run) => `${length} ${blockStates[states[run] ?? 0]}`);
}
