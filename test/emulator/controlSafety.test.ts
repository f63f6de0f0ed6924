import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Json } from '../../server/rules/json.ts';
import { ask, logIn, withEmulator } from './harness.ts';

const empty = ['--seed', 'empty'];

/** Every route of the control service that asks for its token, with a body that it would take. */
const routes: readonly [method: string, path: string, body?: Json][] = [
  ['GET', ''],
  ['GET', '/events'],
  ['GET', '/requests'],
  ['POST', '/requests'],
  ['GET', '/jobs/x'],
  ['GET', '/clock'],
  ['POST', '/clock', { step: 1 }],
  ['GET', '/faults'],
  ['POST', '/faults', { path: '*', status: 500, count: 1000 }],
  ['DELETE', '/faults'],
  ['DELETE', '/faults/1'],
  ['GET', '/snapshots'],
  ['POST', '/snapshots', { name: 'x' }],
  ['POST', '/snapshots/x/restore', {}],
  ['GET', '/snapshots/x'],
  ['PUT', '/snapshots/y', {}],
  ['DELETE', '/snapshots/x'],
  ['GET', '/accounts'],
  ['POST', '/accounts', { id: '7', name: 'seven' }],
  ['DELETE', '/accounts/100001'],
  ['GET', '/users'],
  ['POST', '/users', { name: 'ann', password: 'p', apiKey: 'k', account: '100001', roles: ['admin'] }],
  ['PATCH', '/users/owner', { password: 'mine' }],
  ['DELETE', '/users/owner'],
  ['PATCH', '/images/dfw/x', { status: 'deactivated' }],
  ['GET', '/usage'],
  ['GET', '/usage/100001'],
  ['POST', '/reset', { seed: 'empty' }],
  ['POST', '/stop'],
];

test('the routes here are all that there are', () => {
  const folder = join(import.meta.dirname, '..', '..', 'server', 'emulator');
  const files = globSync(['control/*.ts', 'services/*/operator.ts'], { cwd: folder });
  const written = files.flatMap((file) => [
    ...readFileSync(join(folder, file), 'utf8').matchAll(/\bon\(\s*'([A-Z]+)',\s*'([^']*)'/g),
  ]);
  const there = written.map(
    ([, method, path]) => `${method} ${path?.replace(/^\/emulator/, '').replace(/:\w+/g, '*')}`,
  );
  const open = ['GET /health', 'GET /info'];
  const here = [...routes.map(([method, path]) => `${method} ${path}`), ...open];
  const fits = (route: string, pattern: string) =>
    new RegExp(`^${pattern.replaceAll('*', '[^/]+')}$`).test(route);
  assert.deepEqual(
    there.filter((pattern) => !here.some((route) => fits(route, pattern))),
    [],
  );
  assert.deepEqual(
    here.filter((route) => !there.some((pattern) => fits(route, pattern))),
    [],
  );
  assert.ok(there.length > 20);
});

test('every route of the control service asks for its token, and does nothing without', async () => {
  await withEmulator(empty, async ({ url, token }) => {
    const owner = await logIn(url, 'owner');
    const wrong: Record<string, string>[] = [
      {},
      { authorization: '' },
      { authorization: token },
      { authorization: 'Bearer' },
      { authorization: `Bearer ${token}x` },
      { authorization: `Bearer ${token.slice(1)}` },
      { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` },
      { authorization: `Bearer ${owner.token}` },
      { 'x-auth-token': token },
    ];
    const before = await state(url, token);
    for (const [method, path, body] of [
      ...routes,
      ['GET', '/nowhere'],
      ['PUT', '/clock'],
      ['GET', '/stop'],
    ] as const)
      for (const headers of wrong) {
        const refused = await ask(url, method, `/emulator${path}`, body, headers);
        assert.equal(refused.status, 401, `${method} ${path} ${JSON.stringify(headers)}`);
        assert.equal(refused.headers.get('www-authenticate'), 'Bearer realm="emulator"');
      }
    assert.deepEqual(await state(url, token), before);
    await logIn(url, 'owner');
  });
});

test('the control service refuses pages of the web and foreign hosts, with its token too', async () => {
  await withEmulator(empty, async ({ url, token }) => {
    const authorization = `Bearer ${token}`;
    const before = await state(url, token);
    for (const [method, path, body] of [
      ...routes,
      ['GET', '/health'],
      ['GET', '/info'],
      ['OPTIONS', '/clock'],
    ] as const)
      for (const headers of [
        { origin: 'http://evil.example' },
        { origin: 'null' },
        { origin: url },
        { host: 'evil.example' },
      ]) {
        const refused = await ask(url, method, `/emulator${path}`, body, { authorization, ...headers });
        assert.equal(refused.status, 403, `${method} ${path} ${JSON.stringify(headers)}`);
        assert.equal(refused.headers.get('access-control-allow-origin'), null);
      }
    assert.deepEqual(await state(url, token), before);
  });
});

test('names of snapshots, users and accounts are data and never paths', async () => {
  await withEmulator(empty, async ({ url, data, token }) => {
    const headers = { authorization: `Bearer ${token}` };
    const control = (method: string, path: string, body?: Json) =>
      ask(url, method, `/emulator${path}`, body, headers);
    const names = [
      '../../escape',
      '..',
      '.',
      'a/b',
      'C:\\x',
      'x%2f..',
      "'; DROP TABLE users; --",
      '"',
      'ünï',
      '__proto__',
      '*',
    ];
    for (const name of names) {
      const path = encodeURIComponent(name).replaceAll('.', '%2E');
      assert.equal((await control('POST', '/snapshots', { name })).status, 201, name);
      assert.equal((await control('POST', `/snapshots/${path}/restore`)).status, 200, name);
      assert.equal((await control('DELETE', `/snapshots/${path}`)).status, 204, name);
      const user = { name, password: name, apiKey: name, account: '100001', roles: [name] };
      assert.equal((await control('POST', '/users', user)).status, 201, name);
      await logIn(url, name, name);
      assert.equal((await control('PATCH', `/users/${path}`, { password: 'new' })).json['name'], name);
      assert.equal((await control('DELETE', `/users/${path}`)).status, 204, name);
      assert.equal(
        (await control('POST', '/accounts', { id: name, name })).status,
        name === '__proto__' ? 201 : 400,
        name,
      );
      assert.equal(
        (await control('DELETE', `/accounts/${path}`)).status,
        name === '__proto__' ? 204 : 404,
        name,
      );
    }
    assert.deepEqual(
      readdirSync(data)
        .filter((name) => !/^emulator\.(db|lock|id$|reserve$)/.test(name))
        .sort(),
      ['blobs', 'incoming'],
    );
    assert.equal(existsSync(join(data, '..', 'escape')), false);
  });
});

test('bodies that are too large, broken or none are refused and change nothing', async () => {
  await withEmulator(empty, async ({ url, token, log }) => {
    const headers = { authorization: `Bearer ${token}` };
    const before = await state(url, token);
    for (const [method, path, body] of routes.filter(([, , wanted]) => wanted !== undefined)) {
      if (path.endsWith('/restore') || method === 'PUT') continue; // take none, and a file
      const send = (sent?: Buffer) => ask(url, method, `/emulator${path}`, sent, headers);
      const huge = Buffer.concat([Buffer.alloc(2 ** 20 + 1, 32), Buffer.from(JSON.stringify(body))]);
      assert.equal((await send(huge)).status, 413, path);
      assert.equal((await send(Buffer.from('{'))).status, 400, path);
      assert.equal((await send(Buffer.from([0xff]))).status, 400, path);
      assert.equal((await send()).status, 400, path);
      assert.equal((await send(Buffer.from('null'))).status, 400, path);
      assert.equal((await send(Buffer.from('{"__proto__":{"x":1}}'))).status, 400, path);
      const stray = { ...(body as object), unknown: 1 };
      const refused = await send(Buffer.from(JSON.stringify(stray)));
      assert.equal(refused.status, 400, path);
      assert.match(refused.text, /unknown is not known here/);
    }
    assert.deepEqual(await state(url, token), before);
    assert.doesNotMatch(log(), /failed/);
  });
});

/** What a request that should do nothing might have changed. */
async function state(url: string, token: string) {
  const get = async (path: string) =>
    (await ask(url, 'GET', `/emulator${path}`, undefined, { authorization: `Bearer ${token}` })).json;
  const { seq, counts } = await get('');
  const { ahead, paused, speed } = await get('/clock');
  const users = Object(counts)['users'];
  return [
    seq,
    users,
    typeof ahead,
    paused,
    speed,
    await get('/faults'),
    await get('/snapshots'),
    await get('/users'),
  ];
}
