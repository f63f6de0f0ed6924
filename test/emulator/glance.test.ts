import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import {
  type Answer,
  ask,
  type Caller,
  logIn,
  patchType,
  readEvents,
  start,
  temporaryFolder,
} from './harness.ts';
import { base, bytesType, create, images, openstack, upload, withUsers } from './plain.ts';

test('an image is created with what is asked and Glance’s defaults', async () => {
  await withUsers(async ({ owner }, { url }) => {
    const id = '11111111-2222-4333-8444-555555555555';
    const made = await owner.ask('POST', images, {
      id,
      name: 'web',
      tags: ['b', 'a', 'b'],
      'owner_specified.openstack.md5': '',
      os_hash_value: 'mine',
    });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.headers.get('location'), `${url}${images}/${id}`);
    assert.equal(made.headers.get('openstack-image-import-methods'), 'glance-direct,web-download,copy-image');
    assert.equal(made.headers.get('openstack-image-store-ids'), 'fast,slow');
    const { created_at, updated_at, tags, ...rest } = made.json;
    assert.equal(created_at, updated_at);
    assert.deepEqual([...(tags as string[])].sort(), ['a', 'b']);
    assert.deepEqual(rest, {
      'owner_specified.openstack.md5': '',
      name: 'web',
      disk_format: null,
      container_format: null,
      visibility: 'shared',
      size: null,
      virtual_size: null,
      status: 'queued',
      checksum: null,
      protected: false,
      min_ram: 0,
      min_disk: 0,
      owner: '100001',
      os_hidden: false,
      os_hash_algo: null,
      os_hash_value: null,
      id,
      self: `/v2/images/${id}`,
      file: `/v2/images/${id}/file`,
      schema: '/v2/schemas/image',
    });
    assert.equal((await owner.ask('POST', images, { id })).status, 409);
    assert.equal((await owner.ask('DELETE', `${images}/${id}`)).status, 204);
    assert.equal((await owner.ask('POST', images, { id })).status, 409, 'nor is an id given twice');
  });
});

test('what create refuses, and with which status', async () => {
  await withUsers(async ({ owner, admin, reader }) => {
    const many = Object.fromEntries(Array.from({ length: 129 }, (_, at) => [`p${at}`, '']));
    const cases: readonly [number, Json][] = [
      [400, { name: 'x'.repeat(256) }],
      [400, { name: 7 }],
      [400, { tags: ['x'.repeat(256)] }],
      [400, { tags: 'web' }],
      [400, { id: 'web' }],
      [400, { disk_format: 'floppy' }],
      [400, { container_format: 'box' }],
      [400, { min_disk: -1 }],
      [400, { min_ram: 2 ** 31 }],
      [400, { visibility: 'secret' }],
      [400, { count: 3 }],
      [400, { nothing: null }],
      [400, { ['x'.repeat(256)]: '' }],
      [400, ['web']],
      [403, { status: 'active' }],
      [403, { size: 3 }],
      [403, { checksum: 'x' }],
      [403, { created_at: 'now' }],
      [403, { self: '/' }],
      [403, { location: 'file:///etc/passwd' }],
      [400, { deleted: true }],
      [403, { deleted: 'x' }],
      [403, { os_glance_import_task: 'x' }],
      [403, { visibility: 'public' }],
      [403, { owner: '100002' }],
      [413, many],
      [413, { tags: Array.from({ length: 129 }, (_, at) => `t${at}`) }],
    ];
    for (const [status, body] of cases) {
      const { status: answered, text } = await owner.ask('POST', images, body);
      assert.equal(answered, status, `${JSON.stringify(body).slice(0, 80)} → ${text}`);
    }
    assert.equal((await owner.ask('POST', images)).status, 400);
    assert.equal((await owner.ask('POST', images, Buffer.from('{"name":'))).status, 400);
    assert.equal((await reader.ask('POST', images, {})).status, 403);
    const made = await admin.ask('POST', images, { visibility: 'public', owner: '100002' });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.json['owner'], '100002');
    const { json } = await owner.ask('GET', `${images}?limit=1000`);
    assert.deepEqual(
      (json['images'] as JsonObject[]).filter(({ owner: of }) => of === '100001'),
      [],
      'nothing of what was refused is there',
    );
  });
});

test('data is uploaded once, and downloaded whole or by one range', async () => {
  await withUsers(async ({ owner, partner, reader }) => {
    const id = await create(owner);
    const file = `${images}/${id}/file`;
    const empty = await owner.ask('GET', file);
    assert.deepEqual([empty.status, empty.text], [204, '']);
    assert.equal(
      (await owner.ask('PUT', file, Buffer.from('x'), { 'content-type': 'text/plain' })).status,
      415,
    );
    assert.equal((await partner.ask('PUT', file, Buffer.from('x'), bytesType)).status, 404);
    assert.equal((await reader.ask('PUT', file, Buffer.from('x'), bytesType)).status, 403);
    const unknown = { ...bytesType, 'x-image-meta-store': 'tape' };
    assert.equal((await owner.ask('PUT', file, Buffer.from('x'), unknown)).status, 400);
    const bytes = randomBytes(300_000);
    const slow = { ...bytesType, 'x-image-meta-store': 'slow' };
    assert.equal((await owner.ask('PUT', file, bytes, slow)).status, 204);
    const again = await owner.ask('PUT', file, bytes, bytesType);
    assert.equal(again.status, 409);
    assert.match(again.text, /Image status transition from active to saving is not allowed/);

    const { json: image } = await owner.ask('GET', `${images}/${id}`);
    const md5 = createHash('md5').update(bytes).digest('hex');
    assert.deepEqual(
      [image['status'], image['size'], image['virtual_size'], image['checksum'], image['stores']],
      ['active', bytes.length, bytes.length, md5, 'slow'],
    );
    assert.equal(image['os_hash_algo'], 'sha512');
    assert.equal(image['os_hash_value'], createHash('sha512').update(bytes).digest('hex'));

    const whole = await reader.ask('GET', file);
    assert.equal(whole.status, 200);
    assert.ok(whole.bytes.equals(bytes));
    assert.equal(whole.headers.get('content-md5'), md5);
    assert.equal(whole.headers.get('content-type'), 'application/octet-stream');
    assert.equal(whole.headers.get('accept-ranges'), null);
    const part = async (range: string, name = 'range') =>
      owner.ask('GET', file, undefined, { [name]: range });
    for (const [range, from, to] of [
      ['bytes=10-19', 10, 20],
      ['bytes=299990-', 299_990, 300_000],
      ['bytes=-5', 299_995, 300_000],
      ['bytes=299990-999999', 299_990, 300_000],
    ] as const) {
      const answer = await part(range);
      assert.equal(answer.status, 206);
      assert.equal(answer.headers.get('content-range'), `bytes ${from}-${to - 1}/300000`);
      assert.ok(answer.bytes.equals(bytes.subarray(from, to)), range);
    }
    assert.equal((await part('bytes 10-19/*', 'content-range')).status, 206);
    assert.equal((await part('bytes=0-1,3-4')).status, 400);
    assert.equal((await part('bytes=300000-')).status, 416);

    const bare = await owner.ask('POST', images, {});
    const bareFile = `${images}/${String(bare.json['id'])}/file`;
    assert.equal((await owner.ask('PUT', bareFile, Buffer.from('x'), bytesType)).status, 400);
    const nothing = await create(owner);
    await upload(owner, nothing, Buffer.alloc(0));
    const { json: zero } = await owner.ask('GET', `${images}/${nothing}`);
    assert.deepEqual([zero['status'], zero['size'], zero['virtual_size']], ['active', 0, null]);
    const none = await owner.ask('GET', `${images}/${nothing}/file`);
    assert.deepEqual([none.status, none.bytes.length], [200, 0]);
  });
});

test('an upload that is cut short or too large leaves the image queued and nothing behind', async () => {
  const folder = temporaryFolder();
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ emulator: { imageBytes: 100_000, storageBytes: 150_000 } }));
  await withUsers(
    async ({ owner }, emulator) => {
      const id = await create(owner);
      const file = `${images}/${id}/file`;
      const status = async () => (await owner.ask('GET', `${images}/${id}`)).json['status'];
      assert.equal((await owner.ask('PUT', file, Buffer.alloc(100_001), bytesType)).status, 413);
      assert.equal(await status(), 'queued');
      const cut = request(emulator.url, {
        method: 'PUT',
        path: file,
        headers: { ...bytesType, 'content-length': 50_000, 'x-auth-token': owner.token },
      });
      cut.on('error', () => undefined); // we cut it
      cut.write(Buffer.alloc(1000));
      await readEvents(emulator, 'after=0', ({ data }) => data['id'] === id && data['status'] === 'saving');
      assert.equal((await owner.ask('PUT', file, Buffer.alloc(9), bytesType)).status, 409);
      cut.destroy();
      let uploads = 0;
      await readEvents(emulator, 'after=0', ({ data }) => {
        if (data['id'] === id && data['status'] === 'saving') uploads += 1;
        return data['id'] === id && data['status'] === 'queued' && uploads === 2;
      });
      assert.equal(await status(), 'queued');
      await upload(owner, id, Buffer.alloc(90_000));
      const more = await create(owner);
      const quota = await owner.ask('PUT', `${images}/${more}/file`, Buffer.alloc(90_000), bytesType);
      assert.equal(quota.status, 413);
      assert.match(quota.text, /quota/);
      assert.equal((await owner.ask('GET', `${images}/${more}`)).json['status'], 'queued');
      const usage = await owner.ask('GET', `${base}/info/usage`);
      assert.deepEqual(usage.json, { usage: { image_size_total: { limit: 150_000, usage: 90_000 } } });
    },
    '--config',
    config,
    '--seed',
    'empty',
  );
});

test('after a kill in the middle of an upload the image is queued again', async () => {
  const data = temporaryFolder();
  const first = await start(data, ...openstack, '--seed', 'empty');
  const owner = await logIn(first.url, 'owner');
  const id = await create(owner);
  const sending = request(first.url, {
    method: 'PUT',
    path: `${images}/${id}/file`,
    headers: { ...bytesType, 'content-length': 50_000, 'x-auth-token': owner.token },
  });
  sending.on('error', () => undefined); // the server is killed
  sending.write(Buffer.alloc(1000));
  await readEvents(first, 'after=0', ({ data: event }) => event['id'] === id && event['status'] === 'saving');
  await first.end('SIGKILL');
  const second = await start(data, ...openstack);
  try {
    const later = await logIn(second.url, 'owner');
    assert.equal((await later.ask('GET', `${images}/${id}`)).json['status'], 'queued');
    await upload(later, id, Buffer.from('whole'));
  } finally {
    await second.end();
  }
});

test('a deactivated image keeps its record and not its data, but for administrators', async () => {
  await withUsers(async ({ owner, admin, partner, reader }) => {
    const id = await create(owner);
    const act = (as: Caller, action: string) => as.ask('POST', `${images}/${id}/actions/${action}`);
    assert.equal((await act(owner, 'deactivate')).status, 403, 'still queued');
    await upload(owner, id, Buffer.from('data'));
    assert.equal((await act(partner, 'deactivate')).status, 404);
    assert.equal((await act(reader, 'deactivate')).status, 403);
    for (let time = 0; time < 2; time += 1) assert.equal((await act(owner, 'deactivate')).status, 204);
    assert.equal((await owner.ask('GET', `${images}/${id}`)).json['status'], 'deactivated');
    assert.equal((await owner.ask('GET', `${images}/${id}/file`)).status, 403);
    assert.equal((await admin.ask('GET', `${images}/${id}/file`)).status, 200);
    const patched = await owner.ask(
      'PATCH',
      `${images}/${id}`,
      [{ op: 'add', path: '/a', value: 'b' }],
      patchType,
    );
    assert.equal(patched.status, 200);
    for (let time = 0; time < 2; time += 1) assert.equal((await act(owner, 'reactivate')).status, 204);
    assert.equal((await owner.ask('GET', `${images}/${id}/file`)).text, 'data');
  });
});

test('locations are hidden: a patch may neither add nor remove one', async () => {
  await withUsers(async ({ owner }) => {
    const path = `${images}/${await create(owner)}`;
    const patch = (operation: JsonObject) => owner.ask('PATCH', path, [operation], patchType);
    const location = { url: 'http://example.org/disk', metadata: {} };
    for (const operation of [
      { op: 'add', path: '/locations/-', value: location },
      { op: 'remove', path: '/locations/0' },
      { op: 'replace', path: '/locations', value: [] },
    ])
      assert.equal((await patch(operation)).status, 403, JSON.stringify(operation));
    assert.equal((await patch({ op: 'add', path: '/locations/0/url', value: 'x' })).status, 400);
  });
});

test('every path says which methods it has, and asks for a token first', async () => {
  await withUsers(async ({ owner }, { url }) => {
    const id = await create(owner);
    const paths: Readonly<Record<string, string>> = {
      '/images': 'GET, POST',
      [`/images/${id}`]: 'GET, PATCH, DELETE',
      [`/images/${id}/file`]: 'PUT, GET',
      [`/images/${id}/stage`]: 'PUT',
      [`/images/${id}/import`]: 'POST',
      [`/images/${id}/tasks`]: 'GET',
      [`/images/${id}/actions/deactivate`]: 'POST',
      [`/images/${id}/actions/reactivate`]: 'POST',
      [`/images/${id}/tags/web`]: 'PUT, DELETE',
      [`/images/${id}/members`]: 'GET, POST',
      [`/images/${id}/members/100002`]: 'GET, PUT, DELETE',
      [`/stores/fast/${id}`]: 'DELETE',
      '/tasks': 'GET, POST',
      '/tasks/1': 'GET',
      '/info/import': 'GET',
      '/info/stores': 'GET',
      '/info/stores/detail': 'GET',
      '/info/usage': 'GET',
      '/cache': 'GET, DELETE',
      [`/cache/${id}`]: 'PUT, DELETE',
      '/schemas/image': 'GET',
      '/schemas/images': 'GET',
      '/schemas/member': 'GET',
      '/schemas/members': 'GET',
      '/schemas/task': 'GET',
      '/schemas/tasks': 'GET',
    };
    for (const [path, allowed] of Object.entries(paths))
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        assert.equal((await ask(url, method, base + path)).status, 401, `${method} ${path} without a token`);
        if (allowed.split(', ').includes(method)) continue;
        const refused = await owner.ask(method, base + path);
        assert.equal(refused.status, 405, `${method} ${path}`);
        const names = (text: string | null) => text?.split(', ').sort();
        assert.deepEqual(names(refused.headers.get('allow')), names(allowed), `${method} ${path}`);
      }
    const by = async (path: string, as: (path: string) => Promise<Answer>) => (await as(path)).status;
    const known = (path: string) => owner.ask('GET', `/regionone/image${path}`);
    const unknown = (path: string) => ask(url, 'GET', `/regionone/image${path}`);
    for (const path of ['/v2/nowhere', '/v2/', '/v2/images/', '/v2/caches', `/v2/images/${id}/locations`]) {
      assert.equal(await by(path, known), 404, path);
      assert.equal(await by(path, unknown), 401, path);
    }
    for (const path of ['', '/', '/v1', '/v1/images', '/v2.99/images', '/v3'])
      assert.equal(await by(path, unknown), 300, path);
    assert.equal(await by('/versions', unknown), 200);
    assert.equal((await unknown('/healthcheck')).text, 'OK');
    for (const version of ['v2.0', 'v2.1', 'v2.15']) assert.equal(await by(`/${version}/images`, known), 200);
    const { json } = await unknown('/versions');
    assert.equal((json['versions'] as JsonObject[])[0]?.['id'], 'v2.16');
  });
});
