import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { patchType, readEvents, temporaryFolder } from './harness.ts';
import { base, bytesType, create, images, importEnd, upload, withUsers } from './plain.ts';

test('staged data becomes the image by glance-direct, and shows its task', async () => {
  await withUsers(async ({ owner, partner }, emulator) => {
    const id = await create(owner);
    const path = `${images}/${id}`;
    const direct = { method: { name: 'glance-direct' }, stores: ['slow'] };
    assert.equal((await owner.ask('POST', `${path}/import`, direct)).status, 409, 'nothing is staged yet');
    assert.equal((await owner.ask('PUT', `${path}/stage`, Buffer.from('x'))).status, 415);
    assert.equal((await owner.ask('PUT', `${path}/stage`, Buffer.from('staged'), bytesType)).status, 204);
    const { json: staged } = await owner.ask('GET', path);
    assert.deepEqual([staged['status'], staged['size']], ['uploading', 6]);
    assert.equal((await owner.ask('PUT', `${path}/stage`, Buffer.from('more'), bytesType)).status, 409);
    assert.equal((await owner.ask('PUT', `${path}/file`, Buffer.from('more'), bytesType)).status, 409);
    const refusals: readonly [number, Json][] = [
      [400, []],
      [400, {}],
      [400, { method: 'glance-direct' }],
      [400, { method: {} }],
      [400, { method: { name: 'carrier-pigeon' } }],
      [400, { ...direct, all_stores: 'yes' }],
      [400, { ...direct, all_stores_must_succeed: 1 }],
      [400, { ...direct, all_stores: true }],
      [409, { ...direct, stores: ['tape'] }],
      [409, { method: { name: 'web-download', uri: 'http://example.org/disk' } }],
      [400, { method: { name: 'web-download', uri: 'ftp://example.org/disk' } }],
      [400, { method: { name: 'web-download', uri: 'http://example.org:22/disk' } }],
      [400, { method: { name: 'web-download' } }],
    ];
    for (const [status, body] of refusals)
      assert.equal((await owner.ask('POST', `${path}/import`, body)).status, status, JSON.stringify(body));
    assert.equal((await partner.ask('POST', `${path}/import`, direct)).status, 404);
    const asked = await owner.ask('POST', `${path}/import`, direct);
    assert.deepEqual([asked.status, asked.text], [202, '']);
    const task = await importEnd(emulator, owner, id);
    assert.equal(task['status'], 'success', String(task['message']));
    assert.equal(task['type'], 'api_image_import');
    assert.equal(task['request_id'], asked.headers.get('x-openstack-request-id'));
    assert.deepEqual(task['input'], { image_id: id, import_req: direct, backend: ['slow'] });
    assert.deepEqual(task['result'], { image_id: id });
    assert.match(String(task['created_at']), /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}$/);
    const { json: image } = await owner.ask('GET', path);
    assert.deepEqual(
      [image['status'], image['size'], image['stores'], image['checksum']],
      ['active', 6, 'slow', createHash('md5').update('staged').digest('hex')],
    );
    assert.deepEqual(
      [
        image['os_glance_failed_import'],
        image['os_glance_importing_to_stores'],
        image['os_glance_import_task'],
      ],
      ['', '', undefined],
    );
    assert.equal((await owner.ask('GET', `${path}/file`)).text, 'staged');
    assert.equal((await owner.ask('POST', `${path}/import`, direct)).status, 409);
    // A patch keeps what the service noted.
    const patched = await owner.ask('PATCH', path, [{ op: 'add', path: '/a', value: 'b' }], patchType);
    assert.equal(patched.json['os_glance_failed_import'], '');
  });
});

test('web-download fetches over redirects, and says what it did not get', async () => {
  const served = createServer((asked, answer) => {
    if (asked.url === '/moved') answer.writeHead(302, { location: '/disk' }).end();
    else if (asked.url === '/loop') answer.writeHead(302, { location: '/loop' }).end();
    else if (asked.url === '/disk') answer.end('from the web');
    else if (asked.url === '/outside') answer.writeHead(302, { location: 'file:///etc/passwd' }).end();
    else if (asked.url === '/cut') {
      answer.writeHead(200, { 'content-length': 100 }).write('half');
      setImmediate(() => answer.destroy());
    } else answer.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(served, 'listening');
  const { port } = served.address() as AddressInfo;
  const folder = temporaryFolder();
  const config = join(folder, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({ emulator: { webDownload: { ports: [port], hosts: ['127.0.0.1'] } } }),
  );
  const at = (path: string) => `http://127.0.0.1:${port}${path}`;
  try {
    await withUsers(
      async ({ owner }, emulator) => {
        const run = async (uri: string) => {
          const id = await create(owner);
          const body = { method: { name: 'web-download', uri }, all_stores: true };
          assert.equal((await owner.ask('POST', `${images}/${id}/import`, body)).status, 202);
          const task = await importEnd(emulator, owner, id);
          return { task, image: (await owner.ask('GET', `${images}/${id}`)).json };
        };
        // An address in another spelling is not that of the list (Glance 25.1 answers the same).
        for (const host of ['0x7f000001', '2130706433', '127.1', '0177.0.0.1']) {
          const uri = `http://${host}:${port}/disk`;
          const body = { method: { name: 'web-download', uri } };
          const { status, text } = await owner.ask('POST', `${images}/${await create(owner)}/import`, body);
          assert.equal(status, 400, uri);
          assert.ok(text.includes('does not pass filtering'), text);
        }
        const { task, image } = await run(at('/moved'));
        assert.equal(task['status'], 'success', String(task['message']));
        assert.deepEqual([image['status'], image['size'], image['stores']], ['active', 12, 'fast,slow']);
        for (const [path, why] of [
          ['/missing', /answered 404/],
          ['/loop', /redirects/],
          ['/outside', /does not pass filtering: file/],
          ['/cut', /cut short/],
        ] as const) {
          const failed = await run(at(path));
          assert.equal(failed.task['status'], 'failure', path);
          assert.match(String(failed.task['message']), why);
          assert.equal(failed.image['status'], 'queued');
          assert.equal(failed.image['os_glance_failed_import'], 'fast,slow');
          assert.equal(failed.image['os_glance_importing_to_stores'], '');
        }
      },
      '--config',
      config,
    );
    await withUsers(async ({ owner }, emulator) => {
      // Without the setting the machine itself is out of reach.
      const id = await create(owner);
      const body = { method: { name: 'web-download', uri: 'http://127.0.0.1/disk' } };
      assert.equal((await owner.ask('POST', `${images}/${id}/import`, body)).status, 202);
      const task = await importEnd(emulator, owner, id);
      assert.match(String(task['message']), /does not pass filtering/);
    });
  } finally {
    served.close();
  }
});

test('stores: copies by an administrator, removal, and what is told of them', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const id = await create(owner);
    await upload(owner, id, Buffer.from('data'));
    const copy = { method: { name: 'copy-image' }, stores: ['slow'] };
    assert.equal((await owner.ask('POST', `${images}/${id}/import`, copy)).status, 403);
    assert.equal((await owner.ask('DELETE', `${base}/stores/fast/${id}`)).status, 403, 'the only copy');
    assert.equal((await admin.ask('POST', `${images}/${id}/import`, copy)).status, 202);
    assert.equal((await importEnd(emulator, owner, id))['status'], 'success');
    assert.equal((await owner.ask('GET', `${images}/${id}`)).json['stores'], 'fast,slow');
    assert.equal((await owner.ask('DELETE', `${base}/stores/tape/${id}`)).status, 409);
    assert.equal((await owner.ask('DELETE', `${base}/stores/fast/${id}`)).status, 204);
    assert.equal((await owner.ask('GET', `${images}/${id}`)).json['stores'], 'slow');
    assert.equal((await owner.ask('GET', `${images}/${id}/file`)).text, 'data');
    assert.deepEqual((await owner.ask('GET', `${base}/info/stores`)).json, {
      stores: [{ id: 'fast', default: 'true' }, { id: 'slow' }],
    });
    assert.equal((await owner.ask('GET', `${base}/info/stores/detail`)).status, 403);
    assert.equal((await admin.ask('GET', `${base}/info/stores/detail`)).status, 200);
    assert.deepEqual((await owner.ask('GET', `${base}/info/usage`)).json, { usage: {} });
    const methods = (await owner.ask('GET', `${base}/info/import`)).json['import-methods'];
    assert.deepEqual((methods as JsonObject)['value'], ['glance-direct', 'web-download', 'copy-image']);
  });
});

test('the administrator’s tasks make images of what a URI leads to', async () => {
  const served = createServer((_asked, answer) => void answer.end('disk')).listen(0, '127.0.0.1');
  await once(served, 'listening');
  const { port } = served.address() as AddressInfo;
  const config = join(temporaryFolder(), 'config.json');
  writeFileSync(
    config,
    JSON.stringify({ emulator: { webDownload: { ports: [port], hosts: ['127.0.0.1'] } } }),
  );
  const tasks = `${base}/tasks`;
  try {
    await withUsers(
      async ({ owner, admin }, emulator) => {
        assert.equal((await owner.ask('GET', tasks)).status, 403);
        assert.equal((await owner.ask('POST', tasks, {})).status, 403);
        const input = {
          import_from: `http://127.0.0.1:${port}/disk`,
          import_from_format: 'raw',
          image_properties: { name: 'by task' },
        };
        for (const body of [
          {},
          { type: 'import' },
          { type: 'export', input },
          { type: 'import', input: {} },
          { type: 'import', input: { ...input, import_from: 'file:///etc/passwd' } },
        ])
          assert.equal((await admin.ask('POST', tasks, body)).status, 400, JSON.stringify(body));
        const made = await admin.ask('POST', tasks, { type: 'import', input });
        assert.equal(made.status, 201, made.text);
        const id = String(made.json['id']);
        assert.equal(made.headers.get('location'), `${emulator.url}${tasks}/${id}`);
        assert.equal(made.json['status'], 'pending');
        await readEvents(
          emulator,
          'after=0',
          ({ data }) => data['id'] === id && ['success', 'failure'].includes(String(data['status'])),
        );
        const { json: done } = await admin.ask('GET', `${tasks}/${id}`);
        assert.equal(done['status'], 'success', String(done['message']));
        assert.equal(
          Date.parse(String(done['expires_at'])) - Date.parse(String(done['updated_at'])),
          48 * 3_600_000,
        );
        const image = String((done['result'] as JsonObject)['image_id']);
        const { json } = await admin.ask('GET', `${images}/${image}`);
        assert.deepEqual([json['name'], json['status'], json['size']], ['by task', 'active', 4]);
        const { json: list } = await admin.ask('GET', `${tasks}?type=import&status=success`);
        const [entry] = list['tasks'] as JsonObject[];
        assert.deepEqual([entry?.['id'], entry && 'input' in entry], [id, false]);
        const removed = await admin.ask('DELETE', `${tasks}/${id}`);
        assert.deepEqual([removed.status, removed.headers.get('allow')], [405, 'GET']);
      },
      '--config',
      config,
    );
  } finally {
    served.close();
  }
});
