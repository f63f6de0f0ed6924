import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask, logIn, type Running, removeFolder, start as startOne, temporaryFolder } from './harness.ts';

const files = '/dfw/object-store/v1/100001';
const skip = process.platform !== 'linux' && 'needs a file system that holds files fast (Linux, chattr)';
const started: Running[] = [];
const held = new Set<string>();
after(() => {
  for (const { process } of started) process.kill('SIGKILL');
  for (const path of held) if (existsSync(path)) release(path);
});

async function start(data: string): Promise<Running> {
  const emulator = await startOne(data, '--seed', 'empty');
  started.push(emulator);
  return emulator;
}

/** As a virus scanner or a backup does: nobody, not even root, removes or renames it. */
function hold(path: string): void {
  held.add(path);
  change('+i', path);
}

function release(path: string): void {
  held.delete(path);
  change('-i', path);
}

function change(attribute: string, path: string): void {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const [name = '', ...parameters] = [...asRoot, 'chattr', attribute, path];
  execFileSync(name, parameters);
}

function times(text: string, pattern: RegExp): number {
  return text.match(new RegExp(pattern, 'g'))?.length ?? 0;
}

test('a file that cannot be removed ends neither the process nor the next start, is said once, and goes later', {
  skip,
}, async () => {
  const data = temporaryFolder();
  let emulator = await start(data);
  let owner = await logIn(emulator.url, 'owner');
  const bytes = Buffer.from('held');
  const path = join(data, 'blobs', createHash('sha256').update(bytes).digest('hex'));
  await owner.ask('PUT', `${files}/c`);
  assert.equal((await owner.ask('PUT', `${files}/c/a`, bytes)).status, 201);
  hold(path);
  // With a change of somebody else in the same commit.
  const [deleted, beside] = await Promise.all([
    owner.ask('DELETE', `${files}/c/a`),
    owner.ask('PUT', `${files}/c/b`, Buffer.from('beside')),
  ]);
  assert.deepEqual([deleted.status, beside.status], [204, 201]);
  assert.equal((await owner.ask('GET', `${files}/c/a`)).status, 404);
  assert.equal((await owner.ask('PUT', `${files}/c/a`, bytes)).status, 201, 'the same bytes may come again');
  assert.equal((await owner.ask('GET', `${files}/c/a`)).text, 'held');
  assert.equal((await owner.ask('DELETE', `${files}/c/a`)).status, 204);
  assert.equal(times(emulator.log(), /is no longer needed and cannot be removed/), 1);
  assert.equal(await emulator.end(), 0);

  // What earlier runs left unfinished may be held as well.
  const half = join(data, 'incoming', '0b5d4d4e-6f0e-4a7e-9d5e-0123456789ab');
  writeFileSync(half, 'half');
  hold(half);
  emulator = await start(data);
  owner = await logIn(emulator.url, 'owner');
  assert.equal((await owner.ask('GET', `${files}/c/b`)).text, 'beside');
  assert.equal(times(emulator.log(), /is no longer needed and cannot be removed/), 2);
  assert.doesNotMatch(emulator.log(), / error /);
  await emulator.end();
  for (const name of [path, half]) release(name);
  emulator = await start(data);
  assert.deepEqual([existsSync(path), existsSync(half)], [false, false]);
  assert.equal(readdirSync(join(data, 'blobs')).length, 1);
  await emulator.end();
  removeFolder(data);
});

test('what was held is removed while the emulator runs on', { skip }, async () => {
  const data = temporaryFolder();
  const emulator = await start(data);
  const owner = await logIn(emulator.url, 'owner');
  const bytes = Buffer.from('held');
  const path = join(data, 'blobs', createHash('sha256').update(bytes).digest('hex'));
  await owner.ask('PUT', `${files}/c`);
  await owner.ask('PUT', `${files}/c/a`, bytes);
  hold(path);
  assert.equal((await owner.ask('DELETE', `${files}/c/a`)).status, 204);
  release(path);
  assert.ok(existsSync(path));
  // A step of the clock does the chores of a minute.
  const headers = { authorization: `Bearer ${emulator.token}` };
  assert.equal((await ask(emulator.url, 'POST', '/emulator/clock', { step: '1m' }, headers)).status, 200);
  assert.equal(existsSync(path), false);
  await emulator.end();
  removeFolder(data);
});

test('records that cannot be written are said in one sentence', { skip }, async () => {
  const data = temporaryFolder();
  await (await start(data)).end();
  hold(join(data, 'emulator.db'));
  await assert.rejects(start(data), (error: Error) => {
    assert.match(error.message, /The data folder .* cannot be read and written/);
    assert.doesNotMatch(error.message, /^ {4}at /m);
    return true;
  });
  release(join(data, 'emulator.db'));
  removeFolder(data);
});
