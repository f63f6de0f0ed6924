import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import { withUsers } from '../plain.ts';
import { build, expectAnswer } from './asking.ts';

test('metadata of a server are shown, merged, replaced and removed', async () => {
  await withUsers(async ({ owner, partner }, emulator) => {
    const path = `/servers/${await build(emulator, owner, { metadata: { a: '1' } })}/metadata`;
    const set = (metadata: JsonObject) => ({ body: { metadata } });
    await expectAnswer(owner, `GET ${path}`, [200, { metadata: { a: '1' } }]);
    await expectAnswer(owner, `POST ${path}`, [200, { metadata: { a: '1', b: '2' } }], set({ b: '2' }));
    const replaced = await expectAnswer(owner, `PUT ${path}`, [200], set({ c: '3' }));
    assert.deepEqual(replaced.json, { metadata: { c: '3' } });
    await expectAnswer(owner, `PUT ${path}/d`, [200, { meta: { d: '4' } }], { body: { meta: { d: '4' } } });
    await expectAnswer(owner, `GET ${path}/d`, [200, { meta: { d: '4' } }]);
    await expectAnswer(owner, `DELETE ${path}/c`, [204]);
    const { json } = await expectAnswer(owner, `GET ${path}`, [200]);
    assert.deepEqual(json, { metadata: { d: '4' } });

    await expectAnswer(owner, `GET ${path}/c`, [404, 'Metadata item was not found']);
    await expectAnswer(owner, `DELETE ${path}/c`, [404, 'Metadata item was not found']);
    await expectAnswer(owner, `PUT ${path}/d`, [400, 'Request body and URI mismatch'], {
      body: { meta: { e: '4' } },
    });
    await expectAnswer(owner, `PUT ${path}/d`, [400, /does not have enough properties/], {
      body: { meta: {} },
    });
    await expectAnswer(owner, `POST ${path}`, [400, /5 is not of type 'string'/], set({ a: 5 }));
    await expectAnswer(partner, `GET ${path}`, [404, /Instance .* could not be found/]);
    const many = Object.fromEntries(Array.from({ length: 128 }, (_, at) => [`k${at}`, 'v']));
    await expectAnswer(
      owner,
      `POST ${path}`,
      [403, 'Maximum number of metadata items exceeds 128'],
      set(many),
    );
    await expectAnswer(owner, `PUT ${path}`, [200], set(many));
  });
});

test('metadata of a locked server stay', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const id = await build(emulator, owner);
    await expectAnswer(admin, `POST /servers/${id}/action`, [202], { body: { lock: null } });
    const body = { metadata: { a: '1' } };
    await expectAnswer(owner, `POST /servers/${id}/metadata`, [409, `Instance ${id} is locked`], { body });
    await expectAnswer(admin, `POST /servers/${id}/metadata`, [200], { body });
  });
});

test('tags of a server, from 2.26', async () => {
  await withUsers(async ({ owner, partner }, emulator) => {
    const id = await build(emulator, owner);
    const path = `/servers/${id}/tags`;
    const at = { version: 26 };
    await expectAnswer(owner, `GET ${path}`, [404]);
    await expectAnswer(owner, `GET ${path}`, [200, { tags: [] }], at);
    const added = await expectAnswer(owner, `PUT ${path}/web`, [201], at);
    assert.match(String(added.headers.get('location')), new RegExp(`/servers/${id}/tags/web$`));
    await expectAnswer(owner, `PUT ${path}/web`, [204], at);
    await expectAnswer(owner, `GET ${path}/web`, [204], at);
    await expectAnswer(owner, `GET ${path}/no`, [404, `Server ${id} has no tag 'no'`], at);
    await expectAnswer(owner, `PUT ${path}`, [200, { tags: ['a', 'b'] }], {
      ...at,
      body: { tags: ['b', 'a', 'b'] },
    });
    await expectAnswer(owner, `GET /servers/${id}`, [200, { server: { tags: ['a', 'b'] } }], at);
    await expectAnswer(owner, `DELETE ${path}/a`, [204], at);
    await expectAnswer(owner, `DELETE ${path}/a`, [404, `Instance ${id} has no tag 'a'`], at);
    await expectAnswer(owner, `PUT ${path}/${'x'.repeat(61)}`, [400, /^\{"badRequest".*is too long/], at);
    await expectAnswer(owner, `PUT ${path}/a%2Fb`, [404], at);
    await expectAnswer(owner, `PUT ${path}/a%2Cb`, [400, /without characters/], at);
    await expectAnswer(owner, `PUT ${path}`, [400, /'a\/b' does not match/], {
      ...at,
      body: { tags: ['a/b'] },
    });
    const many = Array.from({ length: 51 }, (_, number) => `t${number}`);
    await expectAnswer(owner, `PUT ${path}`, [400, /is too long/], { ...at, body: { tags: many } });
    await expectAnswer(owner, `PUT ${path}`, [200], { ...at, body: { tags: many.slice(1) } });
    await expectAnswer(
      owner,
      `PUT ${path}/more`,
      [400, 'The number of tags exceeded the per-server limit 50'],
      at,
    );
    await expectAnswer(partner, `GET ${path}`, [403, /os-server-tags:index/], at);
    await expectAnswer(owner, `DELETE ${path}`, [204], at);
    await expectAnswer(owner, `GET ${path}`, [200, { tags: [] }], at);
  });
});

test('the network of a server, as far as Nova shows it', async () => {
  await withUsers(async ({ owner, partner }, emulator) => {
    const path = `/servers/${await build(emulator, owner)}`;
    const { json } = await expectAnswer(owner, `GET ${path}/ips`, [200]);
    const { 'shared-net': list } = json['addresses'] as JsonObject;
    assert.deepEqual(Object.keys((list as JsonObject[])[0] ?? {}), ['version', 'addr']);
    await expectAnswer(owner, `GET ${path}/ips/shared-net`, [200, { 'shared-net': list ?? null }]);
    await expectAnswer(owner, `GET ${path}/ips/other`, [
      404,
      'Instance is not a member of specified network',
    ]);
    const ports = await expectAnswer(owner, `GET ${path}/os-interface`, [200]);
    const [port] = ports.json['interfaceAttachments'] as JsonObject[];
    assert.equal(port?.['port_state'], 'ACTIVE');
    assert.equal(port['tag'], undefined);
    await expectAnswer(
      owner,
      `GET ${path}/os-interface/${String(port['port_id'])}`,
      [200, { interfaceAttachment: { tag: null } }],
      { version: 70 },
    );
    await expectAnswer(owner, `GET ${path}/os-interface/x`, [404, 'Port id x could not be found.']);
    const group = { security_groups: [{ name: 'default', rules: [{}, {}] }] };
    await expectAnswer(owner, `GET ${path}/os-security-groups`, [200, group]);
    await expectAnswer(partner, `GET ${path}/os-security-groups`, [404]);
  });
});

test('what Nova tells of a server’s state', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const id = await build(emulator, owner);
    const path = `/servers/${id}`;
    await expectAnswer(owner, `GET ${path}/diagnostics`, [403, /os-server-diagnostics/]);
    await expectAnswer(admin, `GET ${path}/diagnostics`, [200, { memory: 512 * 1024 }]);
    await expectAnswer(admin, `GET ${path}/diagnostics`, [200, { state: 'running', num_cpus: 1 }], {
      version: 48,
    });
    await expectAnswer(owner, `GET ${path}/os-server-password`, [200, { password: '' }]);
    await expectAnswer(owner, `DELETE ${path}/os-server-password`, [204]);
    await expectAnswer(owner, `GET ${path}/topology`, [404], { version: 77 });
    await expectAnswer(owner, `GET ${path}/topology`, [200, { nodes: [], pagesize_kb: null }], {
      version: 78,
    });
    await expectAnswer(owner, `GET ${path}/migrations`, [403], { version: 23 });
    await expectAnswer(admin, `GET ${path}/migrations`, [200, { migrations: [] }], { version: 23 });
    await expectAnswer(
      admin,
      `GET ${path}/migrations/7`,
      [404, `In-progress live migration 7 is not found for server ${id}.`],
      { version: 23 },
    );
  });
});

test('what has been done to a server, newest first', async () => {
  await withUsers(async ({ owner, partner, admin }, emulator) => {
    const id = await build(emulator, owner);
    const path = `/servers/${id}/os-instance-actions`;
    await expectAnswer(owner, `POST /servers/${id}/action`, [202], { body: { lock: null } });
    const { json } = await expectAnswer(owner, `GET ${path}`, [200]);
    const actions = json['instanceActions'] as JsonObject[];
    assert.deepEqual(
      actions.map(({ action }) => action),
      ['lock', 'create'],
    );
    const request = String(actions[1]?.['request_id']);
    assert.match(request, /^req-/);
    assert.equal(actions[1]?.['updated_at'], undefined);
    const one = `GET ${path}/${request}`;
    const shown = await expectAnswer(owner, one, [
      200,
      { instanceAction: { action: 'create', message: null } },
    ]);
    assert.equal((shown.json['instanceAction'] as JsonObject)['events'], undefined);
    const eventsAt = async (as: typeof owner, version: number) =>
      ((await expectAnswer(as, one, [200], { version })).json['instanceAction'] as JsonObject)[
        'events'
      ] as JsonObject[];
    const keys = async (as: typeof owner, version: number) =>
      Object.keys((await eventsAt(as, version))[0] ?? {}).join(' ');
    assert.equal(await keys(owner, 51), 'event start_time finish_time result');
    assert.equal(await keys(owner, 62), 'event start_time finish_time result hostId');
    assert.equal(await keys(owner, 84), 'event start_time finish_time result hostId');
    assert.equal(await keys(admin, 1), 'event start_time finish_time result traceback');
    assert.equal(await keys(admin, 84), 'event start_time finish_time result traceback host hostId details');
    assert.equal((await eventsAt(owner, 51))[0]?.['result'], 'Success');

    const paged = { version: 58 };
    const page = await expectAnswer(
      owner,
      `GET ${path}?limit=1`,
      [200, { instanceActions: [{ action: 'lock' }] }],
      paged,
    );
    const marker = String(actions[0]?.['request_id']);
    assert.match(
      JSON.stringify(page.json['links']),
      new RegExp(`os-instance-actions\\?limit=1&marker=${marker}`),
    );
    const rest = await expectAnswer(
      owner,
      `GET ${path}?marker=${marker}`,
      [200, { instanceActions: [{ action: 'create' }] }],
      paged,
    );
    assert.equal((rest.json['instanceActions'] as JsonObject[]).length, 1);
    await expectAnswer(owner, `GET ${path}?marker=no`, [400, 'Marker None could not be found.'], paged);
    await expectAnswer(owner, `GET ${path}?changes-since=2100-01-01`, [200, { instanceActions: [] }], paged);
    await expectAnswer(owner, `GET ${path}?changes-before=2000-01-01`, [400, /Additional properties/], paged);
    await expectAnswer(owner, `GET ${path}?changes-before=2000-01-01`, [200, { instanceActions: [] }], {
      version: 66,
    });
    await expectAnswer(owner, `GET ${path}/req-no`, [404, 'Action req-no not found']);
    await expectAnswer(partner, `GET ${path}`, [404]);
  });
});
