import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { ask, withEmulator } from './harness.ts';
import { byPassword, byToken, client, isDefault, messageOf, openstack, tokenOf, tokens } from './keystone.ts';

test('bodies that are no request for a token are 400 and name what is missing', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { issue } = client(url);
    const rows: readonly [identity: Json, scope: Json | undefined, problem: RegExp][] = [
      ['x', undefined, /field 'identity': 'x' is not of type 'object'/],
      [{}, undefined, /field 'identity': 'methods' is a required property/],
      [{ methods: 'password' }, undefined, /identity\/methods/],
      [{ methods: ['password'] }, undefined, /Expecting to find password in identity/],
      [{ methods: ['password'], password: {} }, undefined, /Expecting to find user in password/],
      [{ methods: ['password'], password: { user: {} } }, undefined, /id or name must be present/],
      [
        { methods: ['password'], password: { user: { name: 'owner', password: 'emulator' } } },
        undefined,
        /Expecting to find domain in user/,
      ],
      [byPassword('owner'), { project: {} }, /field scope\/project: id or name must be present/],
      [byPassword('owner'), { domain: {} }, /field scope\/domain/],
      [byPassword('owner'), { project: { name: '100001' } }, /Expecting to find domain in project/],
      [
        byPassword('owner'),
        { project: { id: '100001' }, system: { all: true } },
        /Expecting to find system, project, domain/,
      ],
      [byPassword('owner'), 7, /field 'scope'/],
    ];
    for (const [identity, scope, problem] of rows) {
      const refused = await issue(identity, scope);
      assert.equal(refused.status, 400, JSON.stringify(identity));
      assert.match(messageOf(refused), problem);
      assert.equal(JSON.parse(refused.text).error.title, 'Bad Request');
    }
    assert.match(messageOf(await ask(url, 'POST', tokens, {})), /Expecting to find auth in request body/);
    const unknown = await issue({ methods: ['totp'], totp: {} });
    assert.equal(unknown.status, 401);
    assert.match(messageOf(unknown), /unsupported method/);
    const mixed = await issue({
      methods: ['password', 'token'],
      password: { user: { name: 'owner', password: 'emulator', ...isDefault } },
      token: { id: (await client(url).as('partner')).token },
    });
    assert.equal(mixed.status, 401);
  });
});

test('scopes: the own account, none, and for the admin of the cloud the system', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { issue } = client(url);
    const owner = tokenOf(await issue(byPassword('owner')));
    assert.equal(owner.project?.id, '100001');
    assert.ok(owner.catalog);
    const none = tokenOf(await issue(byPassword('owner'), { unscoped: {} }));
    assert.deepEqual([none.project, none.roles, none.catalog], [undefined, undefined, undefined]);

    const system = await issue(byPassword('admin'), { system: { all: true } });
    assert.deepEqual(tokenOf(system).system, { all: true });
    for (const others of [{ all: false }, {}])
      assert.equal((await issue(byPassword('admin'), { system: others })).status, 201);
    assert.deepEqual(
      tokenOf(system).roles?.map(({ name }) => name),
      ['admin'],
    );
    const systemToken = system.headers.get('x-subject-token') ?? '';
    const images = await ask(url, 'GET', '/regionone/image/v2/images', undefined, {
      'x-auth-token': systemToken,
    });
    assert.equal(images.status, 401);
    assert.equal((await issue(byToken(systemToken), { project: { id: '100001' } })).status, 403);

    for (const [name, scope] of [
      ['owner', { system: { all: true } }],
      ['admin', { domain: { id: 'default' } }],
      ['admin', { project: { id: '100002' } }],
      ['owner', { 'OS-TRUST:trust': { id: 'x' } }],
    ] as const)
      assert.equal((await issue(byPassword(name), scope)).status, 401, JSON.stringify(scope));
  });
});

test('a token of a token ends when the first one ends, and names its audit id', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { issue } = client(url);
    const first = await issue(byPassword('owner'), 'unscoped');
    const second = await issue(byToken(first.headers.get('x-subject-token') ?? ''), {
      project: { id: '100001' },
    });
    const third = await issue(byToken(second.headers.get('x-subject-token') ?? ''));
    const [one, two, three] = [first, second, third].map(tokenOf);
    assert.match(one?.issued_at ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.match(one?.audit_ids[0] ?? '', /^[\w-]{22}$/);
    assert.equal(two?.expires_at, one?.expires_at);
    assert.deepEqual(two?.audit_ids.slice(1), one?.audit_ids);
    assert.deepEqual(three?.audit_ids.slice(1), one?.audit_ids);
    assert.deepEqual(two?.methods, ['token', 'password']);
    assert.equal(two?.project?.id, '100001');
    assert.equal(three?.project?.id, '100001');
  });
});

test('who may ask about a token of another: the admin of the cloud, and services', async () => {
  await withEmulator(openstack, async ({ url, token: control }) => {
    const service = { name: 'glance', password: 'g', apiKey: 'k', account: '100002', roles: ['service'] };
    const made = await ask(url, 'POST', '/emulator/users', service, { authorization: `Bearer ${control}` });
    assert.equal(made.status, 201);
    const { as, issue } = client(url);
    const owner = await as('owner');
    const partner = await as('partner');
    const admin = await as('admin');
    const issued = await issue(byPassword('glance', 'g'));
    const glance = issued.headers.get('x-subject-token') ?? '';
    const about = (asker: string, method = 'GET') =>
      ask(url, method, `${tokens}?nocatalog`, undefined, {
        'x-auth-token': asker,
        'x-subject-token': owner.token,
      });
    for (const asker of [owner.token, admin.token, glance]) {
      const shown = await about(asker);
      assert.equal(shown.status, 200);
      assert.equal(shown.headers.get('x-subject-token'), owner.token);
      assert.equal(tokenOf(shown).catalog, undefined);
      assert.equal(tokenOf(shown).user.id, owner.id);
    }
    assert.equal((await about(partner.token)).status, 403);
    assert.equal((await about(partner.token, 'HEAD')).status, 403);
    assert.equal((await about(partner.token, 'DELETE')).status, 403);
    assert.equal((await about(glance, 'DELETE')).status, 403);
    assert.equal((await owner.call('GET', '/auth/tokens')).status, 403);
    assert.equal((await about(admin.token, 'DELETE')).status, 204);
    assert.equal((await about(admin.token)).status, 404);
    assert.equal((await owner.call('GET', '/auth/projects')).status, 401);
  });
});

test('projects, users, roles and domains: oneself for everybody, all for the admin of the cloud', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { as } = client(url);
    const admin = await as('admin');
    const owner = await as('owner');
    const partner = await as('partner');
    const rows: readonly [path: string, owner: number, admin: number][] = [
      ['/auth/projects', 200, 200],
      ['/auth/domains', 200, 200],
      ['/auth/system', 200, 200],
      ['/auth/catalog', 200, 200],
      [`/users/${owner.id}/projects`, 200, 200],
      [`/users/${partner.id}/projects`, 403, 200],
      ['/users', 403, 200],
      [`/users/${owner.id}`, 200, 200],
      [`/users/${partner.id}`, 403, 200],
      ['/users/nobody', 403, 404],
      ['/projects', 403, 200],
      ['/projects/100001', 200, 200],
      ['/projects/100002', 403, 200],
      ['/projects/none', 403, 404],
      ['/roles', 403, 200],
      ['/roles/none', 403, 404],
      ['/domains', 403, 200],
      ['/domains/default', 200, 200],
      ['/domains/none', 403, 404],
    ];
    for (const [path, forOwner, forAdmin] of rows) {
      assert.equal((await owner.call('GET', path)).status, forOwner, `owner ${path}`);
      assert.equal((await admin.call('GET', path)).status, forAdmin, `admin ${path}`);
      assert.equal((await ask(url, 'GET', `/identity/v3${path}`)).status, 401, path);
    }
    const head = await owner.call('HEAD', '/auth/projects');
    assert.deepEqual([head.status, head.text], [200, '']);
    const found = JSON.parse((await admin.call('GET', '/users?name=partner')).text).users;
    assert.deepEqual(
      found.map(({ id, default_project_id }: JsonObject) => [id, default_project_id]),
      [[partner.id, '100002']],
    );
    assert.deepEqual((await admin.call('GET', '/projects?name=none')).json['projects'], []);
    assert.deepEqual((await admin.call('GET', '/projects?domain_id=none')).json['projects'], []);
    assert.deepEqual((await admin.call('GET', '/auth/system')).json['system'], [{ all: true }]);
    assert.deepEqual((await owner.call('GET', '/auth/system')).json['system'], []);
  });
});

test('at Rackspace the role admin is of the account, not of the cloud', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { as, issue } = client(url);
    const admin = await as('admin');
    for (const path of ['/users', '/projects', '/projects/100002', '/roles'])
      assert.equal((await admin.call('GET', path)).status, 403, path);
    assert.equal((await issue(byPassword('admin'), { system: { all: true } })).status, 401);
  });
});

test('Keystone is found at the root, too, where some clients look for it', async () => {
  await withEmulator([], async ({ url }) => {
    const auth = {
      identity: {
        methods: ['password'],
        password: { user: { name: 'owner', domain: { id: 'default' }, password: 'emulator' } },
      },
      scope: { project: { id: '100001' } },
    };
    for (const path of ['/v3/auth/tokens', '/identity/v3/auth/tokens']) {
      const { status, headers } = await ask(url, 'POST', path, { auth });
      assert.equal(status, 201);
      assert.ok(headers.get('x-subject-token'));
    }
    assert.equal((await ask(url, 'GET', '/v2.0/nothing')).status, 404);
  });
});
