import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { fileOf, flipByte, place, read, sha } from './damaging.ts';
import { type Caller, removeFolder } from './harness.ts';

const account = '/regionone/object-store/v1/AUTH_100001';
const asJson = { accept: 'application/json' };

async function store({ ask }: Caller, path: string, bytes: Buffer): Promise<void> {
  const { status, text } = await ask('PUT', `${account}/${path}`, bytes);
  assert.equal(status, 201, text);
}

function storeManifest(owner: Caller, name: string, segments: readonly object[]): Promise<void> {
  return store(owner, `${name}?multipart-manifest=put`, Buffer.from(JSON.stringify(segments)));
}

test('what is made of a part of a large file is not served, copied or joined where that file is damaged', async () => {
  const emulator = await place('--profile', 'openstack');
  let owner = await emulator.restart();
  const large = randomBytes(65 * 2 ** 20);
  await store(owner, 'c', Buffer.alloc(0));
  await store(owner, 'c/large', large);
  const copy = (name: string, range: string) =>
    owner.ask('COPY', `${account}/c/large`, undefined, { destination: `c/${name}`, range });
  assert.equal((await copy('part', 'bytes=1-')).status, 201);
  await storeManifest(owner, 'c/segments', [{ path: 'c/large', range: '1-' }]);
  flipByte(fileOf(emulator.data, large), 5_000_000);
  for (const name of ['part', 'segments']) {
    owner = await emulator.restart();
    assert.equal(await read(owner, `${account}/c/${name}`), 'cut');
    await store(owner, 'c/again', large);
    assert.equal(await read(owner, `${account}/c/${name}`), sha(large.subarray(1)));
    flipByte(fileOf(emulator.data, large), 5_000_000);
  }
  owner = await emulator.restart();
  const refused = await copy('other', 'bytes=2-');
  assert.equal(refused.status, 500);
  assert.match(refused.text, /is damaged: its bytes are not what they were\. Upload the same bytes again/);
  await emulator.stop();
  removeFolder(emulator.data);
});

test('a joined copy whose part is lost heals with a copy that is joined of other parts', async () => {
  const emulator = await place('--profile', 'openstack');
  const owner = await emulator.restart();
  const whole = randomBytes(90_000);
  const join = async (name: string, at: number) => {
    await store(owner, `c/${name}1`, whole.subarray(0, at));
    await store(owner, `c/${name}2`, whole.subarray(at));
    await storeManifest(owner, `c/${name}`, [{ path: `c/${name}1` }, { path: `c/${name}2` }]);
    const { status } = await owner.ask('COPY', `${account}/c/${name}`, undefined, {
      destination: 'c/joined',
    });
    assert.equal(status, 201);
  };
  await store(owner, 'c', Buffer.alloc(0));
  await join('one', 30_000);
  rmSync(fileOf(emulator.data, whole.subarray(0, 30_000)));
  assert.equal(await read(owner, `${account}/c/joined`), 'status 500');
  await join('other', 50_000);
  assert.equal(await read(owner, `${account}/c/joined`), sha(whole));
  for (const name of ['one', 'one1', 'one2', 'other', 'other1', 'other2'])
    assert.equal((await owner.ask('DELETE', `${account}/c/${name}`)).status, 204);
  assert.equal(await read(owner, `${account}/c/joined`), sha(whole), 'it holds its new parts');
  await emulator.stop();
  removeFolder(emulator.data);
});

test('a damaged manifest is said wherever it is read, and keeps only itself from being deleted', async () => {
  const emulator = await place('--profile', 'openstack');
  let owner = await emulator.restart();
  await store(owner, 'c', Buffer.alloc(0));
  for (const name of ['a', 'b']) await store(owner, `c/${name}`, randomBytes(1000));
  await storeManifest(owner, 'c/inner', [{ path: 'c/a' }]);
  await storeManifest(owner, 'c/outer', [{ path: 'c/b' }, { path: 'c/inner' }]);
  const manifest = (await owner.ask('GET', `${account}/c/inner?multipart-manifest=get`)).bytes;
  flipByte(fileOf(emulator.data, manifest), 5);
  owner = await emulator.restart();
  for (const path of [
    'inner',
    'inner?multipart-manifest=get',
    'inner?multipart-manifest=get&format=raw',
    'outer',
  ]) {
    const { status, text } = await owner.ask('GET', `${account}/c/${path}`);
    assert.equal(status, 500);
    assert.match(text, /is damaged: its bytes are not what they were\. Upload the same bytes again/, path);
  }
  const deleted = await owner.ask(
    'DELETE',
    `${account}/c/outer?multipart-manifest=delete`,
    undefined,
    asJson,
  );
  assert.deepEqual(deleted.json['Errors'], [['/c/inner', 'Unable to load SLO manifest or segment.']]);
  assert.equal(deleted.json['Number Deleted'], 2);
  assert.equal((await owner.ask('GET', `${account}/c`)).text, 'a\ninner\n');
  await emulator.stop();
  removeFolder(emulator.data);
});

test('content that is known to be damaged is not copied', async () => {
  const emulator = await place('--profile', 'openstack');
  const owner = await emulator.restart();
  const bytes = randomBytes(1000);
  await store(owner, 'c', Buffer.alloc(0));
  await store(owner, 'c/a', bytes);
  rmSync(fileOf(emulator.data, bytes));
  const copy = () => owner.ask('COPY', `${account}/c/a`, undefined, { destination: 'c/b' });
  const refused = await copy();
  assert.equal(refused.status, 500);
  assert.match(refused.text, /its file is gone/);
  assert.equal((await owner.ask('GET', `${account}/c/b`)).status, 404);
  await store(owner, 'c/a', bytes);
  assert.equal((await copy()).status, 201);
  assert.equal(await read(owner, `${account}/c/b`), sha(bytes));
  await emulator.stop();
  removeFolder(emulator.data);
});
