import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openContent, rawContent } from '../../server/disks/content.ts';
import { readDiskFacts } from '../../server/disks/facts.ts';
import { fileSource } from '../../server/disks/fileSource.ts';
import { openVhd } from '../../server/disks/format/vhd.ts';
import { memorySource } from '../../server/disks/source.ts';
import { dynamicVhd, extentsContent, fixedVhd, writeDynamic } from '../../server/disks/write.ts';
import { ensureDebian } from '../tools/debian.ts';
import { MiB } from '../tools/disks.ts';

const identity = { uuid: Uint8Array.from({ length: 16 }, (_, at) => 0xa0 + at), timestamp: 600_000_000 };
let folder = '';
before(() => {
  ensureDebian(['qemu-utils'], 'qemu-img');
  folder = mkdtempSync(join(tmpdir(), 'cloud-images-write-'));
});
after(() => rmSync(folder, { recursive: true }));

/** A raw disk of 9 MiB and 3 sectors: data at the start, over a block's border, and in the last sector. */
function rawDisk(): string {
  const path = join(folder, 'disk.raw');
  const bytes = Buffer.alloc(9 * MiB + 3 * 512);
  bytes.fill('first', 0, 700);
  bytes.fill('border', 4 * MiB - 300, 4 * MiB + 5000);
  bytes.fill('last', bytes.length - 512);
  writeFileSync(path, bytes);
  return path;
}

function sha256(path: string, length?: number): string {
  return createHash('sha256').update(readFileSync(path).subarray(0, length)).digest('hex');
}

async function save(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = openSync(path, 'w');
  for await (const chunk of chunks) writeSync(file, chunk);
  closeSync(file);
}

/** What qemu-img reads from a VHD, as a hash of as many bytes as the raw disk has. */
function converted(path: string, length: number): string {
  const raw = join(folder, 'converted.raw');
  const image = `driver=vpc,force_size_calc=current_size,file.filename=${path}`;
  execFileSync('qemu-img', ['convert', '--image-opts', image, '-O', 'raw', raw]);
  return sha256(raw, length);
}

test('qemu-img reads from our dynamic and fixed disks what was put in', async () => {
  const raw = rawDisk();
  const source = fileSource(raw);
  const ways = {
    dynamic: () => save(join(folder, 'dynamic.vhd'), dynamicVhd(rawContent(source), identity)),
    fixed: () => save(join(folder, 'fixed.vhd'), fixedVhd(rawContent(source), identity)),
  };
  for (const [name, write] of Object.entries(ways)) {
    await write();
    const path = join(folder, `${name}.vhd`);
    assert.equal(converted(path, source.size), sha256(raw), name);
    const written = fileSource(path);
    const facts = await readDiskFacts(name, written);
    assert.deepEqual(facts.vhd?.damage, []);
    assert.equal(facts.vhd?.virtualSize, source.size);
    assert.equal(facts.vhd?.creator, 'tap');
    assert.ok(facts.physicalSize - 5 * 2 * MiB <= (facts.vhd?.metadataSize ?? 0) || name === 'fixed');
    written.close();
  }
  source.close();
});

test('in one pass to a file the same bytes come out as in order', async () => {
  const source = fileSource(rawDisk());
  await save(join(folder, 'ordered.vhd'), dynamicVhd(rawContent(source), identity));
  const path = join(folder, 'random.vhd');
  const file = openSync(path, 'w');
  const size = await writeDynamic(rawContent(source), identity, (bytes, position) => {
    writeSync(file, bytes, 0, bytes.length, position);
  });
  closeSync(file);
  source.close();
  assert.equal(sha256(path), sha256(join(folder, 'ordered.vhd')));
  assert.equal(size, readFileSync(path).length);
});

test('data stands on 4 KiB boundaries, and zeros take no block', async () => {
  const chunks: Uint8Array[] = [];
  const content = extentsContent(64 * MiB, [
    { position: 0, bytes: Buffer.from('boot') },
    { position: 10 * MiB, bytes: new Uint8Array(5000) },
    { position: 63 * MiB, bytes: Buffer.from('end') },
  ]);
  for await (const chunk of dynamicVhd(content, identity)) chunks.push(chunk);
  const vhd = await openVhd(memorySource(Buffer.concat(chunks)));
  const allocated = [...(vhd?.bat ?? [])].filter((entry) => entry !== 0xffff_ffff);
  assert.equal(allocated.length, 2);
  for (const entry of allocated) assert.equal(((entry + 1) * 512) % 4096, 0);
  const read = vhd && openContent(vhd);
  assert.equal(Buffer.from((await read?.read(63 * MiB, 3)) ?? []).toString(), 'end');
});

test('disks of qemu-img are sound, and read as qemu-img reads them', async () => {
  const raw = rawDisk();
  truncateSync(raw, 8 * MiB);
  for (const options of [
    'subformat=dynamic',
    'subformat=dynamic,force_size=on',
    'subformat=fixed',
    'subformat=fixed,force_size=on',
  ]) {
    const path = join(folder, 'qemu.vhd');
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'vpc', '-o', options, raw, path]);
    const source = fileSource(path);
    const vhd = await openVhd(source);
    assert.deepEqual(vhd?.damage, [], options);
    const content = vhd && openContent(vhd);
    const bytes = (await content?.read(0, 8 * MiB)) ?? new Uint8Array(0);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256(raw), options);
    source.close();
  }
});

test('a size that no VHD can have is refused', async () => {
  for (const size of [0, 511, 513, 2041 * 1024 ** 3]) {
    await assert.rejects(dynamicVhd(extentsContent(size, []), identity).next(), RangeError);
    await assert.rejects(fixedVhd(extentsContent(size, []), identity).next(), RangeError);
  }
});
