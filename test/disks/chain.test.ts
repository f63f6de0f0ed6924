import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileSource } from '../../server/disks/fileSource.ts';
import { mergeChain, openChain } from '../../server/disks/format/chain.ts';
import { openVhd } from '../../server/disks/format/vhd.ts';
import { applyRepair, planRepair, undoRepair } from '../../server/disks/repair.ts';
import { describeDisk } from '../../server/disks/report.ts';
import type { ByteSource } from '../../server/disks/source.ts';
import { ensureDebian } from '../tools/debian.ts';
import { GiB, MiB, makeVhd, type VhdSpec } from '../tools/disks.ts';

const identity = { uuid: new Uint8Array(16).fill(0xab), timestamp: 600_000_000 };
const childId = new Uint8Array(16).fill(0x33);
let folder = '';
before(() => {
  ensureDebian(['qemu-utils'], 'qemu-img');
  folder = mkdtempSync(join(tmpdir(), 'cloud-images-chain-'));
});
after(() => rmSync(folder, { recursive: true }));

async function withSources<T>(
  paths: readonly string[],
  use: (sources: ByteSource[]) => Promise<T>,
): Promise<T> {
  const sources = paths.map(fileSource);
  try {
    return await use(sources);
  } finally {
    for (const source of sources) source.close();
  }
}

/** A base of 8 MiB and a child of 10 MiB that has every second sector of the first blocks, and zeros in one of them. */
function makeChain(): { paths: string[]; expected: Buffer } {
  const base = join(folder, 'base.vhd');
  const child = join(folder, 'child.vhd');
  const expected = Buffer.alloc(10 * MiB);
  expected.fill('base', 1 * MiB, 1 * MiB + 9000);
  expected.fill('below', 5 * MiB, 5 * MiB + 700);
  makeVhd(base, {
    virtualSize: 8 * MiB,
    uuid: new Uint8Array(16).fill(0x77),
    extents: [
      { position: 1 * MiB, bytes: Buffer.from(expected.subarray(1 * MiB, 1 * MiB + 9000)) },
      { position: 5 * MiB, bytes: Buffer.from(expected.subarray(5 * MiB, 5 * MiB + 700)) },
    ],
  });
  const over = Buffer.alloc(9216, 'child of the base');
  over.fill(0, 1024, 1536);
  for (let at = 0; at < over.length; at += 1024) over.copy(expected, 1 * MiB + at, at, at + 512);
  expected.fill('grown', 9 * MiB, 9 * MiB + 512);
  makeVhd(child, {
    type: 'differencing',
    virtualSize: 10 * MiB,
    uuid: childId,
    sectors: (sector) =>
      sector >= (9 * MiB) / 512 ||
      (sector >= (1 * MiB) / 512 && sector < (1 * MiB) / 512 + 18 && sector % 2 === 0),
    extents: [
      { position: 1 * MiB, bytes: over },
      { position: 9 * MiB, bytes: Buffer.from(expected.subarray(9 * MiB, 9 * MiB + 512)) },
    ],
  });
  return { paths: [child, base], expected };
}

test('a chain reads as one disk: each sector from the newest disk that has it', async () => {
  const { paths, expected } = makeChain();
  await withSources(paths, async (sources) => {
    const chain = await openChain(sources);
    assert.ok('content' in chain);
    assert.equal(chain.content.size, expected.length);
    assert.equal(Buffer.compare(await chain.content.read(0, expected.length), expected), 0);
    const at = 1 * MiB - 77;
    assert.equal(Buffer.compare(await chain.content.read(at, 5000), expected.subarray(at, at + 5000)), 0);
  });
});

test('a merged chain is one sound dynamic disk, which qemu-img reads as the chain', async () => {
  const { paths, expected } = makeChain();
  const merged = join(folder, 'merged.vhd');
  const file = openSync(merged, 'w');
  const result = await withSources(paths, (sources) =>
    mergeChain(
      sources,
      identity,
      (bytes, position) => void writeSync(file, bytes, 0, bytes.length, position),
    ),
  );
  closeSync(file);
  assert.deepEqual(result, { size: statSync(merged).size });
  const raw = join(folder, 'merged.raw');
  execFileSync('qemu-img', [
    'convert',
    '--image-opts',
    `driver=vpc,force_size_calc=current_size,file.filename=${merged}`,
    '-O',
    'raw',
    raw,
  ]);
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  assert.equal(hash(readFileSync(raw)), hash(expected));
  assert.deepEqual((await describeDisk(merged)).json.vhd?.damage, []);
});

test('a chain that does not belong together is refused, and nothing is written', async () => {
  const { paths } = makeChain();
  const [child = '', base = ''] = paths;
  const stranger = join(folder, 'stranger.vhd');
  makeVhd(stranger, { virtualSize: 8 * MiB });
  const problem = (members: string[], links?: 'order') =>
    withSources(members, async (sources) => {
      const result = await mergeChain(
        sources,
        identity,
        () => assert.fail('written'),
        links ? { links } : {},
      );
      return 'problem' in result ? `${result.problem.member}: ${result.problem.text}` : 'merged';
    });
  assert.match(await problem([]), /^0: A chain has 1 to 30/);
  assert.match(await problem([child]), /^0: .*parent, which is missing/);
  assert.match(await problem([base, stranger]), /^0: .*no parent/);
  assert.match(await problem([child, stranger]), /^0: .*identifiers differ/);
  await withSources([child, stranger], async (sources) =>
    assert.ok('content' in (await openChain(sources, 'order'))),
  );
  writeFileSync(stranger, 'no disk');
  assert.match(await problem([child, stranger]), /^1: This is no VHD/);
  makeVhd(stranger, { damage: [{ in: 'header', at: 24, bytes: [9] }] });
  assert.match(await problem([child, stranger]), /^1: The disk is damaged \(header version\)/);
});

const repairs: Record<string, { spec: VhdSpec; steps: number }> = {
  'a zero identifier': { spec: { uuid: new Uint8Array(16) }, steps: 1 },
  'an appended newline': { spec: { trailing: Buffer.from('\n') }, steps: 1 },
  'an appended newline on a fixed disk': { spec: { type: 'fixed', trailing: Buffer.from('\n') }, steps: 1 },
  'a lost front copy': {
    spec: { damage: [{ in: 'copy', at: 0, bytes: Array<number>(512).fill(0) }], sums: false },
    steps: 1,
  },
  'creator qemu': { spec: { creator: 'qemu', guest: 'linux' }, steps: 1 },
  'a size rounded up to whole cylinders': { spec: { virtualSize: 42_951_106_560 }, steps: 1 },
  'a creation time ahead': { spec: { damage: [{ in: 'both', at: 24, bytes: [0xf0, 0, 0, 0] }] }, steps: 1 },
  'a geometry larger than the size': {
    spec: { damage: [{ in: 'both', at: 56, bytes: [255, 255, 16, 255] }] },
    steps: 1,
  },
  'all of them': {
    spec: {
      damage: [{ in: 'both', at: 24, bytes: [0xf0, 0, 0, 0] }],
      uuid: new Uint8Array(16),
      trailing: Buffer.alloc(99),
      creator: 'qemu',
      virtualSize: 42_951_106_560,
    },
    steps: 5,
  },
};

for (const [name, { spec, steps }] of Object.entries(repairs)) {
  test(`repaired and brought back: ${name}`, async () => {
    const path = join(folder, 'broken.vhd');
    const undo = join(folder, 'broken.undo');
    rmSync(undo, { force: true });
    makeVhd(path, spec);
    const before = readFileSync(path);
    const planOf = () =>
      withSources([path], async ([source]) => {
        const vhd = source && (await openVhd(source));
        assert.ok(vhd);
        return planRepair(vhd, childId, 40 * GiB, Date.now());
      });
    const plan = await planOf();
    assert.equal(plan.steps.length, steps, plan.steps.join(' '));
    applyRepair(path, plan, undo);
    const { json } = await describeDisk(path);
    assert.deepEqual(json.vhd?.damage, []);
    assert.equal(json.vhd?.zeroUuid, false);
    assert.notEqual(json.vhd?.creator, 'qemu');
    assert.deepEqual([json.vhd?.madeAhead, json.vhd?.geometryTooLarge], [undefined, undefined]);
    assert.ok((json.vhd?.virtualSize ?? 0) <= 40 * GiB);
    assert.deepEqual((await planOf()).steps, []);
    assert.throws(() => applyRepair(path, plan, undo), { code: 'EEXIST' });
    undoRepair(path, undo);
    assert.equal(Buffer.compare(readFileSync(path), before), 0);
  });
}

test('what would need a guess is left alone', async () => {
  const path = join(folder, 'beyond.vhd');
  const specs: VhdSpec[] = [
    { damage: [{ in: 'header', at: 24, bytes: [9] }], uuid: new Uint8Array(16) },
    { damage: [{ in: 'both', at: 64, bytes: [9] }], sums: false },
    { virtualSize: 42_951_106_560, extents: [{ position: 40 * GiB + 512, bytes: Buffer.from('data') }] },
    { virtualSize: 41 * GiB },
  ];
  for (const spec of specs) {
    makeVhd(path, spec);
    const plan = await withSources([path], async ([source]) => {
      const vhd = source && (await openVhd(source));
      return vhd && planRepair(vhd, childId, 40 * GiB, Date.now());
    });
    assert.deepEqual(plan?.edits, []);
    assert.deepEqual(plan?.steps, []);
  }
});

test('a report says what a person wants to know', async () => {
  const path = join(folder, 'report.vhd');
  makeVhd(path, { guest: 'windows-bios', uuid: new Uint8Array(16) });
  const { text, json } = await describeDisk(path, () => [
    { profile: 'rackspace', accepted: false, text: '614: why' },
  ]);
  assert.match(text, /^format +vhd, dynamic$/m);
  assert.match(text, /^virtual size +67,108,864 bytes \(64\.00 MiB\)$/m);
  assert.match(text, /^windows +BOOTMGR boot code on partition 1$/m);
  assert.match(text, /^identifier +all zeros$/m);
  assert.match(text, /^rackspace +refused: 614: why$/m);
  assert.deepEqual(JSON.parse(JSON.stringify(json)), json);
  await assert.rejects(describeDisk(join(folder, 'nothing')), { code: 'ENOENT' });
});
