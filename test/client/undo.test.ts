import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Context } from '../../client/context.ts';
import { undoApply } from '../../client/manifests/undo.ts';
import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import { openUndoJournal } from '../../server/cloud/run/undo.ts';
import { openImageData } from '../../server/cloud/services/imageData.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { startEmulator } from '../tools/emulator.ts';

const folder = mkdtempSync(join(tmpdir(), 'cloud-images-undo-'));
process.env['HOME'] = folder; // undo files are kept there
process.env['USERPROFILE'] = folder;
const emulator = await startEmulator({
  data: join(folder, 'data'),
  arguments: ['--profile', 'openstack', '--seed', 'demo'],
});
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});
const signIn = (userName: string): Promise<Cloud> =>
  connect({ authUrl: `${emulator.url}/identity/v3`, userName, password: 'emulator', region: 'RegionOne' });

/** What of the extension an undo works with, on the cloud that is shown. */
function showing(cloud: Cloud) {
  const told: string[] = [];
  const { account, roles } = cloud.session;
  const connection = {
    ...{ cloud, profile: profiles.openstack, taskInterval: 10 },
    caller: { account: account.id, roles },
  };
  const context = {
    source: { connect: async () => connection },
    ui: { inform: async (text: string) => void told.push(text) },
    log: { info: () => undefined },
  } as unknown as Context;
  return { context, told };
}

test('an apply is undone in its account alone; shown another, nothing is said to be undone, and the way back is kept', async () => {
  const cloud = await signIn('owner');
  const { session, region } = cloud;
  const account = session.account.id;
  const body = { name: 'applied', disk_format: 'raw', container_format: 'bare' };
  const image = String((await openImageData(session, region).create(body)).get('id'));
  const journal = openUndoJournal({ region, account, manifests: ['web.image.yaml'], choice: {} });
  journal.add({ image, set: { name: 'before' }, absent: [], left: { set: { name: 'applied' } } });
  const elsewhere = showing(await signIn('partner'));
  await assert.rejects(undoApply(elsewhere.context, journal.path, false), /undoes an apply of account/);
  assert.deepEqual(elsewhere.told, []);
  assert.ok(existsSync(journal.path));
  const here = showing(cloud);
  await undoApply(here.context, journal.path, false);
  assert.deepEqual(here.told, ['Undone: web.image.yaml.']);
  assert.equal((await cloud.images.get(image)).get('name'), 'before');
});
