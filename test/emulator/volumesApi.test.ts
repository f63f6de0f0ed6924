import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { ask, type Caller, logIn, removeFolder, temporaryFolder, withEmulator } from './harness.ts';
import { withUsers } from './plain.ts';
import { control, make, show, version, volumesBase } from './volumesHarness.ts';

const empty = ['--seed', 'empty'];

test('the version document and microversions are those of Cinder', async () => {
  await withUsers(
    async ({ owner, admin }, emulator) => {
      const root = await ask(emulator.url, 'GET', '/regionone/volume/');
      assert.equal(root.status, 300);
      const [only] = root.json['versions'] as JsonObject[];
      assert.partialDeepStrictEqual(only, {
        id: 'v3.0',
        status: 'CURRENT',
        version: '3.70',
        min_version: '3.0',
      });
      assert.deepEqual(Object(only)['links'][1], {
        rel: 'self',
        href: `${emulator.url}/regionone/volume/v3/`,
      });
      const hidden = await ask(emulator.url, 'GET', '/regionone/volume/v3/');
      assert.deepEqual(
        [hidden.status, hidden.json],
        [
          401,
          {
            error: {
              code: 401,
              title: 'Unauthorized',
              message: 'The request you have made requires authentication.',
            },
          },
        ],
      );
      assert.deepEqual((await owner.ask('GET', '/regionone/volume/v3/')).json, root.json);

      const rows: readonly [asked: string, status: number, told: string | null, message?: string][] = [
        ['volume 3.59', 200, 'volume 3.59'],
        ['compute 2.1, volume 3.27', 200, 'volume 3.27'],
        ['volume latest', 200, 'volume 3.70'],
        [
          'volume 3.71',
          406,
          'volume 3.71',
          'Version 3.71 is not supported by the API. Minimum is 3.0 and maximum is 3.70.',
        ],
        [
          'volume 3.x',
          400,
          null,
          'API Version String 3.x is of invalid format. Must be of format MajorNum.MinorNum.',
        ],
        [
          'compute 2.1',
          400,
          null,
          'The server could not comply with the request since it is either malformed or otherwise incorrect.',
        ],
      ];
      for (const [asked, status, told, message] of rows) {
        const header = { 'openstack-api-version': asked };
        const answer = await owner.ask('GET', `${volumesBase}/types`, undefined, header);
        assert.equal(answer.status, status, asked);
        assert.equal(answer.headers.get('openstack-api-version'), told, asked);
        if (message) assert.equal(Object(Object.values(answer.json)[0])['message'], message);
      }
      const young = await owner.ask('GET', `${volumesBase}/attachments`);
      assert.deepEqual(young.json, {
        itemNotFound: { code: 404, message: 'The resource could not be found.' },
      });
      const unknown = await owner.ask('PATCH', `${volumesBase}/volumes`, undefined, {
        accept: 'application/json',
      });
      assert.deepEqual(unknown.json, {
        message: 'The resource could not be found.<br /><br />\n\n\n',
        code: '404 Not Found',
        title: 'Not Found',
      });
      const id = await make(emulator, owner, 'volume', { size: 1 });
      const without = await owner.ask('GET', `/regionone/volume/v3/volumes/${id}`, undefined, version(70));
      const newest: JsonObject = Object(without.json['volume']);
      const [self] = newest['links'] as JsonObject[];
      assert.equal(self?.['href'], `${emulator.url}/regionone/volume/v3/volumes/${id}`);
      assert.partialDeepStrictEqual(newest, { group_id: null, shared_targets: false, consumes_quota: true });
      const seen = await admin.ask('GET', `/regionone/volume/v3/100001/volumes/${id}`);
      assert.ok('os-vol-host-attr:host' in Object(seen.json['volume']), seen.text);
    },
    ...empty,
  );
});

test('volumes are listed in pages, in an order, and filtered', async () => {
  await withUsers(
    async ({ owner, admin, partner }, emulator) => {
      const ids = new Map<string, string>();
      for (const [name, size, metadata] of [
        ['a', 3, { rack: '1' }],
        ['b', 1, { rack: '1', disk: "it's" }],
        ['c', 2, {}],
      ] as const)
        ids.set(await make(emulator, owner, 'volume', { name, size, metadata }), name);
      const list = async (query: string, headers = {}, as: Caller = owner) => {
        const { json, status, text } = await as.ask(
          'GET',
          `${volumesBase}/volumes?${encodeURI(query)}`,
          undefined,
          headers,
        );
        assert.equal(status, 200, text);
        return json;
      };
      const names = async (query: string, headers = {}) =>
        ((await list(query, headers))['volumes'] as JsonObject[]).map(({ name }) => name).join('');
      assert.equal(await names('sort=name:asc'), 'abc');
      assert.equal(await names('sort_key=size&sort_dir=desc'), 'acb');
      assert.equal(await names('sort=size'), 'acb');
      assert.equal(await names('limit=0'), '');
      assert.equal(await names('sort=name:asc&offset=1&limit=1'), 'b');
      let query = 'sort=size:asc&limit=1';
      let walked = '';
      for (let pages = 0; pages < 4; pages += 1) {
        const page = await list(query);
        const [volume] = page['volumes'] as JsonObject[];
        walked += String(volume?.['name'] ?? '');
        const [next] = (page['volumes_links'] ?? []) as { rel: string; href: string }[];
        if (!next) break;
        assert.match(next.href, /^http:\S+\/regionone\/volume\/v3\/100001\/volumes\?/);
        query = decodeURIComponent(new URL(next.href).search.slice(1));
      }
      assert.equal(walked, 'bca', 'each once');
      assert.equal(await names('name=b'), 'b');
      assert.equal(await names('size=2'), 'c');
      assert.equal(await names('status=error'), '');
      assert.equal(await names('bootable=false&sort=name:asc'), 'abc');
      assert.equal(await names("metadata={'rack': '1'}&sort=name:asc"), 'ab');
      assert.equal(await names(`metadata={'rack': '1', 'disk': "it's"}`), 'b');
      assert.equal(await names('colour=red&sort=name:asc'), 'abc', 'not a filter of customers');
      assert.equal(await names('created_at=gt:2000-01-01T00:00:00&sort=name:asc', version(60)), 'abc');
      assert.equal(await names('created_at=lt:2000-01-01T00:00:00', version(60)), '');
      assert.equal((await list('with_count=true&limit=1', version(45)))['count'], 3);
      const refusals: readonly [query: string, minor: number, status: number, message: RegExp][] = [
        ['limit=x', 0, 400, /limit param must be an integer/],
        ['limit=-1', 0, 400, /limit param must be positive/],
        ['marker=none', 0, 404, /Volume none could not be found\./],
        ['sort=colour', 0, 400, /Invalid input received: Invalid sort key/],
        ['sort=constructor', 0, 400, /Invalid input received: Invalid sort key/],
        ['sort=name:up', 0, 400, /Unknown sort direction, must be 'desc' or 'asc'\./],
        ['sort=name&sort_key=name', 0, 400, /are deprecated and cannot be used with the 'sort' parameter/],
        ['colour=red&name=a', 31, 400, /Invalid filters colour are found in query options\./],
        ['bootable=perhaps', 2, 400, /'bootable = perhaps'/],
        ['created_at=near:2000-01-01', 60, 400, /Invalid near operator/],
      ];
      for (const [asked, minor, status, message] of refusals) {
        const answer = await owner.ask('GET', `${volumesBase}/volumes?${asked}`, undefined, version(minor));
        assert.equal(answer.status, status, asked);
        assert.match(answer.text, message);
      }
      const theirs = await partner.ask('GET', '/regionone/volume/v3/100002/volumes?all_tenants=1');
      assert.deepEqual(theirs.json, { volumes: [] });
      const everybody = await list('all_tenants=1', {}, admin);
      assert.equal((everybody['volumes'] as Json[]).length, 3);
      const summary = await owner.ask('GET', `${volumesBase}/volumes/summary`, undefined, version(36));
      assert.deepEqual(summary.json, {
        'volume-summary': { total_count: 3, total_size: 6, metadata: { rack: ['1'], disk: ["it's"] } },
      });
    },
    ...empty,
  );
});

test('metadata of volumes and snapshots is read and changed, whole and by key', async () => {
  await withUsers(
    async ({ owner }, emulator) => {
      const volume = await make(emulator, owner, 'volume', { size: 1, metadata: { a: '1' } });
      const snapshot = await make(emulator, owner, 'snapshot', { volume_id: volume, metadata: { a: '1' } });
      for (const [path, kind] of [
        [`${volumesBase}/volumes/${volume}/metadata`, 'Volume'],
        [`${volumesBase}/snapshots/${snapshot}/metadata`, 'Snapshot'],
      ]) {
        const rows: readonly [
          method: string,
          key: string,
          body: Json | undefined,
          status: number,
          answer: Json,
        ][] = [
          ['POST', '', { metadata: { b: '2' } }, 200, { metadata: { a: '1', b: '2' } }],
          ['PUT', '/a', { meta: { a: '3' } }, 200, { meta: { a: '3' } }],
          ['GET', '/a', undefined, 200, { meta: { a: '3' } }],
          ['DELETE', '/b', undefined, 200, {}],
          ['GET', '', undefined, 200, { metadata: { a: '3' } }],
          ['PUT', '', { metadata: { c: '4' } }, 200, { metadata: { c: '4' } }],
        ];
        for (const [method, key, body, status, answer] of rows) {
          const { json, status: found, text } = await owner.ask(method, `${path}${key}`, body);
          assert.equal(found, status, text);
          assert.deepEqual(json, answer, `${method} ${key}`);
        }
        const missing = await owner.ask('GET', `${path}/a`);
        assert.match(missing.text, new RegExp(`${kind} \\S+ has no metadata with key a\\.`));
        const other = await owner.ask('PUT', `${path}/x`, { meta: { y: '1' } });
        assert.match(other.text, /Request body and URI mismatch/);
        const two = await owner.ask('PUT', `${path}/x`, { meta: { x: '1', y: '1' } });
        assert.match(two.text, kind === 'Volume' ? /has too many properties/ : /contains too many items/);
        const { headers } = await owner.ask('GET', `${path}`, undefined, version(15));
        const stale = { ...version(15), 'if-match': '"other"' };
        assert.equal((await owner.ask('PUT', `${path}`, { metadata: {} }, stale)).status, 412);
        const fresh = { ...version(15), 'if-match': `"${headers.get('etag')}"` };
        assert.equal((await owner.ask('PUT', `${path}`, { metadata: {} }, fresh)).status, 200);
      }
    },
    ...empty,
  );
});

test('attachments reserve a volume, connect it and leave it available at their end', async () => {
  await withUsers(
    async ({ owner, partner }, emulator) => {
      const volume = await make(emulator, owner, 'volume', { size: 1 });
      const server = randomUUID();
      const path = `${volumesBase}/attachments`;
      const body = { attachment: { volume_uuid: volume, instance_uuid: server, mode: 'rw' } };
      const made = await owner.ask('POST', path, body, version(54));
      assert.equal(made.status, 200, made.text);
      const { id, ...rest } = Object(made.json['attachment']);
      assert.deepEqual(rest, {
        status: 'reserved',
        instance: server,
        volume_id: volume,
        attached_at: '',
        detached_at: '',
        attach_mode: 'rw',
        connection_info: {},
      });
      assert.equal((await show(owner, 'volume', volume))['status'], 'reserved');
      const second = { attachment: { volume_uuid: volume, instance_uuid: randomUUID() } };
      const refused = await owner.ask('POST', path, second, version(54));
      assert.match(
        refused.text,
        /Invalid volume: Volume \S+ status must be available or downloading to reserve, but the current status is reserved\./,
      );
      assert.match(
        (await owner.ask('DELETE', `${volumesBase}/volumes/${volume}`)).text,
        /must not be migrating/,
      );
      const connector = { attachment: { connector: { host: 'h', mountpoint: '/dev/vdb' } } };
      const connected = await owner.ask('PUT', `${path}/${id}`, connector, version(54));
      assert.equal(Object(connected.json['attachment'])['status'], 'attaching');
      assert.equal(
        (await owner.ask('POST', `${path}/${id}/action`, { 'os-complete': null }, version(44))).status,
        204,
      );
      const used = await show(owner, 'volume', volume);
      assert.deepEqual([used['status'], used['metadata']], ['in-use', { attached_mode: 'rw' }]);
      assert.partialDeepStrictEqual(used['attachments'], [
        { id: volume, attachment_id: id, server_id: server, device: '/dev/vdb', host_name: null },
      ]);
      const detail = await owner.ask('GET', `${path}/detail?instance_id=${server}`, undefined, version(27));
      assert.equal((detail.json['attachments'] as Json[]).length, 1);
      assert.deepEqual(
        (await partner.ask('GET', `/regionone/volume/v3/attachments`, undefined, version(27))).json,
        {
          attachments: [],
        },
      );
      const grown = await owner.ask('POST', `${volumesBase}/volumes/${volume}/action`, {
        'os-extend': { new_size: 2 },
      });
      assert.match(grown.text, /status must be '\{'status': 'available'\}' to extend, currently in-use\./);
      const forced = await owner.ask('POST', `${volumesBase}/snapshots`, { snapshot: { volume_id: volume } });
      assert.match(forced.text, /status must be available, but current status is: in-use\./);
      assert.equal(
        (
          await owner.ask('POST', `${volumesBase}/snapshots`, {
            snapshot: { volume_id: volume, force: true },
          })
        ).status,
        202,
      );
      assert.deepEqual((await owner.ask('DELETE', `${path}/${id}`, undefined, version(27))).json, {
        attachments: [],
      });
      assert.equal((await show(owner, 'volume', volume))['status'], 'available');
    },
    ...empty,
  );
});

test('actions on a volume are those of Cinder, and some are for administrators', async () => {
  await withUsers(
    async ({ owner, admin, reader }, emulator) => {
      const volume = await make(emulator, owner, 'volume', { size: 1 });
      const path = `${volumesBase}/volumes/${volume}/action`;
      const act = (body: JsonObject, as: Caller = owner) => as.ask('POST', path, body);
      const status = async () => (await show(owner, 'volume', volume))['status'];
      assert.equal((await act({ 'os-set_bootable': { bootable: 'true' } })).status, 200);
      assert.equal((await show(owner, 'volume', volume))['bootable'], 'true');
      assert.equal((await act({ 'os-reserve': {} })).status, 202);
      assert.equal(await status(), 'attaching');
      assert.match(
        (await act({ 'os-reserve': {} })).text,
        /must be available to reserve, but the status is attaching\./,
      );
      assert.equal((await act({ 'os-unreserve': {} })).status, 202);
      const server = randomUUID();
      assert.equal(
        (await act({ 'os-attach': { instance_uuid: server, mountpoint: '/dev/vdc' } })).status,
        202,
      );
      assert.deepEqual((await show(owner, 'volume', volume))['metadata'], {
        readonly: 'False',
        attached_mode: 'rw',
      });
      const other = await act({ 'os-attach': { instance_uuid: randomUUID(), mountpoint: '/dev/vdc' } });
      assert.match(other.text, /volume is already attached and multiple attachments are not enabled/);
      assert.equal((await act({ 'os-begin_detaching': null })).status, 202);
      assert.equal(await status(), 'detaching');
      assert.equal((await act({ 'os-roll_detaching': null })).status, 202);
      assert.equal((await act({ 'os-detach': {} })).status, 202);
      assert.equal(await status(), 'available');
      assert.match(
        (await act({ 'os-attach': { mountpoint: '/dev/vdc' } })).text,
        /is not valid under any of the given schemas/,
      );
      assert.match((await act({ 'os-extend': { new_size: 1 } })).text, /\(current: 1, extended: 1\)\./);
      await control(emulator, 'POST', '/clock', { pause: true });
      assert.equal((await act({ 'os-extend': { new_size: 4 } })).status, 202);
      assert.equal(await status(), 'extending');
      await control(emulator, 'POST', '/clock', { step: 'next' });
      assert.equal(await status(), 'available');
      assert.equal((await show(owner, 'volume', volume))['size'], 4);
      assert.equal((await act({ 'os-update_readonly_flag': { readonly: true } })).status, 202);
      const set = await act({ 'os-set_image_metadata': { metadata: { os: 'x' } } });
      assert.deepEqual(set.json, { metadata: { os: 'x' } });
      assert.equal((await act({ 'os-unset_image_metadata': { key: 'os' } })).status, 200);
      assert.match(
        (await act({ 'os-unset_image_metadata': { key: 'os' } })).text,
        /Glance metadata for volume/,
      );
      assert.equal((await act({ 'os-reserve': {} }, reader)).status, 403);
      const reset = { 'os-reset_status': { status: 'error' } };
      assert.match(
        (await act(reset)).text,
        /Policy doesn't allow volume_extension:volume_admin_actions:reset_status to be performed\./,
      );
      assert.equal((await act(reset, admin)).status, 202);
      assert.equal(await status(), 'error');
      assert.equal((await act({ 'os-force_delete': {} }, admin)).status, 202);
      await control(emulator, 'POST', '/clock', { step: 'next' });
      assert.equal((await owner.ask('GET', `${volumesBase}/volumes/${volume}`)).status, 404);
      assert.equal((await owner.ask('GET', `${volumesBase}/os-services`)).status, 403);
      assert.equal((await admin.ask('GET', `${volumesBase}/os-services`)).status, 200);
    },
    ...empty,
  );
});

test('Cloud Block Storage serves the same, and makes no volume of an image that is too large', async () => {
  const folder = temporaryFolder();
  const config = join(folder, 'open.json');
  writeFileSync(config, JSON.stringify({ profile: 'rackspace', emulator: { open: ['create', 'upload'] } }));
  try {
    await withEmulator(['--seed', 'empty', '--speed', '1e6', '--config', config], async (emulator) => {
      const { json: login } = await ask(emulator.url, 'POST', '/identity/v2.0/tokens', {
        auth: { passwordCredentials: { username: 'owner', password: 'emulator' } },
      });
      assert.match(JSON.stringify(login), /"name":"cloudBlockStorage".*\/dfw\/volume\/v3\/100001/);
      assert.match(JSON.stringify(login), /"name":"cloudNetworks".*\/dfw\/network/);
      const owner = await logIn(emulator.url, 'owner');
      const observer = await logIn(emulator.url, 'observer');
      const imagesAdmin = await logIn(emulator.url, 'images-admin');
      const base = '/dfw/volume/v3/100001';
      const formats = { name: 'large', disk_format: 'vhd', container_format: 'ovf', min_disk: 128 };
      const { json: image } = await owner.ask('POST', '/dfw/image/v2/images', formats);
      const type = { 'content-type': 'application/octet-stream' };
      const file = `/dfw/image/v2/images/${image['id']}/file`;
      assert.equal((await owner.ask('PUT', file, Buffer.from('x'), type)).status, 204);
      const wanted = { volume: { size: 200, imageRef: image['id'] ?? '' } };
      const refused = await owner.ask('POST', `${base}/volumes`, wanted);
      assert.deepEqual([refused.status, refused.rule], [412, 'server/volume-image']);
      const blank = { volume: { size: 1 } };
      assert.equal((await owner.ask('POST', `${base}/volumes`, blank)).status, 202);
      assert.equal((await observer.ask('GET', `${base}/volumes`)).status, 200);
      assert.equal((await observer.ask('POST', `${base}/volumes`, blank)).status, 403);
      assert.equal((await imagesAdmin.ask('GET', `${base}/volumes`)).status, 403);
    });
  } finally {
    removeFolder(folder);
  }
});
