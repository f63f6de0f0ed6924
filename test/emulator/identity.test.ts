import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { ask, logIn, withEmulator } from './harness.ts';

const password = (user: JsonObject, scope?: JsonObject | string) => ({
  auth: {
    identity: { methods: ['password'], password: { user } },
    ...(scope === undefined ? {} : { scope }),
  },
});
const owner = { name: 'owner', domain: { name: 'Default' }, password: 'emulator' };
const v3 = '/identity/v3/auth/tokens';

test('v3: users by name or id, projects by name or id, domains by name or id', async () => {
  await withEmulator([], async ({ url }) => {
    const first = await ask(url, 'POST', v3, password(owner));
    assert.equal(first.status, 201);
    const { token } = JSON.parse(first.text);
    assert.deepEqual(token.project, {
      id: '100001',
      name: '100001',
      domain: { id: 'default', name: 'Default' },
    });
    assert.deepEqual(
      token.roles.map(({ name }: { name: string }) => name),
      ['identity:user-admin'],
    );
    assert.equal(Date.parse(token.expires_at) - Date.parse(token.issued_at), 24 * 60 * 60 * 1000);

    const byId = { id: token.user.id, password: 'emulator' };
    const project = (given: JsonObject) => ({ project: given });
    for (const scope of [
      project({ id: '100001' }),
      project({ name: '100001', domain: { id: 'default' } }),
      project({ name: '100001', domain: { name: 'Default' } }),
    ])
      assert.equal((await ask(url, 'POST', v3, password(byId, scope))).status, 201);

    for (const [user, scope] of [
      [{ ...owner, password: 'wrong' }, undefined],
      [{ ...owner, name: 'nobody' }, undefined],
      [{ ...owner, domain: { name: 'Elsewhere' } }, undefined],
      [owner, project({ id: '100002' })],
      [owner, project({ id: 'none' })],
    ] as const) {
      const refused = await ask(url, 'POST', v3, password(user, scope));
      assert.equal(refused.status, 401);
      assert.match(refused.headers.get('www-authenticate') ?? '', /^Keystone uri="http:.*\/identity\/v3"$/);
      assert.equal(JSON.parse(refused.text).error.title, 'Unauthorized');
    }
    assert.equal((await ask(url, 'POST', v3, { auth: {} })).status, 400);
    assert.equal((await ask(url, 'POST', v3, Buffer.from('{'))).status, 400);
  });
});

test('v3: a token is validated, begets others, opens services and is revoked', async () => {
  await withEmulator([], async ({ url }) => {
    const issued = await ask(url, 'POST', v3, password(owner));
    const token = issued.headers.get('x-subject-token') ?? '';
    const asked = { 'x-auth-token': token, 'x-subject-token': token };
    const shown = await ask(url, 'GET', v3, undefined, asked);
    assert.equal(shown.status, 200);
    assert.deepEqual(shown.json, issued.json);
    assert.equal((await ask(url, 'HEAD', v3, undefined, asked)).status, 200);
    assert.equal(
      (await ask(url, 'GET', v3, undefined, { ...asked, 'x-subject-token': 'other' })).status,
      404,
    );
    assert.equal((await ask(url, 'GET', v3, undefined, { ...asked, 'x-auth-token': 'other' })).status, 401);
    const short = await ask(url, 'GET', `${v3}?nocatalog`, undefined, asked);
    assert.equal(JSON.parse(short.text).token.catalog, undefined);

    const byToken = { auth: { identity: { methods: ['token'], token: { id: token } } } };
    const second = (await ask(url, 'POST', v3, byToken)).headers.get('x-subject-token') ?? '';
    assert.notEqual(second, token);
    const unscoped = await ask(url, 'POST', v3, password(owner, 'unscoped'));
    assert.equal(JSON.parse(unscoped.text).token.project, undefined);
    const images = (as: string) => ask(url, 'GET', '/dfw/image/v2/images', undefined, { 'x-auth-token': as });
    assert.equal((await images(token)).status, 200);
    assert.equal((await images(unscoped.headers.get('x-subject-token') ?? '')).status, 401);

    assert.equal((await ask(url, 'DELETE', v3, undefined, asked)).status, 204);
    assert.equal((await images(token)).status, 401);
    assert.equal((await images(second)).status, 200);
  });
});

test('the catalogues name every region, and each endpoint answers', async () => {
  await withEmulator([], async ({ url }) => {
    const v3Body = JSON.parse((await ask(url, 'POST', v3, password(owner))).text);
    const services = new Map<string, { interface: string; region: string; region_id: string; url: string }[]>(
      v3Body.token.catalog.map(({ type, endpoints }: { type: string; endpoints: [] }) => [type, endpoints]),
    );
    assert.equal(
      [...services.keys()].join(' '),
      'identity image object-store rax:object-cdn compute volumev3 block-storage network',
    );
    const publicOnes = services.get('image')?.filter((endpoint) => endpoint.interface === 'public') ?? [];
    assert.deepEqual(
      publicOnes.map(({ region }) => region),
      ['DFW', 'ORD', 'IAD', 'LON', 'SYD', 'HKG'],
    );
    for (const endpoint of publicOnes) {
      const versions = await fetch(endpoint.url);
      assert.equal(versions.status, 300);
      const { href } = JSON.parse(await versions.text()).versions[0].links[0];
      assert.equal(href, `${endpoint.url}/v2/`);
    }
    const credentials = { 'RAX-KSKEY:apiKeyCredentials': { username: 'owner', apiKey: 'emulator-owner' } };
    const v2 = JSON.parse(
      (await ask(url, 'POST', '/identity/v2.0/tokens', { auth: credentials })).text,
    ).access;
    const named = new Map<string, { region: string; publicURL: string; tenantId: string }[]>(
      v2.serviceCatalog.map(({ name, endpoints }: { name: string; endpoints: [] }) => [name, endpoints]),
    );
    assert.equal(named.get('cloudImages')?.[0]?.publicURL, `${url}/dfw/image/v2`);
    assert.equal(named.get('cloudFiles')?.[0]?.publicURL, `${url}/dfw/object-store/v1/MossoCloudFS_100001`);
    assert.equal(named.get('cloudServersOpenStack')?.[0]?.publicURL, `${url}/dfw/compute/v2/100001`);
    for (const { publicURL } of named.get('cloudFiles') ?? [])
      assert.equal(
        (await fetch(publicURL, { method: 'HEAD', headers: { 'x-auth-token': v2.token.id } })).status,
        204,
      );
  });
});

test('v2.0: password, key and token; wrong ones in the words of the service', async () => {
  await withEmulator([], async ({ url }) => {
    const tokens = '/identity/v2.0/tokens';
    const login = (auth: JsonObject) => ask(url, 'POST', tokens, { auth });
    const key = (apiKey: string) => ({ 'RAX-KSKEY:apiKeyCredentials': { username: 'owner', apiKey } });
    const good = await login({ ...key('emulator-owner'), tenantId: '100001' });
    const { access } = JSON.parse(good.text);
    assert.equal(access.token.tenant.id, '100001');
    assert.deepEqual(access.token['RAX-AUTH:authenticatedBy'], ['APIKEY']);
    assert.equal((await login({ token: { id: access.token.id }, tenantId: '100001' })).status, 200);

    const wrong = await login(key('emulator-admin'));
    assert.equal(wrong.status, 401);
    assert.deepEqual(wrong.json, {
      unauthorized: { code: 401, message: 'Unable to authenticate user with credentials provided.' },
    });
    assert.equal((await login({ ...key('emulator-owner'), tenantId: '100002' })).status, 401);
    assert.equal((await login({ nothing: 'here' })).status, 400);

    const asker = { 'x-auth-token': access.token.id };
    const tenants = await ask(url, 'GET', '/identity/v2.0/tenants', undefined, asker);
    assert.equal(JSON.parse(tenants.text).tenants[0].id, '100001');
    const validated = await ask(url, 'GET', `${tokens}/${access.token.id}`, undefined, asker);
    assert.equal(JSON.parse(validated.text).access.user.name, 'owner');
    assert.equal((await ask(url, 'DELETE', tokens, undefined, asker)).status, 204);
    assert.equal((await ask(url, 'GET', '/identity/v2.0/tenants', undefined, asker)).status, 401);
  });
});

test('each role may do what the permissions matrix says, and no more', async () => {
  await withEmulator([], async ({ url }) => {
    const rows: readonly [user: string, read: number, tag: number, change: number, files: number][] = [
      // An id that is not there: 404 says that the role let the request through.
      ['owner', 200, 404, 404, 201],
      ['admin', 200, 404, 404, 202],
      ['observer', 200, 404, 403, 403],
      ['images-admin', 200, 404, 404, 403],
      ['creator', 200, 404, 403, 403],
      ['images-observer', 200, 404, 403, 403],
    ];
    const image = '/dfw/image/v2/images/00000000-0000-4000-8000-000000000000';
    for (const [user, read, tag, change, files] of rows) {
      const { ask: as } = await logIn(url, user);
      const status = async (...request: Parameters<typeof as>) => (await as(...request)).status;
      assert.equal(await status('GET', '/dfw/image/v2/images'), read, user);
      assert.equal(await status('PUT', `${image}/tags/x`), tag, user);
      assert.equal(await status('DELETE', `${image}/tags/x`), tag, user);
      assert.equal(await status('DELETE', image), change, user);
      const task = await status('POST', '/dfw/image/v2/tasks', { type: 'import', input: {} });
      assert.equal(task, change === 403 ? 403 : 400, user);
      assert.equal(await status('PUT', '/dfw/object-store/v1/100001/roles'), files, user);
      const reads = user.startsWith('images-') || user === 'creator' ? 403 : 200;
      assert.equal(await status('GET', '/dfw/object-store/v1/100001?format=json'), reads, user);
    }
    const partner = await logIn(url, 'partner');
    assert.equal((await partner.ask('GET', '/dfw/object-store/v1/100001')).status, 403);
  });
});
