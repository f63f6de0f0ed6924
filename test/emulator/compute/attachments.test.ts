import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emulatorControl } from '../../../server/cloud/services/emulatorControl.ts';
import type { JsonObject } from '../../../server/rules/json.ts';
import { ask, type Caller, type Running, readEvents } from '../harness.ts';
import { withUsers } from '../plain.ts';
import { build, expectAnswer } from './asking.ts';

const volumes = '/regionone/volume/v3';

async function makeVolume({ url, token }: Running, as: Caller, size = 1): Promise<string> {
  const made = await as.ask('POST', `${volumes}/volumes`, { volume: { size, name: 'data' } });
  assert.equal(made.status, 202, made.text);
  const { id } = made.json['volume'] as JsonObject;
  await readEvents(
    { url, token },
    'after=0',
    ({ data }) => data['id'] === id && data['status'] === 'available',
  );
  return String(id);
}

const statusOf = async (as: Caller, id: string) =>
  ((await as.ask('GET', `${volumes}/volumes/${id}`)).json['volume'] as JsonObject | undefined)?.['status'];

test('a volume is attached to a server, shown, and detached', async () => {
  await withUsers(async ({ owner, partner }, emulator) => {
    const id = await build(emulator, owner);
    const volume = await makeVolume(emulator, owner);
    const path = `/servers/${id}/os-volume_attachments`;
    const attach = { body: { volumeAttachment: { volumeId: volume } } };
    const pair = { serverId: id, volumeId: volume, device: '/dev/vdb' };
    await expectAnswer(owner, `POST ${path}`, [200, { volumeAttachment: { id: volume, ...pair } }], attach);
    assert.equal(await statusOf(owner, volume), 'in-use');
    await expectAnswer(
      owner,
      `POST ${path}`,
      [400, `Invalid volume: volume ${volume} is already attached to instances: ${id}`],
      attach,
    );
    const second = await makeVolume(emulator, owner);
    const taken = { body: { volumeAttachment: { volumeId: second, device: '/dev/vdb' } } };
    await expectAnswer(owner, `POST ${path}`, [409, 'The supplied device path (/dev/vdb) is in use.'], taken);
    await expectAnswer(owner, `POST ${path}`, [400, /does not match/], {
      body: { volumeAttachment: { volumeId: second, device: 'vdb' } },
    });
    const nobody = '6d1f4dd2-0f35-4c4a-8f0f-7f4d4e8f0a11';
    await expectAnswer(owner, `POST ${path}`, [404, `Volume ${nobody} could not be found.`], {
      body: { volumeAttachment: { volumeId: nobody } },
    });
    const theirs = await makeVolume(emulator, partner);
    await expectAnswer(owner, `POST ${path}`, [404], { body: { volumeAttachment: { volumeId: theirs } } });

    const all = await expectAnswer(owner, `GET ${path}`, [
      200,
      { volumeAttachments: [{ id: volume, ...pair }] },
    ]);
    assert.equal((all.json['volumeAttachments'] as JsonObject[]).length, 1);
    const latest = await expectAnswer(
      owner,
      `GET ${path}/${volume}`,
      [200, { volumeAttachment: { ...pair, tag: null, delete_on_termination: false } }],
      { version: 89 },
    );
    const shown = latest.json['volumeAttachment'] as JsonObject;
    assert.ok(shown['bdm_uuid'] && shown['attachment_id']);
    assert.equal(shown['id'], undefined);
    await expectAnswer(owner, `GET ${path}/${second}`, [
      404,
      `Instance ${id} is not attached to volume ${second}`,
    ]);
    await expectAnswer(owner, `GET /servers/${id}`, [
      200,
      { server: { 'os-extended-volumes:volumes_attached': [{ id: volume }] } },
    ]);

    const update = (attachment: JsonObject) => ({
      body: { volumeAttachment: { volumeId: volume, ...attachment } },
      version: 85,
    });
    await expectAnswer(
      owner,
      `PUT ${path}/${volume}`,
      [400, 'The device property is not mutable'],
      update({ device: '/dev/vdc' }),
    );
    await expectAnswer(owner, `PUT ${path}/${volume}`, [202], update({ delete_on_termination: true }));
    await expectAnswer(owner, `PUT ${path}/${volume}`, [403, /os-volumes-attachments:swap/], {
      body: { volumeAttachment: { volumeId: second } },
    });
    await expectAnswer(owner, `DELETE ${path}/${second}`, [404]);
    await expectAnswer(owner, `DELETE ${path}/${volume}`, [202]);
    assert.equal(await statusOf(owner, volume), 'available');
    await expectAnswer(owner, `GET ${path}`, [200, { volumeAttachments: [] }]);
    const { json } = await expectAnswer(owner, `GET /servers/${id}/os-instance-actions`, [200]);
    assert.deepEqual(
      (json['instanceActions'] as JsonObject[]).map(({ action }) => action),
      ['detach_volume', 'attach_volume', 'create'],
    );
  });
});

test('an administrator puts another volume in the place of one', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const id = await build(emulator, owner);
    const [old, other, held, large] = [
      await makeVolume(emulator, owner),
      await makeVolume(emulator, owner),
      await makeVolume(emulator, owner),
      await makeVolume(emulator, owner, 2),
    ];
    const path = `/servers/${id}/os-volume_attachments`;
    for (const volumeId of [old, held])
      await expectAnswer(owner, `POST ${path}`, [200], { body: { volumeAttachment: { volumeId } } });
    await expectAnswer(owner, `PUT ${path}/${old}`, [202], {
      body: { volumeAttachment: { volumeId: old, delete_on_termination: true } },
      version: 85,
    });
    const swap = (from: string, volumeId: string, status: number, text?: string, version = 1) =>
      expectAnswer(admin, `PUT ${path}/${from}`, text === undefined ? [status] : [status, text], {
        body: { volumeAttachment: { volumeId } },
        version,
      });
    const none = '00000000-0000-4000-8000-000000000000';
    await swap(none, other, 404, `Volume ${none} could not be found.`);
    await swap(old, none, 400, `Volume ${none} could not be found.`);
    await swap(other, large, 400, 'Invalid volume: Old volume is attached to a different instance.');
    await swap(old, held, 400, 'Invalid volume: New volume must be detached in order to swap.');
    await swap(old, large, 202);
    await swap(large, other, 400, 'Invalid volume: New volume must be the same size or larger.');
    assert.deepEqual([await statusOf(owner, old), await statusOf(owner, large)], ['available', 'in-use']);
    const listed = await expectAnswer(owner, `GET ${path}/${large}`, [200], { version: 79 });
    assert.partialDeepStrictEqual(listed.json, {
      volumeAttachment: { device: '/dev/vdb', delete_on_termination: true },
    });
    await expectAnswer(owner, `POST /servers/${id}/action`, [202], { body: { lock: null } });
    await expectAnswer(owner, `PUT ${path}/${large}`, [403, /os-volumes-attachments:swap/], {
      body: { volumeAttachment: { volumeId: old } },
    });
    await expectAnswer(owner, `POST /servers/${id}/action`, [202], { body: { unlock: null } });
    const { json } = await expectAnswer(owner, `GET /servers/${id}/os-instance-actions`, [200]);
    assert.ok((json['instanceActions'] as JsonObject[]).some(({ action }) => action === 'swap_volume'));
  });
});

test('a server that is deleted frees its volumes, and takes along those that go with it', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const id = await build(emulator, owner);
    const [stays, goes] = [await makeVolume(emulator, owner), await makeVolume(emulator, owner)];
    const attach = (volumeId: string, fate: JsonObject = {}) =>
      expectAnswer(owner, `POST /servers/${id}/os-volume_attachments`, [200], {
        body: { volumeAttachment: { volumeId, ...fate } },
        version: 79,
      });
    await attach(stays);
    await attach(goes, { delete_on_termination: true });
    await expectAnswer(owner, `DELETE /servers/${id}`, [204]);
    await readEvents(emulator, 'after=0', ({ data }) => data['id'] === id && data['action'] === 'delete');
    assert.equal(await statusOf(owner, stays), 'available');
    assert.equal(await statusOf(owner, goes), undefined);
  });
});

test('a snapshot brings back who has which volume, and an account takes along what is its own', async () => {
  await withUsers(async ({ owner, partner, admin }, emulator) => {
    const control = emulatorControl(emulator.url, emulator.token);
    const id = await build(emulator, owner);
    const volume = await makeVolume(emulator, owner);
    const path = `/servers/${id}/os-volume_attachments`;
    const attach = { body: { volumeAttachment: { volumeId: volume, tag: 'data' } }, version: 49 };
    await expectAnswer(owner, `POST ${path}`, [200], attach);
    await control.takeSnapshot('before');
    await expectAnswer(owner, `DELETE ${path}/${volume}`, [202]);
    await control.restoreSnapshot('before');
    const shown = { volumeAttachments: [{ volumeId: volume, tag: 'data', device: '/dev/vdb' }] };
    await expectAnswer(owner, `GET ${path}`, [200, shown], { version: 70 });

    const key = { keypair: { name: 'k' } };
    await expectAnswer(partner, 'POST /os-keypairs', [200], { body: key });
    const group = { server_group: { name: 'g', policies: ['affinity'] } };
    await expectAnswer(partner, 'POST /os-server-groups', [200], { body: group });
    const flavor = { name: 'f', id: 'f', ram: 1, vcpus: 1, disk: 0, 'os-flavor-access:is_public': false };
    await expectAnswer(admin, 'POST /flavors', [200], { body: { flavor } });
    const access = { body: { addTenantAccess: { tenant: '100002' } } };
    await expectAnswer(admin, 'POST /flavors/f/action', [200], access);
    const authorization = `Bearer ${emulator.token}`;
    const gone = await ask(emulator.url, 'DELETE', '/emulator/accounts/100002', undefined, { authorization });
    assert.equal(gone.status, 204, gone.text);
    await expectAnswer(admin, 'GET /flavors/f/os-flavor-access', [200, { flavor_access: [] }]);
    const all = await expectAnswer(admin, 'GET /os-server-groups?all_projects=1', [200]);
    assert.deepEqual(all.json['server_groups'], []);
  });
});
