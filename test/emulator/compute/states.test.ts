import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import { images, withUsers } from '../plain.ts';
import { compute, type Expected, expectAnswer } from './asking.ts';
import { act, build, control, lastEvent, makeImage, settled, show } from './living.ts';

/** What an action does to a server, state by state (SOURCES: nova §6). */
const walks: readonly (readonly [JsonObject, ...string[]])[] = [
  [{ pause: null }, 'ACTIVE pausing', 'PAUSED null'],
  [{ unpause: null }, 'PAUSED unpausing', 'ACTIVE null'],
  [{ suspend: null }, 'ACTIVE suspending', 'SUSPENDED null'],
  [{ resume: null }, 'SUSPENDED resuming', 'ACTIVE null'],
  [{ 'os-stop': null }, 'ACTIVE powering-off', 'SHUTOFF null'],
  [{ 'os-start': null }, 'SHUTOFF powering-on', 'ACTIVE null'],
  [{ reboot: { type: 'SOFT' } }, 'REBOOT rebooting', 'REBOOT reboot_started', 'ACTIVE null'],
  [
    { reboot: { type: 'HARD' } },
    'HARD_REBOOT rebooting_hard',
    'HARD_REBOOT reboot_started_hard',
    'ACTIVE null',
  ],
  [
    { resize: { flavorRef: '2' } },
    'RESIZE resize_prep',
    'RESIZE resize_migrating',
    'RESIZE resize_migrated',
    'RESIZE resize_finish',
    'VERIFY_RESIZE null',
  ],
  [{ revertResize: null }, 'REVERT_RESIZE resize_reverting', 'ACTIVE null'],
  [{ rescue: null }, 'ACTIVE rescuing', 'RESCUE null'],
  [{ unrescue: null }, 'RESCUE unrescuing', 'ACTIVE null'],
  [{ changePassword: { adminPass: '' } }, 'PASSWORD updating_password', 'ACTIVE null'],
  [
    { shelve: null },
    'ACTIVE shelving',
    'ACTIVE shelving_image_pending_upload',
    'ACTIVE shelving_image_uploading',
    'SHELVED shelving_offloading',
    'SHELVED_OFFLOADED null',
  ],
  [{ unshelve: null }, 'SHELVED_OFFLOADED unshelving', 'SHELVED_OFFLOADED spawning', 'ACTIVE null'],
  [
    { createImage: { name: 'copy' } },
    'ACTIVE image_snapshot_pending',
    'ACTIVE image_snapshot',
    'ACTIVE image_pending_upload',
    'ACTIVE image_uploading',
    'ACTIVE null',
  ],
];

test('a server passes the states that Nova shows, each once', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const image = await makeImage(owner);
    const seq = await lastEvent(emulator);
    const id = await build(emulator, owner, { imageRef: image });
    assert.deepEqual(await settled(emulator, id, seq), [
      'BUILD scheduling',
      'BUILD null',
      'BUILD null',
      'BUILD networking',
      'BUILD block_device_mapping',
      'BUILD spawning',
      'ACTIVE null',
    ]);
    for (const [action, ...states] of walks)
      assert.deepEqual(await act(emulator, owner, id, action), states, JSON.stringify(action));
    const rebuilt = await act(emulator, owner, id, { rebuild: { imageRef: image } });
    assert.deepEqual(rebuilt, [
      'REBUILD rebuilding',
      'REBUILD rebuild_block_device_mapping',
      'REBUILD rebuild_spawning',
      'ACTIVE null',
    ]);
    await act(emulator, owner, id, { resize: { flavorRef: '2', 'OS-DCF:diskConfig': 'AUTO' } });
    assert.equal((await show(owner, id))['OS-DCF:diskConfig'], 'AUTO');
    assert.equal(
      (await owner.ask('POST', `${compute}/servers/${id}/action`, { confirmResize: null })).status,
      204,
    );
    await settled(emulator, id, seq);
    const end = await lastEvent(emulator);
    await expectAnswer(owner, `DELETE /servers/${id}`, [204]);
    assert.deepEqual(await settled(emulator, id, end), ['ACTIVE deleting', 'DELETED null']);
    await expectAnswer(owner, `GET /servers/${id}`, [404, `Instance ${id} could not be found.`]);
  });
});

test('an action is refused in the wrong state, while busy, and on a locked server', async () => {
  await withUsers(async ({ owner, partner, admin }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const action = `POST /servers/${id}/action`;
    const refuse = (body: JsonObject, status: number, text: string, who = owner) =>
      expectAnswer(who, action, [status, text], { body });
    await refuse({ 'os-start': null }, 409, `Cannot 'start' instance ${id} while it is in vm_state active`);
    await refuse(
      { confirmResize: null },
      409,
      `Cannot 'confirmResize' instance ${id} while it is in vm_state active`,
    );
    await refuse({ fly: null }, 400, 'There is no such action: fly');
    await refuse({ pause: null, unpause: null }, 400, 'Malformed request body');
    await refuse({}, 400, 'Malformed request body');
    await refuse(
      { reboot: { type: 'warm' } },
      400,
      "Invalid input for field/attribute type. Value: warm. 'warm' is not one of ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']",
    );
    await refuse({ resize: { flavorRef: '1' } }, 400, 'When resizing, instances must change flavor!');
    await refuse({ resize: { flavorRef: 'nope' } }, 400, 'Flavor nope could not be found.');
    await refuse(
      { rebuild: { imageRef: '00000000-0000-4000-8000-000000000000' } },
      400,
      'Cannot find image for rebuild',
    );
    await refuse(
      { 'os-resetState': { state: 'error' } },
      403,
      "Policy doesn't allow os_compute_api:os-admin-actions:reset_state to be performed.",
    );
    await refuse({ pause: null }, 404, `Instance ${id} could not be found.`, partner);
    await refuse(
      { resetNetwork: null },
      410,
      'This resource is no longer available. No forwarding address is given.',
    );
    await act(emulator, owner, id, { lock: null });
    await refuse({ pause: null }, 409, `Instance ${id} is locked`);
    await expectAnswer(owner, `DELETE /servers/${id}`, [409, `Instance ${id} is locked`]);
    await act(emulator, owner, id, { createImage: { name: 'of a locked one' } });
    await act(emulator, admin, id, { pause: null });
    await act(emulator, owner, id, { unlock: null });
    await act(emulator, owner, id, { unpause: null });
    await act(emulator, admin, id, { 'os-resetState': { state: 'error' } });
    assert.equal((await show(owner, id))['status'], 'ERROR');
    await refuse(
      { createImage: { name: 'x' } },
      409,
      `Cannot 'createImage' instance ${id} while it is in vm_state error`,
    );
    await act(emulator, owner, id, { reboot: { type: 'HARD' } });
    assert.equal((await show(owner, id))['status'], 'ACTIVE');
  });
});

test('of servers that are to be on several hosts, the second finds none', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const imageRef = await makeImage(owner);
    const { json } = await expectAnswer(owner, 'POST /os-server-groups', [200], {
      body: { server_group: { name: 'apart', policies: ['anti-affinity'] } },
    });
    const group = String((json['server_group'] as JsonObject)['id']);
    const one = async () => {
      const { json: made } = await expectAnswer(owner, 'POST /servers', [202], {
        body: { server: { name: 'web', flavorRef: '1', imageRef }, 'os:scheduler_hints': { group } },
      });
      const id = String((made['server'] as JsonObject)['id']);
      await settled(emulator, id);
      return show(owner, id);
    };
    assert.equal((await one())['status'], 'ACTIVE');
    const second = await one();
    assert.equal(second['status'], 'ERROR');
    assert.partialDeepStrictEqual(second['fault'], {
      code: 500,
      message: 'No valid host was found. There are not enough hosts available.',
    });
  });
});

test('a shelved server is kept in an image, which goes when it has its host again', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const kept = async () =>
      (await owner.ask('GET', `${images}?name=web-shelved`)).json['images'] as JsonObject[];
    await act(emulator, owner, id, { shelve: null });
    const [image] = await kept();
    assert.partialDeepStrictEqual(image, { status: 'active', disk_format: 'qcow2', instance_uuid: id });
    const { server } = (await owner.ask('GET', `${compute}/servers/${id}`)).json as { server: JsonObject };
    assert.deepEqual(Object.keys(server['addresses'] as JsonObject), ['shared-net'], 'its port stays');
    assert.equal(server['OS-EXT-STS:power_state'], 4);
    assert.deepEqual(server['security_groups'], [{ name: 'default' }]);
    for (const body of [{ 'os-start': null }, { 'os-stop': null }, { 'os-getConsoleOutput': {} }])
      await expectAnswer(owner, `POST /servers/${id}/action`, [409, `Instance ${id} is not ready`], { body });
    await act(emulator, owner, id, { unshelve: null });
    assert.deepEqual(await kept(), []);
  });
});

test('a locked server is backed up, keeps the reason of its lock, and names an action where Nova does', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const ask = (body: JsonObject, ...expected: Expected) =>
      expectAnswer(owner, `POST /servers/${id}/action`, expected, { body, version: 73 });
    await ask({ lock: { locked_reason: 'first' } }, 202);
    await ask({ lock: { locked_reason: 'second' } }, 202);
    const { json } = await expectAnswer(owner, `GET /servers/${id}`, [200], { version: 73 });
    assert.partialDeepStrictEqual(json, { server: { locked: true, locked_reason: 'first' } });
    await ask(
      { changePassword: { adminPass: 'x' } },
      409,
      `Instance ${id} is in an invalid state for 'changePassword'`,
    );
    await ask({ restore: null }, 409, `Instance ${id} is in an invalid state for 'restore'`);
    await ask({ 'os-stop': null }, 409, `Instance ${id} is locked`);
    await ask({ createBackup: { name: 'b', backup_type: 'daily', rotation: 1 } }, 202);
    await expectAnswer(admin, `POST /servers/${id}/action`, [202], { body: { unlock: null } });
  });
});

test('a resize is confirmed or reverted once, and a revert gives the disk its size back', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const bytes = async () => (await control(emulator, 'GET', `/servers/regionone/${id}/disk`))['bytes'];
    const before = await bytes();
    const ask = (body: JsonObject, ...expected: Expected) =>
      expectAnswer(owner, `POST /servers/${id}/action`, expected, { body });
    await act(emulator, owner, id, { resize: { flavorRef: '2' } });
    assert.notEqual(await bytes(), before);
    await act(emulator, owner, id, { revertResize: null });
    assert.equal(await bytes(), before);
    await act(emulator, owner, id, { resize: { flavorRef: '2' } });
    await control(emulator, 'POST', '/clock', { pause: true });
    await ask({ confirmResize: null }, 204);
    await ask({ confirmResize: null }, 400, 'Instance has not been resized.');
    await ask({ revertResize: null }, 400, 'Instance has not been resized.');
  });
});
