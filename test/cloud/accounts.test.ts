import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from '../../server/cloud/cloud.ts';
import { accountExists } from '../../server/cloud/services/accounts.ts';
import { type Emulator, startEmulator } from '../tools/emulator.ts';

/** What *Share* learns of an account before it asks: from an emulator, by the client. */
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-accounts-'));
const emulators: Emulator[] = [];
after(async () => {
  for (const emulator of emulators) await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openCloud(profile: 'rackspace' | 'openstack', region: string) {
  const emulator = await startEmulator({ data: join(folder, profile), arguments: ['--profile', profile] });
  emulators.push(emulator);
  return async (userName: string, accounts: readonly string[]): Promise<(boolean | undefined)[]> => {
    const authUrl = `${emulator.url}/identity/v3`;
    const { session } = await connect({ authUrl, userName, password: 'emulator', region });
    return Promise.all(accounts.map((account) => accountExists(session, region, account)));
  };
}

test('an administrator of OpenStack learns of each account whether it exists', async () => {
  const ask = await openCloud('openstack', 'RegionOne');
  assert.deepEqual(await ask('admin', ['100001', '100002', '999999', '../users', 'a b']), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('others learn of their own alone, and nothing of what they may not see', async () => {
  const ask = await openCloud('rackspace', 'DFW');
  for (const user of ['owner', 'admin', 'observer'])
    assert.deepEqual(await ask(user, ['100001', '100002', '999999']), [true, undefined, undefined], user);
  assert.deepEqual(await ask('partner', ['100001', '100002']), [undefined, true]);
});
