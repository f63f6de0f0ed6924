import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import { type Caller, logIn, patchType, removeFolder, temporaryFolder, withEmulator } from '../harness.ts';
import { create, images, upload, withUsers } from '../plain.ts';
import { expectAnswer } from './asking.ts';

const named = (json: JsonObject) => (json['images'] as JsonObject[]).map(({ name }) => name).sort();
const server = '6d1f4dd2-0f35-4c4a-8f0f-7f4d4e8f0a11';

test('Nova shows images with its own states', async () => {
  await withUsers(async ({ owner }) => {
    const id = await create(owner, {
      name: 'a',
      min_disk: 3,
      min_ram: 5,
      mine: 'x',
      auto_disk_config: 'yes',
    });
    const show = async (expected: JsonObject) =>
      (await expectAnswer(owner, `GET /images/${id}`, [200, { image: expected }])).json[
        'image'
      ] as JsonObject;
    const queued = await show({
      ...{ id, name: 'a', minDisk: 3, minRam: 5, status: 'SAVING', progress: 25 },
      metadata: { mine: 'x', auto_disk_config: 'yes' },
      'OS-EXT-IMG-SIZE:size': 0,
      'OS-DCF:diskConfig': 'AUTO',
    });
    assert.equal(queued['server'], undefined);
    assert.match(
      JSON.stringify(queued['links']),
      /compute\/v2.1\/images\/.*compute\/images\/.*alternate.*image\/images\//,
    );
    await upload(owner, id, Buffer.from('data'));
    await show({ status: 'ACTIVE', progress: 100, 'OS-EXT-IMG-SIZE:size': 4 });
    await owner.ask('POST', `${images}/${id}/actions/deactivate`);
    await show({ status: 'UNKNOWN', progress: 0 });
    await expectAnswer(owner, `GET /images/${id}`, [404, 'The resource could not be found.'], {
      version: 36,
    });
    await expectAnswer(owner, `GET /images/${server}`, [404, 'Image not found.']);
  });
});

test('Nova lists images in pages, and by server, type, name and property', async () => {
  await withUsers(
    async ({ owner, partner }) => {
      const snapshot = { instance_uuid: server, image_type: 'snapshot' };
      await create(owner, { name: 'one', mine: 'yes', min_ram: 7 });
      await create(owner, { name: 'two', os_distro: 'debian', ...snapshot });
      const third = await create(owner, { name: 'three', visibility: 'private' });
      await create(partner, { name: 'foreign', visibility: 'private' });
      await upload(owner, third, Buffer.from('x'));
      const lists: [string, string[]][] = [
        ['', ['one', 'three', 'two']],
        ['?name=one', ['one']],
        ['?status=ACTIVE', ['three']],
        ['?status=queued', ['one', 'two']],
        ['?status=SAVING', []],
        [`?server=${server}`, ['two']],
        [`?server=http://compute/v2.1/servers/${server}`, ['two']],
        ['?type=snapshot', ['two']],
        ['?property-mine=yes', ['one']],
        ['?property-os_distro=debian', []], // s_distro is asked for, as Nova does
        ['?minRam=7', ['one']],
        ['?changes-since=2100-01-01T00:00:00Z', []],
        ['?nonsense=1&limit=0', ['one', 'three', 'two']],
      ];
      for (const [query, expected] of lists)
        for (const path of ['/images', '/images/detail']) {
          const { json } = await expectAnswer(owner, `GET ${path}${query}`, [200]);
          assert.deepEqual(named(json), expected, query);
          assert.equal(json['images_links'], undefined);
        }
      const page = await expectAnswer(owner, 'GET /images/detail?limit=2', [200]);
      const [, last] = page.json['images'] as JsonObject[];
      assert.match(
        JSON.stringify(page.json['images_links']),
        new RegExp(`images/detail\\?limit=2&marker=${String(last?.['id'])}`),
      );
      const rest = await expectAnswer(owner, `GET /images?limit=2&marker=${String(last?.['id'])}`, [200]);
      assert.equal(named(rest.json).length, 1);
      const detail = await expectAnswer(owner, `GET /images/detail?server=${server}`, [200]);
      const [shown] = detail.json['images'] as JsonObject[];
      assert.partialDeepStrictEqual(shown, { server: { id: server }, metadata: snapshot });
      for (const [query, text] of [
        ['limit=-1', 'Invalid input received: limit must be >= 0'],
        ['limit=x', 'Invalid input received: limit must be an integer'],
        [`marker=${server}`, `HTTP 400 Bad Request: No image found with ID ${server}`],
      ] as const)
        await expectAnswer(owner, `GET /images?${query}`, [400, text]);
    },
    '--seed',
    'empty',
  );
});

test('Nova deletes images of one’s own that are not protected', async () => {
  await withUsers(async ({ owner, partner, reader }) => {
    const id = await create(owner, { name: 'a', visibility: 'community', protected: true });
    const refused = 'You are not allowed to delete the image.';
    for (const who of [owner, partner, reader])
      await expectAnswer(who, `DELETE /images/${id}`, [403, refused]);
    await owner.ask(
      'PATCH',
      `${images}/${id}`,
      [{ op: 'replace', path: '/protected', value: false }],
      patchType,
    );
    await expectAnswer(owner, `DELETE /images/${id}`, [204]);
    await expectAnswer(owner, `DELETE /images/${id}`, [404, 'Image not found.']);
    const hidden = await create(owner, { name: 'b', visibility: 'private' });
    await expectAnswer(partner, `DELETE /images/${hidden}`, [404]);
  });
});

test('metadata of an image are its custom properties', async () => {
  await withUsers(async ({ owner, partner }) => {
    const id = await create(owner, { name: 'a', visibility: 'community', a: '1', b: '2' });
    const path = `/images/${id}/metadata`;
    const all = async () => (await expectAnswer(owner, `GET ${path}`, [200])).json['metadata'];
    assert.deepEqual(await all(), { a: '1', b: '2' });
    await expectAnswer(owner, `GET ${path}/a`, [200, { meta: { a: '1' } }]);
    await expectAnswer(owner, `GET ${path}/c`, [404, 'The resource could not be found.']);
    const merged = await expectAnswer(owner, `POST ${path}`, [200], {
      body: { metadata: { b: '3', min_disk: '9' } },
    });
    assert.deepEqual(merged.json, { metadata: { a: '1', b: '3' } }, 'attributes are passed over');
    await expectAnswer(owner, `PUT ${path}`, [200, { metadata: { c: '4' } }], {
      body: { metadata: { c: '4' } },
    });
    assert.deepEqual(await all(), { c: '4' });
    await expectAnswer(owner, `PUT ${path}/d`, [200, { meta: { d: '5' } }], { body: { meta: { d: '5' } } });
    await expectAnswer(owner, `PUT ${path}/d`, [400, 'Request body and URI mismatch'], {
      body: { meta: { e: '5' } },
    });
    await expectAnswer(owner, `DELETE ${path}/c`, [204]);
    await expectAnswer(owner, `DELETE ${path}/c`, [404, 'Invalid metadata key']);
    assert.deepEqual(await all(), { d: '5' });
    const notAuthorized = `Not authorized for image ${id}.`;
    await expectAnswer(owner, `PUT ${path}/os_glance_x`, [403, notAuthorized], {
      body: { meta: { os_glance_x: 'y' } },
    });
    await expectAnswer(partner, `POST ${path}`, [403, notAuthorized], { body: { metadata: { x: 'y' } } });
    await expectAnswer(owner, `POST ${path}`, [400, /metadata/], { body: {} });
    await expectAnswer(owner, `POST ${path}`, [400, /is not of type 'string'/], {
      body: { metadata: { x: 1 } },
    });
    const many = Object.fromEntries(Array.from({ length: 128 }, (_, at) => [`k${at}`, 'v']));
    await expectAnswer(owner, `POST ${path}`, [403, 'Image metadata limit exceeded'], {
      body: { metadata: many },
    });
    await expectAnswer(owner, `GET ${path}`, [200], { version: 38 });
    await expectAnswer(owner, `GET ${path}`, [404], { version: 39 });
  });
});

test('what is protected for administrators is open through Nova, and what is for nobody is not', async () => {
  const folder = temporaryFolder();
  const config = join(folder, '.cloud-images.json');
  const all = { create: ['@'], read: ['@'], update: ['@'], delete: ['@'] };
  const rules = [
    { match: 'admin_', create: ['admin'], read: ['admin'], update: ['admin'], delete: ['admin'] },
    { match: 'never_', create: ['!'], read: ['@'], update: ['!'], delete: ['!'] },
    { match: '.*', ...all },
  ];
  writeFileSync(config, JSON.stringify({ emulator: { propertyProtection: rules } }));
  await withUsers(
    async ({ owner }) => {
      const id = await create(owner, { name: 'a', mine: '1' });
      const path = `/images/${id}/metadata`;
      const body = { metadata: { admin_x: 'y' } };
      await expectAnswer(owner, `POST ${path}`, [200, { metadata: { admin_x: 'y', mine: '1' } }], { body });
      assert.equal(
        (await owner.ask('GET', `${images}/${id}`)).json['admin_x'],
        undefined,
        'hidden by Glance',
      );
      await expectAnswer(owner, `POST ${path}`, [403, `Not authorized for image ${id}.`], {
        body: { metadata: { never_x: 'y' } },
      });
    },
    '--config',
    config,
  );
  removeFolder(folder);
});

test('at Rackspace metadata are properties: protected names are refused, and 40 are the most', async () => {
  const folder = temporaryFolder();
  const config = join(folder, '.cloud-images.json');
  writeFileSync(config, JSON.stringify({ emulator: { open: ['create'] } }));
  await withEmulator(['--config', config], async ({ url }) => {
    const owner: Caller = await logIn(url, 'owner');
    const observer = await logIn(url, 'observer');
    const base = '/dfw/compute/v2/100001';
    const made = await owner.ask('POST', '/dfw/image/v2/images', { name: 'a', org_x: '1', CamelCase: 'Y' });
    assert.equal(made.status, 201, made.text);
    const id = String(made.json['id']);
    const path = `/images/${id}/metadata`;
    const set = (metadata: JsonObject) => ({ base, body: { metadata } });
    await expectAnswer(owner, `GET ${path}`, [200, { metadata: { org_x: '1', CamelCase: 'Y' } }], { base });
    for (const name of ['com.rackspace__1__options', 'os_type', 'user_id', 'image_type'])
      await expectAnswer(
        owner,
        `POST ${path}`,
        [403, `Not authorized for image ${id}.`],
        set({ [name]: 'x' }),
      );
    await expectAnswer(observer, `POST ${path}`, [403], set({ org_y: '2' }));
    await expectAnswer(owner, `POST ${path}`, [200, { metadata: { org_y: '2' } }], set({ org_y: '2' }));
    const many = Object.fromEntries(Array.from({ length: 38 }, (_, at) => [`k${at}`, 'v']));
    await expectAnswer(owner, `POST ${path}`, [413, 'Image metadata limit exceeded'], set(many));
    const base2 = await expectAnswer(owner, 'GET /images/detail?type=BASE&limit=3', [200], { base });
    const [first] = base2.json['images'] as JsonObject[];
    const metadata = first?.['metadata'] as JsonObject;
    assert.equal(metadata['image_type'], 'base');
    await expectAnswer(owner, `DELETE /images/${String(first?.['id'])}/metadata/image_type`, [403], { base });
  });
  removeFolder(folder);
});
