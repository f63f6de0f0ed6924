import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import type { Caller, Running } from '../harness.ts';
import { create, images, withUsers } from '../plain.ts';
import { make } from '../volumesHarness.ts';
import { compute, expectAnswer } from './asking.ts';
import { act, build, control, lastEvent, makeImage, settled, show, stepUntil } from './living.ts';

const volumes = '/regionone/volume/v3/volumes';

async function listNames(as: Caller, name: string): Promise<number> {
  return ((await as.ask('GET', `${images}?name=${name}`)).json['images'] as JsonObject[]).length;
}

test('the image of a shelved server is known by its id, not by what anybody may call an image', async () => {
  await withUsers(async ({ owner, partner }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    await act(emulator, owner, id, { shelve: null });
    await owner.ask('PUT', `${compute}/servers/${id}`, { server: { name: 'db' } });
    for (const who of [owner, partner])
      await create(who, { name: 'db-shelved', instance_uuid: id, visibility: 'private' });
    await act(emulator, owner, id, { unshelve: null });
    assert.equal(await listNames(owner, 'web-shelved'), 0);
    assert.deepEqual([await listNames(owner, 'db-shelved'), await listNames(partner, 'db-shelved')], [1, 1]);
  });
});

test('a backup removes neither the images of other projects nor protected ones', async () => {
  await withUsers(async ({ owner, partner }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const backup = { backup_type: 'daily', instance_uuid: id, visibility: 'private' };
    await create(partner, { name: 'theirs', ...backup });
    await create(owner, { name: 'kept', protected: true, ...backup });
    await create(owner, { name: 'old', ...backup });
    await act(emulator, owner, id, { createBackup: { name: 'new', backup_type: 'daily', rotation: 1 } });
    const left = ['kept', 'old', 'new'].map((name) => listNames(owner, name));
    assert.deepEqual([await listNames(partner, 'theirs'), ...(await Promise.all(left))], [1, 1, 0, 1]);
  });
});

test('a deletion is begun once, whatever an administrator says of the state, and ends in its record', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const seq = await lastEvent(emulator);
    await control(emulator, 'POST', '/clock', { pause: true });
    await expectAnswer(owner, `DELETE /servers/${id}`, [204]);
    const body = { 'os-resetState': { state: 'active' } };
    await expectAnswer(admin, `POST /servers/${id}/action`, [202], { body });
    await expectAnswer(owner, `DELETE /servers/${id}`, [204]);
    await control(emulator, 'POST', '/clock', { pause: false });
    await settled(emulator, id, seq);
    const path = `/servers/${id}/os-instance-actions`;
    const { json } = await expectAnswer(owner, `GET ${path}`, [200], { version: 51 });
    const [last] = json['instanceActions'] as JsonObject[];
    const one = await expectAnswer(owner, `GET ${path}/${String(last?.['request_id'])}`, [200], {
      version: 51,
    });
    assert.partialDeepStrictEqual(one.json, {
      instanceAction: { action: 'delete', events: [{ result: 'Success' }] },
    });
  });
});

const blank = { boot_index: -1, source_type: 'blank', destination_type: 'volume', volume_size: 1 };

/** Begins a server with such a volume while the clock stands still. Answers both. */
async function beginWithVolume(emulator: Running, owner: Caller, more: JsonObject = {}) {
  await control(emulator, 'POST', '/clock', { pause: true });
  const image = await makeImage(owner);
  const root = { boot_index: 0, source_type: 'image', destination_type: 'local', uuid: image };
  const { json, status, text } = await owner.ask('POST', `${compute}/servers`, {
    server: {
      ...{ name: 'web', flavorRef: '1', imageRef: image },
      block_device_mapping_v2: [root, { ...blank, ...more }],
    },
  });
  assert.equal(status, 202, text);
  const made = (await owner.ask('GET', volumes)).json['volumes'] as JsonObject[];
  return { server: String((json['server'] as JsonObject)['id']), volume: String(made[0]?.['id']) };
}

test('a server that is deleted while it is built takes along the volumes that were made for it', async () => {
  await withUsers(async ({ owner }, emulator) => {
    for (const [goes, left] of [
      [true, 0],
      [false, 1],
    ] as const) {
      const { server } = await beginWithVolume(emulator, owner, { delete_on_termination: goes });
      const seq = await lastEvent(emulator);
      await expectAnswer(owner, `DELETE /servers/${server}`, [204]);
      await settled(emulator, server, seq);
      await control(emulator, 'POST', '/clock', { step: '1h' });
      const { json } = await owner.ask('GET', volumes);
      assert.equal((json['volumes'] as JsonObject[]).length, left);
    }
  });
});

test('a server waits for a volume whose image is still being copied', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const { server, volume } = await beginWithVolume(emulator, owner);
    const say = async (status: string) => {
      const { text } = await admin.ask('POST', `${volumes}/${volume}/action`, {
        'os-reset_status': { status },
      });
      assert.equal(text, '');
    };
    const wait = (task: string | null) => stepUntil(emulator, owner, server, task);
    await wait('block_device_mapping');
    await say('downloading');
    for (const _ of [1, 2, 3]) await control(emulator, 'POST', '/clock', { step: 'next' });
    assert.equal((await show(owner, server))['OS-EXT-STS:task_state'], 'block_device_mapping');
    await say('available');
    await wait('spawning');
    await wait(null);
    assert.equal((await show(owner, server))['status'], 'ACTIVE');
  });
});

test('who says to the volume service that a volume is at a server gives it to nobody', async () => {
  await withUsers(async ({ owner, partner }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const made = await partner.ask('POST', volumes, { volume: { size: 1 } });
    assert.equal(made.status, 202, made.text);
    const volume = String((made.json['volume'] as JsonObject)['id']);
    const body = { 'os-attach': { instance_uuid: id, mountpoint: '/dev/vdb' } };
    assert.equal((await partner.ask('POST', `${volumes}/${volume}/action`, body)).status, 202);
    assert.deepEqual((await show(owner, id))['os-extended-volumes:volumes_attached'], []);
  });
});

test('a server whose disk cannot be read ends in ERROR, and nothing is left half done', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const content = join(emulator.data, 'blobs');
    for (const name of readdirSync(content))
      if (statSync(join(content, name)).size === 'a small disk'.length) rmSync(join(content, name));
    await act(emulator, owner, id, { shelve: null });
    const server = await show(owner, id);
    assert.partialDeepStrictEqual(server, { status: 'ERROR', 'OS-EXT-STS:task_state': null });
    assert.match(JSON.stringify(server['fault']), /The disk of the server could not be read/);
    assert.equal(await listNames(owner, 'web-shelved'), 0);
  });
});

test('a time without a zone is UTC, wherever the emulator runs', async () => {
  process.env['TZ'] = 'Pacific/Kiritimati'; // fourteen hours ahead
  await withUsers(async ({ owner }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const { updated } = await show(owner, id);
    const time = Date.parse(String(updated));
    const write = (at: number) => new Date(at).toISOString().slice(0, 19);
    const list = async (query: string) =>
      (await expectAnswer(owner, `GET /servers?${query}`, [200])).json['servers'] as JsonObject[];
    assert.equal((await list(`changes-since=${write(time - 1000)}`)).length, 1);
    assert.equal((await list(`changes-since=${write(time + 1000)}`)).length, 0);
  });
  delete process.env['TZ'];
});

test('a server is shown as it is after an earlier state was brought back', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    await control(emulator, 'POST', '/snapshots', { name: 'before' });
    const rename = async (name: string) => {
      await owner.ask('PUT', `${compute}/servers/${id}`, { server: { name } });
      return (await show(owner, id))['name'];
    };
    assert.equal(await rename('one'), 'one');
    await control(emulator, 'POST', '/snapshots/before/restore');
    assert.equal(await rename('two'), 'two');
  });
});

test('an account that goes gives back the volumes of others', async () => {
  await withUsers(async ({ partner, admin }, emulator) => {
    const id = await build(emulator, partner, { imageRef: await makeImage(partner) });
    const volume = await make(emulator, admin, 'volume', { size: 1 });
    const status = async () => {
      const { json, text } = await admin.ask('GET', `${volumes}/${volume}`);
      assert.ok(json['volume'], text);
      return (json['volume'] as JsonObject)['status'];
    };
    const body = { volumeAttachment: { volumeId: volume } };
    await expectAnswer(admin, `POST /servers/${id}/os-volume_attachments`, [200], { body });
    assert.equal(await status(), 'in-use');
    await control(emulator, 'DELETE', '/accounts/100002');
    assert.equal(await status(), 'available');
  });
});
