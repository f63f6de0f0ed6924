import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileSource } from '../../server/disks/fileSource.ts';
import { openOva } from '../../server/disks/format/ova.ts';
import { openVhd } from '../../server/disks/format/vhd.ts';
import { memorySource } from '../../server/disks/source.ts';
import { createDiskLane, type DiskLane, type Watch } from '../../server/emulator/diskWorker/lane.ts';
import type { Snapshot } from '../../server/emulator/diskWorker/protocol.ts';
import { ensureDebian } from '../tools/debian.ts';
import { GiB, MiB, makeVhd } from '../tools/disks.ts';
import { removeFolder, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();
let lane: DiskLane;
before(() => {
  ensureDebian(['qemu-utils'], 'qemu-img');
  lane = createDiskLane();
});
after(async () => {
  await lane.close();
  removeFolder(folder);
});

const untilEnd: Watch = { signal: new AbortController().signal, progress: () => undefined };
const imageBytes = 6 * MiB;
const diskBytes = 9 * MiB;
const text = Buffer.from('written by the guest');
let serial = 0;
const newPath = (name: string) => join(folder, `${serial++}-${name}`);

/** Writes over the image, a deletion, and writes behind the image's end. */
function guestWrites(): Snapshot['writes'] {
  const path = save('bytes', text);
  const write = (offset: number, start = 0) => {
    const length = text.length - start;
    return { offset, length, pieces: [{ path, start, length }] };
  };
  const deletion = { offset: 1000, length: 1000 };
  return [write(4 * MiB, 3), deletion, write(100), write(4 * MiB + 1), write(diskBytes - text.length)];
}

function apply(image: Buffer, writes: Snapshot['writes']): Buffer {
  const disk = Buffer.concat([image, Buffer.alloc(diskBytes - image.length)]);
  for (const { offset, length, pieces } of writes)
    if (pieces) text.copy(disk, offset, pieces[0]?.start);
    else disk.fill(0, offset, offset + length);
  return disk;
}

const image = Buffer.alloc(imageBytes);
image.fill('image', 0, 3000).fill('more', 4 * MiB - 70, 4 * MiB + 5000);

function save(name: string, bytes: Uint8Array): string {
  const path = newPath(name);
  writeFileSync(path, bytes);
  return path;
}

const allOf = (path: string) => [{ path, start: 0, length: statSync(path).size }];

function qemuImg(...parameters: readonly string[]): void {
  execFileSync('qemu-img', parameters, { stdio: 'pipe' });
}

const bases: Readonly<Record<string, () => Promise<{ path: string; format: string }>>> = {
  'an OVA of ours': async () => {
    const target = newPath('ours.ova');
    const source = allOf(vhdOf());
    await lane.pack({ source, target, compression: 'deflate' }, untilEnd);
    return { path: target, format: 'vhd' };
  },
  'an OVA of another': async () => {
    const target = newPath('other.ova');
    const own = join(folder, 'image.vhd');
    renameSync(vhdOf(), own);
    execFileSync('tar', ['-czf', target, '--directory', folder, './image.vhd']);
    rmSync(own);
    return { path: target, format: 'vhd' };
  },
  'a VHD': async () => ({ path: vhdOf(), format: 'vhd' }),
  'a QCOW2': async () => {
    const path = newPath('image.qcow2');
    qemuImg('convert', '-c', '-f', 'raw', '-O', 'qcow2', save('raw', image), path);
    return { path, format: 'qcow2' };
  },
  'a raw disk': async () => ({ path: save('raw', image), format: 'raw' }),
  'a disk of a format that is not read': async () => ({ path: save('raw', image), format: 'vmdk' }),
};

function vhdOf(): string {
  const path = newPath('image.vhd');
  makeVhd(path, { virtualSize: image.length, extents: [{ position: 0, bytes: image }] });
  return path;
}

function orderOf(base: { path: string; format: string } | undefined, as: Snapshot['as']): Snapshot {
  const target = newPath(`snapshot.${as}`);
  return {
    base: base ? allOf(base.path) : [],
    diskFormat: base?.format ?? 'raw',
    writes: [],
    diskBytes,
    scratch: target,
    target,
    as,
    compression: 'stored',
    uuid: '11111111-2222-4333-8444-555555555555',
    time: Date.UTC(2026, 0, 1),
  };
}

/** Exports an OVA, as a task does. */
async function exported(path: string): Promise<string> {
  const scratch = newPath('export');
  const order = {
    ova: allOf(path),
    scratch,
    segmentBytes: GiB,
    uuid: '99999999-2222-4333-8444-555555555555',
    time: 0,
  };
  const { segments } = await lane.unpack(order, untilEnd);
  assert.equal(segments.length, 1);
  return segments[0]?.file ?? '';
}

/** What qemu-img reads. */
function readByQemu(path: string, as: Snapshot['as']): Buffer {
  const raw = newPath('converted.raw');
  if (as === 'qcow2') qemuImg('check', '-f', 'qcow2', path);
  const vhd = ['--image-opts', `driver=vpc,force_size_calc=current_size,file.filename=${path}`];
  const source = { qcow2: ['-f', 'qcow2', path], raw: ['-f', 'raw', path], vhd, ova: vhd }[as];
  qemuImg('convert', ...source, '-O', 'raw', raw);
  return readFileSync(raw);
}

for (const [name, make] of Object.entries(bases))
  test(`a snapshot of a server of ${name} has what its guest wrote, in each format`, async () => {
    const writes = guestWrites();
    const server = apply(image, writes);
    const base = await make();
    for (const as of ['ova', 'qcow2', 'vhd', 'raw'] as const) {
      const order = { ...orderOf(base, as), writes };
      const { size, md5, sha512, virtualSize } = await lane.snapshot(order, untilEnd);
      const bytes = readFileSync(order.target);
      assert.deepEqual([size, virtualSize], [bytes.length, diskBytes]);
      assert.equal(md5, createHash('md5').update(bytes).digest('hex'));
      assert.equal(sha512, createHash('sha512').update(bytes).digest('hex'));
      const path = as === 'ova' ? await exported(order.target) : order.target;
      assert.ok(readByQemu(path, as).equals(server), as);
    }
    const part = await lane.readDisk({ ...orderOf(base, 'raw'), writes, offset: 90, length: 2000 });
    assert.deepEqual(Buffer.from(part), server.subarray(90, 2090));
  });

test('a blank disk becomes an image in each format', async () => {
  const writes = guestWrites();
  const expected = apply(Buffer.alloc(0), writes);
  for (const as of ['ova', 'qcow2', 'vhd', 'raw'] as const) {
    const order = { ...orderOf(undefined, as), writes };
    await lane.snapshot(order, untilEnd);
    const path = as === 'ova' ? await exported(order.target) : order.target;
    assert.ok(readByQemu(path, as).equals(expected), as);
  }
});

test('a raw disk that its guest made look like another format stays a raw disk', async () => {
  const { path } = (await bases['a QCOW2']?.()) ?? assert.fail();
  const bytes = readFileSync(path);
  const order = { ...orderOf({ path, format: 'raw' }, 'raw'), diskBytes: bytes.length };
  await lane.snapshot(order, untilEnd);
  assert.ok(readFileSync(order.target).subarray(0, bytes.length).equals(bytes));
});

/** The members of an OVA, each with its type and the name of its parent. */
async function membersOf(path: string): Promise<string[]> {
  const source = fileSource(path);
  const members: string[] = [];
  for await (const { name, chunks } of openOva(source)) {
    const bytes: Uint8Array[] = [];
    for await (const chunk of chunks) bytes.push(Buffer.from(chunk));
    const vhd = await openVhd(memorySource(Buffer.concat(bytes)));
    assert.deepEqual(vhd?.damage, []);
    members.push(`${name} ${vhd?.footer.type} ${vhd?.header?.parentName}`);
  }
  source.close();
  return members;
}

test('an image of an image is a chain, each disk naming the next', async () => {
  let base = { path: vhdOf(), format: 'vhd' };
  let expected: Buffer = image;
  for (const _ of [1, 2]) {
    const order = { ...orderOf(base, 'ova'), writes: guestWrites() };
    expected = apply(expected, order.writes);
    await lane.snapshot(order, untilEnd);
    base = { path: order.target, format: 'vhd' };
  }
  assert.deepEqual(await membersOf(base.path), ['0.vhd 4 1.vhd', '1.vhd 4 2.vhd', '2.vhd 3 ']);
  assert.ok(readByQemu(await exported(base.path), 'ova').equals(expected));
});

test('a chain that would be longer than XenServer follows is merged first', async () => {
  const members = join(folder, 'members');
  mkdirSync(members);
  renameSync(vhdOf(), join(members, 'base.vhd'));
  for (const [length, packed] of [
    [29, 30],
    [30, 2],
  ] as const) {
    for (let at = 0; at < length - 1; at++)
      makeVhd(join(members, `${at}.vhd`), { type: 'differencing', virtualSize: imageBytes });
    copyFileSync(join(members, 'base.vhd'), join(members, `${length - 1}.vhd`));
    const path = newPath('long.ova');
    execFileSync('tar', ['-czf', path, '--exclude', 'base.vhd', '--directory', members, '.']);
    const order = { ...orderOf({ path, format: 'vhd' }, 'ova'), writes: guestWrites() };
    await lane.snapshot(order, untilEnd);
    assert.equal((await membersOf(order.target)).length, packed);
    assert.ok(readByQemu(await exported(order.target), 'ova').equals(apply(image, order.writes)));
  }
});

test('a base that cannot be read fails with the reason, and the lane goes on', async () => {
  const broken = readFileSync((await bases['a QCOW2']?.())?.path ?? '');
  broken.writeUInt32BE(9, 4);
  const cases = [
    [save('broken', broken), 'qcow2', /QCOW2 version 9 cannot be read/],
    [
      save('broken', Buffer.concat([Buffer.from('\x1f\x8b\x08', 'latin1'), Buffer.alloc(5000, 7)])),
      'vhd',
      /\w/,
    ],
    [newPath('child.vhd'), 'vhd', /The disk has a parent, which is missing/],
  ] as const;
  makeVhd(cases[2][0], { type: 'differencing' });
  for (const [path, format, reason] of cases) {
    const order = orderOf({ path, format }, 'ova');
    await assert.rejects(lane.snapshot(order, untilEnd), reason);
    await assert.rejects(lane.readDisk({ ...order, offset: 0, length: 10 }), reason);
  }
  const lost = {
    ...orderOf(undefined, 'raw'),
    writes: [{ offset: 0, length: 9, pieces: allOf(save('short', text.subarray(0, 5))) }],
  };
  await assert.rejects(lane.snapshot(lost, untilEnd), /ended too soon/);
  await assert.rejects(
    lane.readDisk({ ...orderOf(undefined, 'raw'), offset: 0, length: 2 * MiB }),
    /At most/,
  );
  await lane.snapshot(orderOf({ path: vhdOf(), format: 'vhd' }, 'qcow2'), untilEnd);
});

test('a snapshot stops when told, and leaves nothing but its target', async () => {
  const path = save('large', Buffer.alloc(100 * MiB, 'text'));
  for (const as of ['ova', 'qcow2', 'vhd', 'raw'] as const) {
    const stop = new AbortController();
    const order = { ...orderOf({ path, format: 'raw' }, as) };
    const watch = { signal: stop.signal, progress: () => stop.abort() };
    await assert.rejects(lane.snapshot(order, watch), /abort/i, as);
    rmSync(order.target, { force: true });
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => /snapshot.*-/.test(name)),
    [],
  );
});
