import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from '../../server/cloud/cloud.ts';
import { openListings } from '../../server/cloud/services/containers.ts';
import { startEmulator } from '../tools/emulator.ts';

const folder = mkdtempSync(join(tmpdir(), 'cloud-images-containers-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('containers and objects are listed by name, and a container that is not there is told from an empty one', async () => {
  const emulator = await startEmulator({ data: join(folder, 'data') });
  const cloud = await connect({
    authUrl: `${emulator.url}/identity/v3`,
    userName: 'owner',
    password: 'emulator',
    project: '100001',
    region: 'DFW',
  });
  const listings = openListings(cloud.session, cloud.region);
  await cloud.objects.putContainer('empty');
  await cloud.objects.putContainer('über uns');
  const file = join(folder, 'x');
  writeFileSync(file, 'four');
  await cloud.objects.putObject('über uns', 'a/b c.vhd', file);
  await cloud.objects.putObject('über uns', 'other', file);
  assert.deepEqual(await listings.containers(), ['empty', 'exports', 'über uns']);
  assert.deepEqual(await listings.objects('empty', ''), []);
  assert.deepEqual(await listings.objects('über uns', 'a/'), [{ name: 'a/b c.vhd', bytes: 4 }]);
  assert.equal((await listings.objects('über uns', ''))?.length, 2);
  assert.equal(await listings.objects('nowhere', ''), undefined);
  await emulator.close();
});
