import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';
import { type Emulator, startEmulator } from '../tools/emulator.ts';

const folder = mkdtempSync(join(tmpdir(), 'cloud-images-members-'));
const opened = join(import.meta.dirname, '..', 'fixtures', 'opened.cloud-images.json');
let emulator: Emulator;
let owner: Cloud;
let partner: Cloud;

before(async () => {
  emulator = await startEmulator({ data: join(folder, 'data'), arguments: ['--config', opened] });
  [owner, partner] = await Promise.all([as('owner'), as('partner')]);
});
after(async () => {
  await emulator?.close();
  rmSync(folder, { recursive: true, force: true });
});

const as = (userName: string): Promise<Cloud> =>
  connect({ authUrl: `${emulator.url}/identity/v3`, userName, password: 'emulator', region: 'DFW' });

test('an image is shared, answered and taken back', async () => {
  const id = await newImage();
  assert.deepEqual(await owner.members.list(id), []);
  const account = partner.session.account.id;
  assert.deepEqual(await owner.members.add(id, account), { account, status: 'pending' });
  const waiting = { visibility: 'shared', member_status: 'pending' };
  assert.equal(await lists(partner, id, waiting), true);
  assert.equal(await lists(partner, id), false);
  for (const status of ['accepted', 'rejected', 'pending', 'accepted'] as const) {
    assert.deepEqual(await partner.members.answer(id, status), { account, status });
    assert.deepEqual(await partner.members.get(id, account), { account, status });
    assert.deepEqual(await owner.members.list(id), [{ account, status }]);
    assert.equal(await lists(partner, id), status === 'accepted');
    assert.equal(await lists(partner, id, { visibility: 'shared', member_status: status }), true);
  }
  await owner.members.remove(id, account);
  await assert.rejects(partner.images.get(id), { status: 404 });
  assert.deepEqual(await owner.members.list(id), []);
});

test('what the cloud refuses comes in its words', async () => {
  const id = await newImage();
  const refused = async (request: Promise<unknown>, status: number, words: RegExp): Promise<void> => {
    await assert.rejects(request, (error) => {
      assert.ok(error instanceof CloudError, String(error));
      assert.equal(error.status, status, error.text);
      assert.match(error.text, words);
      return true;
    });
  };
  await refused(owner.members.add(id, ''), 400, /Member can't be empty/);
  await refused(partner.members.add(id, '100002'), 404, /No image found/);
  await owner.members.add(id, '100002');
  await refused(owner.members.add(id, '100002'), 409, /already associated/);
  await refused(owner.members.answer(id, 'accepted'), 404, /100001 not found in the member list/);
  await refused(partner.members.remove(id, '100002'), 403, /cannot delete image member/);
  await refused(owner.members.remove(id, '100009'), 404, /not found in the member list/);
  await refused((await as('observer')).members.add(id, '100003'), 403, /add_member/);
  const [base] = (await owner.images.list({ visibility: 'public', limit: '1' }).next()).value ?? [];
  await refused(
    owner.members.add(String(base?.get('id')), '100002'),
    403,
    /Public images do not have members/,
  );
});

test('tags without an address are set by a patch, and never reach the image itself', async () => {
  const id = await newImage();
  for (const tag of ['web', 'a b', 'a/b', '..', '.', 'ä?#%']) {
    await owner.images.addTag(id, tag);
    await owner.images.addTag(id, tag);
    assert.deepEqual((await owner.images.get(id)).get('tags'), [tag]);
    await owner.images.removeTag(id, tag);
    assert.deepEqual((await owner.images.get(id)).get('tags'), []);
  }
  for (const name of ['', '.', '..']) {
    await assert.rejects(owner.members.remove(id, name), /cannot be addressed/);
    await assert.rejects(owner.images.delete(name), /cannot be addressed/);
  }
  assert.equal((await owner.images.get(id)).get('id'), id);
});

async function newImage(): Promise<string> {
  const url = `${owner.session.endpoint('image', 'DFW').replace(/\/v2$/, '')}/v2/images`;
  const json = { disk_format: 'vhd', container_format: 'ovf' };
  const body = await owner.session.json(url, { method: 'POST', json });
  assert.ok(typeof body === 'object' && body !== null && 'id' in body);
  return String(body['id']);
}

async function lists(cloud: Cloud, id: string, query: Record<string, string> = {}): Promise<boolean> {
  for await (const page of cloud.images.list(query))
    if (page.some((image) => image.get('id') === id)) return true;
  return false;
}
