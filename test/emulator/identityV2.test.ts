import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, logIn, withEmulator } from './harness.ts';

const base = '/identity/v2.0';

test('v2.0: a token is validated and revoked by its holder and by the account owner, by nobody else', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const observer = await logIn(url, 'observer');
    const partner = await logIn(url, 'partner');
    const path = `${base}/tokens/${observer.token}`;
    for (const { ask: as } of [observer, owner]) {
      const shown = await as('GET', path);
      assert.equal(shown.status, 200);
      const { access } = JSON.parse(shown.text);
      assert.deepEqual([access.user.name, access.token.id], ['observer', observer.token]);
      const head = await as('HEAD', path);
      assert.deepEqual([head.status, head.text], [200, '']);
    }
    const refused = await partner.ask('GET', path);
    assert.deepEqual(refused.json, { forbidden: { code: 403, message: 'Not authorized.' } });
    assert.equal((await partner.ask('DELETE', path)).status, 403);
    assert.equal((await observer.ask('GET', `${base}/tokens/${owner.token}`)).status, 403);
    const unknown = await owner.ask('GET', `${base}/tokens/none`);
    assert.deepEqual(unknown.json, { itemNotFound: { code: 404, message: 'Token not found.' } });
    assert.equal((await ask(url, 'GET', path)).status, 401);

    assert.equal((await owner.ask('DELETE', path)).status, 204);
    assert.equal((await observer.ask('GET', '/dfw/image/v2/images')).status, 401);
    assert.equal((await owner.ask('GET', path)).status, 404);
  });
});

test('v2.0: an owner sees the users of the account, others themselves', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const observer = await logIn(url, 'observer');
    const all = JSON.parse((await owner.ask('GET', `${base}/users`)).text).users;
    assert.deepEqual(all.map(({ username }: { username: string }) => username).sort(), [
      'admin',
      'creator',
      'images-admin',
      'images-observer',
      'observer',
      'owner',
    ]);
    const own = JSON.parse((await observer.ask('GET', `${base}/users`)).text).users;
    assert.deepEqual([own.length, own[0].username, own[0]['RAX-AUTH:defaultRegion']], [1, 'observer', 'DFW']);
    const { user } = JSON.parse((await owner.ask('GET', `${base}/users?name=admin`)).text);
    assert.equal(
      JSON.parse((await owner.ask('GET', `${base}/users/${user.id}`)).text).user.username,
      'admin',
    );
    assert.equal(
      JSON.parse((await owner.ask('GET', `${base}/users/${user.id}/roles`)).text).roles[0].name,
      'admin',
    );
    assert.equal((await observer.ask('GET', `${base}/users/${user.id}`)).status, 404);
    assert.equal((await owner.ask('GET', `${base}/users?name=partner`)).status, 404);
    assert.equal((await ask(url, 'GET', `${base}/users`)).status, 401);
  });
});

test("v2.0: bodies that nobody can read, and tenants that are not one's own", async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const login = (body: object) => ask(url, 'POST', `${base}/tokens`, JSON.parse(JSON.stringify(body)));
    const passwordCredentials = { username: 'owner', password: 'emulator' };
    for (const body of [
      [],
      {},
      { auth: 'x' },
      { auth: {} },
      { auth: { passwordCredentials: { username: 'owner' } } },
      { auth: { passwordCredentials, tenantId: 100001 } },
    ]) {
      const refused = await login(body);
      assert.equal(refused.status, 400, JSON.stringify(body));
      assert.match(JSON.parse(refused.text).badRequest.message, /unable to parse Auth data/);
    }
    for (const [auth, status] of [
      [{ passwordCredentials, tenantId: '100001', tenantName: '100001' }, 200],
      [{ passwordCredentials, tenantName: '100002' }, 401],
      [{ passwordCredentials, tenantId: 'none' }, 401],
      [{ token: { id: 'none' } }, 401],
      [{ passwordCredentials: { username: 'nobody', password: 'emulator' } }, 401],
    ] as const)
      assert.equal((await login({ auth })).status, status, JSON.stringify(auth));
    const first = await login({ auth: { passwordCredentials } });
    const { token } = JSON.parse(first.text).access;
    const second = JSON.parse(
      (await login({ auth: { token: { id: token.id }, tenantId: '100001' } })).text,
    ).access;
    assert.equal(second.token.expires, token.expires);
    assert.deepEqual(second.token['RAX-AUTH:authenticatedBy'], ['PASSWORD']);
  });
});
