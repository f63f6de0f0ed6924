import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type DiskContent, rawContent } from '../../server/disks/content.ts';
import { openChain } from '../../server/disks/format/chain.ts';
import { differencingSource } from '../../server/disks/format/differencing.ts';
import { openQcow2 } from '../../server/disks/format/qcow2.ts';
import { writeQcow2 } from '../../server/disks/format/qcow2Writer.ts';
import { relinkedSource } from '../../server/disks/format/relink.ts';
import { openVhd } from '../../server/disks/format/vhd.ts';
import { inflateHere } from '../../server/disks/inflateNode.ts';
import { type GuestWrite, overlayContent } from '../../server/disks/overlay.ts';
import { type ByteSource, memorySource } from '../../server/disks/source.ts';
import { type WriteAt, writeDynamic, writeRaw } from '../../server/disks/write.ts';
import { ensureDebian } from '../tools/debian.ts';
import { MiB } from '../tools/disks.ts';

const identityOf = (byte: number) => ({ uuid: new Uint8Array(16).fill(byte), timestamp: 600_000_000 });
let folder = '';
before(() => {
  ensureDebian(['qemu-utils'], 'qemu-img');
  folder = mkdtempSync(join(tmpdir(), 'cloud-images-overlay-'));
});
after(() => rmSync(folder, { recursive: true }));

/** A part of a disk that is filled with one byte; 0: deleted. */
interface Fill {
  readonly offset: number;
  readonly length: number;
  readonly byte: number;
}

/** Positions near the borders of sectors, clusters and blocks as often as anywhere. */
const position = (size: number) =>
  fc.oneof(
    fc.nat(size),
    fc
      .tuple(fc.constantFrom(512, 65_536, 2 * MiB), fc.nat(99), fc.integer({ min: -2, max: 2 }))
      .map(([border, times, beside]) => Math.min(size, Math.max(0, border * times + beside))),
  );

const fills = (size: number): fc.Arbitrary<Fill[]> =>
  fc.array(
    fc
      .tuple(position(size), position(size), fc.nat({ max: 5 }))
      .map(([a, b, byte]) => ({ offset: Math.min(a, b), length: Math.abs(a - b), byte })),
    { maxLength: 8 },
  );

const server = fc
  .tuple(fc.integer({ min: 1, max: 12_000 }), fc.nat({ max: 3000 }))
  .chain(([sectors, more]) => {
    const [imageBytes, diskBytes] = [512 * sectors, 512 * (sectors + more)];
    return fc.record({
      imageBytes: fc.constant(imageBytes),
      diskBytes: fc.constant(diskBytes),
      image: fills(imageBytes),
      writes: fills(diskBytes),
      again: fills(diskBytes),
    });
  });

function apply(disk: Buffer, list: readonly Fill[]): Buffer {
  for (const { offset, length, byte } of list) disk.fill(byte, offset, offset + length);
  return disk;
}

function toWrites(list: readonly Fill[]): GuestWrite[] {
  return list.map(({ offset, length, byte }) => ({
    offset,
    length,
    ...(byte ? { bytes: memorySource(Buffer.alloc(length, byte)) } : {}),
  }));
}

/** What a writer wrote. */
async function collect(writing: (write: WriteAt) => Promise<number>): Promise<Buffer> {
  let file = Buffer.alloc(0);
  const size = await writing((bytes, at) => {
    if (file.length < at + bytes.length)
      file = Buffer.concat([file, Buffer.alloc(at + bytes.length - file.length)]);
    file.set(bytes, at);
  });
  assert.equal(size, file.length);
  return file;
}

async function assertContent(content: DiskContent, expected: Buffer, what: string): Promise<void> {
  assert.equal(content.size, expected.length, what);
  assert.ok(expected.equals(await content.read(0, expected.length)), what);
  const covered = Buffer.from(expected);
  for (const { position, length } of content.ranges()) covered.fill(0, position, position + length);
  assert.ok(
    covered.every((byte) => byte === 0),
    `${what}: what is in no range is zero`,
  );
}

/** Reads a chain by the specification alone, with nothing of server/disks: each sector from the newest file whose bitmap has it. */
function readChain(files: readonly Buffer[], size: number): Buffer {
  const disk = Buffer.alloc(size);
  for (let sector = 0; sector < size / 512; sector++) {
    const [block, bit] = [Math.floor(sector / 4096), sector % 4096];
    for (const file of files) {
      const isInTable = block < file.readUInt32BE(512 + 28);
      const entry = isInTable ? file.readUInt32BE(1536 + 4 * block) : 0xffff_ffff;
      if (entry === 0xffff_ffff || (((file[entry * 512 + (bit >> 3)] ?? 0) << (bit & 7)) & 0x80) === 0)
        continue;
      file.copy(disk, 512 * sector, (entry + 1 + bit) * 512, (entry + 2 + bit) * 512);
      break;
    }
  }
  return disk;
}

async function read(source: ByteSource): Promise<Buffer> {
  return Buffer.from(await source.read(0, source.size));
}

test('a disk with writes over it is the same in every form', async () => {
  await fc.assert(
    fc.asyncProperty(server, async ({ imageBytes, diskBytes, image, writes, again }) => {
      const original = apply(Buffer.alloc(imageBytes), image);
      const base = memorySource(
        await collect((write) => writeDynamic(rawContent(memorySource(original)), identityOf(1), write)),
      );
      const chain = await openChain([base]);
      assert.ok('content' in chain);
      const disk = overlayContent(chain.content, toWrites(writes), diskBytes);
      const expected = apply(Buffer.concat([original, Buffer.alloc(diskBytes - imageBytes)]), writes);
      await assertContent(disk, expected, 'overlay');

      const leaf = differencingSource(disk, identityOf(2), { ...identityOf(1), name: '1.vhd' });
      const child = memorySource(await read(leaf));
      const two = await openChain([child, base]);
      assert.ok('content' in two, JSON.stringify(two));
      await assertContent(two.content, expected, 'differencing');
      const files = [await read(child), await read(base)];
      assert.ok(readChain(files, diskBytes).equals(expected), 'differencing, by the specification');

      const later = apply(Buffer.from(expected), again);
      const grown = overlayContent(two.content, toWrites(again), diskBytes);
      const third = differencingSource(grown, identityOf(3), { ...identityOf(2), name: '1.vhd' });
      const linked = await relinkedSource(child, '2.vhd');
      assert.deepEqual((await openVhd(linked))?.damage, []);
      const three = await openChain([third, linked, base]);
      assert.ok('content' in three, JSON.stringify(three));
      await assertContent(three.content, later, 'a chain of three');

      const qcow2 = await openQcow2(
        memorySource(await collect((write) => writeQcow2(grown, write))),
        inflateHere,
      );
      assert.ok('content' in qcow2, JSON.stringify(qcow2));
      await assertContent(qcow2.content, later, 'qcow2');
      assert.ok(later.equals(await collect((write) => writeRaw(grown, write))), 'raw');
    }),
    { numRuns: 25 },
  );
});

test('small parts are read as they are from any position', async () => {
  const size = 5 * MiB;
  const parts = fc.tuple(position(size), fc.nat({ max: 5000 }));
  await fc.assert(
    fc.asyncProperty(fills(size), fc.array(parts, { minLength: 5 }), async (writes, reads) => {
      const disk = overlayContent(
        rawContent(memorySource(Buffer.alloc(size, 'base'))),
        toWrites(writes),
        size,
      );
      const expected = apply(Buffer.alloc(size, 'base'), writes);
      const leaf = differencingSource(disk, identityOf(2), { ...identityOf(1), name: '1.vhd' });
      const whole = await read(leaf);
      for (const [at, length] of reads) {
        assert.deepEqual(Buffer.from(await disk.read(at, length)), expected.subarray(at, at + length));
        assert.deepEqual(Buffer.from(await leaf.read(at, length)), whole.subarray(at, at + length));
      }
    }),
    { numRuns: 40 },
  );
});

test('a differencing disk has what was written alone, and names its parent in each way', async () => {
  const base = overlayContent(rawContent(memorySource(Buffer.alloc(64 * MiB, 'base'))), [], 2048 * MiB);
  const writes = toWrites([
    { offset: 3 * MiB + 100, length: 200, byte: 7 },
    { offset: 10 * MiB, length: 512, byte: 0 },
    { offset: 1024 * MiB, length: 8 * MiB, byte: 0 },
  ]);
  const leaf = differencingSource(overlayContent(base, writes, base.size), identityOf(2), {
    ...identityOf(1),
    name: '1.vhd',
  });
  const vhd = await openVhd(leaf);
  assert.deepEqual(vhd?.damage, []);
  assert.equal(vhd?.footer.type, 4);
  const blocks = [...(vhd?.bat ?? [])].flatMap((entry, block) => (entry === 0xffff_ffff ? [] : [block]));
  assert.deepEqual(blocks, [1, 5], 'zeros over nothing take no block');
  const { header } = vhd ?? {};
  assert.equal(header?.parentName, '1.vhd');
  assert.deepEqual([...(header?.parentUuid ?? [])], [...identityOf(1).uuid]);
  const names = await Promise.all(
    (header?.locators ?? []).map(async ({ code, length, offset }) => {
      const text = Buffer.from(await leaf.read(Number(offset), length));
      return `${code} ${text.toString(code === 'MacX' ? 'utf8' : 'utf16le')}`;
    }),
  );
  assert.deepEqual(names, ['MacX file://./1.vhd', 'W2ku .\\1.vhd', 'W2ru .\\1.vhd']);
});

test('qemu-img finds our QCOW2 disks sound and reads the same', () => {
  const writes = toWrites([
    { offset: 0, length: 70_000, byte: 3 },
    { offset: 700 * MiB - 300, length: 5000, byte: 4 },
    { offset: 1100 * MiB, length: 600, byte: 5 },
  ]);
  return fc.assert(
    fc.asyncProperty(fc.subarray(writes), async (some) => {
      const disk = overlayContent(rawContent(memorySource(Buffer.alloc(0))), some, 1100 * MiB + 1024);
      const [raw, qcow2] = [join(folder, 'ours.raw'), join(folder, 'ours.qcow2')];
      for (const [path, writer] of [
        [raw, writeRaw],
        [qcow2, writeQcow2],
      ] as const) {
        const file = openSync(path, 'w');
        await writer(disk, (bytes, at) => void writeSync(file, bytes, 0, bytes.length, at));
        closeSync(file);
      }
      execFileSync('qemu-img', ['check', '-f', 'qcow2', qcow2]);
      execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'qcow2', raw, qcow2]);
    }),
    { numRuns: 4 },
  );
});

/** A raw disk with text, noise and holes, and what qemu-img makes of it. */
function convert(...options: readonly string[]): { readonly raw: Buffer; readonly qcow2: Buffer } {
  const raw = Buffer.alloc(20 * MiB);
  raw.fill('some text', 100, 3 * MiB);
  for (let at = 8 * MiB; at < 9 * MiB; at++) raw[at] = (at * 2_654_435_761) >>> 13;
  raw.fill('end', raw.length - 700);
  const [from, to] = [join(folder, 'from.raw'), join(folder, 'to.qcow2')];
  writeFileSync(from, raw);
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', ...options, from, to]);
  return { raw, qcow2: readFileSync(to) };
}

for (const options of [
  [],
  ['-c'],
  ['-o', 'compat=0.10'],
  ['-c', '-o', 'cluster_size=512'],
  ['-o', 'cluster_size=2M'],
])
  test(`QCOW2 disks of qemu-img are read: ${options.join(' ') || 'plain'}`, async () => {
    const { raw, qcow2 } = convert(...options);
    const disk = await openQcow2(memorySource(qcow2), inflateHere);
    assert.ok('content' in disk, JSON.stringify(disk));
    await assertContent(disk.content, raw, 'qcow2');
  });

test('QCOW2 disks that cannot be read are refused with the reason', async () => {
  const { qcow2 } = convert();
  const problem = async (change: (bytes: Buffer) => void): Promise<string> => {
    const bytes = Buffer.from(qcow2);
    change(bytes);
    const disk = await openQcow2(memorySource(bytes), inflateHere);
    return 'problem' in disk ? disk.problem : 'read';
  };
  assert.match(await problem((bytes) => bytes.writeUInt32BE(9, 4)), /version 9/);
  assert.match(await problem((bytes) => bytes.writeUInt32BE(200, 12)), /backing file/);
  assert.match(await problem((bytes) => bytes.writeUInt32BE(1, 32)), /encrypted/);
  assert.match(await problem((bytes) => bytes.writeUInt32BE(30, 20)), /2\^30/);
  assert.match(await problem((bytes) => bytes.writeUInt32BE(4, 76)), /features/);
  assert.match(await problem((bytes) => bytes.writeUInt32BE(0, 36)), /has 0 entries/);
  assert.match(await problem((bytes) => bytes.fill(0xff, 24, 32)), /too large/);
  assert.match(await problem((bytes) => bytes.writeUInt32BE(2 ** 16, 24)), /need 524289/);
  const truncated = await openQcow2(memorySource(qcow2.subarray(0, qcow2.length - 5 * 65_536)), inflateHere);
  assert.match('problem' in truncated ? truncated.problem : '', /would stand at byte/);
});

test('damaged QCOW2 disks are refused or fail to be read, and never run on', async () => {
  const { qcow2 } = convert('-c', '-o', 'cluster_size=4096');
  const damage = fc.array(fc.tuple(fc.nat({ max: 65_536 }), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(damage, async (edits) => {
      const bytes = Buffer.from(qcow2);
      for (const [at, byte] of edits) bytes[at] = byte;
      const disk = await openQcow2(memorySource(bytes), inflateHere);
      if ('problem' in disk) return;
      const size = Math.min(disk.content.size, 20 * MiB);
      const outcome = await disk.content.read(0, size).catch((error: Error) => error);
      if (outcome instanceof Error) assert.match(outcome.message, /compressed data is damaged/);
      else assert.equal(outcome.length, size);
    }),
    { numRuns: 60 },
  );
});
