import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { ask, logIn, patchType, temporaryFolder, withEmulator } from './harness.ts';
import { create, images, upload, withUsers } from './plain.ts';

/** Requests at the edge of what is taken, and by those who are nearly allowed. */

const listed = (json: JsonObject): JsonObject[] => json['images'] as JsonObject[];

test('the tasks of an account are seen by itself alone', async () => {
  await withEmulator([], async ({ url }) => {
    const [owner, partner] = [await logIn(url, 'owner'), await logIn(url, 'partner')];
    const tasks = '/dfw/image/v2/tasks';
    const input = { import_from: 'exports/x.vhd', image_properties: { name: 'x' } };
    const made = await owner.ask('POST', tasks, { type: 'import', input });
    assert.equal(made.status, 201, made.text);
    const own = (await owner.ask('GET', tasks)).json['tasks'] as JsonObject[];
    assert.deepEqual(
      own.map(({ id }) => id),
      [made.json['id']],
    );
    assert.deepEqual((await partner.ask('GET', tasks)).json['tasks'], []);
    assert.equal((await partner.ask('GET', `${tasks}/${String(made.json['id'])}`)).status, 404);
  });
});

test('at Rackspace a colon in an id or a name is no operator', async () => {
  await withEmulator([], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    for (const name of ['id', 'name']) {
      const { status, json } = await owner.ask('GET', `/dfw/image/v2/images?${name}=urn:x`);
      assert.deepEqual([status, json['images']], [200, []], name);
    }
  });
});

test('a path is the same however its letters are written', async () => {
  await withEmulator([], async ({ url }) => {
    for (const path of ['/%64fw/image/versions', '/dfw/%69mage/versions?a=/b', '/emulator/%68ealth'])
      assert.equal((await ask(url, 'GET', path)).status, 200, path);
    assert.equal((await ask(url, 'GET', '/%64fv/image/versions')).status, 404);
    assert.equal((await ask(url, 'DELETE', '/%64fw/image/versions')).status, 405);
  });
});

test('images at the edges of quotas, filters, ranges and owners', async () => {
  await withUsers(async ({ owner, partner, admin }, { url, token }) => {
    const tags = Array.from({ length: 128 }, (_, at) => `t${at}`);
    const full = await create(owner, { name: 'full', tags });
    const updated = async () => (await owner.ask('GET', `${images}/${full}`)).json['updated_at'];
    const before = await updated();
    const authorization = `Bearer ${token}`;
    await ask(url, 'POST', '/emulator/clock', { step: 60_000 }, { authorization });
    assert.equal((await owner.ask('PUT', `${images}/${full}/tags/t7`)).status, 204, 'it is there');
    assert.equal(await updated(), before, 'nothing has changed');
    assert.equal((await owner.ask('PUT', `${images}/${full}/tags/t128`)).status, 413);

    const shown = await create(partner, { name: 'community', visibility: 'community' });
    assert.equal((await owner.ask('GET', `${images}/${shown}`)).status, 200);
    const hidden = await create(partner, { name: 'private', visibility: 'private' });
    assert.equal((await owner.ask('GET', `${images}/${hidden}`)).status, 404);
    const rename = [{ op: 'replace', path: '/name', value: 'new' }];
    assert.equal((await admin.ask('PATCH', `${images}/${hidden}`, rename, patchType)).status, 200);
    assert.equal((await owner.ask('PATCH', `${images}/${shown}`, rename, patchType)).status, 403);

    const { json } = await owner.ask('GET', `${images}/${full}`);
    const since = (operator: string) =>
      owner.ask('GET', `${images}?id=${full}&created_at=${operator}:${String(json['created_at'])}`);
    const counts = await Promise.all(
      ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'].map(async (operator) => [
        operator,
        listed((await since(operator)).json).length,
      ]),
    );
    assert.deepEqual(Object.fromEntries(counts), { gt: 0, gte: 1, lt: 0, lte: 1, eq: 1, neq: 0 });

    await upload(owner, full, Buffer.from('0123456789'));
    const part = await owner.ask('GET', `${images}/${full}/file`, undefined, { range: 'bytes=-1000' });
    assert.deepEqual([part.status, part.text], [206, '0123456789']);

    const id = randomUUID();
    const made = await owner.ask('POST', images, { id: id.toUpperCase(), name: 'capitals' });
    assert.equal(made.json['id'], id);
  });
});

test('two ranges that overlap twice are served, a third one not', async () => {
  await withEmulator([], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const container = '/dfw/object-store/v1/MossoCloudFS_100001/ranges';
    await owner.ask('PUT', container);
    await owner.ask('PUT', `${container}/o`, Buffer.from('0123456789'.repeat(4)));
    const get = (range: string) => owner.ask('GET', `${container}/o`, undefined, { range });
    assert.equal((await get('bytes=0-5,3-8,5-7')).status, 206);
    assert.equal((await get('bytes=0-9,1-8,2-7')).status, 416);
  });
});

test('of two rules of a property protection that match, the first decides', async () => {
  const config = join(temporaryFolder(), 'protected.json');
  const open = { create: ['@'], read: ['@'], update: ['@'], delete: ['@'] };
  const closed = { create: ['!'], read: ['!'], update: ['!'], delete: ['!'] };
  const propertyProtection = [
    { match: 'x_', ...open },
    { match: 'x_secret', ...closed },
  ];
  writeFileSync(config, JSON.stringify({ emulator: { propertyProtection } }));
  await withUsers(
    async ({ owner }) => {
      const { status, json } = await owner.ask('POST', images, { x_secret: 'v' });
      assert.deepEqual([status, json['x_secret']], [201, 'v']);
    },
    '--config',
    config,
  );
});
