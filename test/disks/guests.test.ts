import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileSource } from '../../server/disks/fileSource.ts';
import { readGuest } from '../../server/disks/guest/guest.ts';
import { ensureDebian } from '../tools/debian.ts';
import { GiB, MiB } from '../tools/disks.ts';

const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
const start = 1 * MiB;
let folder = '';
before(() => {
  const needed = {
    'mkfs.ext4': 'e2fsprogs',
    'mkfs.xfs': 'xfsprogs',
    'mkfs.btrfs': 'btrfs-progs',
    'mkfs.ntfs': 'ntfs-3g',
    'mkfs.vfat': 'dosfstools',
    'mkfs.exfat': 'exfatprogs',
    mkswap: 'util-linux',
    sgdisk: 'gdisk',
    sfdisk: 'fdisk',
    mmd: 'mtools',
  };
  for (const command of Object.keys(needed)) ensureDebian(Object.values(needed), command);
  folder = mkdtempSync(join(tmpdir(), 'cloud-images-guests-'));
});
after(() => rmSync(folder, { recursive: true }));

function run(command: string, args: readonly string[], input?: string): void {
  execFileSync(command, args, { env, stdio: 'pipe', ...(input === undefined ? {} : { input }) });
}

function file(name: string, size: number): string {
  const path = join(folder, name);
  const handle = openSync(path, 'w');
  ftruncateSync(handle, size);
  closeSync(handle);
  return path;
}

/** A volume made by its own tool. */
function volume(size: number, command: string, ...args: string[]): string {
  const path = file('volume.raw', size);
  run(command, [...args, path]);
  return path;
}

async function guestOf(path: string) {
  const { boot: _, linux: __, ...guest } = await allOf(path);
  return guest;
}
async function allOf(path: string) {
  const source = fileSource(path);
  try {
    return await readGuest(source);
  } finally {
    source.close();
  }
}

/** A disk with the partitions that sfdisk makes of `script`, and a volume at 1 MiB. */
function partitioned(script: string, content?: string): string {
  const path = file('disk.raw', 1 * GiB);
  run('sfdisk', ['--quiet', path], script);
  if (content) place(path, content, start);
  return path;
}

function place(path: string, content: string, position: number): void {
  const handle = openSync(path, 'r+');
  const bytes = readFileSync(content);
  writeSync(handle, bytes, 0, bytes.length, position);
  closeSync(handle);
}

const volumes: Record<string, { size: number; command: string; args: string[] }> = {
  ext4: { size: 16 * MiB, command: 'mkfs.ext4', args: ['-q', '-F'] },
  ext2: { size: 16 * MiB, command: 'mkfs.ext2', args: ['-q', '-F'] },
  xfs: { size: 320 * MiB, command: 'mkfs.xfs', args: ['-q', '-f'] },
  btrfs: { size: 128 * MiB, command: 'mkfs.btrfs', args: ['-q', '-f'] },
  vfat: { size: 64 * MiB, command: 'mkfs.vfat', args: ['-F', '32'] },
  exfat: { size: 16 * MiB, command: 'mkfs.exfat', args: [] },
  swap: { size: 16 * MiB, command: 'mkswap', args: ['-q'] },
};

for (const [type, { size, command, args }] of Object.entries(volumes)) {
  test(`${command}: ${type}, on the whole disk and under partition type 0x07, is not Windows`, async () => {
    const made = volume(size, command, ...args);
    assert.deepEqual(await guestOf(made), {
      layout: `no partition table: ${type}`,
      windows: [],
      windowsSigns: [],
    });
    const disk = partitioned('label: dos\nstart=2048, type=7\n', made);
    assert.deepEqual(await guestOf(disk), {
      layout: `mbr: NTFS/exFAT (${type})`,
      windows: [],
      windowsSigns: [],
    });
  });
}

test('mkfs.ntfs makes a data volume: a sign of Windows, and no proof', async () => {
  const path = file('volume.raw', 16 * MiB);
  run('mkfs.ntfs', ['-q', '-F', '-Q', path]);
  assert.deepEqual(await guestOf(path), {
    layout: 'no partition table: ntfs',
    windows: [],
    windowsSigns: ['NTFS volume over the whole disk'],
  });
  const linux = partitioned('label: dos\nstart=2048, type=83\n', path);
  assert.deepEqual((await guestOf(linux)).windowsSigns, ['NTFS volume (partition 1)']);
  const boot = openSync(path, 'r+');
  writeSync(boot, 'NTLDR is missing', 0x180, 'latin1');
  closeSync(boot);
  const bootable = partitioned('label: dos\nstart=2048, type=83\n', path);
  assert.deepEqual((await guestOf(bootable)).windows, ['NTLDR boot code on partition 1']);
});

test('logical partitions are followed', async () => {
  const script =
    'label: dos\nstart=2048, size=40960, type=83\nstart=65536, type=5\nstart=67584, size=65536, type=7\nstart=264192, size=65536, type=82\n';
  const disk = partitioned(script, volume(16 * MiB, 'mkfs.ext4', '-q', '-F'));
  const ntfs = file('volume.raw', 16 * MiB);
  run('mkfs.ntfs', ['-q', '-F', '-Q', ntfs]);
  place(disk, ntfs, 67_584 * 512);
  const guest = await guestOf(disk);
  assert.equal(guest.layout, 'mbr: Linux (ext4), NTFS/exFAT (ntfs), Linux swap');
  assert.deepEqual(guest.windowsSigns, ['NTFS volume (partition 5)']);
});

for (const fat of ['12', '16', '32']) {
  test(`boot files on FAT${fat}: Windows' loader is proof, another system's is not`, async () => {
    const size = fat === '12' ? 2 * MiB : 64 * MiB;
    const disk = file('gpt.raw', 256 * MiB);
    run('sgdisk', ['-n', '1:2048:+80M', '-t', '1:ef00', '-n', '2:0:0', '-t', '2:8300', disk]);
    const esp = volume(size, 'mkfs.vfat', '-F', fat);
    const loader = join(folder, 'loader');
    writeFileSync(loader, 'MZ');
    const copy = (to: string) => run('mcopy', ['-i', esp, loader, `::${to}`]);
    run('mmd', [
      '-i',
      esp,
      '::EFI',
      '::EFI/Boot',
      '::EFI/a directory with a long name',
      '::EFI/Microsoft',
      '::EFI/Microsoft/Boot',
    ]);
    copy('EFI/Boot/bootx64.efi');
    place(disk, esp, start);
    const layout = 'gpt: EFI system (vfat), Linux';
    assert.deepEqual(await guestOf(disk), { layout, windows: [], windowsSigns: [] });
    copy('EFI/Microsoft/Boot/BootMgFw.efi');
    copy('bootmgr');
    place(disk, esp, start);
    const proofs = ['/bootmgr on partition 1', '/EFI/Microsoft/Boot/bootmgfw.efi on partition 1'];
    assert.deepEqual(await guestOf(disk), { layout, windows: proofs, windowsSigns: [] });
    // The primary table is lost: the backup at the end of the disk tells the same.
    const handle = openSync(disk, 'r+');
    writeSync(handle, new Uint8Array(33 * 512), 0, 33 * 512, 512);
    closeSync(handle);
    assert.deepEqual((await guestOf(disk)).windows, proofs);
  });
}

test('a Windows data disk: reserved and recovery partitions are signs, not proof', async () => {
  const disk = file('gpt.raw', 256 * MiB);
  run('sgdisk', [
    '-n',
    '1:0:+16M',
    '-t',
    '1:0c01',
    '-n',
    '2:0:+32M',
    '-t',
    '2:2700',
    '-n',
    '3:0:0',
    '-t',
    '3:0700',
    disk,
  ]);
  const guest = await guestOf(disk);
  assert.deepEqual(guest.windows, []);
  assert.equal(guest.layout, 'gpt: Microsoft reserved, Windows recovery, Basic data');
  assert.deepEqual(guest.windowsSigns, [
    'Microsoft reserved partition (partition 1)',
    'Windows recovery partition (partition 2)',
  ]);
});

test('text of an NTFS boot sector inside a file of ext4 is not Windows', async () => {
  const tree = mkdtempSync(join(folder, 'tree-'));
  const decoy = Buffer.alloc(8192);
  decoy.write('NTFS    BOOTMGR is missing', 3, 'latin1');
  decoy.set([0x55, 0xaa], 510);
  for (const name of ['bootmgr', 'bootmgfw.efi', 'volume']) writeFileSync(join(tree, name), decoy);
  const disk = partitioned(
    'label: dos\nstart=2048, type=83\n',
    volume(16 * MiB, 'mkfs.ext4', '-q', '-F', '-d', tree),
  );
  assert.deepEqual(await guestOf(disk), { layout: 'mbr: Linux (ext4)', windows: [], windowsSigns: [] });
});
