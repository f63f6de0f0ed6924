import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { type Caller, logIn, withEmulator } from './harness.ts';
import { create, images, withUsers } from './plain.ts';

async function named(as: Caller, query: string, path = images): Promise<string[]> {
  const { status, text } = await as.ask('GET', `${path}?${query}`);
  assert.equal(status, 200, `${query}: ${text}`);
  return JSON.parse(text).images.map(({ name }: { name: string }) => name);
}

test('filters: every attribute and property, tags, lists of values, times, sizes, flags', async () => {
  await withUsers(
    async ({ owner }) => {
      const ids = new Map<string, string>();
      const made: [string, JsonObject][] = [
        ['one', { os_distro: 'debian', role: 'web', tags: ['a', 'b'], min_ram: 512, protected: true }],
        ['two, "quoted"', { os_distro: 'debian', tags: ['a'], container_format: 'ovf', disk_format: 'vhd' }],
        ['three', { os_distro: 'ubuntu', role: 'web', os_hidden: true }],
        ['four: colon', { os_distro: 'ubuntu', empty: '' }],
      ];
      for (const [name, more] of made) ids.set(name, await create(owner, { name, ...more }));
      assert.equal(
        (
          await owner.ask('PUT', `${images}/${ids.get('one')}/file`, Buffer.from('12345'), {
            'content-type': 'application/octet-stream',
          })
        ).status,
        204,
      );
      const shown = (await owner.ask('GET', `${images}/${ids.get('one')}`)).json;
      const at = (operator: string, time: unknown) =>
        `created_at=${operator}:${encodeURIComponent(String(time))}`;
      const cases: [string, string[]][] = [
        ['os_distro=debian', ['one', 'two, "quoted"']],
        ['os_distro=debian&role=web', ['one']],
        ['role=web&os_hidden=True', ['three']],
        ['os_hidden=false&os_distro=ubuntu', ['four: colon']],
        ['empty=', ['four: colon']],
        ['os_distr=debian', []],
        ['tag=a', ['one', 'two, "quoted"']],
        ['tag=a&tag=b', ['one']],
        ['tag=a&tag=c', []],
        ['min_ram=512', ['one']],
        ['min_disk=0&min_ram=0', ['four: colon', 'two, "quoted"']],
        ['owner=100001&tag=b', ['one']],
        ['owner=nobody', []],
        [`id=${ids.get('one')}`, ['one']],
        [`id=in:${ids.get('one')},${ids.get('three')}`, ['one']],
        [`checksum=${shown['checksum']}`, ['one']],
        [`checksum=in:${shown['checksum']},x`, ['one']],
        [`os_hash_value=${shown['os_hash_value']}`, ['one']],
        ['name=one', ['one']],
        [`name=${encodeURIComponent('in:one,"four: colon"')}`, ['four: colon', 'one']],
        [`name=${encodeURIComponent('eq:four: colon')}`, ['four: colon']],
        ['status=active', ['one']],
        ['status=in:active,queued&tag=a', ['one', 'two, "quoted"']],
        ['status=none', []],
        ['disk_format=vhd', ['two, "quoted"']],
        ['container_format=in:ovf,docker', ['two, "quoted"']],
        ['protected=true', ['one']],
        ['protected=false&tag=a', ['two, "quoted"']],
        ['size_min=5', ['one']],
        ['size_max=5', ['one']],
        ['size_min=6', []],
        ['size_max=-1', []],
        ['size=5', ['one']],
        [`${at('lte', shown['created_at'])}&tag=b`, ['one']],
        [`${at('lt', shown['created_at'])}&tag=b`, []],
        [`${at('eq', shown['created_at'])}&tag=b`, ['one']],
        [`${at('neq', shown['created_at'])}&tag=b`, []],
        [`created_at=${shown['created_at']}&tag=b`, ['one']],
        ['updated_at=gt:2000-01-01&tag=b', ['one']],
        ['updated_at=gte:2000-01-01T00:00:00%2B02:00&tag=b', ['one']],
        ['is_public=true', []],
        ['deleted=true&tag=b', ['one']],
        ['limit=0', []],
      ];
      for (const [query, names] of cases) assert.deepEqual((await named(owner, query)).sort(), names, query);
    },
    '--seed',
    'empty',
  );
});

test('what a list refuses', async () => {
  await withUsers(
    async ({ owner, partner }) => {
      const secret = await create(owner, { name: 'secret', visibility: 'private' });
      for (const query of [
        'limit=-1',
        'limit=x',
        'limit=',
        'sort=min_ram:asc',
        'sort=',
        'sort=name:up',
        'sort=name:asc:desc',
        'sort=name&sort_key=name',
        'sort_key=name&sort_key=id&sort_dir=asc&sort_dir=desc&sort_dir=asc',
        'sort_dir=up',
        'status=neq:active',
        'checksum=like:x',
        'name=four:colon',
        `name=${encodeURIComponent('in:"open')}`,
        'created_at=gt:yesterday',
        'created_at=like:2020-01-01',
        'created_at=',
        'updated_at=2020-13-01',
        'size_min=x',
        'size_min=1.5',
        'protected=TRUE',
        'visibility=secret',
        'visibility=',
        'member_status=maybe',
        'protected=maybe',
        'os_hidden=maybe',
        'changes-since=2020-01-01',
        'marker=8a1d6d1c-0000-4000-8000-000000000000',
        'marker=x',
      ])
        assert.equal((await owner.ask('GET', `${images}?${query}`)).status, 400, query);
      const { text: format } = await owner.ask('GET', `${images}?updated_at=gt:x`);
      assert.match(format, /Bad "updated_at" query filter format. Use ISO 8601 DateTime notation./);
      const { text: operator } = await owner.ask('GET', `${images}?created_at=like:2020-01-01`);
      assert.match(operator, /Unable to filter on a unknown operator./);
      const hidden = await partner.ask('GET', `${images}?marker=${secret}`);
      assert.equal(hidden.status, 403);
      assert.match(hidden.text, new RegExp(`Forbidding request, image ${secret} not visible`));
      assert.equal((await owner.ask('GET', `${images}?marker=${secret}`)).status, 200);
    },
    '--seed',
    'empty',
  );
});

test('whose images: visibilities, community, members by their answer, the administrator', async () => {
  await withUsers(
    async ({ owner, partner, admin }) => {
      const ids: Record<string, string> = {};
      for (const visibility of ['private', 'shared', 'community'])
        ids[visibility] = await create(owner, { name: visibility, visibility });
      await create(admin, { name: 'public', visibility: 'public' });
      await create(partner, { name: 'own' });
      for (const status of ['pending', 'accepted', 'rejected']) {
        const id = await create(owner, { name: status, visibility: 'shared' });
        assert.equal((await owner.ask('POST', `${images}/${id}/members`, { member: '100002' })).status, 200);
        assert.equal((await partner.ask('PUT', `${images}/${id}/members/100002`, { status })).status, 200);
      }
      const cases: [string, string[]][] = [
        ['', ['accepted', 'own', 'public']],
        ['member_status=pending', ['own', 'pending', 'public']],
        ['member_status=all', ['accepted', 'own', 'pending', 'public', 'rejected']],
        ['visibility=public', ['public']],
        ['visibility=community', ['community']],
        ['visibility=private', []],
        ['visibility=shared', ['accepted', 'own']],
        ['visibility=shared&member_status=rejected', ['own', 'rejected']],
        ['visibility=all', ['accepted', 'community', 'own', 'public']],
        [
          'visibility=all&member_status=all',
          ['accepted', 'community', 'own', 'pending', 'public', 'rejected'],
        ],
        ['owner=100001', ['accepted', 'community', ...(await publicOf(admin, '100001'))]],
      ];
      for (const [query, names] of cases)
        assert.deepEqual((await named(partner, query)).sort(), [...names].sort(), query);
      // The administrator sees all; what was answered and taken back, or deleted, is gone at once.
      assert.equal((await named(admin, '')).length, 8);
      assert.deepEqual(await named(admin, 'visibility=private'), ['private']);
      const [accepted] = JSON.parse((await partner.ask('GET', `${images}?name=accepted`)).text).images;
      assert.equal((await owner.ask('DELETE', `${images}/${accepted.id}/members/100002`)).status, 204);
      assert.deepEqual(await named(partner, 'name=accepted'), []);
    },
    '--seed',
    'empty',
  );
});

async function publicOf(admin: Caller, owner: string): Promise<string[]> {
  return named(admin, `visibility=public&owner=${owner}`);
}

test('pages: first and next as measured, several sort keys, a limit above the cap', async () => {
  await withUsers(
    async ({ owner }) => {
      for (const [name, min] of [
        ['a', 1],
        ['b', 2],
        ['a', 3],
        ['c', 4],
        ['b', 5],
      ] as const)
        await create(owner, { name, min_disk: min, note: 'x y*~' });
      const page = async (path: string) => JSON.parse((await owner.ask('GET', path)).text);
      const query = 'limit=2&sort=name:asc,created_at:desc&note=x%20y*~';
      const first = await page(`${images}?${query}`);
      const written = '/v2/images?limit=2&sort=name%3Aasc%2Ccreated_at%3Adesc&note=x+y%2A~';
      assert.equal(first.first, written);
      assert.equal(first.next, `${written}&marker=${first.images[1].id}`);
      assert.equal(first.schema, '/v2/schemas/images');
      const second = await page(`/regionone/image${first.next}`);
      assert.equal(second.first, written);
      const third = await page(`/regionone/image${second.next}`);
      assert.equal(third.next, undefined);
      const order = [first, second, third].flatMap(({ images: listed }) =>
        listed.map((image: { name: string; min_disk: number }) => `${image.name}${image.min_disk}`),
      );
      assert.deepEqual(
        [...order].map((one) => one[0]),
        ['a', 'a', 'b', 'b', 'c'],
      );
      assert.equal(new Set(order).size, 5);
      const large = await page(`${images}?limit=5000`);
      assert.equal(large.first, '/v2/images?limit=5000');
      assert.equal(large.next, undefined);
      assert.equal((await page(images)).first, '/v2/images');
      const keys = await named(owner, 'sort_key=name&sort_key=size&sort_dir=asc&sort_dir=desc');
      assert.deepEqual(keys, ['a', 'a', 'b', 'b', 'c']);
      assert.deepEqual(await named(owner, 'sort_key=name&sort_dir=desc&limit=3'), ['c', 'b', 'b']);
      assert.deepEqual(await named(owner, 'sort=name&limit=1'), ['c']);
    },
    '--seed',
    'empty',
  );
});

test('what differs at Rackspace', async () => {
  await withEmulator([], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const path = '/dfw/image/v2/images';
    assert.equal((await named(owner, '', path)).length, 17);
    for (const query of ['protected=maybe', 'os_hidden=true', 'name=a:b', 'visibility=shared', 'owner=x'])
      assert.deepEqual(await named(owner, query, path), [], query);
    for (const query of [
      'created_at=x',
      'status=neq:active',
      'updated_at=gt:x',
      'visibility=community',
      'visibility=all',
      'sort=min_ram',
      'limit=-1',
      'member_status=x',
    ])
      assert.equal((await owner.ask('GET', `${path}?${query}`)).status, 400, query);
    assert.equal((await named(owner, 'created_at=lte:2030-01-01T00:00:00Z', path)).length, 17);
  });
});
