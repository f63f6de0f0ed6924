import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import {
  type Caller,
  logIn,
  type Running,
  readEvents,
  removeFolder,
  start,
  taskEnd,
  temporaryFolder,
  withEmulator,
} from '../harness.ts';
import { images, openstack, withUsers } from '../plain.ts';
import { compute, expectAnswer } from './asking.ts';
import { act, build, control, lastEvent, makeImage, settled, show, stepUntil } from './living.ts';

const rackspace = ['--profile', 'rackspace', '--speed', '1000000'];
const cloudServers = '/dfw/compute/v2/100001';
const cloudImages = '/dfw/image/v2/images';

async function withRackspace(
  use: (owner: Caller, emulator: Running, base: string) => Promise<void>,
): Promise<void> {
  await withEmulator(rackspace, async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const { json } = await owner.ask('GET', `${cloudImages}?limit=100`);
    const linux = (json['images'] as JsonObject[]).find(({ name }) => String(name).startsWith('Debian'));
    await use(owner, emulator, String(linux?.['id']));
  });
}

/** Takes an image of a server, waits, and answers it. */
async function image(
  emulator: Running,
  owner: Caller,
  id: string,
  {
    name = 'copy',
    base = cloudServers,
    list = cloudImages,
  }: { name?: string; base?: string; list?: string } = {},
): Promise<JsonObject> {
  await act(emulator, owner, id, { createImage: { name } }, base);
  const { json } = await owner.ask('GET', `${list}?name=${name}`);
  const [found] = json['images'] as JsonObject[];
  assert.ok(found);
  return found;
}

test('an image of a server has what Nova gives it', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const base = await makeImage(owner, {
      min_ram: 128,
      os_distro: 'debian',
      cache_in_nova: 'True',
      tags: ['t'],
    });
    const id = await build(emulator, owner, { imageRef: base });
    const body = {
      createImage: { name: 'copy', metadata: { a: 'b', image_location: 'z', instance_uuid: 'mine' } },
    };
    const seq = await lastEvent(emulator);
    const { headers } = await expectAnswer(owner, `POST /servers/${id}/action`, [202], { body });
    assert.match(headers.get('location') ?? '', /\/regionone\/image\/images\/[0-9a-f-]{36}$/);
    await settled(emulator, id, seq);
    const copy = String(headers.get('location')?.split('/').at(-1));
    const { json } = await owner.ask('GET', `${images}/${copy}`);
    assert.partialDeepStrictEqual(json, {
      ...{ status: 'active', visibility: 'private', disk_format: 'qcow2', container_format: 'bare' },
      ...{
        min_ram: 128,
        min_disk: 1,
        a: 'b',
        os_distro: 'debian',
        base_image_ref: base,
        instance_uuid: 'mine',
      },
      ...{ image_type: 'snapshot', image_location: 'snapshot', image_state: 'available', owner_id: '100001' },
      ...{ owner_project_name: '100001', owner_user_name: 'owner', boot_roles: 'member', tags: [] },
    });
    assert.equal(json['cache_in_nova'], undefined);
    const { json: late } = await expectAnswer(owner, `POST /servers/${id}/action`, [202], {
      body,
      version: 45,
    });
    assert.match(String(late['image_id']), /^[0-9a-f-]{36}$/);
    const many = Object.fromEntries(Array.from({ length: 129 }, (_, index) => [`k${index}`, 'v']));
    await expectAnswer(owner, `POST /servers/${id}/action`, [403, 'Image metadata limit exceeded'], {
      body: { createImage: { name: 'x', metadata: many } },
    });
  });
});

test('what a guest writes is in the VHD that an export of its image makes', async () => {
  await withRackspace(async (owner, emulator, base) => {
    const id = await build(emulator, owner, { imageRef: base, flavorRef: 'general1-1' }, cloudServers);
    const disk = `/servers/dfw/${id}/disk`;
    const text = Buffer.from('written by the guest').toString('base64');
    await control(emulator, 'POST', disk, { write: { offset: 1_048_576, base64: text } });
    await control(emulator, 'POST', disk, { write: { offset: 3_000_000, base64: text } });
    await control(emulator, 'POST', disk, { delete: { offset: 3_000_000, length: 20 } });
    assert.equal((await control(emulator, 'GET', `${disk}?offset=1048576&length=20`))['base64'], text);
    const copy = await image(emulator, owner, id);
    assert.partialDeepStrictEqual(copy, {
      ...{ status: 'active', disk_format: 'vhd', container_format: 'ovf', image_type: 'snapshot' },
      ...{ instance_uuid: id, base_image_ref: base, os_type: 'linux', 'com.rackspace__1__options': '0' },
      ...{ instance_type_flavorid: 'general1-1', instance_type_root_gb: '20' },
    });
    assert.equal(copy['com.rackspace__1__release_version'], undefined);
    const task = await owner.ask('POST', '/dfw/image/v2/tasks', {
      type: 'export',
      input: { image_uuid: String(copy['id']), receiving_swift_container: 'exports' },
    });
    assert.equal(task.status, 201, task.text);
    const ended = await taskEnd(emulator, owner, 'dfw', String(task.json['id']));
    assert.equal(ended['status'], 'success', JSON.stringify(ended));
    const container = '/dfw/object-store/v1/MossoCloudFS_100001/exports';
    const listing = (await owner.ask('GET', container)).text.trim().split('\n');
    const vhd = await owner.ask('GET', `${container}/${listing.find((name) => name.endsWith('.vhd'))}`);
    assert.ok(vhd.bytes.includes('written by the guest'));
    assert.equal(vhd.bytes.toString('latin1').split('written by the guest').length, 2);
  });
});

test('what is written after the disk was captured is not in the image', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const write = (offset: number, text: string) =>
      control(emulator, 'POST', `/servers/regionone/${id}/disk`, {
        write: { offset, base64: Buffer.from(text).toString('base64') },
      });
    await write(1024, 'before');
    await control(emulator, 'POST', '/clock', { pause: true });
    await owner.ask('POST', `${compute}/servers/${id}/action`, { createImage: { name: 'copy' } });
    await stepUntil(emulator, owner, id, 'image_pending_upload');
    await write(2048, 'after');
    await stepUntil(emulator, owner, id, null);
    await control(emulator, 'POST', '/clock', { pause: false });
    const { json } = await owner.ask('GET', `${images}?name=copy`);
    const [copy] = json['images'] as JsonObject[];
    const other = await build(emulator, owner, { imageRef: String(copy?.['id']) });
    const read = async (offset: number, length: number) => {
      const path = `/servers/regionone/${other}/disk?offset=${offset}&length=${length}`;
      return Buffer.from(String((await control(emulator, 'GET', path))['base64']), 'base64').toString();
    };
    assert.deepEqual([await read(1024, 6), await read(2048, 5)], ['before', '\0'.repeat(5)]);
  });
});

test('an image goes through queued, saving and active, and Rackspace shows how far', async () => {
  await withRackspace(async (owner, emulator, base) => {
    const id = await build(emulator, owner, { imageRef: base, flavorRef: 'general1-1' }, cloudServers);
    const seq = await lastEvent(emulator);
    await image(emulator, owner, id);
    const events = await readEvents(
      emulator,
      `after=${seq}`,
      ({ kind, data }) => kind === 'image' && data['status'] === 'active',
    );
    const statuses = events.filter(({ kind }) => kind === 'image').map(({ data }) => data['status']);
    assert.deepEqual([...new Set(statuses)], ['queued', 'saving', 'active']);
    const safe = events.filter(({ kind, data }) => kind === 'server' && data['safe'] === true);
    assert.deepEqual(
      safe.map(({ data }) => data['task_state']),
      ['image_pending_upload', 'image_uploading'],
    );
    const body = { createImage: { name: 'x', metadata: { 'com.rackspace__1__options': '1' } } };
    const refuse = (wanted: JsonObject, status: number, text: string | RegExp) =>
      expectAnswer(owner, `POST /servers/${id}/action`, [status, text], { body: wanted, base: cloudServers });
    await refuse(body, 403, "Attribute 'com.rackspace__1__options' is reserved.");
    await refuse({ createImage: {} }, 400, 'createImage entity requires name attribute');
    const many = Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`k${index}`, 'v']));
    await refuse({ createImage: { name: 'x', metadata: many } }, 413, 'Image metadata limit exceeded');
    await control(emulator, 'POST', '/clock', { pause: true });
    await expectAnswer(owner, `POST /servers/${id}/action`, [202], {
      body: { createImage: { name: 'y' } },
      base: cloudServers,
    });
    await refuse(
      { createImage: { name: 'z' } },
      409,
      /Cannot 'createImage' while instance is in task_state image_snapshot/,
    );
  });
});

test('an image that is deleted meanwhile frees the server, and a deleted server takes its image along', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    await control(emulator, 'POST', '/clock', { pause: true });
    const begin = async () => {
      const { json } = await owner.ask(
        'POST',
        `${compute}/servers/${id}/action`,
        { createImage: { name: 'x' } },
        { 'openstack-api-version': 'compute 2.45' },
      );
      return String(json['image_id']);
    };
    const first = await begin();
    assert.equal((await owner.ask('DELETE', `${images}/${first}`)).status, 204);
    const seq = await lastEvent(emulator);
    await control(emulator, 'POST', '/clock', { pause: false });
    assert.equal((await settled(emulator, id, seq)).at(-1), 'ACTIVE null');
    await control(emulator, 'POST', '/clock', { pause: true });
    const second = await begin();
    assert.equal((await owner.ask('DELETE', `${compute}/servers/${id}`)).status, 204);
    const then = await lastEvent(emulator);
    await control(emulator, 'POST', '/clock', { pause: false });
    await readEvents(
      emulator,
      `after=${then - 3}`,
      ({ kind, data }) => kind === 'image' && data['id'] === second && data['action'] === 'delete',
    );
    assert.equal((await owner.ask('GET', `${images}/${second}`)).status, 404);
  });
});

test('a disk that is too large fails, is reclaimed, and Support helps', async () => {
  await withRackspace(async (owner, emulator, base) => {
    const id = await build(emulator, owner, { imageRef: base, flavorRef: 'general1-2' }, cloudServers);
    const disk = `/servers/dfw/${id}`;
    await control(emulator, 'POST', `${disk}/disk`, { write: { gb: 20 } });
    await image(emulator, owner, id, { name: 'first' });
    await control(emulator, 'POST', `${disk}/disk`, { delete: { gb: 19 } });
    await control(emulator, 'POST', `${disk}/disk`, { write: { gb: 19 } });
    const before = await control(emulator, 'GET', `${disk}/disk`);
    assert.ok(Number(before['chain_gb']) > 40 && Number(before['vhd_gb']) < 40, JSON.stringify(before));
    const failed = await image(emulator, owner, id, { name: 'second' });
    assert.equal(failed['status'], 'killed');
    assert.equal((await control(emulator, 'GET', `${disk}/disk`))['failures'], 1);
    const again = await image(emulator, owner, id, { name: 'third' });
    assert.equal(again['status'], 'killed');
    await control(emulator, 'POST', '/clock', { step: 31 * 60_000 });
    assert.ok(Number((await control(emulator, 'GET', `${disk}/disk`))['chain_gb']) < 40);
    assert.equal((await image(emulator, owner, id, { name: 'fourth' }))['status'], 'active');
    const after = await control(emulator, 'POST', `${disk}/coalesce`, {});
    assert.equal(after['failures'], 0);
  });
});

test('of a host three images are made at once, the others in the order they came', async () => {
  await withEmulator([...openstack, '--seed', 'demo'], async (emulator) => {
    const admin = await logIn(emulator.url, 'admin');
    const owner = await logIn(emulator.url, 'owner');
    await admin.ask('PUT', `${compute}/os-quota-sets/100001`, { quota_set: { instances: 50, cores: 50 } });
    const base = await makeImage(owner);
    const ids = await Promise.all(
      Array.from({ length: 8 }, (_, index) => build(emulator, owner, { name: `s${index}`, imageRef: base })),
    );
    const seq = await lastEvent(emulator);
    await control(emulator, 'POST', '/clock', { pause: true });
    for (const id of ids)
      await expectAnswer(owner, `POST /servers/${id}/action`, [202], {
        body: { createImage: { name: `of ${id}` } },
      });
    await readEvents(
      emulator,
      `after=${seq}`,
      countEvents(3, ({ task_state: task }) => task === 'image_snapshot'),
    );
    const pending = await Promise.all(
      ids.map(async (id) => (await show(owner, id))['OS-EXT-STS:task_state']),
    );
    assert.equal(pending.filter((task) => task === 'image_snapshot').length, 3);
    await control(emulator, 'POST', '/clock', { pause: false });
    const done = countEvents(8, ({ task_state: task, status }) => task === null && status === 'ACTIVE');
    const events = await readEvents(emulator, `after=${seq}`, done);
    const begun = events
      .filter(({ kind, data }) => kind === 'server' && data['task_state'] === 'image_snapshot')
      .map(({ data }) => String(data['id']));
    assert.deepEqual(begun, ids);
  });
});

function countEvents(count: number, counts: (data: JsonObject) => boolean) {
  let seen = 0;
  return ({ kind, data }: { kind: string; data: JsonObject }) => {
    if (kind === 'server' && counts(data)) seen += 1;
    return seen >= count;
  };
}

test('an imaging goes on where a killed emulator left it', async () => {
  const data = temporaryFolder();
  try {
    let emulator = await start(data, ...openstack);
    let owner = await logIn(emulator.url, 'owner');
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    for (const task of ['image_snapshot', 'image_uploading']) {
      await control(emulator, 'POST', '/clock', { speed: 300 });
      const seq = await lastEvent(emulator);
      await expectAnswer(owner, `POST /servers/${id}/action`, [202], {
        body: { createImage: { name: task } },
      });
      await readEvents(
        emulator,
        `after=${seq}`,
        ({ kind, data: told }) => kind === 'server' && told['task_state'] === task,
      );
      await emulator.end('SIGKILL');
      emulator = await start(data, ...openstack);
      owner = await logIn(emulator.url, 'owner');
      assert.equal((await settled(emulator, id, seq)).at(-1), 'ACTIVE null');
      const { json } = await owner.ask('GET', `${images}?name=${task}`);
      assert.equal((json['images'] as JsonObject[])[0]?.['status'], 'active');
    }
    await emulator.end();
  } finally {
    removeFolder(data);
  }
});

test('images are made every day, and the oldest go', async () => {
  await withRackspace(async (owner, emulator, base) => {
    const id = await build(emulator, owner, { imageRef: base, flavorRef: 'general1-1' }, cloudServers);
    const path = `/servers/${id}/rax-si-image-schedule`;
    await expectAnswer(owner, `GET ${path}`, [404], { base: cloudServers });
    await expectAnswer(owner, `POST ${path}`, [400], {
      body: { image_schedule: { retention: 0 } },
      base: cloudServers,
    });
    await expectAnswer(owner, `POST ${path}`, [200, { image_schedule: { retention: 2 } }], {
      body: { image_schedule: { retention: 2 } },
      base: cloudServers,
    });
    for (let day = 0; day < 3; day++) {
      const seq = await lastEvent(emulator);
      await control(emulator, 'POST', '/clock', { step: 24 * 60 * 60_000 + 1000 });
      await readEvents(
        emulator,
        `after=${seq}`,
        ({ kind, data }) => kind === 'image' && data['status'] === 'active',
      );
      await settled(emulator, id, seq);
    }
    const late = await logIn(emulator.url, 'owner'); // the token has expired
    const { json } = await late.ask('GET', `${cloudImages}?visibility=private`);
    const names = (json['images'] as JsonObject[]).map(({ name }) => String(name));
    assert.equal(names.length, 2);
    for (const name of names) assert.match(name, /^Daily-web-\d{10}$/);
    for (const made of json['images'] as JsonObject[])
      assert.equal(made['org.openstack__1__created_by'], 'scheduled_images_service');
    await expectAnswer(late, `DELETE ${path}`, [202], { base: cloudServers });
    await expectAnswer(late, `GET ${path}`, [404], { base: cloudServers });
  });
});

test('a domain controller’s image builds no server, and an appliance keeps its name', async () => {
  await withRackspace(async (owner, emulator, base) => {
    const id = await build(emulator, owner, { imageRef: base, flavorRef: 'general1-1' }, cloudServers);
    const disk = `/servers/dfw/${id}/disk`;
    await control(emulator, 'POST', disk, { roles: ['domain_controller'] });
    const copy = await image(emulator, owner, id, { name: 'dc' });
    const failed = await build(
      emulator,
      owner,
      { imageRef: String(copy['id']), flavorRef: 'general1-1' },
      cloudServers,
    );
    const server = await show(owner, failed, cloudServers);
    assert.equal(server['status'], 'ERROR');
    assert.match(String((server['fault'] as JsonObject)['message']), /Demote the domain controller/);
    await control(emulator, 'POST', disk, { roles: ['virtual_appliance'] });
    const appliance = await image(emulator, owner, id, { name: 'appliance' });
    const address = (shown: JsonObject) => JSON.stringify(shown['addresses']).match(/10\.77\.\d+\.\d+/)?.[0];
    const kept = await build(
      emulator,
      owner,
      { name: 'other', imageRef: String(appliance['id']), flavorRef: 'general1-1' },
      cloudServers,
    );
    assert.equal(
      address(await show(owner, kept, cloudServers)),
      address(await show(owner, id, cloudServers)),
    );
  });
});
