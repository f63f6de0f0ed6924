import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeVhd } from '../tools/disks.ts';
import { type Caller, logIn, readEvents, temporaryFolder, withEmulator } from './harness.ts';

const tasksEach = 50;
const accounts = ['a1', 'a2', 'a3', 'a4', 'a5'];

test('five accounts with fifty imports each go forward side by side', async () => {
  const folder = temporaryFolder();
  const seed = join(folder, 'seed.json');
  writeFileSync(
    seed,
    JSON.stringify({
      accounts: accounts.map((id) => ({ id, name: id })),
      users: accounts.map((account) => ({
        name: account,
        password: 'emulator',
        apiKey: account,
        account,
        roles: ['identity:user-admin'],
      })),
    }),
  );
  const disk = join(folder, 'disk.vhd');
  makeVhd(disk, { guest: 'linux' });
  await withEmulator(['--seed', seed, '--speed', '300'], async (emulator) => {
    const callers: Caller[] = [];
    for (const account of accounts) {
      const caller = await logIn(emulator.url, account);
      const files = `/dfw/object-store/v1/${account}`;
      await caller.ask('PUT', `${files}/exports`);
      await caller.ask('PUT', `${files}/exports/disk.vhd`, readFileSync(disk));
      callers.push(caller);
    }
    const owners = new Map<string, string>();
    const input = { import_from: 'exports/disk.vhd', image_properties: { name: 'disk' } };
    // The first account has asked for all of its tasks before the last asks for any.
    for (const [at, caller] of callers.entries()) {
      const asked = Array.from({ length: tasksEach }, () =>
        caller.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input }),
      );
      for (const { status, json } of await Promise.all(asked)) {
        assert.equal(status, 201);
        owners.set(String(json['id']), accounts[at] ?? '');
      }
    }
    const ended = new Map(accounts.map((account) => [account, 0]));
    const since = new Map(ended);
    const pending = new Set(owners.keys());
    let share: { most: number; least: number } | undefined;
    await readEvents(emulator, 'after=0', ({ kind, data }) => {
      const id = String(data['id']);
      const account = owners.get(id);
      if (kind !== 'task' || !account) return false;
      pending.delete(id);
      if (!['success', 'failure'].includes(String(data['status']))) return false;
      assert.equal(data['status'], 'success', String(data['message']));
      const count = (ended.get(account) ?? 0) + 1;
      ended.set(account, count);
      if (pending.size === 0) since.set(account, (since.get(account) ?? 0) + 1);
      if (count === tasksEach)
        share ??= { most: Math.max(...since.values()), least: Math.min(...since.values()) };
      return [...ended.values()].every((done) => done === tasksEach);
    });
    // From when all had asked until the first was through, none got less than half of what another got.
    assert.ok(share && share.most >= 10 && share.least >= share.most / 2, JSON.stringify(share));
  });
});
