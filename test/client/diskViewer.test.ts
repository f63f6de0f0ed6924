import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { DiskView } from '../../client/diskViewer/protocol.ts';
import { type Judges, readDisk } from '../../client/diskViewer/readDisk.ts';
import { rawContent } from '../../server/disks/content.ts';
import { fileSource } from '../../server/disks/fileSource.ts';
import { packOva } from '../../server/disks/format/ova.ts';
import { writeQcow2 } from '../../server/disks/format/qcow2Writer.ts';
import { type ByteSource, memorySource } from '../../server/disks/source.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { disks, GiB, MiB, makeDisk, makeDisks, makeVhd } from '../tools/disks.ts';

const folder = mkdtempSync(join(tmpdir(), 'disk-viewer-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const judges: Judges = {
  profiles: [
    { label: 'Rackspace', profile: profiles.rackspace },
    { label: 'OpenStack', profile: profiles.openstack },
  ],
  limit: profiles.rackspace.limits.importVirtualBytes,
};

async function readAll(path: string, source: ByteSource = fileSource(path)): Promise<DiskView[]> {
  const views: DiskView[] = [];
  for await (const view of readDisk({ name: 'disk.vhd', path, source }, judges, Date.now())) views.push(view);
  return views;
}

async function readLast(path: string): Promise<DiskView> {
  const view = (await readAll(path)).at(-1);
  assert.ok(view);
  return view;
}

test('every disk has its view, with the verdict that an import gets', async () => {
  for (const [kind, path] of makeDisks(folder)) {
    const view = await readLast(path);
    const [rackspace] = view.verdicts;
    const { import: wanted } = disks[kind];
    assert.equal(rackspace?.accepted, wanted === 'accepted', kind);
    assert.ok(
      rackspace.title.includes(wanted === 'accepted' ? 'would import it' : wanted),
      `${kind}: ${rackspace.title}`,
    );
    assert.match(view.summary, /^[A-Z].*\.$/, kind);
    const isHeaderAlone = ['qcow2', 'vmdk', 'vhdx', 'vdi'].includes(kind);
    assert.equal(view.damage.length > 0, /is damaged/.test(view.summary) || isHeaderAlone, kind);
  }
});

test('a disk that was cut off says so, and its map shows what is past its end', async () => {
  const path = join(folder, 'cut.vhd');
  makeVhd(path, { extents: [0, 5].map((block) => ({ position: block * 2 * MiB, bytes: Buffer.from('x') })) });
  truncateSync(path, 3 * MiB);
  const view = await readLast(path);
  assert.deepEqual(
    view.damage.map(({ field }) => field),
    ['footer', 'BAT entry'],
  );
  assert.match(view.damage[0]?.text ?? '', /cut off/);
  assert.deepEqual([...(view.blocks?.map.states ?? [])], [1, 0, 4, 0]);
  assert.deepEqual(view.repair?.steps, []);
});

test('partitions, guest and sizes are told', async () => {
  const path = join(folder, 'efi.vhd');
  makeDisk(path, 'windows-efi');
  const { guest, facts } = await readLast(path);
  assert.deepEqual(guest?.facts, [
    ['Partition table', 'GPT'],
    ['Windows', '/EFI/Microsoft/Boot/bootmgfw.efi on partition 1'],
  ]);
  assert.deepEqual(guest.partitions[0]?.slice(0, 3), ['1', 'EFI system', 'vfat']);
  assert.deepEqual(facts.slice(0, 2), [
    ['Format', 'VHD, dynamic'],
    ['Virtual size', '64 MB (67,108,864 bytes)'],
  ]);
});

test('what a repair would do is said, and why it cannot be done again before it is undone', async () => {
  const path = join(folder, 'zero.vhd');
  makeDisk(path, 'zero-uuid');
  const before = await readLast(path);
  assert.deepEqual(before.repair, { steps: ['Give the disk an identifier.'], canUndo: false });
  writeFileSync(`${path}.undo`, '{}');
  const after = await readLast(path);
  assert.equal(after.repair?.canUndo, true);
  assert.match(after.repair.refused ?? '', /^disk\.vhd\.undo keeps an earlier repair\./);
});

test('what may not be repaired here may not be undone either, and both say why', async () => {
  const path = join(folder, 'untrusted.vhd');
  makeDisk(path, 'zero-uuid');
  writeFileSync(`${path}.undo`, '{}');
  const refused = 'Trust this workspace to repair disks.';
  const views = readDisk(
    { name: 'disk.vhd', path, source: fileSource(path) },
    { ...judges, refused },
    Date.now(),
  );
  for await (const { repair } of views) {
    assert.equal(repair?.refused, refused);
    assert.equal(repair.undoRefused, refused);
  }
});

test('a disk and its parent are read as one', async () => {
  const uuid = new Uint8Array(16).fill(0x77);
  makeVhd(join(folder, 'base.vhd'), { uuid, guest: 'linux' });
  const path = join(folder, 'child.vhd');
  makeVhd(path, { type: 'differencing' });
  const { chain, guest } = await readLast(path);
  assert.equal(chain?.problem, undefined);
  assert.deepEqual(
    chain?.rows.map(({ cells: [name, role, type] }) => [name, role, type]),
    [
      ['disk.vhd', 'this disk', 'differencing'],
      ['base.vhd', 'its parent', 'dynamic'],
    ],
  );
  assert.equal(guest?.partitions.length, 1);
});

test('an OVA shows its chain: one of ours at once, one of others once it is unpacked', async () => {
  const [newest, base] = [join(folder, '0.vhd'), join(folder, '1.vhd')];
  makeVhd(newest, { type: 'differencing' });
  makeVhd(base, { guest: 'linux' });
  const ours = join(folder, 'ours.ova');
  const pieces: Uint8Array[] = [];
  const members = [newest, base].map((path, at) => ({
    name: `${at}.vhd`,
    source: memorySource(readFileSync(path)),
  }));
  await packOva(members, (bytes) => void pieces.push(Uint8Array.from(bytes)));
  writeFileSync(ours, Buffer.concat(pieces));
  const rows = [
    ['0.vhd', 'the newest', 'VHD, differencing', '64 MB'],
    ['1.vhd', 'the base', 'VHD, dynamic', '64 MB'],
  ];
  const [first, last] = await readAll(ours);
  assert.match(first?.pending ?? '', /^Reading/);
  assert.equal(last?.summary, 'An OVA of 2 files, a disk of 64 MB.');
  assert.deepEqual(
    last.chain?.rows.map(({ cells }) => cells.slice(0, 4)),
    rows,
  );
  assert.equal(last.guest?.partitions.length, 1);
  assert.equal(last.blocks?.caption, '32 blocks of 0.vhd, 2 MB each');
  assert.deepEqual(
    [[...last.blocks.map.lengths], [...last.blocks.map.states]],
    [
      [1, 31],
      [2, 0],
    ],
  );

  const theirs = join(folder, 'theirs.ova');
  execFileSync('tar', ['-czf', theirs, '-C', folder, '0.vhd', '1.vhd']);
  const other = await readLast(theirs);
  assert.deepEqual(
    other.chain?.rows.map(({ cells }) => cells.slice(0, 4)),
    rows,
  );
  assert.equal(other.pending, undefined);

  truncateSync(theirs, readFileSync(theirs).length - 200);
  assert.match((await readLast(theirs)).chain?.problem ?? '', /^The archive is cut off or damaged behind/);

  const plain = join(folder, 'plain.ova');
  writeFileSync(join(folder, 'note.txt'), 'a note');
  execFileSync('tar', ['-cf', plain, '-C', folder, '0.vhd', 'note.txt', '1.vhd']);
  const tar = await readLast(plain);
  assert.match(tar.summary, /^A tar archive of 3 files/);
  assert.deepEqual(
    tar.chain?.rows.map(({ cells: [name, , type] }) => [name, type]),
    [
      ['0.vhd', 'VHD, differencing'],
      ['note.txt', 'other'],
      ['1.vhd', 'VHD, dynamic'],
    ],
  );
});

test('of a disk whose compressed data is damaged is said where, and all that can be read still', async () => {
  const qcow2 = Buffer.alloc(256 * 1024);
  qcow2.write('QFI\xfb', 0, 'latin1');
  for (const [at, number] of [
    [4, 3],
    [20, 16],
    [36, 1],
    [100, 104],
  ] as const)
    qcow2.writeUInt32BE(number, at);
  qcow2.writeBigUInt64BE(BigInt(MiB), 24);
  qcow2.writeBigUInt64BE(0x10000n, 40);
  qcow2.writeBigUInt64BE(0x20000n, 0x10000);
  qcow2.writeBigUInt64BE((1n << 62n) | 0x30000n, 0x20000); // one cluster, compressed
  qcow2.fill(0xff, 0x30000);
  const [view] = await readAll(join(folder, 'damaged.qcow2'), memorySource(qcow2));
  assert.equal(view?.summary, 'A QCOW2 disk.');
  assert.match(view.damage[0]?.text ?? '', /damaged in the 512 bytes from 196608/);
  assert.ok(view.verdicts.length > 0 && view.blocks);

  const disk = join(folder, 'packed.vhd');
  makeVhd(disk, { guest: 'linux' });
  const pieces: Uint8Array[] = [];
  const members = [{ name: '0.vhd', source: memorySource(readFileSync(disk)) }];
  await packOva(members, (bytes) => void pieces.push(Uint8Array.from(bytes)));
  const ova = Buffer.concat(pieces);
  const views: (DiskView | undefined)[] = [];
  for (let at = 0; at < ova.length; at += 512) {
    const damaged = Buffer.from(ova).fill(0xff, at, at + 64);
    views.push((await readAll(join(folder, 'damaged.ova'), memorySource(damaged))).at(-1));
  }
  assert.ok(views.every((one) => one && one.verdicts.length > 0));
  assert.ok(views.some((one) => /The compressed data is damaged/.test(one?.chain?.problem ?? '')));
});

test('a QCOW2 disk has a map of what is written to it', async () => {
  const raw = join(folder, 'raw');
  const bytes = Buffer.alloc(8 * MiB);
  bytes.fill('x', 3 * MiB, 4 * MiB);
  const path = `${raw}.qcow2`;
  const pieces = Buffer.alloc(16 * MiB);
  const size = await writeQcow2(rawContent(memorySource(bytes)), (piece, at) => void pieces.set(piece, at));
  writeFileSync(path, pieces.subarray(0, size));
  const { blocks, summary } = await readLast(path);
  assert.equal(summary, 'A QCOW2 disk.');
  assert.deepEqual(blocks && [[...blocks.map.lengths], [...blocks.map.states]], [
    [48, 16, 64],
    [0, 1, 0],
  ]);
});

test('of a disk from afar, lost parts are shown, and an archive of others is not unpacked', async () => {
  const path = join(folder, 'far.vhd');
  makeDisk(path, 'linux');
  const look = async (file: string, lost: readonly { position: number; length: number }[]) => {
    const source = memorySource(readFileSync(file));
    const { value } = await readDisk(
      { name: 'far.vhd', source, isFar: true, lost },
      judges,
      Date.now(),
    ).next();
    return value as DiskView;
  };
  const view = await look(path, [{ position: MiB, length: MiB }]);
  assert.match(view.problem ?? '', /^1 part of it, 1 MB, is missing/);
  assert.deepEqual([...(view.blocks?.map.states ?? [])], [6, 0]);
  assert.equal(view.repair, undefined);
  const theirs = join(folder, 'far.ova');
  execFileSync('tar', ['-czf', theirs, '-C', folder, 'far.vhd']);
  assert.match((await look(theirs, [])).problem ?? '', /download it/);
});

test('of a sparse disk of 100 GB less than 1 MB is read', async () => {
  const path = join(folder, 'large.vhd');
  const extents = Array.from({ length: 500 }, (_, at) => ({
    position: at * 200 * MiB,
    bytes: Buffer.from('x'),
  }));
  makeVhd(path, { virtualSize: 100 * GiB, guest: 'linux', extents });
  const file = fileSource(path);
  let read = 0;
  const views = await readAll(path, {
    size: file.size,
    read: (position, length) => {
      read += length;
      return file.read(position, length);
    },
  });
  file.close();
  assert.equal(views.length, 1);
  assert.match(
    views[0]?.facts.find(([name]) => name === 'Blocks')?.[1] ?? '',
    /^500 of 51,200 blocks allocated/,
  );
  assert.ok(read < MiB, `${read} bytes`);
});
