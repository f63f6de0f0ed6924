import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { fileSource } from '../../server/disks/fileSource.ts';
import { chainOrder, openOva, type PackOptions, packOva } from '../../server/disks/format/ova.ts';
import { type ByteSource, memorySource } from '../../server/disks/source.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloud-images-ova-'));
});
after(() => rmSync(folder, { recursive: true }));

const leaf = Buffer.alloc(3 * 1024 * 1024 + 77, 'leaf of the chain ');
const base = Buffer.alloc(1024, 'base');
const members = [
  { name: '0.vhd', source: memorySource(leaf) },
  { name: '1.vhd', source: memorySource(base) },
];

async function packed(path: string, options: PackOptions = {}) {
  const file = openSync(path, 'w');
  try {
    return await packOva(members, (bytes) => void writeSync(file, bytes), options);
  } finally {
    closeSync(file);
  }
}

for (const compression of ['deflate', 'stored'] as const) {
  test(`gzip and tar read our OVA (${compression}), and its hashes are its own`, async () => {
    const path = join(folder, `${compression}.ova`);
    const steps: number[] = [];
    const result = await packed(path, { compression, progress: (done) => steps.push(done) });
    const bytes = readFileSync(path);
    assert.equal(result.size, bytes.length);
    assert.equal(result.md5, createHash('md5').update(bytes).digest('hex'));
    assert.equal(result.sha512, createHash('sha512').update(bytes).digest('hex'));
    assert.equal(steps.at(-1), leaf.length + base.length);
    execFileSync('gzip', ['-t', '-S', '.ova', path]);
    assert.equal(execFileSync('tar', ['-tzf', path]).toString(), '0.vhd\n1.vhd\n');
    execFileSync('tar', ['-xzf', path, '-C', folder]);
    assert.deepEqual(readFileSync(join(folder, '0.vhd')), leaf);
    assert.deepEqual(readFileSync(join(folder, '1.vhd')), base);
    assert.deepEqual(await packed(join(folder, 'again.ova'), { compression }), result);
  });
}

test('members come back, also from the archives of GNU tar', async () => {
  const path = join(folder, 'gnu.ova');
  writeFileSync(join(folder, 'snap.vhd'), leaf);
  writeFileSync(join(folder, 'base.vhd'), base);
  execFileSync('tar', ['-czf', path, '--directory', folder, './snap.vhd', './base.vhd']);
  const source = fileSource(path);
  const found = new Map<string, Buffer>();
  for await (const member of openOva(source)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of member.chunks) chunks.push(chunk);
    found.set(member.name, Buffer.concat(chunks));
  }
  source.close();
  assert.deepEqual([...found.keys()], ['snap.vhd', 'base.vhd']);
  assert.deepEqual(found.get('snap.vhd'), leaf);
  assert.deepEqual(found.get('base.vhd'), base);
});

test('what is no OVA, or only half of one, is refused', async () => {
  const read = async (bytes: Uint8Array) => {
    for await (const member of openOva(memorySource(bytes))) for await (const _ of member.chunks);
  };
  const path = join(folder, 'half.ova');
  await packed(path);
  await assert.rejects(read(Buffer.from('not gzip at all')));
  await assert.rejects(read(readFileSync(path).subarray(0, -200)));
});

test('a member over 8 GiB has a header that tar understands', async () => {
  const size = 9 * 1024 ** 3;
  const stop = new AbortController();
  const chunks: Uint8Array[] = [];
  const huge: ByteSource = { size, read: (_, length) => new Uint8Array(length) };
  const packing = packOva(
    [{ name: '0.vhd', source: huge }],
    (bytes) => void chunks.push(Buffer.from(bytes)),
    {
      compression: 'stored',
      signal: stop.signal,
      progress: () => chunks.length > 8 && stop.abort(),
    },
  );
  await assert.rejects(packing, { name: 'AbortError' });
  const start = Buffer.concat(chunks);
  const tar = gunzipSync(start, { finishFlush: 2 }).subarray(0, 1024);
  const listed = execFileSync('sh', ['-c', 'tar -tvf - 2>/dev/null || true'], { input: tar }).toString();
  assert.match(listed, new RegExp(` ${size} `));
});

test('a source that ends too soon, or a sink that fails, fails the packing', async () => {
  const short: ByteSource = {
    size: 1000,
    read: (at, length) => new Uint8Array(Math.max(0, Math.min(length, 600 - at))),
  };
  await assert.rejects(
    packOva([{ name: '0.vhd', source: short }], () => undefined),
    /ended after 600 of 1000/,
  );
  const full = () => {
    throw new Error('disk full');
  };
  await assert.rejects(packOva(members, full), /disk full/);
});

test('the order of a chain, by today’s names and by older ones', () => {
  assert.deepEqual(chainOrder(['1.vhd', '0.vhd', 'swap.vhd']), { order: ['0.vhd', '1.vhd'] });
  assert.deepEqual(chainOrder(['base.vhd', 'image.vhd', 'snap.vhd']), {
    order: ['snap.vhd', 'image.vhd', 'base.vhd'],
  });
  assert.deepEqual(chainOrder(['whatever.vhd']), { order: ['whatever.vhd'] });
  assert.deepEqual(chainOrder(['0.vhd', '2.vhd']), { corrupt: 'Corrupt image. Expected seq number: 1' });
  assert.deepEqual(chainOrder([]), { corrupt: 'Corrupt image. Expected seq number: 0' });
});
