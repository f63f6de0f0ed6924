import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type DiskKind, diskKinds, disks, GiB, makeDisk, makeVhd } from '../tools/disks.ts';

/** `cloud-images disk` as a process. */
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-disk-'));
after(() => rmSync(folder, { recursive: true }));

function disk(...args: string[]) {
  return spawnSync(process.execPath, [cli, 'disk', ...args], { encoding: 'utf8' });
}

const path = (name: string): string => join(folder, name);

/** What boots there fail of. OpenStack's services take a VHD without a copy of its footer in front for raw. */
const ofOpenStack: Partial<Record<DiskKind, readonly string[]>> = {
  fixed: ['disk/format-mismatch'],
  'damaged-front-copy': ['disk/format-mismatch'],
  vmdk: ['disk/vmdk-type'],
  vhdx: ['disk/incomplete'],
};

test('every kind of disk gets the verdict of the import, and the exit code says it', () => {
  for (const kind of diskKinds) {
    makeDisk(path(kind), kind);
    const { status, stdout, stderr } = disk('--json', path(kind));
    assert.equal(stderr, '');
    const { verdicts, name } = JSON.parse(stdout);
    assert.equal(name, path(kind));
    const [rackspace, openstack] = verdicts;
    const expected = disks[kind].import;
    assert.equal(rackspace.accepted, expected === 'accepted', kind);
    assert.equal(status, expected === 'accepted' ? 0 : 1, kind);
    if (expected !== 'accepted') assert.ok(rackspace.text.includes(expected), `${kind}: ${rackspace.text}`);
    const found = openstack.findings.map(({ rule }: { rule: string }) => rule);
    assert.deepEqual([openstack.profile, openstack.accepted], ['openstack', true]);
    assert.deepEqual(found, ofOpenStack[kind] ?? [], kind);
  }
});

test('a person reads what it is, its sizes, its guest, the findings and the verdicts', () => {
  makeVhd(path('qemu.vhd'), { virtualSize: 41 * GiB, creator: 'qemu', guest: 'linux' });
  const { status, stdout } = disk(path('qemu.vhd'));
  assert.equal(status, 1);
  assert.match(stdout, /^format +vhd, dynamic$/m);
  assert.match(stdout, /^virtual size +44,023,414,784 bytes \(41\.00 GiB\)$/m);
  assert.match(stdout, /^guest +mbr: Linux \(ext4\)$/m);
  assert.match(stdout, /^rackspace +refused: 413: /m);
  assert.match(stdout, /^ +error: .*qemu\.vhd has a virtual size of .* \(import\/virtual-size\)$/m);
  assert.match(stdout, /^ +warning: .* \(import\/creator\)$/m);
  assert.match(stdout, /^openstack +accepted$/m);
});

test('a profile alone, and another limit', () => {
  makeVhd(path('large.vhd'), { virtualSize: 41 * GiB });
  assert.equal(disk('--profile', 'openstack', path('large.vhd')).status, 0);
  assert.doesNotMatch(disk('--profile', 'openstack', path('large.vhd')).stdout, /rackspace/);
  assert.equal(disk('--profile', 'rackspace', path('large.vhd')).status, 1);
  assert.equal(disk('--limit', String(160 * GiB), path('large.vhd')).status, 0);
});

test('a repair says what it does, and is taken back byte by byte', () => {
  const file = path('broken.vhd');
  makeVhd(file, {
    uuid: new Uint8Array(16),
    creator: 'qemu',
    virtualSize: 42_951_106_560,
    trailing: Buffer.from('\n'),
  });
  const before = readFileSync(file);
  assert.equal(disk(file).status, 1);
  const repaired = disk('--repair', file);
  assert.equal(repaired.status, 0, repaired.stderr);
  assert.equal(repaired.stdout.match(/^repair: /gm)?.length, 4);
  assert.match(repaired.stdout, /^undo: {3}cloud-images disk --undo .*broken\.vhd/m);
  assert.match(repaired.stdout, /^rackspace +accepted$/m);
  const again = disk('--repair', '--json', file);
  assert.deepEqual([again.status, JSON.parse(again.stdout).repaired], [0, []]);
  assert.equal(Buffer.compare(readFileSync(file), before) === 0, false);

  const undone = disk('--undo', file);
  assert.equal(undone.status, 1);
  assert.match(undone.stdout, /^The repair is undone/);
  assert.equal(Buffer.compare(readFileSync(file), before), 0);
  assert.equal(existsSync(`${file}.undo`), false);

  const { repaired: steps, undo } = JSON.parse(disk('--repair', '--json', file).stdout);
  assert.deepEqual([steps.length, undo], [4, `${file}.undo`]);
});

test('a repair that could harm is refused, and the disk stays as it is', () => {
  const file = path('careful.vhd');
  const refused = (...args: string[]): string => {
    const bytes = readFileSync(file);
    const { status, stdout, stderr } = disk(...args, file);
    assert.deepEqual([status, stdout], [1, '']);
    assert.equal(Buffer.compare(readFileSync(file), bytes), 0);
    return stderr;
  };
  makeVhd(file, { uuid: new Uint8Array(16) });
  assert.match(refused('--undo'), /careful\.vhd\.undo does not exist, so there is no repair to undo/);
  writeFileSync(`${file}.undo`, 'an older one');
  assert.match(refused('--repair'), /careful\.vhd\.undo exists.* --undo, or move/);
  assert.match(refused('--undo'), /careful\.vhd\.undo is no undo copy/);
  rmSync(`${file}.undo`);
  assert.equal(disk('--repair', file).status, 0);
  appendFileSync(file, 'written since');
  assert.match(refused('--undo'), /careful\.vhd was changed after its repair/);
  makeVhd(path('damaged.vhd'), { uuid: new Uint8Array(16), damage: [{ in: 'header', at: 24, bytes: [9] }] });
  const left = disk('--repair', path('damaged.vhd'));
  assert.equal(left.status, 1);
  assert.match(left.stdout, /^Nothing can be repaired without guessing/);
  assert.equal(existsSync(path('damaged.vhd.undo')), false);
});

test('what cannot be run says why, and what to do', () => {
  const cases: [string[], RegExp][] = [
    [[], /Name the disk/],
    [[path('nothing.vhd')], /nothing\.vhd does not exist\. Check the path/],
    [[folder], /is not a file.*Name the disk's file/],
    [[path('a'), path('b')], /Name one disk only/],
    [['--repair', '--undo', path('a')], /Use either --/],
    [['--profile', 'aws', path('a')], /--profile takes rackspace or openstack, not 'aws'/],
    [['--limit', '40GB', path('a')], /--limit takes bytes.*not '40GB'/],
    [['--frobnicate', path('a')], /--frobnicate/],
  ];
  for (const [args, message] of cases) {
    const { status, stdout, stderr } = disk(...args);
    assert.deepEqual([status, stdout], [/ --help\.\n$/.test(stderr) ? 64 : 1, ''], args.join(' '));
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n.*\n/, 'one line');
  }
  assert.match(disk('--help').stdout, /^cloud-images disk FILE/);
});
