import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readDiskFacts } from '../../server/disks/facts.ts';
import { fileSource } from '../../server/disks/fileSource.ts';
import { memorySource } from '../../server/disks/source.ts';
import type { DiskFacts } from '../../server/rules/facts.ts';
import { ensureDebian } from '../tools/debian.ts';
import { type DiskKind, diskKinds, disks, GiB, makeDisks, makeVhd } from '../tools/disks.ts';

let folder = '';
let paths: ReadonlyMap<DiskKind, string> = new Map();
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloud-images-disks-'));
  paths = makeDisks(folder);
});
after(() => rmSync(folder, { recursive: true }));

/** The code of an import, in the order of DECISIONS 3, written apart from the rules. */
function verdict({ vhd, physicalSize }: DiskFacts): string {
  if (!vhd) return '396';
  if (vhd.damage.length > 0) return '111';
  if (![2, 3, 4].includes(vhd.type)) return '523';
  if (vhd.type === 4) return '721';
  if (vhd.zeroUuid) return '614';
  if (vhd.virtualSize > 40 * GiB) return '413';
  if (physicalSize > 40 * GiB + vhd.metadataSize) return '609';
  return vhd.guest.windows.length > 0 ? 'Windows' : 'accepted';
}

async function factsOf(path: string): Promise<DiskFacts> {
  const source = fileSource(path);
  try {
    return await readDiskFacts('exports/disk.vhd', source);
  } finally {
    source.close();
  }
}

for (const kind of diskKinds) {
  test(`the disk "${kind}" is judged: ${disks[kind].import}`, async () => {
    const facts = await factsOf(paths.get(kind) ?? '');
    assert.equal(verdict(facts), disks[kind].import, JSON.stringify(facts));
  });
}

test('guests are told', async () => {
  const guest = async (kind: DiskKind) => (await factsOf(paths.get(kind) ?? '')).vhd?.guest;
  assert.equal((await guest('linux'))?.layout, 'mbr: Linux (ext4)');
  assert.deepEqual(await guest('windows-efi'), {
    layout: 'gpt: EFI system (vfat)',
    windows: ['/EFI/Microsoft/Boot/bootmgfw.efi on partition 1'],
    windowsSigns: [],
    linux: [],
    boot: { efi: true, bios: false, loaders: ['microsoft'] },
  });
  assert.deepEqual((await guest('linux'))?.linux, ['ext4 on partition 1']);
  assert.deepEqual((await guest('windows-bios'))?.windows, ['BOOTMGR boot code on partition 1']);
  assert.deepEqual((await guest('ntfs-data'))?.windowsSigns, ['NTFS volume (partition 1)']);
  assert.equal((await guest('exfat'))?.layout, 'mbr: NTFS/exFAT (exfat)');
});

test('each damaged field has its finding', async () => {
  const path = join(folder, 'damaged.vhd');
  const fieldsOf = async (spec: Parameters<typeof makeVhd>[1]) => {
    makeVhd(path, spec);
    return (await factsOf(path)).vhd?.damage.map(({ field }) => field);
  };
  const footer = (at: number, ...bytes: number[]) => fieldsOf({ damage: [{ in: 'both', at, bytes }] });
  const header = (at: number, ...bytes: number[]) => fieldsOf({ damage: [{ in: 'header', at, bytes }] });
  assert.deepEqual(await fieldsOf({}), []);
  assert.deepEqual(await fieldsOf({ damage: [{ in: 'both', at: 64, bytes: [9] }], sums: false }), [
    'footer checksum',
  ]);
  assert.deepEqual(await fieldsOf({ damage: [{ in: 'both', at: 0, bytes: [0x58] }], sums: false }), [
    'footer cookie',
    'footer checksum',
  ]);
  assert.deepEqual(await footer(11, 0), ['footer features']);
  assert.deepEqual(await footer(8, 1), ['footer features']);
  assert.deepEqual(await footer(12, 9), ['footer version']);
  assert.deepEqual(await footer(16, 0xff), ['footer data offset']);
  assert.deepEqual(await footer(23, 1), ['footer data offset']);
  assert.deepEqual(await footer(48, 0, 0, 0, 0, 0, 0, 0, 0), ['footer current size']);
  assert.deepEqual(await footer(48, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0), [
    'header table entries',
    'header block size',
  ]);
  assert.deepEqual(await footer(84, 2), ['footer saved state']);
  assert.deepEqual(await footer(85, 2), ['footer hidden']);
  assert.deepEqual(await footer(511, 1), ['footer reserved']);
  assert.deepEqual(await fieldsOf({ type: 'fixed', damage: [{ in: 'footer', at: 16, bytes: [0] }] }), [
    'footer data offset',
  ]);
  assert.deepEqual(await fieldsOf({ type: 'fixed', damage: [{ in: 'footer', at: 54, bytes: [2] }] }), [
    'footer current size',
  ]);
  assert.deepEqual(await fieldsOf({ damage: [{ in: 'copy', at: 30, bytes: [1] }] }), ['front copy']);
  assert.deepEqual(await header(0, 0x58), ['header cookie']);
  assert.deepEqual(await fieldsOf({ damage: [{ in: 'header', at: 36, bytes: [9] }], sums: false }), [
    'header checksum',
  ]);
  assert.deepEqual(await header(8, 0), ['header next offset']);
  assert.deepEqual(await header(16, 0xff), ['header BAT offset']);
  assert.deepEqual(await header(23, 1), ['header BAT offset']);
  assert.deepEqual(await header(24, 2), ['header version']);
  assert.deepEqual(await header(28, 0xff, 0xff, 0xff, 0xff), ['header BAT offset']);
  assert.deepEqual(await header(28, 0, 0, 0, 1), ['header table entries']);
  assert.deepEqual(await header(32, 0, 0x20, 0, 1), ['header block size']);
  assert.deepEqual(await header(32, 0x80, 0, 0, 0), ['header block size']);
  assert.deepEqual(await header(40, 1), ['header parent identifier']);
  assert.deepEqual(await header(56, 1), ['header parent timestamp']);
  assert.deepEqual(await header(63, 1), ['header reserved']);
  assert.deepEqual(await header(65, 0x41), ['header parent name']);
  assert.deepEqual(await header(576, 0x57), ['header parent locators']);
  const bat = (at: number, ...bytes: number[]) =>
    fieldsOf({ guest: 'linux', damage: [{ in: 'bat', at, bytes }] });
  assert.deepEqual(await bat(0, 0, 0, 0, 0), ['BAT entry']);
  assert.deepEqual(await bat(0, 0, 0, 0xff, 0xff), ['BAT entry']);
  assert.deepEqual(await bat(4, 0, 0, 0, 4), ['BAT overlap']);
  assert.deepEqual(await fieldsOf({ creator: 'tap\0' }), ['batmap cookie']);
  assert.deepEqual(await fieldsOf({ trailing: Buffer.alloc(700) }), ['footer position']);
});

test('what is no disk, or a tiny one, is told without an error', async () => {
  for (const size of [0, 1, 2, 510, 511, 512, 513, 1023, 1024, 1536]) {
    for (const fill of [0, 0xff, 0x41]) {
      const facts = await readDiskFacts('x', memorySource(new Uint8Array(size).fill(fill)));
      assert.equal(facts.vhd, undefined);
      assert.equal(facts.format, size === 0 ? 'empty' : fill === 0x41 ? 'text' : 'raw');
    }
  }
});

test('`conectix` in a text is no footer', async () => {
  const text = Buffer.from(`${'x'.repeat(1000)}conectix${'y'.repeat(900)}`);
  assert.equal((await readDiskFacts('x', memorySource(text))).format, 'text');
});

/** Size and options as qemu-img takes them, and what the import says. Without force_size it rounds up to whole cylinders. */
const qemuDisks: readonly (readonly [size: string, format: string, options: string, verdict: string])[] = [
  ['1G', 'vpc', 'subformat=dynamic', 'accepted'],
  ['1G', 'vpc', 'subformat=dynamic,force_size=on', 'accepted'],
  ['1G', 'vpc', 'subformat=fixed', 'accepted'],
  ['1G', 'vpc', 'subformat=fixed,force_size=on', 'accepted'],
  ['40G', 'vpc', 'subformat=dynamic,force_size=on', 'accepted'],
  ['40G', 'vpc', 'subformat=fixed,force_size=on', 'accepted'],
  ['42949673472', 'vpc', 'subformat=dynamic,force_size=on', '413'],
  ['40G', 'vpc', 'subformat=dynamic', '413'],
  ['41G', 'vpc', 'subformat=dynamic', '413'],
  ['2040G', 'vpc', 'subformat=dynamic', '413'],
  ['1G', 'qcow2', 'compat=1.1', '396'],
  ['1G', 'vmdk', 'subformat=monolithicSparse', '396'],
  ['1G', 'vhdx', 'subformat=dynamic', '396'],
  ['1G', 'vdi', 'static=off', '396'],
  ['64M', 'raw', 'preallocation=off', '396'],
];

for (const [size, format, options, expected] of qemuDisks) {
  test(`qemu-img create -f ${format} -o ${options} ${size}: ${expected}`, async () => {
    ensureDebian(['qemu-utils'], 'qemu-img');
    const path = join(folder, 'qemu.vhd');
    rmSync(path, { force: true });
    execFileSync('qemu-img', ['create', '-q', '-f', format, '-o', options, path, size]);
    const facts = await factsOf(path);
    assert.equal(verdict(facts), expected, JSON.stringify(facts));
    if (!facts.vhd) assert.equal(facts.format, format);
  });
}

test('a fixed disk that is full to the limit is accepted with its footer, and a sector more is not', async () => {
  const fixed = { type: 'fixed', virtualSize: 40 * GiB } as const;
  const path = join(folder, 'full.vhd');
  makeVhd(path, fixed);
  const facts = await factsOf(path);
  assert.equal(facts.physicalSize, 40 * GiB + 512);
  assert.equal(facts.vhd?.metadataSize, 512);
  assert.equal(verdict(facts), 'accepted');
  makeVhd(path, { ...fixed, virtualSize: 40 * GiB + 512 });
  assert.equal(verdict(await factsOf(path)), '413');
});

test('the footer of 511 bytes that Virtual PC wrote before 2004 is a footer', async () => {
  for (const type of ['fixed', 'dynamic'] as const) {
    const path = join(folder, 'old.vhd');
    makeVhd(path, { type });
    truncateSync(path, statSync(path).size - 1);
    assert.deepEqual((await factsOf(path)).vhd?.damage, [], type);
  }
});

test('a disk that was cut off is damaged, and a VHD inside a fixed disk is its content', async () => {
  const inner = join(folder, 'inner.vhd');
  makeVhd(inner, { guest: 'linux' });
  const bytes = readFileSync(inner);
  const cut = await readDiskFacts('x', memorySource(bytes.subarray(0, -5000)));
  assert.deepEqual(
    cut.vhd?.damage.map(({ field }) => field),
    ['footer', 'BAT entry'],
  );
  const outer = join(folder, 'outer.vhd');
  makeVhd(outer, { type: 'fixed', virtualSize: 4 * 1024 * 1024, extents: [{ position: 0, bytes }] });
  assert.equal(verdict(await factsOf(outer)), 'accepted');
});
