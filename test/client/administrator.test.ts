import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import { listVerbs } from '../../client/cloud/permissions.ts';
import { placeImage } from '../../client/cloud/serverImages.ts';
import { imageRow } from '../../client/views/images/imageRow.ts';
import { connect } from '../../server/cloud/cloud.ts';
import { openImageData } from '../../server/cloud/services/imageData.ts';
import { startEmulator } from '../tools/emulator.ts';
import { newWindow, shown, type Window } from './window.ts';

/** The administrator of a plain OpenStack cloud sees the images of every account. */
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-administrator-'));
const emulator = await startEmulator({
  data: join(folder, 'data'),
  arguments: ['--profile', 'openstack', '--seed', 'demo'],
});
const windows: Window[] = [];
after(async () => {
  for (const window of windows) window.close();
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const region = 'RegionOne';

async function cloudOf(userName: string) {
  return connect({ authUrl: `${emulator.url}/identity/v3`, userName, password: 'emulator', region });
}

async function windowOf(userName: string): Promise<Window> {
  const window = newWindow(folder);
  windows.push(window);
  await window.source.connect();
  await window.source.switchUser({ userName, password: 'emulator' });
  return window;
}

test('an administrator sees which images of others are shared, in lists and one by one', async () => {
  const [owner, partner] = [await cloudOf('owner'), await cloudOf('partner')];
  const data = openImageData(partner.session, partner.region);
  const make = async (name: string, visibility: string): Promise<string> => {
    const made = await data.create({ name, visibility, disk_format: 'raw', container_format: 'bare' });
    return String(made.get('id'));
  };
  const ids = {
    private: await make('private', 'private'),
    community: await make('community', 'community'),
    toNobody: await make('to nobody', 'shared'),
    waiting: await make('waiting', 'shared'),
    accepted: await make('accepted', 'shared'),
    rejected: await make('rejected', 'shared'),
  };
  for (const answer of ['waiting', 'accepted', 'rejected'] as const) {
    await partner.members.add(ids[answer], '100001');
    if (answer !== 'waiting') await owner.members.answer(ids[answer], answer);
  }

  const groupsFor = async ({ live }: Window): Promise<Record<string, string | undefined>> => {
    const items = await shown(live);
    const group = (seen: LiveImage | undefined) => seen && placeImage(seen, { account: '100001' }).group;
    return Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, group(items.get(id))]));
  };
  const answers = { waiting: 'waiting', accepted: 'shared', rejected: 'rejected' };
  const administrator = await windowOf('admin');
  const all = { private: 'others', community: 'others', toNobody: 'others', ...answers };
  assert.deepEqual(await groupsFor(administrator), all);
  for (const id of Object.values(ids)) administrator.live.touch(id);
  assert.deepEqual(await groupsFor(administrator), all, 'one by one');
  const others = (await shown(administrator.live)).get(ids.private);
  assert.ok(others);
  assert.equal(imageRow(others, Date.now()).description, 'just now · queued · from 100002');
  const person = await administrator.source.connect();
  const can = listVerbs(others, person).flatMap((one) => (one.can ? [one.verb] : []));
  assert.deepEqual(
    ['rename', 'protect', 'delete', 'accept'].map((verb) => can.some((one) => one === verb)),
    [true, true, true, false],
  );
  const none = { private: undefined, community: undefined, toNobody: undefined };
  assert.deepEqual(await groupsFor(await windowOf('owner')), { ...none, ...answers });
});
