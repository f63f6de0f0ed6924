import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { type Answer, ask, type Caller } from './harness.ts';
import { base as imageBase, images, withUsers } from './plain.ts';

/** What Keystone 22 answered, asked the same. */

const v3 = '/identity/v3';
const plain = { 'content-type': 'application/json' };

const messageOf = ({ json }: Answer): string =>
  String((json['error'] as JsonObject | undefined)?.['message']);

async function idOf(as: Caller): Promise<string> {
  const { json } = await as.ask('GET', `${v3}/auth/tokens`, undefined, { 'x-subject-token': as.token });
  return String((json['token'] as { user: JsonObject }).user['id']);
}

async function issue(url: string, identity: JsonObject, scope?: Json): Promise<Answer> {
  const auth = { identity, ...(scope === undefined ? {} : { scope }) };
  return ask(url, 'POST', `${v3}/auth/tokens`, { auth });
}

const byPassword = (name: string): JsonObject => ({
  methods: ['password'],
  password: { user: { name, password: 'emulator', domain: { name: 'Default' } } },
});

const byCredential = ({ id, secret }: JsonObject): JsonObject => ({
  methods: ['application_credential'],
  application_credential: { id: id ?? null, secret: secret ?? null },
});

test('EC2 keys are made, shown with their secret and removed by their user, or the admin', async () => {
  await withUsers(async ({ owner, partner, admin }, { url }) => {
    const [me, other] = [await idOf(owner), await idOf(partner)];
    const base = `${v3}/users/${me}/credentials/OS-EC2`;
    const make = async (as: Caller, path: string, body: JsonObject) => as.ask('POST', path, body);
    const made = await make(owner, base, { tenant_id: '100001' });
    assert.equal(made.status, 201);
    const key = made.json['credential'] as JsonObject;
    assert.deepEqual(Object.keys(key), ['user_id', 'tenant_id', 'access', 'secret', 'trust_id', 'links']);
    assert.deepEqual([key['user_id'], key['tenant_id'], key['trust_id']], [me, '100001', null]);
    for (const name of ['access', 'secret']) assert.match(String(key[name]), /^[0-9a-f]{32}$/);
    const self = `${base}/${String(key['access'])}`;
    assert.deepEqual(key['links'], { self: url + self });
    assert.deepEqual((await owner.ask('GET', self)).json['credential'], key);
    assert.deepEqual((await owner.ask('GET', base)).json['credentials'], [key]);
    assert.deepEqual((await admin.ask('GET', base)).json['credentials'], [key]);
    const refusals: [Promise<Answer>, number, RegExp][] = [
      [make(owner, base, {}), 404, /^Could not find project: None\.$/],
      [make(owner, base, { tenant_id: 5 }), 404, /^Could not find project: 5\.$/],
      [make(partner, base, { tenant_id: '100002' }), 403, /identity:ec2_create_credential\.$/],
      [partner.ask('GET', base), 403, /identity:ec2_list_credentials\.$/],
      [
        partner.ask('GET', `${v3}/users/${other}/credentials/OS-EC2/${String(key['access'])}`),
        403,
        /ec2_get_credential/,
      ],
      [partner.ask('DELETE', self), 403, /identity:ec2_delete_credential\.$/],
      [owner.ask('GET', `${base}/nope`), 404, /^Could not find credential: [0-9a-f]{64}\.$/],
      [admin.ask('GET', `${v3}/users/nope/credentials/OS-EC2`), 404, /^Could not find user: nope\.$/],
    ];
    for (const [asked, status, message] of refusals) {
      const answer = await asked;
      assert.equal(answer.status, status, answer.text);
      assert.match(messageOf(answer), message);
    }
    assert.equal((await owner.ask('DELETE', self)).status, 204);
    assert.equal((await owner.ask('DELETE', self)).status, 404);
    assert.deepEqual((await owner.ask('GET', base)).json['credentials'], []);
  });
});

test('credentials of other services are kept for their user', async () => {
  await withUsers(async ({ owner, partner, admin }) => {
    const [path, me] = [`${v3}/credentials`, await idOf(owner)];
    const blob = '{"access": "a", "secret": "s"}';
    const given = { user_id: me, project_id: '100001', type: 'ec2', blob };
    const make = (as: Caller, credential: JsonObject) => as.ask('POST', path, { credential });
    const made = (await make(owner, given)).json['credential'] as JsonObject;
    assert.equal(
      made['id'],
      'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
      'SHA-256 of its access',
    );
    assert.equal((await make(owner, given)).status, 409);
    const cert = (await make(admin, { user_id: me, type: 'cert', blob: 'x' })).json[
      'credential'
    ] as JsonObject;
    assert.deepEqual([cert['type'], cert['blob'], cert['project_id']], ['cert', 'x', null]);
    assert.match(
      messageOf(await make(owner, { user_id: me, type: 'ec2', blob })),
      /is not valid under any of the given schemas/,
    );
    assert.equal(messageOf(await make(owner, { ...given, blob: 'x' })), 'Invalid blob in credential');
    assert.equal((await make(partner, given)).status, 403);
    const list = async (as: Caller, query = '') =>
      ((await as.ask('GET', path + query)).json['credentials'] as JsonObject[]).map(({ id }) => id);
    assert.deepEqual(await list(owner), [made['id'], cert['id']]);
    assert.deepEqual(await list(admin, `?user_id=${me}&type=cert`), [cert['id']]);
    assert.deepEqual(await list(partner), []);
    const own = `${path}/${String(cert['id'])}`;
    const changed = await owner.ask('PATCH', own, { credential: { blob: 'y' } });
    assert.equal((changed.json['credential'] as JsonObject)['blob'], 'y');
    assert.equal(((await owner.ask('GET', own)).json['credential'] as JsonObject)['blob'], 'y');
    for (const method of ['GET', 'DELETE']) assert.equal((await partner.ask(method, own)).status, 403);
    assert.equal((await owner.ask('DELETE', own)).status, 204);
    assert.equal((await admin.ask('GET', own)).status, 404);
  });
});

test('an application credential with access rules opens what they say, in every service', async () => {
  await withUsers(async ({ owner, partner, admin }, { url }) => {
    const me = await idOf(owner);
    const credentials = `${v3}/users/${me}/application_credentials`;
    const rules = `${v3}/users/${me}/access_rules`;
    const make = async (name: string, more: JsonObject): Promise<JsonObject> => {
      const made = await owner.ask('POST', credentials, { application_credential: { name, ...more } });
      assert.equal(made.status, 201, made.text);
      return made.json['application_credential'] as JsonObject;
    };
    const asked = [
      { path: '/v2/images', method: 'GET', service: 'image' },
      { path: '/v2/images/*/members', method: 'GET', service: 'image' },
      { path: '/v3/**', method: 'GET', service: 'identity' },
    ];
    const made = await make('reads', { access_rules: asked, expires_at: '2099-01-01T00:00:00.263818Z' });
    assert.equal(made['expires_at'], '2099-01-01T00:00:00.263818');
    const own = made['access_rules'] as JsonObject[];
    assert.deepEqual(
      own.map(({ id: _, ...rule }) => rule),
      asked,
    );
    const issued = await issue(url, byCredential(made));
    assert.equal(issued.status, 201, issued.text);
    assert.deepEqual((issued.json['token'] as JsonObject)['application_credential'], {
      id: made['id'],
      name: 'reads',
      restricted: true,
      access_rules: own,
    });
    const token = issued.headers.get('x-subject-token') ?? '';
    const status = async (method: string, path: string) =>
      (await ask(url, method, path, undefined, { 'x-auth-token': token })).status;
    assert.equal(await status('GET', `${images}?limit=1`), 200);
    assert.equal(await status('GET', `${images}/nope/members`), 404);
    assert.equal(await status('GET', `${images}/nope`), 401);
    assert.equal(await status('POST', images), 401);
    assert.equal(await status('GET', `${imageBase}/schemas/image`), 401);
    assert.equal(await status('GET', '/regionone/compute/v2.1/servers'), 401);
    assert.equal(await status('GET', `${v3}/auth/projects`), 200);
    const validate = (more: Record<string, string>) =>
      admin.ask('GET', `${v3}/auth/tokens`, undefined, { 'x-subject-token': token, ...more });
    assert.equal((await validate({})).status, 404, 'a service that knows of no rules');
    assert.equal((await validate({ 'openstack-identity-access-rules': '1.0' })).status, 200);

    const listed = (await owner.ask('GET', rules)).json['access_rules'] as JsonObject[];
    assert.deepEqual(
      listed.map(({ id }) => id),
      own.map(({ id }) => id),
    );
    assert.deepEqual(listed[0]?.['links'], { self: `${url}${v3}/access_rules/${String(own[0]?.['id'])}` });
    assert.equal(
      ((await owner.ask('GET', `${rules}?service=identity`)).json['access_rules'] as Json[]).length,
      1,
    );
    const first = `${rules}/${String(own[0]?.['id'])}`;
    assert.equal((await owner.ask('GET', first)).status, 200);
    const used = await owner.ask('DELETE', first);
    assert.deepEqual([used.status, messageOf(used)], [403, 'May not delete access rule in use']);
    for (const as of [partner, admin]) assert.equal((await as.ask('GET', rules)).status, 403);
    assert.equal(messageOf(await owner.ask('GET', `${rules}/nope`)), 'Could not find Access Rule: nope.');
    const again = await make('same', { access_rules: [{ id: own[0]?.['id'] ?? null }, asked[1] ?? null] });
    assert.deepEqual(again['access_rules'], own.slice(0, 2));
    for (const { id } of [made, again]) await owner.ask('DELETE', `${credentials}/${String(id)}`);
    assert.equal(((await owner.ask('GET', rules)).json['access_rules'] as Json[]).length, 3, 'they stay');
    assert.equal((await owner.ask('DELETE', first)).status, 204);
    assert.equal((await owner.ask('DELETE', first)).status, 404);
  });
});

test('application credentials are refused in Keystone’s words', async () => {
  await withUsers(async ({ owner }, { url }) => {
    const path = `${v3}/users/${await idOf(owner)}/application_credentials`;
    const refusals: [JsonObject, number, string][] = [
      [{ name: 'p', expires_at: '2020-01-01T00:00:00' }, 400, "The 'expires_at' must not be before now."],
      [{ name: 'p', expires_at: 'soon' }, 400, 'Timestamp not in expected format.'],
      [{ name: 'r', roles: [{ name: 'nope' }] }, 404, 'Role nope is not defined'],
      [
        { name: 'r', roles: [{ name: 'admin' }] },
        400,
        'Invalid application credential: Cannot create an application credential with unassigned role',
      ],
      [{ name: 'x', foo: 1 }, 400, "'foo' is an invalid keyword argument for ApplicationCredentialModel"],
      [
        { name: 'u', unrestricted: 'yes' },
        400,
        "Invalid input for field 'unrestricted': 'yes' is not of type 'boolean'",
      ],
      [
        { name: 'b', access_rules: [{ path: '/v2', method: 'get' }] },
        400,
        "Invalid input for field 'access_rules/0/method': 'get' does not match '^(POST|GET|HEAD|PATCH|PUT|DELETE)$'",
      ],
    ];
    for (const [given, status, message] of refusals) {
      const refused = await owner.ask('POST', path, { application_credential: given });
      assert.equal(refused.status, status, refused.text);
      assert.ok(messageOf(refused).startsWith(message), messageOf(refused));
    }
    const unknown = await issue(url, byCredential({ id: 'x', secret: 'y' }));
    assert.deepEqual(
      [unknown.status, messageOf(unknown)],
      [404, 'Could not find Application Credential: x.'],
    );
  });
});

test('a project’s tags are read by its users and written by the admin', async () => {
  await withUsers(async ({ owner, partner, admin }, { url }) => {
    const project = `${v3}/projects/100001`;
    const tags = `${project}/tags`;
    const links = { self: `${url}${v3}` };
    assert.deepEqual((await owner.ask('GET', tags)).json, { links, tags: [] });
    assert.match(messageOf(await owner.ask('PUT', `${tags}/a`)), /identity:create_project_tag\.$/);
    assert.equal((await partner.ask('GET', tags)).status, 403);
    const put = await admin.ask('PUT', `${tags}/a`);
    assert.deepEqual([put.status, put.text], [201, '']);
    assert.equal(put.headers.get('location'), `${url}${v3}/100001/tags/a`);
    assert.ok(
      messageOf(await admin.ask('PUT', `${tags}/a`)).startsWith("['a', 'a'] has non-unique elements\n"),
    );
    assert.equal((await owner.ask('GET', `${tags}/a`)).status, 204);
    assert.equal(messageOf(await owner.ask('GET', `${tags}/zz`)), 'Could not find project tag: zz.');
    const set = await admin.ask('PUT', tags, { tags: ['b', 'c'] });
    assert.deepEqual([set.status, set.json], [200, { links, tags: ['b', 'c'] }]);
    assert.equal(
      messageOf(await admin.ask('PUT', tags, { tags: ['a/b'] })),
      "Invalid input for field '0': 'a/b' does not match '^[^,/]*$'\n\nFailed validating 'pattern' in schema['items']:\n    {'maxLength': 255,\n     'minLength': 1,\n     'pattern': '^[^,/]*$',\n     'type': 'string'}\n\nOn instance[0]:\n    'a/b'",
    );
    assert.ok(messageOf(await admin.ask('PUT', tags, {})).startsWith("{} is not of type 'array'\n"));
    assert.deepEqual(((await owner.ask('GET', project)).json['project'] as JsonObject)['tags'], ['b', 'c']);
    for (const [query, found] of [
      ['tags=b,c', 1],
      ['tags=b,zz', 0],
      ['tags-any=b,zz', 1],
      ['not-tags=b&name=100001', 0],
      ['not-tags-any=zz&name=100001', 1],
    ] as const) {
      const { json } = await admin.ask('GET', `${v3}/projects?${query}`);
      assert.equal((json['projects'] as Json[]).length, found, query);
    }
    assert.equal((await admin.ask('DELETE', `${tags}/b`)).status, 204);
    assert.equal((await admin.ask('DELETE', `${tags}/b`)).status, 404);
    assert.equal((await owner.ask('DELETE', tags)).status, 403);
    assert.equal((await admin.ask('DELETE', tags)).status, 204);
    assert.deepEqual((await owner.ask('GET', tags)).json['tags'], []);
  });
});

test('the admin describes, renames and disables projects', async () => {
  await withUsers(async ({ owner, admin }, { url }) => {
    const made = await admin.ask('POST', `${v3}/projects`, {
      project: { name: 'lab', description: 'for tests', tags: ['x'] },
    });
    const project = made.json['project'] as JsonObject;
    assert.deepEqual(
      [project['description'], project['enabled'], project['tags']],
      ['for tests', true, ['x']],
    );
    const change = async (id: string, wanted: JsonObject) => {
      const { status, json, text } = await admin.ask('PATCH', `${v3}/projects/${id}`, { project: wanted });
      return status === 200 ? (json['project'] as JsonObject) : [status, text];
    };
    const renamed = (await change(String(project['id']), { name: 'lab 2' })) as JsonObject;
    assert.deepEqual([renamed['name'], renamed['description']], ['lab 2', 'for tests']);
    assert.equal(((await change('100001', { enabled: false })) as JsonObject)['enabled'], false);
    assert.equal((await issue(url, byPassword('owner'), { project: { id: '100001' } })).status, 401);
    const { json } = await admin.ask('GET', `${v3}/projects?enabled=false`);
    assert.deepEqual(
      (json['projects'] as JsonObject[]).map(({ id }) => id),
      ['100001'],
    );
    assert.equal(
      (await owner.ask('PATCH', `${v3}/projects/100001`, { project: { enabled: true } })).status,
      403,
    );
  });
});

test('tokens of every scope: a project, none, the system; nobody has a role on the domain', async () => {
  await withUsers(async ({ admin }, { url }) => {
    const shown = async (name: string, scope?: Json) => {
      const { status, json } = await issue(url, byPassword(name), scope);
      return status === 201 ? Object.keys(json['token'] as JsonObject) : status;
    };
    const common = ['methods', 'user', 'audit_ids', 'expires_at', 'issued_at'];
    assert.deepEqual(await shown('owner'), [...common, 'project', 'is_domain', 'roles', 'catalog']);
    assert.deepEqual(await shown('owner', 'unscoped'), common);
    for (const scope of [{ all: true }, { all: false }, {}])
      assert.deepEqual(await shown('admin', { system: scope }), [...common, 'roles', 'system', 'catalog']);
    assert.equal(await shown('owner', { system: { all: true } }), 401);
    for (const name of ['owner', 'admin'])
      assert.equal(await shown(name, { domain: { id: 'default' } }), 401);
    const system = await issue(url, byPassword('admin'), { system: { all: true } });
    const { catalog } = system.json['token'] as { catalog: { type: string }[] };
    const types = catalog.map(({ type }) => type);
    assert.ok(types.includes('image') && !types.includes('object-store'), types.join());
    const unscoped = await issue(url, byPassword('owner'), 'unscoped');
    for (const token of [system, unscoped].map(({ headers }) => headers.get('x-subject-token') ?? '')) {
      const refused = await ask(url, 'GET', `${v3}/auth/catalog`, undefined, { 'x-auth-token': token });
      assert.deepEqual(
        [refused.status, messageOf(refused)],
        [403, 'You are not authorized to perform the requested action.'],
      );
    }
    const subject = { 'x-subject-token': system.headers.get('x-subject-token') ?? '' };
    const { json } = await admin.ask('GET', `${v3}/auth/tokens?nocatalog`, undefined, subject);
    assert.deepEqual(Object.keys(json['token'] as JsonObject), [...common, 'roles', 'system']);
  });
});

test('every answer says its Content-Type as Keystone does, and varies by the token', async () => {
  await withUsers(async ({ owner }, { url }) => {
    const path = '/identity';
    const unknown = /^<!doctype html>\n<html lang=en>\n<title>404 Not Found<\/title>/;
    const cases: [string, string, number, string | null, RegExp][] = [
      ['GET', path, 300, 'application/json', /^\{"versions"/],
      ['HEAD', path, 300, 'application/json', /^$/],
      ['GET', v3, 200, 'application/json', /^\{"version"/],
      ['HEAD', v3, 200, 'application/json', /^$/],
      ['GET', `${v3}/auth/projects`, 200, 'application/json', /^\{"projects"/],
      ['HEAD', `${v3}/auth/catalog`, 200, 'application/json', /^$/],
      ['GET', `${v3}/users`, 403, 'application/json', /^\{"error"/],
      ['GET', `${v3}/nope`, 404, 'text/html; charset=utf-8', unknown],
      ['PUT', `${v3}/auth/tokens`, 405, 'application/json', /^\{"message":"The method is not allowed/],
    ];
    for (const [method, at, status, type, body] of cases) {
      const answer = await owner.ask(method, at);
      assert.deepEqual(
        [answer.status, answer.headers.get('content-type'), answer.headers.get('vary')],
        [status, type, 'X-Auth-Token'],
        `${method} ${at}`,
      );
      assert.match(answer.text, body);
    }
    const post = (sent: string, headers: Record<string, string>) =>
      ask(url, 'POST', `${v3}/auth/tokens`, Buffer.from(sent), headers);
    const missing = (what: string, where: string) =>
      `Expecting to find ${what} in ${where}. The server could not`;
    for (const [sent, type, message] of [
      ['{', 'application/json', missing('valid JSON', 'request body')],
      ['[]', 'application/json', missing('valid JSON', 'request body')],
      ['{}', 'text/plain', missing('application/json', 'Content-Type header')],
      ['a=b', 'application/x-www-form-urlencoded', missing('application/json', 'Content-Type header')],
    ] as const) {
      const refused = await post(sent, { 'content-type': type });
      assert.equal(refused.status, 400);
      assert.ok(messageOf(refused).startsWith(message), messageOf(refused));
    }
  });
});

test('names that are sent as numbers get Keystone’s whole sentence', async () => {
  await withUsers(async ({ admin }, { url }) => {
    const user = { name: 5, password: 'x', domain: { id: 'default' } };
    const byNumber = await issue(url, { methods: ['password'], password: { user } });
    assert.equal(
      messageOf(byNumber),
      "Invalid input for field 'identity/password/user/name': 5 is not of type 'string'\n\nFailed validating 'type' in schema['properties']['identity']['properties']['password']['properties']['user']['properties']['name']:\n    {'type': 'string'}\n\nOn instance['identity']['password']['user']['name']:\n    5",
    );
    const byProject = await issue(url, byPassword('owner'), {
      project: { name: 100001, domain: { id: 'default' } },
    });
    assert.equal(
      messageOf(byProject),
      "Invalid input for field 'scope/project/name': 100001 is not of type 'string'\n\nFailed validating 'type' in schema['properties']['scope']['properties']['project']['properties']['name']:\n    {'type': 'string'}\n\nOn instance['scope']['project']['name']:\n    100001",
    );
    const made = async (path: string, body: JsonObject) =>
      messageOf(await admin.ask('POST', `${v3}/${path}`, body, plain));
    assert.equal(
      await made('projects', { project: { name: 5 } }),
      "Invalid input for field 'name': 5 is not of type 'string'\n\nFailed validating 'type' in schema['properties']['name']:\n    {'maxLength': 64, 'minLength': 1, 'pattern': '[\\\\S]+', 'type': 'string'}\n\nOn instance['name']:\n    5",
    );
    assert.equal(
      await made('users', { user: { name: 'x', default_project_id: 5 } }),
      "Invalid input for field 'default_project_id': 5 is not of type 'string', 'null'\n\nFailed validating 'type' in schema['properties']['default_project_id']:\n    {'maxLength': 64,\n     'minLength': 1,\n     'pattern': '^[a-zA-Z0-9-]+$',\n     'type': ['string', 'null']}\n\nOn instance['default_project_id']:\n    5",
    );
    assert.equal(
      await made('users', { user: { name: 'x', enabled: 'yes' } }),
      "Invalid input for field 'enabled': 'yes' is not of type 'boolean'\n\nFailed validating 'type' in schema['properties']['enabled']:\n    {'enum': [True, False, None], 'type': 'boolean'}\n\nOn instance['enabled']:\n    'yes'",
    );
  });
});
