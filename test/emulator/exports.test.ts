import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkFolder } from '../../server/emulator/check.ts';
import type { JsonObject } from '../../server/rules/json.ts';
import { ensureDebian } from '../tools/debian.ts';
import { MiB, makeVhd } from '../tools/disks.ts';
import {
  type Caller,
  logIn,
  patchType,
  type Running,
  readEvents,
  removeFolder,
  start,
  taskEnd,
  temporaryFolder,
  withEmulator,
} from './harness.ts';

const images = '/dfw/image/v2/images';
const tasks = '/dfw/image/v2/tasks';
const files = '/dfw/object-store/v1/MossoCloudFS_100001';
const segmentBytes = MiB + 4096;

const config = join(temporaryFolder(), 'config.json');
writeFileSync(
  config,
  JSON.stringify({
    emulator: { exportSegmentBytes: segmentBytes, open: ['create', 'upload', 'download'] },
  }),
);
const fast = ['--config', config, '--speed', '100000'];

async function run(emulator: Running, as: Caller, type: string, input: JsonObject): Promise<JsonObject> {
  const made = await as.ask('POST', tasks, { type, input });
  assert.equal(made.status, 201, made.text);
  return taskEnd(emulator, as, 'dfw', String(made.json['id']));
}

async function importObject(emulator: Running, as: Caller, object: string): Promise<string> {
  const task = await run(emulator, as, 'import', {
    import_from: object,
    image_properties: { name: object },
  });
  assert.equal(task['status'], 'success', String(task['message']));
  return String((task['result'] as JsonObject)['image_id']);
}

function exportTo(emulator: Running, as: Caller, image: string, container: string): Promise<JsonObject> {
  return run(emulator, as, 'export', { image_uuid: image, receiving_swift_container: container });
}

/** What a guest would see, as qemu reads it. */
function contentHash(vhd: string): string {
  const raw = `${vhd}.raw`;
  execFileSync('qemu-img', ['convert', '-q', '-f', 'vpc', '-O', 'raw', vhd, raw]);
  return createHash('sha256').update(readFileSync(raw)).digest('hex');
}

test('a disk comes out as it went in, in segments, and goes in again', async () => {
  ensureDebian(['qemu-utils'], 'qemu-img');
  await withEmulator(fast, async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const original = join(emulator.data, 'original.vhd');
    const extents = [3, 9, 33].map((at) => ({ position: at * MiB, bytes: randomBytes(MiB + 700) }));
    makeVhd(original, { guest: 'linux', extents });
    const bytes = readFileSync(original);
    assert.equal((await owner.ask('PUT', `${files}/exports/original.vhd`, bytes)).status, 201);
    const content = contentHash(original);
    let source = 'exports/original.vhd';
    let checksum = createHash('md5').update(bytes).digest('hex');
    for (const round of [1, 2]) {
      const image = await importObject(emulator, owner, source);
      const { json } = await owner.ask('GET', `${images}/${image}`);
      assert.notEqual(json['checksum'], checksum, 'the image is an OVA of the disk');
      const task = await exportTo(emulator, owner, image, 'exports');
      assert.equal(task['status'], 'success', String(task['message']));
      assert.deepEqual(task['result'], { export_location: `exports/${image}.vhd` });

      const list = JSON.parse((await owner.ask('GET', `${files}/exports?format=json&prefix=${image}`)).text);
      const [manifest, ...segments] = list;
      assert.deepEqual([manifest.name, manifest.bytes], [`${image}.vhd`, 0]);
      assert.ok(segments.length > 2);
      assert.deepEqual(
        segments.map(({ name }: { name: string }) => name),
        segments.map((_: unknown, at: number) => `${image}.vhd-${String(at + 1).padStart(5, '0')}`),
      );
      for (const segment of segments.slice(0, -1)) assert.equal(segment.bytes, segmentBytes);
      const whole = await owner.ask('GET', `${files}/exports/${image}.vhd`);
      assert.equal(whole.headers.get('x-object-manifest'), `exports/${image}.vhd-`);
      const joined = segments.map(({ hash }: { hash: string }) => hash).join('');
      assert.equal(whole.headers.get('etag'), `"${createHash('md5').update(joined).digest('hex')}"`);

      const exported = join(emulator.data, `exported${round}.vhd`);
      writeFileSync(exported, whole.bytes);
      assert.equal(contentHash(exported), content, 'the same content');
      const md5 = createHash('md5').update(whole.bytes).digest('hex');
      assert.notEqual(md5, checksum, 'another checksum: header and footer are new');
      assert.notDeepEqual(whole.bytes.subarray(-512).subarray(68, 84), bytes.subarray(-512).subarray(68, 84));
      [source, checksum] = [`exports/${image}.vhd`, md5];
    }
    assert.deepEqual(readdirSync(join(emulator.data, 'incoming')), [], 'nothing is left beside');
  });
});

test('the sums of large disks are those of their bytes, whichever thread worked them out', async () => {
  const large = join(temporaryFolder(), 'config.json');
  const settings = { open: ['download'], ovaCompression: 'stored' };
  writeFileSync(large, JSON.stringify({ emulator: settings }));
  const data = temporaryFolder();
  const emulator = await start(data, '--config', large, '--speed', '100000');
  const owner = await logIn(emulator.url, 'owner');
  const disk = join(emulator.data, 'large.vhd');
  const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');
  const full = [{ position: 2 * MiB, bytes: randomBytes(70 * MiB) }];
  // A block that is there and holds zeros is left out, which changes the tables when the rest is written.
  const holed = [...full, { position: 100 * MiB, bytes: Buffer.alloc(2 * MiB) }];
  for (const extents of [full, holed]) {
    makeVhd(disk, { virtualSize: 128 * MiB, guest: 'linux', extents });
    await owner.ask('PUT', `${files}/exports/large.vhd`, readFileSync(disk));
    const image = await importObject(emulator, owner, 'exports/large.vhd');
    const { json } = await owner.ask('GET', `${images}/${image}`);
    const ova = await owner.ask('GET', `${images}/${image}/file`);
    assert.deepEqual([json['size'], json['checksum']], [ova.bytes.length, md5(ova.bytes)]);
    assert.ok(ova.bytes.length > readFileSync(disk).length, 'stored, not compressed');
    const task = await exportTo(emulator, owner, image, 'exports');
    assert.equal(task['status'], 'success', String(task['message']));
    const segment = await owner.ask('GET', `${files}/exports/${image}.vhd-00001`);
    assert.equal(segment.headers.get('etag'), md5(segment.bytes));
    assert.ok(segment.bytes.length > 70 * MiB && segment.bytes.length < 73 * MiB, 'zeros are left out');
  }
  await emulator.end();
  assert.deepEqual(await checkFolder(data, true), [], 'all content is what its name says');
  removeFolder(data);
});

test('an OVA of another maker, of a chain of disks, is exported as one disk', async () => {
  ensureDebian(['qemu-utils'], 'qemu-img');
  await withEmulator(fast, async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const [leaf, base] = [join(emulator.data, '0.vhd'), join(emulator.data, '1.vhd')];
    const [old, fresh] = [randomBytes(MiB), randomBytes(512)];
    makeVhd(base, { uuid: Buffer.alloc(16, 0x77), extents: [{ position: 4 * MiB, bytes: old }] });
    const own = { position: 4 * MiB, bytes: fresh };
    makeVhd(leaf, { type: 'differencing', extents: [own], sectors: (sector) => sector === (4 * MiB) / 512 });
    const make = async (...names: string[]) => {
      const ova = execFileSync('tar', ['-cz', '--directory', emulator.data, ...names], {
        maxBuffer: 64 * MiB,
      });
      const made = await owner.ask('POST', images, { disk_format: 'vhd', container_format: 'ovf' });
      const id = String(made.json['id']);
      const type = { 'content-type': 'application/octet-stream' };
      assert.equal((await owner.ask('PUT', `${images}/${id}/file`, ova, type)).status, 204);
      return id;
    };
    const image = await make('0.vhd', '1.vhd');
    const task = await exportTo(emulator, owner, image, 'exports');
    assert.equal(task['status'], 'success', String(task['message']));
    const whole = await owner.ask('GET', `${files}/exports/${image}.vhd`);
    const vhd = join(emulator.data, 'whole.vhd');
    writeFileSync(vhd, whole.bytes);
    contentHash(vhd);
    const content = readFileSync(`${vhd}.raw`).subarray(4 * MiB, 5 * MiB);
    assert.ok(content.equals(Buffer.concat([fresh, old.subarray(512)])), 'each sector from the newest disk');

    const alone = await exportTo(emulator, owner, await make('0.vhd'), 'exports');
    assert.equal(alone['message'], 'Unknown error occurred during image export', 'its parent is missing');
    assert.deepEqual(readdirSync(join(emulator.data, 'incoming')), [], 'nothing is left beside');
  });
});

test('every failure of an export says why, and leaves no object', async () => {
  await withEmulator(fast, async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const partner = await logIn(emulator.url, 'partner');
    const disk = join(emulator.data, 'disk.vhd');
    makeVhd(disk, { guest: 'linux' });
    const put = (name: string) => owner.ask('PUT', `${files}/exports/${name}`, readFileSync(disk));
    assert.equal((await put('disk.vhd')).status, 201);
    const image = await importObject(emulator, owner, 'exports/disk.vhd');
    const failed = async (id: string, container: string, as = owner) => {
      const task = await exportTo(emulator, as, id, container);
      assert.equal(task['status'], 'failure');
      assert.equal('result' in task, false);
      assert.ok(task['expires_at']);
      return task['message'];
    };
    assert.equal(await failed(image, 'nowhere'), 'Container not found. Container: nowhere');
    assert.match(String(await failed(image, 'a.b')), /^The name of a receiving container has no/);
    const { json } = await owner.ask('GET', `${images}?visibility=public&os_type=windows&limit=1`);
    const [windows] = json['images'] as JsonObject[];
    const onlyOwner = 'An image may only be exported by the image owner.';
    assert.equal(await failed(String(windows?.['id']), 'exports'), onlyOwner);
    const unknown = 'Unknown error occurred during image export';
    assert.equal(await failed('11111111-2222-4333-8444-555555555555', 'exports'), unknown);
    // Shared with an account, it is still its owner's alone.
    assert.equal(await failed(image, 'exports', partner), unknown, 'not even seen');
    assert.equal((await owner.ask('POST', `${images}/${image}/members`, { member: '100002' })).status, 200);
    assert.equal(await failed(image, 'exports', partner), onlyOwner);
    await put(`${image}.vhd`);
    assert.equal(
      await failed(image, 'exports'),
      `Object already exists in user's container. Container/Object: exports/${image}.vhd`,
    );
    // What is no disk of ours cannot be merged.
    const made = await owner.ask('POST', images, { disk_format: 'vhd', container_format: 'ovf' });
    const odd = String(made.json['id']);
    assert.equal(await failed(odd, 'exports'), unknown, 'queued');
    const type = { 'content-type': 'application/octet-stream' };
    assert.equal((await owner.ask('PUT', `${images}/${odd}/file`, Buffer.from('no OVA'), type)).status, 204);
    assert.equal(await failed(odd, 'exports'), unknown);
    const list = JSON.parse((await owner.ask('GET', `${files}/exports?format=json`)).text);
    assert.deepEqual(
      list.map(({ name }: { name: string }) => name),
      ['disk.vhd', `${image}.vhd`].sort(),
    );

    const bodies: readonly [number, JsonObject][] = [
      [400, { type: 'export' }],
      [400, { type: 'export', input: {} }],
      [400, { type: 'export', input: { image_uuid: image } }],
      [400, { type: 'export', input: { receiving_swift_container: 'exports' } }],
      [400, { type: 'export', input: { image_uuid: 7, receiving_swift_container: 'exports' } }],
    ];
    for (const [status, body] of bodies)
      assert.equal((await owner.ask('POST', tasks, body)).status, status, JSON.stringify(body));
    const creator = await logIn(emulator.url, 'creator');
    const input = { image_uuid: image, receiving_swift_container: 'exports' };
    assert.equal((await creator.ask('POST', tasks, { type: 'export', input })).status, 403);
  });
});

test('an export that has begun survives the image; one whose container goes fails', async () => {
  await withEmulator(['--config', config, '--speed', '200'], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const disk = join(emulator.data, 'disk.vhd');
    makeVhd(disk, { guest: 'linux' });
    for (const container of ['keep', 'gone']) await owner.ask('PUT', `${files}/${container}`);
    await owner.ask('PUT', `${files}/exports/disk.vhd`, readFileSync(disk));
    const image = await importObject(emulator, owner, 'exports/disk.vhd');
    const start = async (container: string) => {
      const input = { image_uuid: image, receiving_swift_container: container };
      return String((await owner.ask('POST', tasks, { type: 'export', input })).json['id']);
    };
    const [kept, lost] = [await start('keep'), await start('gone')];
    for (const id of [kept, lost])
      await readEvents(
        emulator,
        'after=0',
        ({ data }) => data['id'] === id && data['status'] === 'processing',
      );
    assert.equal((await owner.ask('DELETE', `${files}/gone`)).status, 204);
    const tag = [{ op: 'add', path: '/tags', value: ['web'] }];
    assert.equal((await owner.ask('PATCH', `${images}/${image}`, tag, patchType)).status, 200);
    assert.equal((await owner.ask('DELETE', `${images}/${image}`)).status, 204);
    assert.equal((await taskEnd(emulator, owner, 'dfw', kept))['status'], 'success');
    const failed = await taskEnd(emulator, owner, 'dfw', lost);
    assert.deepEqual(
      [failed['status'], failed['message']],
      ['failure', 'Container not found. Container: gone'],
    );
    const whole = await owner.ask('GET', `${files}/keep/${image}.vhd`);
    assert.equal(whole.status, 200);
  });
});
