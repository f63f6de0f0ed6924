import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadSqlite } from '../../server/emulator/store/sqlite.ts';
import { logIn, removeFolder, start, temporaryFolder } from './harness.ts';

const main = join(import.meta.dirname, '..', '..', 'server', 'emulator', 'main.ts');

function check(data: string, ...more: string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, '--check', '--data', data, ...more], {
    encoding: 'utf8',
  });
  return { status, text: stdout + stderr };
}

test('a data folder is proven whole, and each break is named', async () => {
  const data = temporaryFolder();
  const emulator = await start(data);
  const owner = await logIn(emulator.url, 'owner');
  const put = await owner.ask('PUT', '/dfw/object-store/v1/100001/exports/a', Buffer.from('content'));
  assert.equal(put.status, 201);
  const inUse = check(data);
  assert.equal(inUse.status, 1);
  assert.match(inUse.text, new RegExp(`in use by the emulator with process id ${emulator.process.pid}`));
  await emulator.end();

  const whole = check(data, '--deep');
  assert.deepEqual(whole, {
    status: 0,
    text: `${data}: every record has its content, every file its record.\n`,
  });

  const blobs = join(data, 'blobs');
  const [first = '', second = '', third = ''] = readdirSync(blobs);
  rmSync(join(blobs, first));
  appendFileSync(join(blobs, second), 'x');
  writeFileSync(join(blobs, third), Buffer.alloc(7));
  writeFileSync(join(blobs, 'stray'), '');
  writeFileSync(join(data, 'incoming', 'half'), '');
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(join(data, 'emulator.db'));
  database.exec(`UPDATE containers SET objects = objects + 1 WHERE name = 'exports' AND region = 'dfw' AND account = '100001';
    INSERT INTO tasks (id, region, account, user, type, status, input, message, created, updated)
      VALUES ('t1', 'dfw', '100001', 'u', 'import', 'pending', '{}', '', 1, 1);
    INSERT INTO blobs (hash, size) VALUES ('ff', 0);`);
  database.close();
  const broken = check(data);
  assert.equal(broken.status, 1);
  for (const expected of [
    `Content ${first.slice(0, 16)}… of \\d+ bytes is damaged: its file is gone`,
    `Content ${second.slice(0, 16)}… of \\d+ bytes is damaged: its file has \\d+ bytes instead of \\d+. It belongs to image .* in dfw`,
    `The file blobs/stray belongs to nothing`,
    `The file incoming/half was left unfinished`,
    `The totals of container exports in dfw`,
    `Task t1 \\(import\\) waits for ever`,
    `Content ff… is kept and nothing holds it`,
  ])
    assert.match(broken.text, new RegExp(expected));
  removeFolder(data);
});

test('a data folder whose objects are named by SHA-512, as they once were, is as whole', async () => {
  const data = temporaryFolder();
  const object = '/dfw/object-store/v1/100001/exports/a';
  const content = Buffer.from('content of an earlier version');
  let emulator = await start(data);
  let owner = await logIn(emulator.url, 'owner');
  assert.equal((await owner.ask('PUT', object, content)).status, 201);
  await emulator.end();
  const [name, old] = ['sha256', 'sha512'].map((hash) => createHash(hash).update(content).digest('hex'));
  renameSync(join(data, 'blobs', String(name)), join(data, 'blobs', String(old)));
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(join(data, 'emulator.db'));
  database.exec(`PRAGMA foreign_keys = OFF; UPDATE objects SET blob = '${old}' WHERE blob = '${name}';
    UPDATE blobs SET hash = '${old}' WHERE hash = '${name}';`);
  database.close();
  assert.equal(check(data, '--deep').status, 0);
  emulator = await start(data);
  owner = await logIn(emulator.url, 'owner');
  assert.ok((await owner.ask('GET', object)).bytes.equals(content));
  assert.equal((await owner.ask('PUT', object, Buffer.from('new'))).status, 201);
  await emulator.end();
  assert.ok(!readdirSync(join(data, 'blobs')).includes(String(old)), 'freed like any other');
  assert.equal(check(data, '--deep').status, 0);
  removeFolder(data);
});

test('a folder that is none is not made one', () => {
  const data = temporaryFolder();
  const { status, text } = check(data);
  assert.equal(status, 1);
  assert.match(text, /is no data folder of an emulator/);
  assert.deepEqual(readdirSync(data), []);
});
