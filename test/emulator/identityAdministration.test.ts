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
