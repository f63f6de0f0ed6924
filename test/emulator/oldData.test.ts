import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readOptions } from '../../server/emulator/options.ts';
import { migrations } from '../../server/emulator/store/schema.ts';
import { loadSqlite } from '../../server/emulator/store/sqlite.ts';
import { openStore } from '../../server/emulator/store/store.ts';
import { emulatorVerb } from '../../server/verbs/emulator.ts';
import { readArguments } from '../../server/verbs/read.ts';
import { ask, logIn, removeFolder, start, taskEnd, temporaryFolder } from './harness.ts';

const fixture = join(import.meta.dirname, '..', 'fixtures', 'data-0.1.0');
/** How many steps the tables of 0.1.0 had taken. */
const stepsBefore = 7;
const contents = [
  ['sha256', 'hello of 0.1.0'],
  ['sha512', 'data of 0.1.0'],
  ['sha512', 'staged by 0.1.0'],
] as const;

function makeFolder(context: TestContext): string {
  const data = temporaryFolder();
  context.after(() => removeFolder(data));
  return data;
}

function execute(file: string, sql: string): void {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

/** The tables, indexes and triggers of a database, but for copies of snapshots. */
function readSchema(file: string): string[] {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database
      .prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB 'snapshot_[0-9]*'")
      .all()
      .map(({ sql }) => String(sql).replace(/\s+/g, ' '))
      .toSorted();
  } finally {
    database.close();
  }
}

function writeOldFolder(data: string): void {
  mkdirSync(join(data, 'blobs'));
  mkdirSync(join(data, 'incoming'));
  for (const [hash, text] of contents)
    writeFileSync(join(data, 'blobs', createHash(hash).update(text).digest('hex')), text);
  execute(join(data, 'emulator.db'), readFileSync(join(fixture, 'emulator.db.sql'), 'utf8'));
}

test('a data folder of version 0.1.0 opens with all that it held, and what was under way goes on', async (context) => {
  const data = makeFolder(context);
  writeOldFolder(data);
  const emulator = await start(data, '--profile', 'openstack');
  context.after(() => emulator.end());
  const control = { authorization: `Bearer ${emulator.token}` };
  let owner = await logIn(emulator.url, 'owner');
  const partner = await logIn(emulator.url, 'partner');
  const images = '/regionone/image/v2/images';
  const kept = `${images}/11111111-1111-4111-8111-111111111111`;
  const staged = `${images}/22222222-2222-4222-8222-222222222222`;

  const object = await owner.ask('GET', '/regionone/object-store/v1/AUTH_100001/notes/hello.txt');
  assert.deepEqual([object.text, object.headers.get('x-object-meta-colour')], ['hello of 0.1.0', 'red']);
  const { name, tags, status, 'com.example.x': own } = (await owner.ask('GET', kept)).json;
  assert.deepEqual([name, tags, status, own], ['kept', ['old'], 'active', 'y']);
  assert.equal((await owner.ask('GET', `${kept}/file`)).text, 'data of 0.1.0');
  assert.equal((await partner.ask('GET', kept)).status, 200);
  const namespace = await owner.ask('GET', '/regionone/image/v2/metadefs/namespaces/OS::Compute::Watchdog');
  assert.match(namespace.text, /watchdog_action/);

  const task = async () => {
    const { tasks } = (await owner.ask('GET', `${staged}/tasks`)).json;
    return Array.isArray(tasks) ? JSON.parse(JSON.stringify(tasks[0])) : undefined;
  };
  assert.equal((await task()).status, 'pending');
  const finish = async () => {
    const admin = await logIn(emulator.url, 'admin');
    await ask(emulator.url, 'POST', '/emulator/clock', { pause: false, speed: 1e9 }, control);
    await taskEnd(emulator, admin, 'regionone', (await task()).id);
    assert.equal((await owner.ask('GET', `${staged}/file`)).text, 'staged by 0.1.0');
  };
  await finish();

  // The snapshot is of a time when jobs had no column for their queue.
  const restored = await ask(emulator.url, 'POST', '/emulator/snapshots/then/restore', {}, control);
  assert.equal(restored.status, 200);
  owner = await logIn(emulator.url, 'owner'); // tokens are those of the snapshot
  assert.equal((await task()).status, 'pending');
  await finish();
});

test('the steps that made the tables of 0.1.0 are still what they were', (context) => {
  const data = makeFolder(context);
  writeOldFolder(data);
  execute(join(data, 'now.db'), migrations.slice(0, stepsBefore).join(''));
  assert.deepEqual(readSchema(join(data, 'now.db')), readSchema(join(data, 'emulator.db')));
});

for (const [at] of migrations.entries())
  test(`step ${at + 1} of the tables leads from a folder before it to those of today`, async (context) => {
    const data = makeFolder(context);
    const [old, fresh] = [join(data, 'old.db'), join(data, 'fresh.db')];
    if (at > 0) execute(old, `${migrations.slice(0, at).join('')}; PRAGMA user_version = ${at}`);
    for (const file of [old, fresh]) await openStore(file).close();
    assert.deepEqual(readSchema(old), readSchema(fresh));
  });

test('jobs of before wait in the queue of their account', async (context) => {
  const data = makeFolder(context);
  writeOldFolder(data);
  const store = openStore(join(data, 'emulator.db'));
  assert.deepEqual(
    store.all('SELECT account, queue FROM jobs').map((row) => ({ ...Object(row) })),
    [{ account: '100001', queue: 'account 100001' }],
  );
  await store.close();
});

test('settings of version 0.1.0 are read as they were meant', () => {
  const { profile, settings } = readOptions(
    readArguments(['--config', join(fixture, '.cloud-images.json')], emulatorVerb).values,
  );
  assert.deepEqual(
    [profile.name, profile.limits.tags, profile.limits.volumeImageBytes],
    ['openstack', 10, 5_000_000],
  );
  assert.equal(profile.propertyProtection?.length, 1);
  assert.deepEqual(
    [settings.stores, settings.imageBytes, settings.storageBytes, settings.exportSegmentBytes],
    [['near', 'far'], 7_000_000, 8_000_000, 1_048_576],
  );
  assert.deepEqual(
    [settings.ovaCompression, settings.webDownload],
    ['stored', { ports: [8080], hosts: ['127.0.0.1'] }],
  );
});
