import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readDiskFacts } from '../../server/disks/facts.ts';
import { fileSource } from '../../server/disks/fileSource.ts';
import { openChain } from '../../server/disks/format/chain.ts';
import { computeGeometry } from '../../server/disks/format/geometry.ts';
import { openVhd } from '../../server/disks/format/vhd.ts';
import { planRepair } from '../../server/disks/repair.ts';
import type { ByteSource } from '../../server/disks/source.ts';
import { MiB, makeDisk, makeVhd, type VhdSpec } from '../tools/disks.ts';

/** Single bytes and sectors that decide whether a disk is sound. */
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-edges-'));
after(() => rmSync(folder, { recursive: true }));
let serial = 0;

async function withDisk<T>(spec: VhdSpec, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const path = join(folder, `${serial++}.vhd`);
  makeVhd(path, spec);
  const source = fileSource(path);
  try {
    return await use(source);
  } finally {
    source.close();
  }
}

const damageOf = (spec: VhdSpec) =>
  withDisk(spec, async (source) => {
    const { vhd } = await readDiskFacts('exports/disk.vhd', source);
    return vhd?.damage.map(({ field }) => field);
  });

const twoBlocks = [0, 2 * MiB].map((position) => ({ position, bytes: Buffer.from('data') }));

for (const [what, spec, field] of [
  ['byte 86 of the footer', { damage: [{ in: 'both', at: 86, bytes: [1] }] }, 'footer reserved'],
  ['byte 95 of the footer', { damage: [{ in: 'both', at: 95, bytes: [1] }] }, 'footer reserved'],
  ['byte 511 of the footer', { damage: [{ in: 'both', at: 511, bytes: [1] }] }, 'footer reserved'],
  ['a saved state of 2', { damage: [{ in: 'both', at: 84, bytes: [2] }] }, 'footer saved state'],
  ['byte 768 of the header', { damage: [{ in: 'header', at: 768, bytes: [1] }] }, 'header reserved'],
  ['byte 799 of the header', { damage: [{ in: 'header', at: 799, bytes: [1] }] }, 'header reserved'],
  [
    'a table off the sectors',
    { damage: [{ in: 'header', at: 16, bytes: [0, 0, 0, 0, 0, 0, 7, 0] }] },
    'header BAT offset',
  ],
  [
    'a table an entry short',
    { damage: [{ in: 'header', at: 28, bytes: [0, 0, 0, 31] }] },
    'header table entries',
  ],
  [
    'blocks that overlap by a sector',
    { extents: twoBlocks, damage: [{ in: 'bat', at: 4, bytes: [0, 0, 0x10, 0x04] }] },
    'BAT overlap',
  ],
  [
    'a differencing disk without its cookie',
    { type: 'differencing', damage: [{ in: 'both', at: 0, bytes: [0] }], sums: false },
    'footer cookie',
  ],
] satisfies [string, VhdSpec, string][])
  test(`${what} is damage`, async () => {
    const fields = await damageOf(spec);
    assert.ok(fields?.includes(field), String(fields));
  });

test('blocks side by side, and a last one that ends with the disk, are sound', async () => {
  assert.deepEqual(await damageOf({ extents: twoBlocks }), []);
});

test('a disk with bytes behind it is a VHD, also where its header is lost', async () => {
  const lost: VhdSpec['damage'] = [{ in: 'header', at: 0, bytes: [0] }];
  const fields = await damageOf({ trailing: Buffer.from('appended'), damage: lost, sums: false });
  assert.ok(fields?.includes('footer position'), String(fields));
});

test('a full disk that its last block does not fit is no larger than its size and its metadata', async () => {
  await withDisk({ virtualSize: 3 * MiB, extents: twoBlocks }, async (source) => {
    const { physicalSize, vhd } = await readDiskFacts('exports/disk.vhd', source);
    assert.ok(vhd && physicalSize <= vhd.virtualSize + vhd.metadataSize, `${physicalSize}`);
  });
});

test('the geometry is that of the specification', () => {
  // As `qemu-img create -f vpc -o force_size` writes them.
  for (const [mebibytes, cylinders, heads, sectors] of [
    [4, 120, 4, 17],
    [64, 963, 8, 17],
    [127, 1019, 15, 17],
    [504, 1024, 16, 63],
  ] as const)
    assert.deepEqual(computeGeometry(mebibytes * MiB), { cylinders, heads, sectors }, `${mebibytes} MiB`);
});

test('an ISO is called one', async () => {
  const path = join(folder, 'iso');
  makeDisk(path, 'iso');
  const source = fileSource(path);
  assert.equal((await readDiskFacts('exports/disk.iso', source)).format, 'iso');
  source.close();
});

test('a chain of 30 disks is read, of 31 not', async () => {
  const paths = Array.from({ length: 31 }, (_, at) => join(folder, `chain-${at}.vhd`));
  const chain = async (length: number) => {
    const sources = paths.slice(0, length).map((path, at) => {
      makeVhd(path, { type: at === length - 1 ? 'dynamic' : 'differencing' });
      return fileSource(path);
    });
    const opened = await openChain(sources, 'order');
    for (const source of sources) source.close();
    return 'problem' in opened ? opened.problem.text : 'read';
  };
  assert.equal(await chain(30), 'read');
  assert.match(await chain(31), /1 to 30 disks/);
});

const newId = new Uint8Array(16).fill(7);
const repairOf = (spec: VhdSpec, limit: number) =>
  withDisk(spec, async (source) => {
    const vhd = await openVhd(source);
    assert.ok(vhd);
    return (await planRepair(vhd, newId, limit, Date.now())).steps;
  });

test('a size over the limit is cut only where nothing stands behind it', async () => {
  const spec = { virtualSize: 6 * MiB, extents: [{ position: 4 * MiB, bytes: Buffer.from('kept') }] };
  assert.match((await repairOf(spec, 5 * MiB)).join(), /Cut the virtual size/);
  const behind = { position: 5 * MiB + 512, bytes: Buffer.from('lost') };
  const steps = await repairOf({ ...spec, extents: [...spec.extents, behind] }, 5 * MiB);
  assert.doesNotMatch(steps.join(), /Cut the virtual size/);
});

test('both creators that QEMU writes are named anew', async () => {
  for (const creator of ['qemu', 'qem2'])
    assert.match((await repairOf({ creator }, 64 * MiB)).join(), /Name the creator/, creator);
  assert.doesNotMatch((await repairOf({ creator: 'qemx' }, 64 * MiB)).join(), /Name the creator/);
});
