import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { makeDisk } from '../tools/disks.ts';
import { ask, type Caller, logIn, type Running, readEvents, taskEnd, withEmulator } from './harness.ts';

const files = '/dfw/object-store/v1/100001';
const images = '/dfw/image/v2/images';
const tasks = '/dfw/image/v2/tasks';
const none = 'ca5e7f11-5d57-4dd7-8ace-03ab647fe6c6';

function control({ url, token }: Running, method: string, path: string, body?: Json) {
  return ask(url, method, `/emulator${path}`, body, { authorization: `Bearer ${token}` });
}

async function uploadDisk(emulator: Running, owner: Caller): Promise<void> {
  const disk = join(emulator.data, 'disk.vhd');
  makeDisk(disk, 'linux');
  assert.equal((await owner.ask('PUT', `${files}/exports/disk.vhd`, readFileSync(disk))).status, 201);
}

async function begin(owner: Caller, type: 'import' | 'export', more: JsonObject = {}): Promise<string> {
  const web = { import_from: 'exports/disk.vhd', image_properties: { name: 'web' } };
  const input = type === 'import' ? web : { receiving_swift_container: 'exports', ...more };
  const made = await owner.ask('POST', tasks, { type, input });
  assert.equal(made.status, 201, made.text);
  return String(made.json['id']);
}

test('the operator deactivates an image and gives it licences: its export fails for that, and no more after', async () => {
  await withEmulator(['--speed', '100000'], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    await uploadDisk(emulator, owner);
    const made = await taskEnd(emulator, owner, 'dfw', await begin(owner, 'import'));
    const id = String((made['result'] as JsonObject)['image_id']);
    const path = `/images/dfw/${id}`;
    const exported = async () => {
      const task = await begin(owner, 'export', { image_uuid: id });
      return (await taskEnd(emulator, owner, 'dfw', task))['message'];
    };
    const licensed = { 'com.rackspace__1__options': '4', os_type: 'windows' };
    const answer = await control(emulator, 'PATCH', path, { properties: licensed });
    assert.equal(answer.status, 200);
    const shown = await owner.ask('GET', `${images}/${id}`);
    assert.equal(shown.json['com.rackspace__1__options'], '4');
    assert.equal(shown.json['os_type'], 'windows');
    assert.match(String(await exported()), /licensing or billing restrictions .*'4'/);
    const restored = { 'com.rackspace__1__options': null, os_type: 'linux' };
    await control(emulator, 'PATCH', path, { properties: restored, status: 'deactivated' });
    const after = (await owner.ask('GET', `${images}/${id}`)).json;
    assert.deepEqual([after['status'], after['com.rackspace__1__options']], ['deactivated', undefined]);
    assert.equal(await exported(), 'Unknown error occurred during image export');
    await control(emulator, 'PATCH', path, { status: 'active' });
    assert.equal(await exported(), '');

    const rows: readonly [path: string, body: Json, status: number, problem: RegExp][] = [
      [`/images/dfw/${none}`, {}, 404, /no image ca5e7f11/],
      [`/images/ord/${id}`, {}, 404, /in the region 'ord'/],
      [`/images/nowhere/${id}`, {}, 404, /in the region 'nowhere'/],
      [path, [], 400, /^The body must be an object/],
      [path, { status: 'queued' }, 400, /^status must be one of active, deactivated/],
      [path, { properties: { a: 7 } }, 400, /^properties\.a must be a text, or null/],
      [path, { properties: 'a' }, 400, /^properties must be an object/],
      [path, { name: 'x' }, 400, /^name is not known here/],
    ];
    for (const [at, body, status, problem] of rows) {
      const refused = await control(emulator, 'PATCH', at, body);
      assert.equal(refused.status, status, JSON.stringify(body));
      assert.match(JSON.parse(refused.text).error.message, problem);
    }
  });
});

test('an image without data cannot be made active', async () => {
  await withEmulator(['--profile', 'openstack'], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const { json } = await owner.ask('POST', '/regionone/image/v2/images', { name: 'queued' });
    const path = `/images/regionone/${json['id']}`;
    assert.equal((await control(emulator, 'PATCH', path, { status: 'active' })).status, 409);
  });
});

test('a task that starts late says how many wait ahead of it', async () => {
  await withEmulator(['--speed', '1'], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    await control(emulator, 'POST', '/clock', { pause: true });
    const ids: string[] = [];
    for (let count = 0; count < 8; count += 1) ids.push(await begin(owner, 'import'));
    const places = await Promise.all(
      ids.map(async (id) => (await control(emulator, 'GET', `/jobs/${id}`)).json),
    );
    assert.deepEqual(
      places.map(({ waiting, ahead, running }) => [waiting, ahead, running]),
      [
        ...Array.from({ length: 5 }, () => [false, 0, true]),
        [true, 0, false],
        [true, 1, false],
        [true, 2, false],
      ],
    );
    const events = await readEvents(
      emulator,
      'after=0',
      ({ kind, data }) => kind === 'task' && data['id'] === ids[7],
    );
    const told = events
      .filter(({ kind }) => kind === 'task')
      .map(({ data }) => [data['waiting'], data['ahead']]);
    assert.deepEqual(told, [
      ...Array.from({ length: 5 }, () => [undefined, undefined]),
      [true, 0],
      [true, 1],
      [true, 2],
    ]);
    // Another account's tasks do not wait for these.
    const partner = await logIn(emulator.url, 'partner');
    const { json } = await control(emulator, 'GET', `/jobs/${await begin(partner, 'import')}`);
    assert.deepEqual([json['waiting'], json['ahead']], [false, 0]);
    await control(emulator, 'POST', '/clock', { pause: false, step: '1m' });
    await taskEnd(emulator, owner, 'dfw', ids[0] ?? '');
    await taskEnd(emulator, owner, 'dfw', ids[4] ?? '');
  });
});

test('a user who is added without an API key has the one that the demo would give', async () => {
  await withEmulator(['--seed', 'empty'], async (emulator) => {
    const user = { name: 'ann', password: 'p', account: '100001', roles: ['admin'] };
    assert.equal((await control(emulator, 'POST', '/users', user)).status, 201);
    const auth = { 'RAX-KSKEY:apiKeyCredentials': { username: 'ann', apiKey: 'emulator-ann' } };
    assert.equal((await ask(emulator.url, 'POST', '/identity/v2.0/tokens', { auth })).status, 200);
    const keyless = { ...user, name: 'bob', apiKey: 7 };
    assert.equal((await control(emulator, 'POST', '/users', keyless)).status, 400);
  });
});
