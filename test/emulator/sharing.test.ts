import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { ask, type Caller, logIn, patchType, withEmulator } from './harness.ts';

const dfw = '/dfw/image/v2';
const regionone = '/regionone/image/v2';
const ordinary = { disk_format: 'raw', container_format: 'bare' };

interface Setting {
  readonly base: string;
  /** Makes a private (or shared) image of account 100001 and answers its path. */
  image(): Promise<string>;
  as(user: string): Promise<Caller>;
}

/** Both profiles; Rackspace's with `create` opened, so that a test needs no import. */
async function withProfiles(
  use: (setting: Setting, profile: 'rackspace' | 'openstack') => Promise<void>,
): Promise<void> {
  for (const profile of ['rackspace', 'openstack'] as const) {
    const base = profile === 'rackspace' ? dfw : regionone;
    await withEmulator(['--profile', profile, '--config', opened], async ({ url }) => {
      const callers = new Map<string, Promise<Caller>>();
      const as = (user: string) => {
        const known = callers.get(user) ?? logIn(url, user);
        callers.set(user, known);
        return known;
      };
      const image = async () => {
        const made = await (await as('owner')).ask('POST', `${base}/images`, ordinary);
        assert.equal(made.status, 201, made.text);
        return `${base}/images/${String(made.json['id'])}`;
      };
      await use({ base, image, as }, profile);
    });
  }
}

const opened = new URL('../fixtures/opened.cloud-images.json', import.meta.url).pathname;

test('an image is shared, answered, and taken back', async () => {
  await withProfiles(async ({ base, image, as }, profile) => {
    const [owner, partner] = [await as('owner'), await as('partner')];
    const path = await image();
    const id = path.slice(path.lastIndexOf('/') + 1);
    assert.equal((await partner.ask('GET', path)).status, 404, 'a stranger does not see it');
    const made = await owner.ask('POST', `${path}/members`, { member: '100002' });
    assert.equal(made.status, 200, made.text);
    const { created_at, updated_at, ...member } = made.json;
    assert.equal(created_at, updated_at);
    assert.deepEqual(member, {
      member_id: '100002',
      image_id: id,
      status: 'pending',
      schema: '/v2/schemas/member',
    });

    const listed = async (query: string) => {
      const { json, status } = await partner.ask('GET', `${base}/images?${query}`);
      assert.equal(status, 200, query);
      return (json['images'] as JsonObject[]).some((one) => one['id'] === id);
    };
    const answer = async (status: string) => {
      const put = await partner.ask('PUT', `${path}/members/100002`, { status });
      assert.deepEqual([put.status, put.json['status']], [200, status], put.text);
    };
    // The status steers lists and nothing else.
    assert.equal((await partner.ask('GET', path)).status, 200);
    assert.equal(await listed(''), false);
    assert.equal(await listed('visibility=shared&member_status=pending'), true);
    await answer('accepted');
    assert.equal(await listed(''), true);
    assert.equal(await listed('visibility=shared'), true);
    await answer('rejected');
    assert.equal(await listed(''), false);
    assert.equal(await listed('visibility=shared&member_status=rejected'), true);
    assert.equal(await listed('visibility=shared&member_status=all'), true);
    assert.equal((await partner.ask('GET', path)).status, 200);
    await answer('pending');
    await answer('accepted');

    // A member shows it and changes nothing.
    const change = [{ op: 'add', path: '/a', value: 'b' }];
    assert.equal((await partner.ask('PATCH', path, change, patchType)).status, 403);
    assert.equal((await partner.ask('DELETE', path)).status, 403);
    assert.equal((await partner.ask('PUT', `${path}/tags/web`)).status, 403);
    assert.equal((await partner.ask('POST', `${path}/members`, { member: '100003' })).status, 403);
    assert.equal((await partner.ask('DELETE', `${path}/members/100002`)).status, 403);
    assert.equal((await owner.ask('PUT', `${path}/members/100002`, { status: 'accepted' })).status, 403);

    // The owner sees all members, a member only itself.
    assert.equal((await owner.ask('POST', `${path}/members`, { member: '100003' })).status, 200);
    const seenBy = async (who: Caller) =>
      ((await who.ask('GET', `${path}/members`)).json['members'] as JsonObject[]).map(
        (one) => one['member_id'],
      );
    assert.deepEqual((await seenBy(owner)).sort(), ['100002', '100003']);
    assert.deepEqual(await seenBy(partner), ['100002']);
    assert.equal((await partner.ask('GET', `${path}/members/100003`)).status, 404);
    assert.equal((await owner.ask('GET', `${path}/members/100003`)).status, 200);

    // Taken back, it is gone at once.
    assert.equal((await owner.ask('DELETE', `${path}/members/100002`)).status, 204);
    assert.equal((await partner.ask('GET', path)).status, 404);
    assert.equal(await listed('member_status=all'), false);
    assert.equal((await owner.ask('DELETE', `${path}/members/100002`)).status, 404);
    assert.equal((await owner.ask('DELETE', path)).status, 204);
    assert.equal((await owner.ask('GET', `${path}/members`)).status, 404);
    if (profile === 'rackspace')
      assert.equal((await owner.ask('GET', path.replace('/dfw/', '/ord/'))).status, 404, 'another region');
  });
});

test('what sharing refuses', async () => {
  await withProfiles(async ({ base, image, as }, profile) => {
    const [owner, partner] = [await as('owner'), await as('partner')];
    const path = await image();
    const members = `${path}/members`;
    for (const [status, body] of [
      [400, {}],
      [400, { member: '' }],
      [400, { member: null }],
      [400, []],
    ] as const)
      assert.equal(
        (await owner.ask('POST', members, body as JsonObject)).status,
        status,
        JSON.stringify(body),
      );
    assert.equal((await partner.ask('POST', members, { member: '100002' })).status, 404);
    assert.equal((await owner.ask('POST', members, { member: '100002' })).status, 200);
    assert.equal((await owner.ask('POST', members, { member: '100002' })).status, 409);
    for (const body of [{}, { status: '' }, { status: 'perhaps' }, { status: 7 }])
      assert.equal((await partner.ask('PUT', `${members}/100002`, body)).status, 400, JSON.stringify(body));
    assert.equal((await partner.ask('PUT', `${members}/100001`, { status: 'accepted' })).status, 403);
    for (let account = 1; account < 128; account += 1)
      assert.equal((await owner.ask('POST', members, { member: `2${account}` })).status, 200);
    const full = await owner.ask('POST', members, { member: 'one-more' });
    assert.equal(full.status, 413);
    assert.match(full.text, /members for this image\. Attempted: 129, Maximum: 128/);

    const { json } = await owner.ask('GET', `${base}/images?visibility=public&limit=1`);
    const [first] = json['images'] as JsonObject[];
    const publicMembers = `${base}/images/${String(first?.['id'])}/members`;
    const refused = await owner.ask('POST', publicMembers, { member: '100002' });
    assert.equal(refused.status, 403);
    assert.match(
      refused.text,
      profile === 'rackspace' ? /Public images do not have members/ : /Only shared images/,
    );
    assert.equal((await owner.ask('GET', publicMembers)).status, 403);
    if (profile === 'openstack') {
      const change = [{ op: 'replace', path: '/visibility', value: 'private' }];
      const hidden = await image();
      assert.equal((await owner.ask('PATCH', hidden, change, patchType)).status, 200);
      assert.equal((await owner.ask('POST', `${hidden}/members`, { member: '100002' })).status, 403);
    }
  });
});

/** SOURCES: rackspace §3: which roles may do what on an image of their account. */
const matrix: readonly [string, string, JsonObject | JsonObject[] | undefined, 'O' | 'C' | 'A'][] = [
  ['GET', '/images', undefined, 'O'],
  ['GET', '{image}', undefined, 'O'],
  ['GET', '{image}/members', undefined, 'O'],
  ['GET', '{image}/members/100002', undefined, 'O'],
  ['GET', '/tasks', undefined, 'O'],
  ['GET', '/schemas/image', undefined, 'O'],
  ['PUT', '{image}/tags/web', undefined, 'O'],
  ['DELETE', '{image}/tags/web', undefined, 'O'],
  ['POST', '{image}/members', { member: '100003' }, 'C'],
  ['PATCH', '{image}', [{ op: 'add', path: '/a', value: 'b' }], 'A'],
  ['DELETE', '{image}/members/100003', undefined, 'A'],
  ['POST', '/tasks', { type: 'import', input: { import_from: 'exports/x.vhd' } }, 'A'],
  ['DELETE', '{image}', undefined, 'A'],
];
const users = {
  observer: 'O',
  'images-observer': 'O',
  creator: 'C',
  'images-admin': 'A',
  admin: 'A',
  owner: 'A',
};

test('roles may do what the permission matrix says, and nobody anything without a valid token', async () => {
  await withEmulator(['--config', opened], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const revoked = await logIn(url, 'owner');
    assert.equal(
      (
        await revoked.ask('DELETE', '/identity/v3/auth/tokens', undefined, {
          'x-subject-token': revoked.token,
        })
      ).status,
      204,
    );
    for (const [user, role] of Object.entries(users)) {
      const made = await owner.ask('POST', `${dfw}/images`, ordinary);
      const image = `${dfw}/images/${String(made.json['id'])}`;
      assert.equal((await owner.ask('POST', `${image}/members`, { member: '100002' })).status, 200);
      const caller = await logIn(url, user);
      for (const [method, pattern, body, least] of matrix) {
        const path = pattern.startsWith('{image}') ? pattern.replace('{image}', image) : dfw + pattern;
        const headers = method === 'PATCH' ? patchType : {};
        const allowed = 'OCA'.indexOf(role) >= 'OCA'.indexOf(least);
        if (allowed && method === 'DELETE' && pattern.endsWith('100003'))
          await owner.ask('POST', `${image}/members`, { member: '100003' });
        const { status, text } = await caller.ask(method, path, body, headers);
        if (allowed) assert.ok(status < 300, `${user} ${method} ${pattern}: ${status} ${text}`);
        else assert.equal(status, 403, `${user} ${method} ${pattern}: ${text}`);
        for (const token of [undefined, revoked.token, 'foreign'])
          assert.equal(
            (await ask(url, method, path, body, { ...headers, ...(token ? { 'x-auth-token': token } : {}) }))
              .status,
            401,
            `${method} ${pattern} with ${token === undefined ? 'no' : 'a bad'} token`,
          );
      }
    }
  });
});

test('the public service does not offer create, upload and download unless its settings open them', async () => {
  await withEmulator([], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    assert.equal((await owner.ask('POST', `${dfw}/images`, ordinary)).status, 403);
    const { json } = await owner.ask('GET', `${dfw}/images?limit=1`);
    const path = `${dfw}/images/${String((json['images'] as JsonObject[])[0]?.['id'])}`;
    const bytes = { 'content-type': 'application/octet-stream' };
    assert.equal((await owner.ask('PUT', `${path}/file`, Buffer.from('x'), bytes)).status, 403);
    assert.equal((await owner.ask('GET', `${path}/file`)).status, 403);
    assert.equal((await owner.ask('POST', `${path}/actions/deactivate`)).status, 403);
    for (const [method, missing] of [
      ['PUT', `${path}/stage`],
      ['POST', `${path}/import`],
      ['GET', `${path}/tasks`],
      ['GET', `${dfw}/info/stores`],
      ['GET', `${dfw}/metadefs/namespaces`],
    ] as const)
      assert.equal((await owner.ask(method, missing)).status, 404, missing);
  });
});
