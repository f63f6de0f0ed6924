import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { emulatorControl } from '../../server/cloud/services/emulatorControl.ts';
import {
  ask,
  type Caller,
  logIn,
  patchType,
  type Running,
  readEvents,
  removeFolder,
  start,
  temporaryFolder,
  withEmulator,
} from './harness.ts';

const files = '/dfw/object-store/v1/100001';
const images = '/regionone/image/v2/images';
const json = { 'content-type': 'application/json' };
const bytes = { 'content-type': 'application/octet-stream' };
const openstack = ['--profile', 'openstack', '--seed', 'empty'];

function controlOf({ url, token }: Running) {
  return emulatorControl(url, token);
}

async function makeImage({ ask: as }: Caller, name: string, data: Buffer): Promise<string> {
  const body = { name, disk_format: 'raw', container_format: 'bare', visibility: 'shared', tags: ['one'] };
  const made = await as('POST', images, body, json);
  assert.equal(made.status, 201, made.text);
  const id = String(made.json['id']);
  assert.equal((await as('PUT', `${images}/${id}/file`, data, bytes)).status, 204);
  return id;
}

function blobsOf({ data }: Running): number {
  return readdirSync(join(data, 'blobs')).length;
}

test('a snapshot brings back images, members, users, tokens and content, as they were, and nothing since', async () => {
  await withEmulator(openstack, async (emulator) => {
    const control = controlOf(emulator);
    const owner = await logIn(emulator.url, 'owner');
    const kept = await makeImage(owner, 'kept', Buffer.from('kept bytes'));
    assert.equal(
      (await owner.ask('POST', `${images}/${kept}/members`, { member: '100002' }, json)).status,
      200,
    );
    const before = await owner.ask('GET', `${images}/${kept}`);
    const taken = await control.takeSnapshot('first steps');
    assert.deepEqual([taken.name, taken.bytes], ['first steps', 10]);

    const change = [{ op: 'replace', path: '/name', value: 'changed' }];
    assert.equal((await owner.ask('PATCH', `${images}/${kept}`, change, patchType)).status, 200);
    assert.equal((await owner.ask('DELETE', `${images}/${kept}/members/100002`)).status, 204);
    const since = await makeImage(owner, 'since', Buffer.from('other bytes'));
    assert.equal((await owner.ask('DELETE', `${images}/${kept}`)).status, 204);
    const late = await logIn(emulator.url, 'partner');
    const headers = { authorization: `Bearer ${emulator.token}` };
    assert.equal(
      (await ask(emulator.url, 'DELETE', '/emulator/users/observer', undefined, headers)).status,
      204,
    );
    assert.equal(blobsOf(emulator), 2, 'the snapshot holds the bytes of the image that is gone');

    await control.restoreSnapshot('first steps');
    const after = await owner.ask('GET', `${images}/${kept}`);
    assert.deepEqual(after.json, before.json);
    assert.equal((await owner.ask('GET', `${images}/${kept}/file`)).text, 'kept bytes');
    assert.equal((await owner.ask('GET', `${images}/${since}`)).status, 404);
    assert.equal(blobsOf(emulator), 1, 'content since then is freed');
    assert.equal((await late.ask('GET', images)).status, 401, 'tokens since then are gone');
    await logIn(emulator.url, 'observer');
    const partner = await logIn(emulator.url, 'partner');
    assert.equal((await partner.ask('GET', `${images}/${kept}`)).status, 200);
    const shared = await partner.ask('GET', `${images}?visibility=shared&member_status=pending`);
    assert.equal(JSON.parse(shared.text).images.length, 1, 'lists know the member again');

    // What was remembered of a change after the snapshot is not taken for a change after it came back.
    for (const value of ['third', 'fourth']) {
      const rename = [{ op: 'replace', path: '/name', value }];
      assert.equal((await owner.ask('PATCH', `${images}/${kept}`, rename, patchType)).status, 200);
      const listed = JSON.parse((await owner.ask('GET', images)).text).images;
      assert.deepEqual([listed.length, listed[0].name], [1, value]);
      await control.restoreSnapshot('first steps');
    }
    const reset = await readEvents(emulator, 'after=0', ({ kind }) => kind === 'reset');
    assert.ok(reset.every(({ seq }, index) => index === 0 || seq > (reset[index - 1]?.seq ?? 0)));
  });
});

test('snapshots are listed, outlive resets and restarts, and free what only they hold', async () => {
  const data = temporaryFolder();
  const first = await start(data, '--seed', 'empty');
  const owner = await logIn(first.url, 'owner');
  await owner.ask('PUT', `${files}/c`);
  await owner.ask('PUT', `${files}/c/o`, Buffer.from('held'));
  await controlOf(first).takeSnapshot('one');
  await owner.ask('DELETE', `${files}/c/o`);
  await controlOf(first).takeSnapshot('two');
  await controlOf(first).reset('empty');
  assert.equal((await owner.ask('GET', files)).status, 401);
  await first.end('SIGKILL');

  const second = await start(data);
  const control = controlOf(second);
  assert.deepEqual(
    (await control.snapshots()).map(({ name, bytes: size }) => [name, size]),
    [
      ['one', 4],
      ['two', 0],
    ],
  );
  assert.equal(blobsOf(second), 1);
  await control.restoreSnapshot('one');
  const again = (path: string) => ask(second.url, 'GET', path, undefined, { 'x-auth-token': owner.token });
  assert.equal((await again(`${files}/c/o`)).text, 'held');
  await control.restoreSnapshot('two');
  assert.equal((await again(`${files}/c/o`)).status, 404);
  await control.deleteSnapshot('one');
  assert.equal(blobsOf(second), 0);
  await assert.rejects(control.restoreSnapshot('one'), { status: 404 });
  await assert.rejects(control.deleteSnapshot('one'), { status: 404 });
  await assert.rejects(control.takeSnapshot('two'), { status: 409 });
  await control.deleteSnapshot('two');
  assert.deepEqual(await control.snapshots(), []);
  await second.end();
  removeFolder(data);
});

test('a task that runs is part of a snapshot, and goes on when it comes back; so does the clock', async () => {
  await withEmulator(['--seed', 'empty', '--speed', '0.001'], async (emulator) => {
    const control = controlOf(emulator);
    const owner = await logIn(emulator.url, 'owner');
    await control.setClock({ pause: true });
    const input = { import_from: 'none/none.vhd', image_properties: { name: 'x' } };
    const made = await owner.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
    const task = `/dfw/image/v2/tasks/${made.json['id']}`;
    await readEvents(emulator, 'after=0', ({ kind }) => kind === 'task');
    const { time } = await control.takeSnapshot('running');

    const untilEnd = async () => {
      const { seq } = await control.status();
      await control.setClock({ step: '5h' });
      await readEvents(emulator, `after=${seq}`, ({ data }) => data['status'] === 'failure');
      assert.equal((await owner.ask('GET', task)).json['status'], 'failure');
    };
    await untilEnd();
    await control.setClock({ pause: false });
    await control.restoreSnapshot('running');
    const { paused, time: now } = await control.clock();
    assert.deepEqual([paused, now], [true, time]);
    assert.equal((await owner.ask('GET', task)).json['status'], 'pending');
    await untilEnd();
  });
});

test('an emulator killed while it takes and restores snapshots has all of one or all of the other', async () => {
  const data = temporaryFolder();
  let emulator = await start(data, '--seed', 'empty');
  let owner = await logIn(emulator.url, 'owner');
  await owner.ask('PUT', `${files}/c`);
  const write = async (version: string) => {
    for (let number = 0; number < 20; number += 1)
      assert.equal((await owner.ask('PUT', `${files}/c/${number}`, Buffer.from(version))).status, 201);
  };
  await write('old');
  await controlOf(emulator).takeSnapshot('old');
  await write('new');
  await controlOf(emulator).takeSnapshot('new');
  for (let round = 0; round < 5; round += 1) {
    const control = controlOf(emulator);
    const name = round % 2 === 0 ? 'old' : 'new';
    const other = `taken ${round}`;
    // Killed after as many answers as the round says, so at other moments each time.
    const work = [control.restoreSnapshot(name), control.takeSnapshot(other), control.restoreSnapshot('new')];
    const settled = Promise.allSettled(work);
    for (let answers = 0; answers < round; answers += 1) await owner.ask('GET', `${files}/c`);
    await emulator.end('SIGKILL');
    await settled;
    emulator = await start(data);
    owner = await logIn(emulator.url, 'owner');
    const texts = await Promise.all(
      Array.from({ length: 20 }, async (_, number) => (await owner.ask('GET', `${files}/c/${number}`)).text),
    );
    assert.equal(new Set(texts).size, 1, texts.join(' '));
    assert.ok(texts[0] === 'old' || texts[0] === 'new', texts[0]);
    for (const snapshot of await controlOf(emulator).snapshots())
      if (snapshot.name.startsWith('taken')) await controlOf(emulator).restoreSnapshot(snapshot.name);
  }
  await emulator.end();
  removeFolder(data);
});
