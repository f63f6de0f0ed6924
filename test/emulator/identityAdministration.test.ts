import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { ask } from './harness.ts';
import { withUsers } from './plain.ts';

const v3 = '/identity/v3';

test('the admin of the cloud makes projects and users, and gives them roles', async () => {
  await withUsers(async ({ owner, admin }, { url }) => {
    const make = async (path: string, body: JsonObject, status = 201) => {
      const answer = await admin.ask('POST', `${v3}/${path}`, body);
      assert.equal(answer.status, status, answer.text);
      return Object.values(answer.json)[0] as JsonObject;
    };
    const project = await make('projects', { project: { name: 'lab', domain_id: 'default' } });
    const user = await make('users', {
      user: { name: 'ann', password: 'secret', default_project_id: project['id'] ?? null },
    });
    assert.match(String(project['id']), /^[0-9a-f]{32}$/);
    await make('projects', { project: { name: 'lab' } }, 409);
    await make('users', { user: { name: 'ann' } }, 409);
    await make('users', { user: {} }, 400);
    await make('projects', {}, 400);
    for (const [method, path] of [
      ['POST', 'projects'],
      ['POST', 'users'],
      ['DELETE', 'users/x'],
      ['DELETE', 'projects/x'],
    ] as const) {
      const body = method === 'POST' ? {} : undefined;
      assert.equal((await owner.ask(method, `${v3}/${path}`, body)).status, 403, `${method} ${path}`);
    }

    const logIn = async (): Promise<{ status: number; token: string; roles: unknown }> => {
      const domain = { name: 'Default' };
      const identity = {
        methods: ['password'],
        password: { user: { name: 'ann', password: 'secret', domain } },
      };
      const auth = { auth: { identity, scope: { project: { name: 'lab', domain } } } };
      const { status, headers, json } = await ask(url, 'POST', `${v3}/auth/tokens`, auth);
      const { roles } = Object(json['token']);
      const names = (roles as { name: string }[] | undefined)?.map(({ name }) => name);
      return { status, token: headers.get('x-subject-token') ?? '', roles: names };
    };
    assert.equal((await logIn()).status, 401, 'without a role there is no project');
    const { roles } = (await admin.ask('GET', `${v3}/roles`)).json as {
      roles: { id: string; name: string }[];
    };
    const grant = (role: string, of = project) =>
      `${v3}/projects/${of['id']}/users/${user['id']}/roles/${roles.find(({ name }) => name === role)?.id ?? role}`;
    const status = async (method: string, path: string) => (await admin.ask(method, path)).status;
    assert.equal(await status('PUT', grant('member')), 204);
    assert.equal(await status('PUT', grant('reader')), 204);
    assert.equal(await status('PUT', grant('none')), 404);
    assert.equal(await status('PUT', grant('member', { id: '100001' })), 403, 'roles in one project');
    const ann = await logIn();
    assert.deepEqual([ann.status, ann.roles], [201, ['member', 'reader']]);
    const servers = '/regionone/compute/v2.1/servers';
    assert.equal((await ask(url, 'GET', servers, undefined, { 'x-auth-token': ann.token })).status, 200);

    assert.equal(await status('DELETE', grant('reader')), 204);
    assert.equal(await status('DELETE', grant('reader')), 404);
    assert.deepEqual((await logIn()).roles, ['member']);
    assert.equal(await status('DELETE', `${v3}/users/${user['id']}`), 204);
    assert.equal(await status('DELETE', `${v3}/users/${user['id']}`), 404);
    assert.equal((await logIn()).status, 401);
    assert.equal(await status('DELETE', `${v3}/projects/${project['id']}`), 204);
    assert.equal(await status('GET', `${v3}/projects/${project['id']}`), 404);
  });
});

test('the admin of the cloud changes users, and whoever knows a password changes it', async () => {
  await withUsers(async ({ owner, admin }, { url }) => {
    const user = { name: 'ann', password: 'secret', description: 'of the lab', email: 'ann@example.org' };
    const made = (await admin.ask('POST', `${v3}/users`, { user })).json['user'] as JsonObject;
    assert.deepEqual(
      [made['description'], made['email'], made['enabled']],
      ['of the lab', 'ann@example.org', true],
    );
    const path = `${v3}/users/${String(made['id'])}`;
    const logIn = (name: string, password: string) => {
      const by = { methods: ['password'], password: { user: { name, password, domain: { id: 'default' } } } };
      return ask(url, 'POST', `${v3}/auth/tokens`, { auth: { identity: by } });
    };
    const first = await logIn('ann', 'secret');
    assert.equal(first.status, 201);
    const change = async (body: JsonObject) =>
      (await ask(url, 'POST', `${path}/password`, { user: body })).status;
    assert.equal(await change({ original_password: 'wrong', password: 'next' }), 401);
    assert.equal(await change({ password: 'next' }), 400);
    assert.equal(await change({ original_password: 'secret', password: 'next' }), 204);
    assert.equal((await logIn('ann', 'secret')).status, 401);
    const token = { 'x-auth-token': first.headers.get('x-subject-token') ?? '' };
    assert.equal((await ask(url, 'GET', path, undefined, token)).status, 401, 'its tokens have ended');
    const patch = (wanted: JsonObject) => admin.ask('PATCH', path, { user: wanted });
    const renamed = (await patch({ name: 'eve', email: 'eve@example.org' })).json['user'] as JsonObject;
    assert.deepEqual(
      [renamed['name'], renamed['email'], renamed['description']],
      ['eve', 'eve@example.org', 'of the lab'],
    );
    assert.deepEqual((await admin.ask('GET', path)).json['user'], renamed);
    assert.equal((await logIn('eve', 'next')).status, 201);
    assert.equal((await patch({ name: 'owner' })).status, 409);
    assert.equal(((await patch({ enabled: false })).json['user'] as JsonObject)['enabled'], false);
    assert.equal((await logIn('eve', 'next')).status, 401);
    assert.equal((await owner.ask('PATCH', path, { user: { enabled: true } })).status, 403);
    const elsewhere = await admin.ask('POST', `${v3}/users`, { user: { name: 'x', domain_id: 'nowhere' } });
    assert.equal(elsewhere.status, 404);
  });
});
