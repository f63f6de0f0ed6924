import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type FileSource, fileSource } from '../../server/disks/fileSource.ts';
import { mergeChain } from '../../server/disks/format/chain.ts';
import { chainOrder, type OvaMember, openOva, ovaMembers, packOva } from '../../server/disks/format/ova.ts';
import { gunzipAnywhere } from '../../server/disks/gzip/gunzip.ts';
import { gzip } from '../../server/disks/gzip/gzip.ts';
import { pieceBytes, storedBytes } from '../../server/disks/gzip/gzipIndex.ts';
import { memorySource } from '../../server/disks/source.ts';
import { MiB, makeVhd, type VhdSpec } from '../tools/disks.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloud-images-gunzip-'));
});
after(() => rmSync(folder, { recursive: true }));

const compressions = ['deflate', 'stored'] as const;
const noise = randomBytes(2 * MiB);

/** Runs of zeros, text and noise, so that pieces are of all kinds that zlib makes. */
function contentOf(runs: readonly { readonly kind: number; readonly length: number }[]): Buffer {
  return Buffer.concat(
    runs.map(({ kind, length }) => {
      if (kind === 0) return Buffer.alloc(length);
      return kind === 1 ? Buffer.alloc(length, `text ${length} `) : noise.subarray(0, length);
    }),
  );
}

const edges = [
  0,
  1,
  storedBytes - 1,
  storedBytes,
  storedBytes + 1,
  pieceBytes - 1,
  pieceBytes,
  pieceBytes + 1,
];
const anyRuns = fc.array(
  fc.record({ kind: fc.nat(2), length: fc.oneof(fc.constantFrom(...edges), fc.nat(2 * MiB)) }),
  { maxLength: 6 },
);

async function zipped(content: Uint8Array, compression: (typeof compressions)[number]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const bytes of gzip(memorySource(content), compression)) parts.push(Buffer.from(bytes));
  return Buffer.concat(parts);
}

test('what is zipped is read the same from its beginning and anywhere, also by several at once', async () => {
  const places = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3 * MiB)), {
    maxLength: 12,
  });
  const property = fc.asyncProperty(
    anyRuns,
    fc.constantFrom(...compressions),
    places,
    async (runs, compression, reads) => {
      const content = contentOf(runs);
      const file = await zipped(content, compression);
      assert.ok(gunzipSync(file).equals(content));
      const source = await gunzipAnywhere(memorySource(file));
      assert.equal(source?.size, content.length);
      const read = async (at: number, length: number) => {
        const bytes = await source?.read(at, length);
        assert.ok(bytes && content.subarray(at, at + length).equals(bytes), `${length} bytes at ${at}`);
      };
      await read(0, content.length);
      const wanted = reads.map(([part, length]) => [Math.floor(part * content.length), length] as const);
      for (const [at, length] of wanted) await read(at, length);
      await Promise.all(wanted.map(([at, length]) => read(at, length)));
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

test('a file without an index, or of half its length, is not read anywhere', async () => {
  const content = Buffer.alloc(3 * pieceBytes + 5, 'text');
  const file = await zipped(content, 'deflate');
  for (const bytes of [gzipSync(content), Buffer.from('no gzip'), Buffer.alloc(0), file.subarray(0, -1)])
    assert.equal(await gunzipAnywhere(memorySource(bytes)), undefined);
  assert.equal(
    await gunzipAnywhere(memorySource(Buffer.concat([file, file]))),
    undefined,
    'of another place',
  );
});

test('a changed bit is found, wherever it is: no other content is ever read', async () => {
  const content = contentOf([
    { kind: 2, length: pieceBytes },
    { kind: 1, length: pieceBytes },
    { kind: 0, length: 99 },
  ]);
  for (const compression of compressions) {
    const file = await zipped(content, compression);
    const index = file.lastIndexOf('Ce') - 12;
    const places = [...Array(file.length - index).keys()].map((at) => index + at);
    const before = [11, 700, 2 * storedBytes, index - 14 - 20, index - 14];
    for (const at of [...before, ...places]) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      const source = await gunzipAnywhere(memorySource(changed));
      const read = await Promise.resolve(source?.read(0, content.length)).catch((error: Error) => error);
      if (read instanceof Error) continue;
      assert.ok(read === undefined || content.equals(read), `${compression}: byte ${at} of ${file.length}`);
      if (at < index) assert.fail(`${compression}: nothing missed byte ${at}`);
    }
    const later = Buffer.from(file);
    later[700] = (later[700] ?? 0) ^ 1;
    const source = await gunzipAnywhere(memorySource(later));
    assert.ok(
      content.subarray(pieceBytes).equals((await source?.read(pieceBytes, MiB * 2)) ?? Buffer.alloc(0)),
    );
    await assert.rejects(
      Promise.resolve(source?.read(pieceBytes - 1, 1)),
      /^Error: .*(damaged|bytes|invalid)/,
    );
  }
});

/** Disks with their blocks in any order, and sectors of their own or their parent's. */
const anyDisk = fc.record({
  virtualSize: fc.integer({ min: 1, max: 40 * 2048 }).map((sectors) => 512 * sectors),
  fixed: fc.boolean(),
  child: fc.boolean(),
  extents: fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(3 * MiB),
      zeros: fc.boolean(),
    }),
    { maxLength: 6 },
  ),
  every: fc.integer({ min: 1, max: 9 }),
});

function specOf({
  virtualSize,
  extents,
}: {
  virtualSize: number;
  extents: Parameters<typeof placed>[1];
}): VhdSpec {
  return { virtualSize, extents: placed(virtualSize, extents) };
}

function placed(size: number, extents: readonly { at: number; length: number; zeros: boolean }[]) {
  return extents.map(({ at, length, zeros }) => {
    const position = Math.min(size - 1, Math.floor(at * size));
    const bytes = zeros ? Buffer.alloc(length) : noise.subarray(0, length);
    return { position, bytes: bytes.subarray(0, size - position) };
  });
}

test('disks of an OVA merge to the same bytes, read in place or unpacked into files', async () => {
  const identity = { uuid: new Uint8Array(16).fill(7), timestamp: 5 };
  const merge = async (members: readonly OvaMember[]): Promise<Buffer | string> => {
    const chain = chainOrder(members.map(({ name }) => name));
    assert.ok('order' in chain);
    const sources = chain.order.flatMap((name) => members.find((one) => one.name === name)?.source ?? []);
    const out = Buffer.alloc(64 * MiB);
    const merged = await mergeChain(sources, identity, (bytes, at) => out.set(bytes, at), { links: 'order' });
    return 'problem' in merged ? merged.problem.text : out.subarray(0, merged.size);
  };
  const property = fc.asyncProperty(anyDisk, fc.constantFrom(...compressions), async (disk, compression) => {
    const paths = [join(folder, '0.vhd'), join(folder, '1.vhd')];
    const [leaf = '', base = ''] = paths;
    const own = specOf(disk);
    if (disk.child)
      makeVhd(leaf, { ...own, type: 'differencing', sectors: (sector) => sector % disk.every === 0 });
    makeVhd(disk.child ? base : leaf, { ...own, type: disk.fixed ? 'fixed' : 'dynamic' });
    const files: FileSource[] = paths.slice(0, disk.child ? 2 : 1).map(fileSource);
    const parts: Buffer[] = [];
    const members = files.map((source, at) => ({ name: `${at}.vhd`, source }));
    await packOva(members, (bytes) => void parts.push(Buffer.from(bytes)), { compression });
    for (const file of files) file.close();
    const ova = memorySource(Buffer.concat(parts));
    const unpacked: OvaMember[] = [];
    for await (const { name, chunks } of openOva(ova)) {
      const found: Uint8Array[] = [];
      for await (const chunk of chunks) found.push(chunk);
      unpacked.push({ name, source: memorySource(Buffer.concat(found)) });
    }
    const inPlace = await ovaMembers(ova);
    assert.ok(inPlace);
    assert.deepEqual(
      inPlace.map(({ name, source }) => [name, source.size]),
      unpacked.map(({ name, source }) => [name, source.size]),
    );
    const [one, other] = [await merge(inPlace), await merge(unpacked)];
    if (typeof one === 'string') assert.equal(one, other);
    else assert.ok(typeof other !== 'string' && one.equals(other));
  });
  await fc.assert(property, { numRuns: 40 });
});
