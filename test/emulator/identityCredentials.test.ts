import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emulatorControl } from '../../server/cloud/services/emulatorControl.ts';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { ask, removeFolder, start, temporaryFolder, withEmulator } from './harness.ts';
import { byCredential, byToken, client, isDefault, messageOf, openstack, tokenOf } from './keystone.ts';

test('an application credential opens one account with some of the roles, until it is removed', async () => {
  await withEmulator(openstack, async ({ url, token: control }) => {
    const { as, issue } = client(url);
    const two = {
      name: 'two',
      password: 'emulator',
      apiKey: 'k',
      account: '100001',
      roles: ['member', 'reader'],
    };
    await ask(url, 'POST', '/emulator/users', two, { authorization: `Bearer ${control}` });
    const user = await as('two');
    const base = `/users/${user.id}/application_credentials`;
    const make = (given: JsonObject) => user.call('POST', base, { application_credential: given });

    const answer = await make({ name: 'reads', description: 'a reader', roles: [{ name: 'reader' }] });
    assert.equal(answer.status, 201);
    const made = JSON.parse(answer.text).application_credential;
    assert.deepEqual([made.project_id, made.unrestricted, made.expires_at], ['100001', false, null]);
    assert.equal(made.roles[0].name, 'reader');

    const byId = byCredential({ id: made.id, secret: made.secret });
    const byName = byCredential({ name: 'reads', user: { name: 'two', ...isDefault }, secret: made.secret });
    for (const identity of [byId, byName]) {
      const token = tokenOf(await issue(identity));
      assert.deepEqual(token.methods, ['application_credential']);
      assert.deepEqual(token.application_credential, { id: made.id, name: 'reads', restricted: true });
      assert.deepEqual(
        token.roles?.map(({ name }) => name),
        ['reader'],
      );
      assert.equal(token.project?.id, '100001');
    }
    const program = (await issue(byId)).headers.get('x-subject-token') ?? '';
    const images = (token: string, method = 'GET') =>
      ask(url, method, '/regionone/image/v2/images', method === 'POST' ? { name: 'x' } : undefined, {
        'x-auth-token': token,
        'content-type': 'application/json',
      });
    assert.equal((await images(program)).status, 200);
    assert.equal((await images(program, 'POST')).status, 403, 'a reader creates nothing');
    // What comes of its token is no more than it.
    const derived = await issue(byToken(program));
    assert.deepEqual(
      tokenOf(derived).roles?.map(({ name }) => name),
      ['reader'],
    );
    const asProgram = { 'x-auth-token': program };
    const again = await user.call('POST', base, { application_credential: { name: 'more' } }, asProgram);
    assert.equal(again.status, 403);
    assert.match(messageOf(again), /managing additional application credentials/);
    assert.equal((await user.call('DELETE', `${base}/${made.id}`, undefined, asProgram)).status, 403);

    for (const [identity, scope] of [
      [byCredential({ id: made.id, secret: 'wrong' }), undefined],
      [
        byCredential({ name: 'reads', user: { name: 'owner', ...isDefault }, secret: made.secret }),
        undefined,
      ],
      [byId, { project: { id: '100001' } }],
      [byId, 'unscoped'],
    ] as const)
      assert.equal((await issue(identity, scope)).status, 401, JSON.stringify(identity));
    assert.equal((await issue(byCredential({ id: 'none', secret: made.secret }))).status, 404);
    assert.equal((await issue(byCredential({ id: made.id }))).status, 400);
    assert.equal((await issue(byCredential({ name: 'reads', secret: 'x' }))).status, 400);

    const listed = JSON.parse((await user.call('GET', `${base}?name=reads`)).text).application_credentials;
    assert.deepEqual([listed.length, listed[0].id, listed[0].secret], [1, made.id, undefined]);
    const shown = JSON.parse((await user.call('GET', `${base}/${made.id}`)).text).application_credential;
    assert.deepEqual([shown.description, shown.secret], ['a reader', undefined]);

    assert.equal((await user.call('DELETE', `${base}/${made.id}`)).status, 204);
    assert.equal((await images(program)).status, 401, 'its tokens went with it');
    assert.equal((await issue(byId)).status, 404);
    assert.equal((await user.call('GET', `${base}/${made.id}`)).status, 404);
  });
});

test('application credentials that are refused, and one that may make others', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { as, issue } = client(url);
    const owner = await as('owner');
    const partner = await as('partner');
    const unscoped = await as('owner', 'unscoped');
    const base = `/users/${owner.id}/application_credentials`;
    const make = (given: Json, who = owner) => who.call('POST', base, { application_credential: given });
    const rows: readonly [given: JsonObject, problem: RegExp][] = [
      [{}, /'name' is a required property/],
      [{ name: '' }, /'name'/],
      [{ name: 7 }, /'name'/],
      [{ name: 'x', description: 7 }, /'description'/],
      [{ name: 'x', secret: {} }, /'secret'/],
      [{ name: 'x', unrestricted: 'yes' }, /'unrestricted'/],
      [{ name: 'x', roles: 'member' }, /'roles'/],
      [{ name: 'x', roles: [{ id: 'a', name: 'member' }] }, /'roles\/0'/],
      [{ name: 'x', roles: [{ name: 'admin' }] }, /unassigned role/],
      [{ name: 'x', expires_at: 'tomorrow' }, /Timestamp not in expected format/],
      [{ name: 'x', expires_at: '2001-01-01T00:00:00' }, /must not be before now/],
      [
        { name: 'x', access_rules: [{ path: 'v2', method: 'GET', service: 'image' }] },
        /'access_rules\/0\/path'/,
      ],
    ];
    for (const [given, problem] of rows) {
      const refused = await make(given);
      assert.equal(refused.status, 400, JSON.stringify(given));
      assert.match(messageOf(refused), problem);
    }
    assert.equal((await make({ name: 'x' }, partner)).status, 403);
    assert.equal((await make({ name: 'x' }, unscoped)).status, 403);
    const first = JSON.parse((await make({ name: 'own', secret: 'mine', unrestricted: true })).text);
    assert.equal((await make({ name: 'own' })).status, 409);
    const { id, secret } = first.application_credential;
    assert.equal(secret, 'mine');
    const program = (await issue(byCredential({ id, secret }))).headers.get('x-subject-token') ?? '';
    const path = `${base}/${id}`;
    assert.equal(
      (
        await owner.call(
          'POST',
          base,
          { application_credential: { name: 'other' } },
          { 'x-auth-token': program },
        )
      ).status,
      201,
    );
    assert.equal((await partner.call('GET', path)).status, 403);
    assert.equal(
      (await partner.call('GET', `/users/${partner.id}/application_credentials/${id}`)).status,
      404,
    );
    assert.equal((await partner.call('DELETE', path)).status, 403);
    assert.equal((await ask(url, 'GET', `/identity/v3${path}`)).status, 401);
  });
});

test('a credential ends at its time, and its tokens with it', async () => {
  await withEmulator(openstack, async (emulator) => {
    const { as, issue } = client(emulator.url);
    const clock = emulatorControl(emulator.url, emulator.token);
    await clock.setClock({ pause: true });
    const owner = await as('owner');
    const ends = new Date(Date.parse((await clock.clock()).time) + 3_600_000).toISOString();
    const made = await owner.call('POST', `/users/${owner.id}/application_credentials`, {
      application_credential: { name: 'short', secret: 's', expires_at: ends },
    });
    assert.equal(made.status, 201, made.text);
    const { id, expires_at: shown } = JSON.parse(made.text).application_credential;
    assert.equal(shown, ends.replace('Z', '000'));
    const identity = byCredential({ id, secret: 's' });
    const issued = await issue(identity);
    assert.equal(tokenOf(issued).expires_at, ends.replace('Z', '000Z'));
    const token = issued.headers.get('x-subject-token') ?? '';
    const images = () =>
      ask(emulator.url, 'GET', '/regionone/image/v2/images', undefined, { 'x-auth-token': token });
    assert.equal((await images()).status, 200);
    assert.equal((await clock.setClock({ step: 'next' })).reached?.time, ends);
    const refused = await images();
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Keystone uri=/);
    assert.equal((await issue(identity)).status, 401);
    assert.equal((await owner.call('GET', '/auth/projects')).status, 200, 'the user goes on');
  });
});

test('tokens and credentials outlive a restart; foreign and broken tokens open nothing', async () => {
  const data = temporaryFolder();
  const first = await start(data, '--seed', 'empty');
  const owner = await client(first.url).as('owner');
  const made = await owner.call('POST', `/users/${owner.id}/application_credentials`, {
    application_credential: { name: 'kept', secret: 's' },
  });
  const { id } = JSON.parse(made.text).application_credential;
  await first.end('SIGKILL');
  const second = await start(data);
  await withEmulator(['--seed', 'empty'], async (other) => {
    const foreign = await client(other.url).as('owner');
    const images = (token: string) =>
      ask(second.url, 'GET', '/dfw/image/v2/images', undefined, { 'x-auth-token': token });
    assert.equal((await images(owner.token)).status, 200);
    for (const token of [foreign.token, '', 'x', `${owner.token}x`, 'ü'.repeat(300), 'gAAAA'.repeat(60)]) {
      const refused = await images(encodeURIComponent(token));
      assert.equal(refused.status, 401);
      assert.equal(refused.headers.get('www-authenticate'), `Keystone uri="${second.url}/identity/v3"`);
    }
  });
  assert.equal((await client(second.url).issue(byCredential({ id, secret: 's' }))).status, 201);
  await second.end();
  removeFolder(data);
});
