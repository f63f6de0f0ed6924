import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { ask, logIn, withEmulator } from './harness.ts';

const odd: readonly Json[] = [
  null,
  true,
  0,
  1.5,
  '',
  'x',
  '\0',
  '\ud800',
  '__proto__',
  'constructor',
  [],
  ['x'],
  [null],
  [[]],
];
const objects: readonly Json[] = [{}, { x: 1 }, JSON.parse('{"__proto__":{"id":"x"},"id":{}}')];
const domain = { id: 'default' };
const user = { name: 'owner', password: 'emulator', domain };
const scope = { project: { name: '100001', domain } };
/** Where a value goes: in front of it and behind it. */
const bodies: readonly [path: string, body: JsonObject][] = [
  ['/identity/v3/auth/tokens', { auth: { identity: { methods: ['password'], password: { user } }, scope } }],
  [
    '/identity/v3/auth/tokens',
    { auth: { identity: { methods: ['token'], token: { id: 'x' } }, scope: 'unscoped' } },
  ],
  [
    '/identity/v3/auth/tokens',
    {
      auth: {
        identity: {
          methods: ['application_credential'],
          application_credential: { name: 'x', secret: 'x', user: { name: 'owner', domain } },
        },
      },
    },
  ],
  [
    '/identity/v3/auth/tokens',
    { auth: { identity: { methods: ['password'], password: { user } }, scope: { system: { all: true } } } },
  ],
  [
    '/identity/v2.0/tokens',
    { auth: { passwordCredentials: { username: 'owner', password: 'emulator' }, tenantId: '100001' } },
  ],
  [
    '/identity/v2.0/tokens',
    { auth: { 'RAX-KSKEY:apiKeyCredentials': { username: 'owner', apiKey: 'x' }, tenantName: '100001' } },
  ],
  ['/identity/v2.0/tokens', { auth: { token: { id: 'x' }, tenantId: '100001' } }],
];

/** The body with another value at each of its places, its names too. */
function* changed(body: Json, value: Json): Generator<Json> {
  yield value;
  if (Array.isArray(body)) {
    for (const at of body.keys())
      for (const item of changed(body[at] ?? null, value))
        yield body.map((old, index) => (index === at ? item : old));
    return;
  }
  if (typeof body !== 'object' || body === null) return;
  for (const [name, member] of Object.entries(body)) {
    for (const item of changed(member ?? null, value)) yield { ...body, [name]: item };
    const { [name]: gone, ...rest } = body;
    yield rest;
    if (typeof value === 'string') yield Object.fromEntries([...Object.entries(rest), [value, gone ?? null]]);
  }
}

test('any value at any place of a request for a token is answered in the words of Keystone', async () => {
  await withEmulator(['--profile', 'openstack', '--seed', 'empty'], async (emulator) => {
    let count = 0;
    for (const [path, body] of bodies)
      for (const value of [...odd, ...objects])
        for (const sent of changed(body, value)) {
          const { status, text } = await ask(emulator.url, 'POST', path, sent);
          const about = `${path} ${JSON.stringify(sent)}: ${status} ${text}`;
          count += 1;
          assert.ok(
            [200, 201, 400, 401].includes(status) ||
              text.includes('Failed to validate token') ||
              text.includes('Could not find Application Credential'),
            about,
          );
          if (status < 400) continue;
          const [error] = Object.values(JSON.parse(text)) as JsonObject[];
          assert.equal(error?.['code'], status, about);
          assert.doesNotMatch(
            String(error?.['message']),
            /TypeError|undefined|Cannot|not a function|\[object/,
            about,
          );
        }
    assert.ok(count > 1000, String(count));
    assert.doesNotMatch(emulator.log(), / failed|Error/);
  });
});

test('a member of another type is named with what was found, as Keystone does', async () => {
  await withEmulator(['--profile', 'openstack', '--seed', 'empty'], async ({ url }) => {
    const message = async (auth: Json, status = 400) => {
      const { status: answered, json } = await ask(url, 'POST', '/identity/v3/auth/tokens', { auth });
      assert.equal(answered, status, JSON.stringify(auth));
      // What fails, before where it does.
      return String((json['error'] as JsonObject)['message']).split('\n\n')[0] ?? '';
    };
    const byPassword = (user: Json) => ({ identity: { methods: ['password'], password: { user } } });
    assert.equal(await message(true), "True is not of type 'object'");
    assert.equal(await message({}), "'identity' is a required property");
    assert.equal(
      await message({ identity: { methods: ['password', null] } }),
      "Invalid input for field 'identity/methods/1': None is not of type 'string'",
    );
    assert.equal(
      await message({ ...byPassword(user), scope: null }),
      "Invalid input for field 'scope': None is not of type 'object', 'string'",
    );
    assert.equal(
      await message(byPassword({ ...user, name: [{ a: 'x' }, 1.5] })),
      "Invalid input for field 'identity/password/user/name': [{'a': 'x'}, 1.5] is not of type 'string'",
    );
    assert.equal(
      await message(byPassword({ ...user, domain: {} })),
      'Invalid input for field identity/password/user/domain: id or name must be present.',
    );
    assert.match(await message(byPassword({ ...user, name: '' })), /^Expecting to find id or name in user\./);
    assert.match(
      await message({ ...byPassword(user), scope: 'x' }),
      /^Expecting to find system, project, domain, /,
    );
    assert.equal(
      await message({ identity: { methods: [] } }, 401),
      'The request you have made requires authentication.',
    );
  });
});

test('half a character in a body is refused, since the store would keep another in its place', async () => {
  await withEmulator(['--profile', 'openstack', '--seed', 'empty'], async ({ url }) => {
    const { ask: as } = await logIn(url, 'owner');
    const images = '/regionone/image/v2/images';
    const shared = { disk_format: 'raw', container_format: 'bare', visibility: 'shared', a: 'x' };
    const { json } = await as('POST', images, shared);
    const half = '\ud800';
    for (const body of [
      { ...shared, name: half },
      { ...shared, [half]: 'x' },
      { ...shared, tags: [half] },
    ])
      assert.equal((await as('POST', images, body)).status, 400);
    for (const member of [half, half])
      assert.equal((await as('POST', `${images}/${json['id']}/members`, { member })).status, 400);
    // Both halves are a character, written so or not.
    const whole = Buffer.from(
      '{"auth":{"passwordCredentials":{"username":"\\ud83d\\ude00","password":"x"}}}',
    );
    assert.equal((await ask(url, 'POST', '/identity/v2.0/tokens', whole)).status, 401);
  });
});
