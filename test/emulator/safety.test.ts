import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask, logIn, patchType, withEmulator } from './harness.ts';
import { raw } from './raw.ts';

test('foreign hosts and pages of the web are refused', async () => {
  await withEmulator(['--allow-host', 'build-box'], async (emulator) => {
    const { host, port } = new URL(emulator.url);
    const get = (name: string, more = '') =>
      raw(emulator, `GET /emulator/info HTTP/1.1\r\nHost: ${name}\r\n${more}\r\n`);
    for (const name of [
      host,
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      `[::1]:${port}`,
      `build-box:${port}`,
      'build-box',
    ])
      assert.equal(await get(name), 200, name);
    for (const name of ['evil.example', `evil.example:${port}`, '127.0.0.1', '127.0.0.1:1', ''])
      assert.equal(await get(name), 403, name);
    assert.equal(await get(host, 'Origin: http://127.0.0.1\r\n'), 403);
    assert.equal(await get(host, 'Origin: null\r\n'), 403);
    assert.equal(await raw(emulator, 'GET /emulator/info HTTP/1.1\r\n\r\n'), 400);
    const cross = await raw(
      emulator,
      `OPTIONS /emulator/reset HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://evil.example\r\n\r\n`,
    );
    assert.equal(cross, 403);
  });
});

test('what is malformed gets an error of the cloud, never a failure of the emulator', async () => {
  await withEmulator([], async (emulator) => {
    const { url } = emulator;
    const { ask: as, token } = await logIn(url, 'owner');
    const { host } = new URL(url);
    const image = '/dfw/image/v2/images/00000000-0000-4000-8000-000000000000';
    const cases: readonly [number, string, string, (Buffer | object)?, Record<string, string>?][] = [
      [404, 'GET', '/'],
      [404, 'GET', '/nowhere'],
      [404, 'GET', '/xyz/image/v2/images'],
      [404, 'GET', '/dfw/image/v2/'],
      [404, 'GET', '/dfw/image/v2/images/'],
      [404, 'GET', '/dfw/image/v2/images/..%2f..%2fetc'],
      [400, 'GET', '/dfw/image/v2/images/%zz'],
      [405, 'HEAD', '/dfw/image/v2/images'],
      [403, 'POST', '/dfw/image/v2/images'],
      [405, 'PUT', '/dfw/image/v2/images'],
      [405, 'DELETE', '/dfw/image/v2/tasks/1'],
      [401, 'PATCH', '/emulator'],
      [400, 'PATCH', image, Buffer.from('{'), patchType],
      [400, 'PATCH', image, Buffer.from([0xff, 0xfe]), patchType],
      [400, 'PATCH', image, Buffer.alloc(0), patchType],
      [415, 'PATCH', image, Buffer.from('[]'), { 'content-type': 'application/json' }],
      [415, 'PATCH', image, Buffer.from('[]')],
      [404, 'PATCH', image, Buffer.from('[{"op":"add","path":"/__proto__","value":"x"}]'), patchType],
      [413, 'PATCH', image, Buffer.alloc(2 ** 20 + 1, 32), patchType],
      [400, 'POST', '/dfw/image/v2/tasks', Buffer.from('[]')],
      [400, 'POST', '/dfw/image/v2/tasks', Buffer.from('{"type":"import"}')],
      [400, 'POST', '/dfw/image/v2/tasks', Buffer.from('{"type":"sing","input":{}}')],
      [400, 'POST', '/dfw/image/v2/tasks', Buffer.from('{"type":"import","input":{"import_from":7}}')],
      [
        400,
        'POST',
        '/dfw/image/v2/tasks',
        Buffer.from('{"type":"import","input":{"import_from":"a/b","image_properties":[]}}'),
      ],
      [400, 'GET', '/dfw/image/v2/images?limit=-1'],
      [400, 'GET', '/dfw/image/v2/images?limit=x'],
      [400, 'GET', '/dfw/image/v2/images?marker=none'],
      [400, 'GET', '/dfw/image/v2/images?sort_key=min_ram'],
      [400, 'GET', '/dfw/image/v2/images?sort_key=constructor'],
      [400, 'GET', '/dfw/image/v2/images?sort_dir=up'],
      [400, 'GET', '/dfw/image/v2/images?visibility=secret'],
      [400, 'GET', '/dfw/image/v2/images?member_status=maybe'],
      [200, 'GET', '/dfw/image/v2/images?protected=perhaps'],
      [400, 'GET', '/dfw/image/v2/images?size_min=big'],
      [400, 'GET', '/dfw/image/v2/images?created_at=yesterday'],
      [400, 'GET', '/dfw/image/v2/images?status=neq:active'],
      [400, 'GET', '/dfw/image/v2/images?status=in:"active'],
      [400, 'GET', '/dfw/image/v2/tasks?status=asleep'],
      [200, 'GET', `/dfw/image/v2/images?${encodeURIComponent("x' OR 1=1 --")}=1`],
    ];
    for (const [status, method, path, body, headers] of cases)
      assert.equal((await as(method, path, body as Buffer, headers)).status, status, `${method} ${path}`);

    assert.equal((await as('DELETE', '/dfw/image/v2/tasks/1')).headers.get('allow'), 'GET');
    assert.equal((await ask(url, 'GET', '/dfw/image/v2/nowhere')).status, 401);
    assert.equal((await ask(url, 'DELETE', '/dfw/image/v2/tasks/1')).status, 401);

    const head = (path: string, more: string) =>
      `${path} HTTP/1.1\r\nHost: ${host}\r\nX-Auth-Token: ${token}\r\n${more}\r\n`;
    assert.equal(await raw(emulator, head('GET /emulator/info', `X-Long: ${'x'.repeat(20_000)}\r\n`)), 431);
    assert.equal(await raw(emulator, 'no http at all\r\n\r\n'), 400);
    assert.equal(
      await raw(emulator, head('PUT /dfw/object-store/v1/100001/exports/x', 'Content-Length: -5\r\n')),
      400,
    );
    assert.equal(
      await raw(
        emulator,
        head('PUT /dfw/object-store/v1/100001/exports/x', 'Content-Length: 6000000000\r\n'),
      ),
      413,
    );
    assert.equal(await raw(emulator, head('PUT /dfw/object-store/v1/100001/exports/x', '')), 411);
    assert.equal(
      await raw(emulator, head('PUT /dfw/object-store/v1/100001/exports/%00', 'Content-Length: 0\r\n')),
      412,
    );
    assert.doesNotMatch(emulator.log(), /error/);
  });
});

test('names of clients are data and never paths', async () => {
  await withEmulator([], async ({ url, data }) => {
    const { ask: as } = await logIn(url, 'owner');
    const base = '/dfw/object-store/v1/100001';
    const names = [
      '../../escape',
      '..',
      '.',
      'a//b',
      '/lead',
      'C:\\x',
      'con',
      '-rf',
      'x'.repeat(1024),
      'ünï/çødé',
      "q'uote",
      'a?b#c',
    ];
    assert.equal((await as('PUT', `${base}/%2e%2e`)).status, 201);
    for (const name of names) {
      // Dots are sent encoded, since URLs resolve `..` before they leave.
      const path = `${base}/%2e%2e/${encodeURIComponent(name).replaceAll('.', '%2E')}`;
      assert.equal((await as('PUT', path, Buffer.from(name))).status, 201, name);
      assert.equal((await as('GET', path)).text, name);
    }
    const listed = await as('GET', `${base}/%2e%2e?format=json`);
    assert.equal(JSON.parse(listed.text).length, names.length);
    assert.deepEqual(
      readdirSync(data)
        .filter((name) => !/^emulator\.(db|lock|id$|reserve$)/.test(name))
        .sort(),
      ['blobs', 'incoming'],
    );
    assert.ok(
      readdirSync(join(data, 'blobs')).every((name) => /^(?:[0-9a-f]{64}|[0-9a-f]{128})$/.test(name)),
    );
    assert.equal(existsSync(join(data, '..', 'escape')), false);
  });
});

test('an emulator that others can reach says so, and one for this machine alone does not', async () => {
  await withEmulator(['--host', '0.0.0.0', '--seed', 'empty'], async ({ log, url }) => {
    const port = new URL(url).port;
    assert.match(
      log(),
      new RegExp(`warn .*Whoever reaches port ${port} of 0\\.0\\.0\\.0 can use this cloud`),
    );
  });
  await withEmulator(['--seed', 'empty'], async ({ log }) => assert.doesNotMatch(log(), /Whoever reaches/));
});
