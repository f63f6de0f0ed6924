import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkFolder } from '../../server/emulator/check.ts';
import type { JsonObject } from '../../server/rules/json.ts';
import { MiB, makeVhd } from '../tools/disks.ts';
import { fillUp, lacksSmallDisk, mountSmallDisk, runAsRoot } from '../tools/smallDisk.ts';
import {
  type Caller,
  logIn,
  type Running,
  removeFolder,
  start,
  taskEnd,
  temporaryFolder,
} from './harness.ts';

const main = join(import.meta.dirname, '..', '..', 'server', 'emulator', 'main.ts');
const files = '/dfw/object-store/v1/100001';
const full = "The disk that holds the emulator's data folder is full. Make room, and try again.";
const room = 40;

/** Runs `use` on a file system of its own, small and in memory. */
async function onSmallDisk(use: (data: string) => Promise<void>, megabytes = room): Promise<void> {
  const data = temporaryFolder();
  const unmount = mountSmallDisk(data, megabytes);
  try {
    await use(data);
  } finally {
    await Promise.all(started.splice(0).map((emulator) => emulator.end('SIGKILL')));
    unmount();
    removeFolder(data);
  }
}

const started: Running[] = [];

async function begin(data: string, ...args: string[]): Promise<Running> {
  const emulator = await start(data, ...args);
  started.push(emulator);
  return emulator;
}

const skip = lacksSmallDisk;

test('uploads, imports and exports on a full disk fail with a sentence and leave nothing', { skip }, () =>
  onSmallDisk(async (data) => {
    const emulator = await start(data, '--speed', '100000');
    const owner = await logIn(emulator.url, 'owner');
    const disk = join(temporaryFolder(), 'disk.vhd');
    makeVhd(disk, { guest: 'linux', extents: [{ position: 4 * MiB, bytes: randomBytes(8 * MiB) }] });
    // Kept alive, so that an answer which comes while the body is still being sent is read.
    const put = (name: string, bytes: Buffer) =>
      owner.ask('PUT', `${files}/exports/${name}`, bytes, { connection: 'keep-alive' });
    const fill = async (left: number) => {
      const free = Number(execFileSync('stat', ['-f', '-c', '%a', data])) * 4096;
      assert.ok(free > left, `${free} bytes are free`);
      writeFileSync(join(data, 'filler'), Buffer.alloc(free - left));
    };
    const empty = () => removeFolder(join(data, 'filler'));
    const blobs = () => readdirSync(join(data, 'blobs')).sort();
    const run = (type: string, input: JsonObject) => ended(emulator, owner, type, input);
    const importInput = { import_from: 'exports/disk.vhd', image_properties: { name: 'disk' } };

    await fill(4 * MiB);
    const before = blobs();
    const refused = await put('disk.vhd', readFileSync(disk));
    assert.equal(refused.status, 507);
    assert.ok(
      refused.text.includes(full.replace("'", '&#x27;')) || refused.text.includes(full),
      refused.text,
    );
    assert.equal((await owner.ask('GET', `${files}/exports/disk.vhd`)).status, 404);
    assert.deepEqual([blobs(), readdirSync(join(data, 'incoming'))], [before, []]);

    empty();
    assert.equal((await put('disk.vhd', readFileSync(disk))).status, 201);
    await fill(4 * MiB);
    const held = blobs();
    const broken = await run('import', importInput);
    assert.deepEqual([broken['status'], broken['message']], ['failure', full]);
    assert.deepEqual([blobs(), readdirSync(join(data, 'incoming'))], [held, []]);

    empty();
    const made = await run('import', importInput);
    assert.equal(made['status'], 'success', String(made['message']));
    const image = String((made['result'] as JsonObject)['image_id']);
    const exportInput = { image_uuid: image, receiving_swift_container: 'exports' };
    await fill(4 * MiB);
    const packed = blobs();
    const lost = await run('export', exportInput);
    assert.deepEqual([lost['status'], lost['message']], ['failure', full]);
    assert.deepEqual([blobs(), readdirSync(join(data, 'incoming'))], [packed, []]);
    await emulator.end();
    empty();
    assert.deepEqual(await checkFolder(data, true), []);
  }),
);

async function ended(emulator: Running, owner: Caller, type: string, input: JsonObject): Promise<JsonObject> {
  const { status, json, text } = await owner.ask('POST', '/dfw/image/v2/tasks', { type, input });
  assert.equal(status, 201, text);
  return taskEnd(emulator, owner, 'dfw', String(json['id']));
}

test('a full disk can be freed: logins, deletions and bulk deletions answer as usual', { skip }, () =>
  onSmallDisk(async (data) => {
    let emulator = await begin(data, '--seed', 'empty');
    let owner = await logIn(emulator.url, 'owner');
    const put = (name: string, bytes: Buffer) => owner.ask('PUT', `${files}/c/${name}`, bytes);
    assert.equal((await owner.ask('PUT', `${files}/c`)).status, 201);
    // Enough that the log beside the database must grow for whatever comes next.
    for (let at = 0; at < 100; at += 1)
      assert.equal((await put(`${'n'.repeat(900)}${at}`, Buffer.from(`${at}`))).status, 201);
    assert.equal((await put('large', randomBytes(2 * MiB))).status, 201);
    assert.equal((await put('small', Buffer.from('small'))).status, 201);
    fillUp(data);
    const stored = () => readdirSync(join(data, 'blobs')).length;
    const before = stored();
    const refused = await put('more', randomBytes(5000));
    assert.equal(refused.status, 507);
    assert.deepEqual([stored(), readdirSync(join(data, 'incoming'))], [before, []], 'half files go at once');

    owner = await logIn(emulator.url, 'owner');
    const names = Array.from({ length: 100 }, (_, at) => `c/${'n'.repeat(900)}${at}`).join('\n');
    const bulk = await owner.ask('POST', `${files}?bulk-delete`, Buffer.from(names), {
      accept: 'application/json',
    });
    assert.deepEqual([bulk.status, bulk.json['Number Deleted'], bulk.json['Errors']], [200, 100, []]);
    assert.match(emulator.log(), /What was kept for deletions is used now/);
    assert.equal((await owner.ask('DELETE', `${files}/c/large`)).status, 204);
    assert.equal((await owner.ask('DELETE', `${files}/c/small`)).status, 204);
    assert.equal(stored(), 0);
    assert.equal((await owner.ask('DELETE', `${files}/c`)).status, 204);
    assert.equal((await owner.ask('PUT', `${files}/again`)).status, 201, 'then there is room again');
    await emulator.end();

    removeFolder(join(data, 'filler'));
    emulator = await begin(data);
    assert.ok(statSync(join(data, 'emulator.reserve')).size >= 8 * MiB, 'and room is kept for the next time');
    await emulator.end();
  }),
);

const ways = ['a bulk delete', 'multipart-manifest=delete'];
for (const way of ways)
  test(`${way} of very many names on a full disk deletes all that it counts`, { skip }, () =>
    onSmallDisk(async (data) => {
      const base = '/regionone/object-store/v1/AUTH_100001';
      let emulator = await begin(data, '--seed', 'empty', '--profile', 'openstack');
      let owner = await logIn(emulator.url, 'owner');
      const names = Array.from({ length: 900 }, (_, at) => `c/${'n'.repeat(200)}${at}`);
      assert.equal((await owner.ask('PUT', `${base}/c`)).status, 201);
      for (const name of names)
        assert.equal((await owner.ask('PUT', `${base}/${name}`, Buffer.from(name))).status, 201);
      const segments = names.map((path) => ({ path }));
      const large = await owner.ask('PUT', `${base}/c/large?multipart-manifest=put`, segments);
      assert.equal(large.status, 201);
      await emulator.end();
      // The log begins anew, so that it must grow.
      emulator = await begin(data, '--profile', 'openstack');
      owner = await logIn(emulator.url, 'owner');
      fillUp(data);
      const json = { accept: 'application/json' };
      const deleted =
        way === 'a bulk delete'
          ? await owner.ask(
              'POST',
              `${base}?bulk-delete`,
              Buffer.from([...names, 'c/large'].join('\n')),
              json,
            )
          : await owner.ask('DELETE', `${base}/c/large?multipart-manifest=delete`, undefined, json);
      assert.match(emulator.log(), /What was kept for deletions is used now/);
      assert.deepEqual([deleted.json['Number Deleted'], deleted.json['Errors']], [901, []]);
      assert.equal((await owner.ask('GET', `${base}/c`)).text, '');
      assert.deepEqual(readdirSync(join(data, 'blobs')), []);
    }, 60),
  );

test('an emulator starts on a full disk, so that it can be freed', { skip }, () =>
  onSmallDisk(async (data) => {
    let emulator = await begin(data, '--seed', 'empty');
    let owner = await logIn(emulator.url, 'owner');
    await owner.ask('PUT', `${files}/c`);
    assert.equal((await owner.ask('PUT', `${files}/c/large`, randomBytes(2 * MiB))).status, 201);
    await emulator.end('SIGKILL');
    fillUp(data);
    emulator = await begin(data);
    owner = await logIn(emulator.url, 'owner');
    assert.equal((await owner.ask('DELETE', `${files}/c/large`)).status, 204);
    assert.equal(await emulator.end(), 0);
  }),
);

test('a disk too small to begin on, and one that is read-only, are said in one sentence', { skip }, () =>
  onSmallDisk(async (data) => {
    const refused = (pattern: RegExp) => {
      const { status, stderr } = spawnSync(process.execPath, [main, '--data', data], {
        encoding: 'utf8',
        timeout: 30_000,
      });
      assert.equal(status, 1, stderr);
      assert.match(stderr, pattern);
      assert.doesNotMatch(stderr, /^ {4}at /m);
    };
    refused(
      /^cloud-images emulator: The disk that holds the emulator's data folder is full\. Make room, and try again\. \(emulator\/not-started\)$/m,
    );
    runAsRoot('mount', '-o', 'remount,ro', data);
    refused(
      /^cloud-images emulator: The data folder .* cannot be read and written \(.*\)\. Give this user the right to it/m,
    );
  }, 0.25),
);
