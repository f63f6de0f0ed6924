import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import { withUsers } from '../plain.ts';
import { build, compute, expectAnswer } from './asking.ts';

test('zones, services, hosts and hypervisors of the one host', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const id = await build(emulator, owner, { flavorRef: '2' });
    const zone = { zoneName: 'nova', zoneState: { available: true }, hosts: null };
    await expectAnswer(owner, 'GET /os-availability-zone', [200, { availabilityZoneInfo: [zone] }]);
    await expectAnswer(owner, 'GET /os-availability-zone/detail', [
      403,
      "Policy doesn't allow os_compute_api:os-availability-zone:detail to be performed.",
    ]);
    const detail = await expectAnswer(admin, 'GET /os-availability-zone/detail', [200]);
    assert.match(detail.text, /"internal".*"nova-scheduler".*"nova".*"nova-compute"/);

    for (const path of [
      '/os-services',
      '/os-hosts',
      '/os-hypervisors',
      '/os-migrations',
      '/os-hosts/emulator',
    ])
      await expectAnswer(owner, `GET ${path}`, [403]);
    const services = {
      services: [{ binary: 'nova-compute', host: 'emulator', id: 3, zone: 'nova', state: 'up' }],
    };
    await expectAnswer(admin, 'GET /os-services?binary=nova-compute', [200, services]);
    await expectAnswer(admin, 'GET /os-services?host=other', [200, { services: [] }]);
    const late = await expectAnswer(admin, 'GET /os-services', [200], { version: 53 });
    assert.match(late.text, /"id":"[0-9a-f-]{36}".*"forced_down":false/);
    const host = { host_name: 'emulator', service: 'compute', zone: 'nova' };
    await expectAnswer(admin, 'GET /os-hosts?zone=nova', [200, { hosts: [host] }]);
    await expectAnswer(admin, 'GET /os-hosts', [404], { version: 43 });
    const used = {
      resource: { host: 'emulator', project: '(used_now)', cpu: 1, memory_mb: 2048, disk_gb: 20 },
    };
    const shown = await expectAnswer(admin, 'GET /os-hosts/emulator', [200]);
    assert.deepEqual((shown.json['host'] as JsonObject[])[1], used);
    await expectAnswer(admin, 'GET /os-hosts/x', [404, "Host 'x' is not mapped to any cell"]);
    await expectAnswer(admin, 'GET /os-migrations', [200, { migrations: [] }]);

    await expectAnswer(admin, 'GET /os-hypervisors', [
      200,
      { hypervisors: [{ id: 1, hypervisor_hostname: 'emulator' }] },
    ]);
    const measures = { vcpus_used: 1, memory_mb_used: 2048, local_gb_used: 20, running_vms: 1 };
    await expectAnswer(admin, 'GET /os-hypervisors/detail', [200, { hypervisors: [measures] }]);
    await expectAnswer(admin, 'GET /os-hypervisors/statistics', [
      200,
      { hypervisor_statistics: { count: 1, ...measures } },
    ]);
    await expectAnswer(admin, 'GET /os-hypervisors/1', [200, { hypervisor: { service: { id: 3 } } }]);
    await expectAnswer(admin, 'GET /os-hypervisors/7', [404, "Hypervisor with ID '7' could not be found."]);
    await expectAnswer(admin, 'GET /os-hypervisors/1', [400, 'Invalid uuid 1'], { version: 53 });
    await expectAnswer(admin, 'GET /os-hypervisors/1/uptime', [200]);
    await expectAnswer(admin, 'GET /os-hypervisors/emu/search', [200, { hypervisors: [{ id: 1 }] }]);
    await expectAnswer(admin, 'GET /os-hypervisors/no/search', [
      404,
      "No hypervisor matching 'no' could be found.",
    ]);
    await expectAnswer(admin, 'GET /os-hypervisors/emu/servers', [
      200,
      { hypervisors: [{ servers: [{ uuid: id }] }] },
    ]);
    const newest = await expectAnswer(
      admin,
      'GET /os-hypervisors/detail?with_servers=true',
      [200, { hypervisors: [{ servers: [{ uuid: id }] }] }],
      { version: 88 },
    );
    assert.equal((newest.json['hypervisors'] as JsonObject[])[0]?.['vcpus'], undefined);
    await expectAnswer(admin, 'GET /os-hypervisors/statistics', [404], { version: 88 });
  });
});

test('what Nova has removed, what it proxies, and what were extensions', async () => {
  await withUsers(async ({ owner, admin }) => {
    const gone = 'This resource is no longer available. No forwarding address is given.';
    for (const request of [
      'GET /os-cells',
      'POST /os-agents',
      'GET /os-fixed-ips/1',
      'GET /os-fping',
      'POST /os-networks',
      'DELETE /os-tenant-networks/1',
    ])
      assert.equal((await expectAnswer(owner, request, [410, gone])).rule, 'compute/gone');
    const reserve = { body: { reserve: null } };
    await expectAnswer(owner, 'POST /os-fixed-ips/1/action', [410, gone], reserve);
    await expectAnswer(owner, 'POST /os-fixed-ips/1/action', [400, 'There is no such action: x'], {
      body: { x: null },
    });
    const { json } = await expectAnswer(owner, 'GET /extensions', [200]);
    assert.equal((json['extensions'] as JsonObject[]).length, 99);
    const legacy = await expectAnswer(owner, 'GET /extensions', [200], {
      base: compute.replace('v2.1', 'v2'),
    });
    assert.equal((legacy.json['extensions'] as JsonObject[]).length, 100);
    await expectAnswer(owner, 'GET /extensions/os-keypairs', [
      200,
      { extension: { alias: 'os-keypairs', name: 'Keypairs' } },
    ]);
    await expectAnswer(owner, 'GET /extensions/no', [404]);

    const networks = await expectAnswer(owner, 'GET /os-networks', [
      200,
      { networks: [{ label: 'shared-net', cidr: null }] },
    ]);
    const [network] = networks.json['networks'] as JsonObject[];
    assert.equal(Object.keys(network ?? {}).length, 11);
    await expectAnswer(owner, `GET /os-networks/${String(network?.['id'])}`, [
      200,
      { network: network ?? null },
    ]);
    await expectAnswer(owner, 'GET /os-networks/x', [404, 'Network not found']);
    await expectAnswer(owner, 'GET /os-tenant-networks', [200, { networks: [{ cidr: 'None' }] }]);
    await expectAnswer(owner, 'GET /os-networks', [404], { version: 36 });
    const groups = await expectAnswer(owner, 'GET /os-security-groups', [
      200,
      { security_groups: [{ name: 'default' }] },
    ]);
    const [group] = groups.json['security_groups'] as JsonObject[];
    await expectAnswer(owner, `GET /os-security-groups/${String(group?.['id'])}`, [
      200,
      { security_group: group ?? null },
    ]);
    await expectAnswer(admin, `GET /os-security-groups/${String(group?.['id'])}`, [200]);
    await expectAnswer(owner, 'GET /os-security-groups/x', [400]);
    await expectAnswer(owner, 'GET /os-floating-ips', [200, { floating_ips: [] }]);
    await expectAnswer(owner, 'GET /os-floating-ip-pools', [200, { floating_ip_pools: [] }]);
    await expectAnswer(owner, 'POST /os-floating-ips', [404, 'Floating IP pool not found.'], { body: {} });
    await expectAnswer(owner, 'DELETE /os-floating-ips/x', [404, 'Floating IP not found for ID x']);
  });
});

test('server groups as each version shows them', async () => {
  await withUsers(async ({ owner, partner, admin }, emulator) => {
    const path = '/os-server-groups';
    const old = { name: 'g', policies: ['affinity'] };
    const make = (group: JsonObject, version = 1) => ({ body: { server_group: group }, version });
    const made = await expectAnswer(
      owner,
      `POST ${path}`,
      [200, { server_group: { ...old, metadata: {}, members: [] } }],
      make(old),
    );
    const { id } = made.json['server_group'] as JsonObject;
    const refused: [JsonObject, number, RegExp | string][] = [
      [{ name: 'g', policies: ['soft-affinity'] }, 1, /'soft-affinity' is not one of/],
      [{ name: 'g', policies: ['affinity', 'anti-affinity'] }, 1, /is too long/],
      [{ name: 'g', policies: [] }, 1, /is too short/],
      [{ name: '', policies: ['affinity'] }, 1, /is too short/],
      [{ name: 'g' }, 1, /'policies' is a required property/],
      [
        { name: 'g', policy: 'affinity', rules: { max_server_per_host: 2 } },
        64,
        'Only anti-affinity policy supports rules.',
      ],
    ];
    for (const [group, version, text] of refused)
      await expectAnswer(owner, `POST ${path}`, [400, text], make(group, version));
    await expectAnswer(owner, `POST ${path}`, [200], make({ name: 'soft', policies: ['soft-affinity'] }, 15));
    const rules = { max_server_per_host: 3 };
    await expectAnswer(
      owner,
      `POST ${path}`,
      [200, { server_group: { policy: 'anti-affinity', rules } }],
      make({ name: 'r', policy: 'anti-affinity', rules: { max_server_per_host: '3' } }, 64),
    );
    const first = await expectAnswer(
      owner,
      `GET ${path}/${String(id)}`,
      [200, { server_group: { project_id: '100001' } }],
      { version: 13 },
    );
    assert.ok((first.json['server_group'] as JsonObject)['user_id']);
    await expectAnswer(partner, `GET ${path}/${String(id)}`, [
      404,
      `Instance group ${String(id)} could not be found.`,
    ]);
    const names = async (as: typeof owner, query = '') =>
      ((await expectAnswer(as, `GET ${path}${query}`, [200])).json['server_groups'] as JsonObject[]).map(
        ({ name }) => name,
      );
    assert.deepEqual(await names(owner), ['g', 'soft', 'r']);
    assert.deepEqual(await names(owner, '?limit=1&offset=1'), ['soft']);
    assert.deepEqual(
      await names(partner, '?all_projects=1'),
      [],
      'passed over for others than administrators',
    );
    assert.equal((await names(admin, '?all_projects=1')).length, 3);

    const member = await build(emulator, owner, {}, { 'os:scheduler_hints': { group: id ?? null } });
    await expectAnswer(owner, `GET ${path}/${String(id)}`, [200, { server_group: { members: [member] } }]);
    await expectAnswer(owner, `DELETE ${path}/${String(id)}`, [204]);
    await expectAnswer(owner, `DELETE ${path}/${String(id)}`, [404]);
    await expectAnswer(admin, 'PUT /os-quota-sets/100001', [200], {
      body: { quota_set: { server_groups: 2 } },
    });
    await expectAnswer(owner, `POST ${path}`, [403, 'Quota exceeded, too many server groups.'], make(old));
  });
});

test('hours of servers are counted for their projects', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const id = await build(emulator, owner);
    const now = new Date(Date.now() + 3_600_000_000_000).toISOString().slice(0, 19);
    const time = `start=2015-01-01T00:00:00&end=${now}`;
    const path = '/os-simple-tenant-usage';
    const usage = {
      tenant_id: '100001',
      server_usages: [
        { instance_id: id, flavor: 'm1.tiny', memory_mb: 512, state: 'active', ended_at: null },
      ],
    };
    await expectAnswer(owner, `GET ${path}/100001?${time}`, [200, { tenant_usage: usage }]);
    await expectAnswer(owner, `GET ${path}/100002?${time}`, [403, /os-simple-tenant-usage:show/]);
    await expectAnswer(owner, `GET ${path}?${time}`, [403, /os-simple-tenant-usage:list/]);
    const all = await expectAnswer(admin, `GET ${path}?${time}`, [
      200,
      { tenant_usages: [{ tenant_id: '100001' }] },
    ]);
    assert.equal((all.json['tenant_usages'] as JsonObject[])[0]?.['server_usages'], undefined);
    await expectAnswer(admin, `GET ${path}?${time}&detailed=1`, [200, { tenant_usages: [usage] }]);
    await expectAnswer(admin, `GET ${path}/100002?${time}`, [200, { tenant_usage: {} }]);
    await expectAnswer(owner, `GET ${path}/100001?start=x`, [
      400,
      'Invalid datetime string: Datetime is in invalid format',
    ]);
    await expectAnswer(owner, `GET ${path}/100001`, [200]);
    await expectAnswer(owner, `GET ${path}/100001?start=${now}`, [
      400,
      'Invalid start time. The start time cannot occur after the end time.',
    ]);
    const page = await expectAnswer(admin, `GET ${path}?${time}&limit=1`, [200], { version: 40 });
    assert.match(JSON.stringify(page.json['tenant_usages_links']), new RegExp(`marker=${id}`));
    await expectAnswer(admin, `GET ${path}?${time}&marker=${id}`, [200, { tenant_usages: [] }], {
      version: 40,
    });
  });
});

test('aggregates are kept for administrators', async () => {
  await withUsers(async ({ owner, admin }) => {
    const path = '/os-aggregates';
    await expectAnswer(owner, `GET ${path}`, [403, /os-aggregates:index/]);
    const make = { body: { aggregate: { name: 'a', availability_zone: 'z' } } };
    const made = await expectAnswer(
      admin,
      `POST ${path}`,
      [200, { aggregate: { name: 'a', availability_zone: 'z', updated_at: null } }],
      make,
    );
    const aggregate = made.json['aggregate'] as JsonObject;
    assert.deepEqual([aggregate['hosts'], aggregate['uuid']], [undefined, undefined]);
    const one = `${path}/${String(aggregate['id'])}`;
    await expectAnswer(admin, `POST ${path}`, [409, 'Aggregate a already exists.'], make);
    await expectAnswer(admin, `POST ${path}`, [400, /'name' is a required property/], {
      body: { aggregate: {} },
    });
    const act = (action: JsonObject) => ({ body: action });
    await expectAnswer(
      admin,
      `POST ${one}/action`,
      [200, { aggregate: { hosts: ['emulator'] } }],
      act({ add_host: { host: 'emulator' } }),
    );
    await expectAnswer(admin, `POST ${one}/action`, [409], act({ add_host: { host: 'emulator' } }));
    await expectAnswer(
      admin,
      `POST ${one}/action`,
      [404, 'Compute host x could not be found.'],
      act({ add_host: { host: 'x' } }),
    );
    const metadata = { k: 'v', l: null };
    const set = await expectAnswer(
      admin,
      `POST ${one}/action`,
      [200, { aggregate: { availability_zone: 'z' } }],
      act({ set_metadata: { metadata } }),
    );
    assert.deepEqual((set.json['aggregate'] as JsonObject)['metadata'], { k: 'v', availability_zone: 'z' });
    await expectAnswer(admin, `DELETE ${one}`, [400, /not empty/]);
    await expectAnswer(
      admin,
      `POST ${one}/action`,
      [200, { aggregate: { hosts: [] } }],
      act({ remove_host: { host: 'emulator' } }),
    );
    await expectAnswer(admin, `PUT ${one}`, [200, { aggregate: { name: 'b' } }], {
      body: { aggregate: { name: 'b' } },
    });
    await expectAnswer(admin, `GET ${one}`, [200, { aggregate: { metadata: { k: 'v' } } }], { version: 41 });
    await expectAnswer(admin, `DELETE ${one}`, [200]);
    await expectAnswer(admin, `GET ${one}`, [404]);
    await expectAnswer(admin, `GET ${path}/x`, [400]);
  });
});

test('the one host is not changed, and who asks wrongly is told so', async () => {
  await withUsers(async ({ owner, admin }) => {
    const not = 'The requested functionality is not supported.';
    const compute = { host: 'emulator', binary: 'nova-compute' };
    const rows: [string, JsonObject | undefined, number, string | RegExp, number?][] = [
      ['PUT /os-hosts/emulator', { status: 'enable' }, 501, not],
      ['PUT /os-hosts/x', { status: 'enable' }, 404, "Host 'x' is not mapped to any cell"],
      ['PUT /os-hosts/emulator', { status: 'no' }, 400, /'no' is not one of/],
      ['PUT /os-hosts/emulator', { param: 'x' }, 400, /Additional properties are not allowed/],
      ['GET /os-hosts/emulator/reboot', undefined, 501, not],
      ['GET /os-hosts/x/startup', undefined, 404, "Host 'x' is not mapped to any cell"],
      ['PUT /os-services/disable', compute, 501, not],
      ['PUT /os-services/fly', compute, 404, 'Unknown action'],
      ['PUT /os-services/disable-log-reason', compute, 400, 'Missing disabled reason field'],
      [
        'PUT /os-services/enable',
        { ...compute, binary: 'nova-scheduler' },
        400,
        /Only nova-compute services can be updated/,
      ],
      ['PUT /os-services/enable', { ...compute, host: 'x' }, 404, "Host 'x' is not mapped to any cell"],
      ['PUT /os-services/enable', {}, 400, /'host' is a required property/],
      ['PUT /os-services/x', { status: 'enabled' }, 400, 'Invalid uuid x', 53],
      ['DELETE /os-services/77', undefined, 404, 'Service 77 not found.'],
      ['GET /os-instance_usage_audit_log/now', undefined, 400, 'Invalid timestamp for date now'],
    ];
    for (const [request, body, status, text, version = 1] of rows) {
      await expectAnswer(admin, request, [status, text], { body, version });
      if (status !== 400)
        await expectAnswer(owner, request, [403, /Policy doesn't allow/], { body, version });
    }
    const log = {
      instance_usage_audit_log: {
        period_beginning: '2020-02-01 00:00:00',
        period_ending: '2020-03-01 00:00:00',
        num_hosts: 1,
      },
    };
    await expectAnswer(admin, 'GET /os-instance_usage_audit_log/2020-03-15%2000:00:00', [200, log]);
    await expectAnswer(admin, 'GET /os-instance_usage_audit_log', [
      200,
      { instance_usage_audit_logs: { log: {} } },
    ]);
  });
});
