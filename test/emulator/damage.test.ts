import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeVhd } from '../tools/disks.ts';
import { fileOf, files, flipByte, place, put, read, sha, started } from './damaging.ts';
import { logIn, removeFolder, start, taskEnd, temporaryFolder } from './harness.ts';

const cli = join(import.meta.dirname, '..', '..', 'server', 'cli.ts');
function checkDeep(data: string, ...more: string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [cli, 'emulator', '--check', ...more, '--data', data],
    { encoding: 'utf8' },
  );
  return { status, text: stdout + stderr };
}

const damages: readonly (readonly [string, (path: string) => void])[] = [
  ['removed', (path) => rmSync(path)],
  ['truncated', (path) => truncateSync(path, 5)],
  ['longer', (path) => appendFileSync(path, 'x')],
  ['a flipped bit', (path) => flipByte(path, 7)],
  [
    'a link',
    (path) => {
      renameSync(path, `${path}.elsewhere`);
      symlinkSync(`${path}.elsewhere`, path);
    },
  ],
  [
    'a folder',
    (path) => {
      rmSync(path);
      mkdirSync(path);
    },
  ],
];

for (const [what, damage] of damages)
  test(`content whose file is ${what} is never served as whole, and heals with the next upload of the same bytes`, async () => {
    const emulator = await place();
    const bytes = randomBytes(300_000);
    let owner = await emulator.restart();
    assert.equal((await owner.ask('PUT', `${files}/c`)).status, 201);
    await put(owner, 'a', bytes);
    assert.equal(await read(owner, `${files}/c/a`), sha(bytes));
    const path = fileOf(emulator.data, bytes);
    for (const isFresh of [false, true]) {
      damage(path);
      if (isFresh) owner = await emulator.restart();
      const first = await read(owner, `${files}/c/a`);
      assert.ok(first === 'cut' || first === 'status 500', String(first).slice(0, 50));
      assert.equal(await read(owner, `${files}/c/a`), 'status 500', 'once it is known, it is said at once');
      assert.match(emulator.log(), /is damaged: .* It belongs to object c\/a of account 100001 in dfw/);
      if (what === 'a folder') rmSync(path, { recursive: true });
      await put(owner, 'a', bytes);
      assert.equal(await read(owner, `${files}/c/a`), sha(bytes));
    }
    if (what === 'a link') rmSync(`${path}.elsewhere`);
    await emulator.stop();
    assert.deepEqual(checkDeep(emulator.data, '--deep').status, 0);
    removeFolder(emulator.data);
  });

test('a flipped bit in the last bytes of large content cuts the connection before them', async () => {
  const emulator = await place();
  const bytes = randomBytes(5_000_000);
  let owner = await emulator.restart();
  await owner.ask('PUT', `${files}/c`);
  await put(owner, 'a', bytes);
  flipByte(fileOf(emulator.data, bytes), bytes.length - 1);
  owner = await emulator.restart();
  assert.equal(await read(owner, `${files}/c/a`), 'cut');
  // A range of what is found damaged, and of what was not read whole yet, is no better.
  assert.equal(await read(owner, `${files}/c/a`, { range: 'bytes=0-9' }), 'status 500');
  owner = await emulator.restart();
  assert.equal(await read(owner, `${files}/c/a`, { range: 'bytes=0-9' }), 'status 500');
  await put(owner, 'b', bytes);
  assert.equal(await read(owner, `${files}/c/a`, { range: 'bytes=0-9' }), sha(bytes.subarray(0, 10)));
  await emulator.stop();
  removeFolder(emulator.data);
});

test('segments, joined copies, manifests and images are compared as well', async () => {
  const emulator = await place('--profile', 'openstack');
  const account = '/regionone/object-store/v1/AUTH_100001';
  const [one, two, image] = [randomBytes(70_000), randomBytes(80_000), randomBytes(90_000)];
  let owner = await emulator.restart();
  const store = async (path: string, bytes: Buffer, headers = {}) =>
    assert.equal((await owner.ask('PUT', `${account}/${path}`, bytes, headers)).status, 201);
  await store('c', Buffer.alloc(0));
  await store('c/large/1', one);
  await store('c/large/2', two);
  await store('c/dynamic', Buffer.alloc(0), { 'x-object-manifest': 'c/large/' });
  const manifest = Buffer.from(JSON.stringify([{ path: 'c/large/1' }, { path: 'c/large/2' }]));
  await store('c/static?multipart-manifest=put', manifest);
  const copied = await owner.ask('COPY', `${account}/c/dynamic`, undefined, { destination: 'c/joined' });
  assert.equal(copied.status, 201);
  const created = await owner.ask('POST', '/regionone/image/v2/images', {
    name: 'i',
    disk_format: 'raw',
    container_format: 'bare',
  });
  const data = `/regionone/image/v2/images/${created.json['id']}/file`;
  const octets = { 'content-type': 'application/octet-stream' };
  assert.equal((await owner.ask('PUT', data, image, octets)).status, 204);
  const whole = Buffer.concat([one, two]);

  flipByte(fileOf(emulator.data, two), 79_999);
  flipByte(fileOf(emulator.data, image, 'sha512'), 0);
  owner = await emulator.restart();
  for (const name of ['dynamic', 'static', 'joined']) {
    const found = await read(owner, `${account}/c/${name}`);
    assert.ok(found === 'cut' || found === 'status 500', `${name}: ${String(found).slice(0, 20)}`);
  }
  assert.equal(await read(owner, data), 'cut');
  assert.match(emulator.log(), /belongs to image .* in regionone/);

  // The joined copy has no file of its own: the same bytes as one upload give it one.
  await store('c/again', whole);
  assert.equal(await read(owner, `${account}/c/joined`), sha(whole));
  await store('c/two', two);
  for (const name of ['dynamic', 'static'])
    assert.equal(await read(owner, `${account}/c/${name}`), sha(whole));
  // And the other way round: whose file is lost, a copy that is joined of parts replaces.
  rmSync(fileOf(emulator.data, whole));
  assert.equal(await read(owner, `${account}/c/again`), 'status 500');
  await owner.ask('COPY', `${account}/c/dynamic`, undefined, { destination: 'c/joined' });
  assert.equal(await read(owner, `${account}/c/again`), sha(whole));

  const stored = JSON.parse((await owner.ask('GET', `${account}/c/static?multipart-manifest=get`)).text);
  assert.equal(stored.length, 2);
  await emulator.stop();
  removeFolder(emulator.data);
});

test('an import and an export of damaged content fail instead of passing it on', async () => {
  const data = temporaryFolder();
  const run = async () => {
    const emulator = await start(data, '--seed', 'empty', '--speed', '1000000');
    started.push(emulator);
    return { emulator, owner: await logIn(emulator.url, 'owner') };
  };
  let { emulator, owner } = await run();
  const disk = join(data, 'disk.vhd');
  makeVhd(disk, { guest: 'linux', extents: [{ position: 4 * 2 ** 20, bytes: randomBytes(100_000) }] });
  const bytes = readFileSync(disk);
  rmSync(disk);
  await owner.ask('PUT', `${files}/c`);
  await put(owner, 'disk.vhd', bytes);
  const task = async (type: string, input: Record<string, string | Record<string, string>>) => {
    const { json } = await owner.ask('POST', '/dfw/image/v2/tasks', { type, input });
    return taskEnd(emulator, owner, 'dfw', String(json['id']));
  };
  const input = { import_from: 'c/disk.vhd', image_properties: { name: 'x' } };
  const made = await task('import', input);
  assert.equal(made['status'], 'success', String(made['message']));
  const image = JSON.parse(JSON.stringify(made['result'])).image_id;
  const { json } = await owner.ask('GET', `/dfw/image/v2/images/${image}`);
  await emulator.end();
  // Within the data of the disk, where no structure tells of it.
  const packed = readHash(data, Number(json['size']));
  flipByte(join(data, 'blobs', packed), Math.floor(Number(json['size']) / 2));
  flipByte(fileOf(data, bytes), bytes.length - 60_000);
  ({ emulator, owner } = await run());
  assert.equal((await task('import', input))['status'], 'failure');
  const exported = await task('export', { image_uuid: image, receiving_swift_container: 'c' });
  assert.equal(exported['status'], 'failure', JSON.stringify(exported));
  assert.match(emulator.log(), /belongs to object c\/disk\.vhd/);
  await emulator.end();
  removeFolder(data);
});

/** The image's content, which is named by SHA-512. */
function readHash(data: string, size: number): string {
  const names = readdirSync(join(data, 'blobs')).filter((name) => name.length === 128);
  const found = names.find((name) => statSync(join(data, 'blobs', name)).size === size);
  assert.ok(found);
  return found;
}

test('--check --deep repairs from a copy under another name, and says whose what it cannot repair is', async () => {
  const emulator = await place('--profile', 'openstack');
  const account = '/regionone/object-store/v1/AUTH_100001';
  let owner = await emulator.restart();
  const [both, lost, aside] = [randomBytes(60_000), randomBytes(50_000), randomBytes(40_000)];
  await owner.ask('PUT', `${account}/c`);
  for (const [name, bytes] of [
    ['both', both],
    ['lost', lost],
    ['aside', aside],
  ] as const)
    assert.equal((await owner.ask('PUT', `${account}/c/${name}`, bytes)).status, 201);
  const created = await owner.ask('POST', '/regionone/image/v2/images', {
    name: 'i',
    disk_format: 'raw',
    container_format: 'bare',
  });
  const octets = { 'content-type': 'application/octet-stream' };
  await owner.ask('PUT', `/regionone/image/v2/images/${created.json['id']}/file`, both, octets);
  await emulator.stop();

  flipByte(fileOf(emulator.data, both), 1);
  flipByte(fileOf(emulator.data, lost), 1);
  const kept = join(emulator.data, 'set-aside-20260101T000000Z', 'blobs');
  mkdirSync(kept, { recursive: true });
  copyFileSync(fileOf(emulator.data, aside), join(kept, sha(aside)));
  rmSync(fileOf(emulator.data, aside));

  const shallow = checkDeep(emulator.data);
  assert.equal(shallow.status, 1);
  assert.match(shallow.text, /its file is gone\. It belongs to object c\/aside/);
  const deep = checkDeep(emulator.data, '--deep');
  assert.equal(deep.status, 1);
  assert.match(
    deep.text,
    new RegExp(`object c/both .* was damaged: .* repaired from blobs/${sha(both, 'sha512')}`),
  );
  assert.match(deep.text, /object c\/aside .* repaired from set-aside-20260101T000000Z\/blobs/);
  assert.match(deep.text, /is damaged: its bytes are not what they were\. It belongs to object c\/lost/);
  assert.match(checkDeep(emulator.data).text, /object c\/lost/, 'it is remembered without reading all again');

  owner = await emulator.restart();
  assert.equal(await read(owner, `${account}/c/both`), sha(both));
  assert.equal(await read(owner, `${account}/c/aside`), sha(aside));
  assert.equal(await read(owner, `${account}/c/lost`), 'status 500');
  assert.equal((await owner.ask('PUT', `${account}/c/lost`, lost)).status, 201);
  await emulator.stop();
  assert.equal(checkDeep(emulator.data, '--deep').status, 0);
  assert.ok(existsSync(fileOf(emulator.data, lost)));
  removeFolder(emulator.data);
});
