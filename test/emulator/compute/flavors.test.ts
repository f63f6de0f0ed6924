import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import { type Caller, logIn, withEmulator } from '../harness.ts';
import { withUsers } from '../plain.ts';
import { expectAnswer } from './asking.ts';

const listed = (json: JsonObject) => (json['flavors'] as JsonObject[]).map(({ id }) => id);

test('flavors are listed in the order of their ids, in pages, and filtered', async () => {
  await withUsers(async ({ owner }) => {
    const ids = ['1', '2', '3', '4', '42', '5', '84', 'c1', 'd1'];
    const all = await expectAnswer(owner, 'GET /flavors', [200]);
    assert.deepEqual(listed(all.json), ids);
    for (const [query, expected] of [
      ['limit=2', ['1', '2']],
      ['limit=2&marker=2', ['3', '4']],
      ['limit=0', []],
      ['minRam=4096', ['3', '4', '5']],
      ['minDisk=40&minRam=1', ['3', '4', '5']],
      ['sort_key=memory_mb&sort_dir=desc&limit=2', ['5', '4']],
      ['sort_key=vcpus&sort_dir=asc&marker=c1', ['d1', '3', '4', '5']],
      ['sort_key=disabled&limit=2&marker=1', ['2', '3']],
      ['marker=1&marker=2&limit=1', ['3']],
      ['is_public=nonsense&foo=bar', ids], // read for administrators only
    ] as const) {
      const { json } = await expectAnswer(owner, `GET /flavors?${query}`, [200]);
      assert.deepEqual(listed(json), expected, query);
    }
    const page = await expectAnswer(owner, 'GET /flavors/detail?limit=9&foo=1', [200]);
    assert.match(JSON.stringify(page.json['flavors_links']), /flavors\/detail\?limit=9&marker=d1"/);
    assert.equal(all.json['flavors_links'], undefined);
  });
});

test('wrong filters of flavors are refused in the words of Nova', async () => {
  await withUsers(async ({ owner, admin }) => {
    const refused: [string, string][] = [
      ['minDisk=x', 'Invalid minDisk filter [x]'],
      ['minRam=1.5', 'Invalid minRam filter [1.5]'],
      ['marker=nope', 'marker [nope] not found'],
      ['limit=-1', "Invalid input for query parameters limit. Value: -1. '-1' does not match '^[0-9]*$'"],
      [
        'sort_dir=up',
        "Invalid input for query parameters sort_dir. Value: up. 'up' is not one of ['asc', 'desc']",
      ],
    ];
    for (const [query, text] of refused) await expectAnswer(owner, `GET /flavors?${query}`, [400, text]);
    await expectAnswer(admin, 'GET /flavors?is_public=x', [400, 'Invalid is_public filter [x]']);
    await expectAnswer(owner, 'GET /flavors?foo=1', [400, /Additional properties/], { version: 75 });
    await expectAnswer(owner, 'GET /flavors/m1.tiny', [404, 'Flavor m1.tiny could not be found.']);
  });
});

test('a flavor is shown as each version shows it', async () => {
  await withUsers(async ({ owner }) => {
    const keys = async (version: number) => {
      const { json } = await expectAnswer(owner, 'GET /flavors/1', [200], { version });
      return json['flavor'] as JsonObject;
    };
    const first = await keys(1);
    assert.deepEqual(
      { ...first, links: undefined },
      {
        ...{ id: '1', name: 'm1.tiny', ram: 512, disk: 1, swap: '', vcpus: 1, rxtx_factor: 1 },
        'OS-FLV-EXT-DATA:ephemeral': 0,
        'OS-FLV-DISABLED:disabled': false,
        'os-flavor-access:is_public': true,
        links: undefined,
      },
    );
    assert.match(JSON.stringify(first['links']), /compute\/v2.1\/flavors\/1".*compute\/flavors\/1"/);
    const { text } = await expectAnswer(owner, 'GET /flavors/detail?limit=1', [200]);
    assert.match(text, /"rxtx_factor":1\.0,/);
    assert.equal((await keys(55))['description'], null);
    assert.deepEqual((await keys(61))['extra_specs'], {});
    assert.equal((await keys(75))['swap'], 0);
    await expectAnswer(owner, 'GET /flavors?limit=1', [200, { flavors: [{ description: null }] }], {
      version: 55,
    });
  });
});

const small = { name: 'small', ram: 64, vcpus: '1', disk: 0 };

test('administrators make, describe and delete flavors', async () => {
  await withUsers(async ({ owner, admin }) => {
    const make = (flavor: JsonObject, version = 1) => ({ body: { flavor }, version });
    await expectAnswer(
      owner,
      'POST /flavors',
      [403, "Policy doesn't allow os_compute_api:os-flavor-manage:create to be performed."],
      make(small),
    );
    await expectAnswer(
      admin,
      'POST /flavors',
      [200, { flavor: { id: '77', vcpus: 1, swap: 5 } }],
      make({ ...small, id: 77, swap: 5 }),
    );
    const refused: [JsonObject, number, string | RegExp][] = [
      [{ ...small, id: '77', name: 'other' }, 409, 'Flavor with ID 77 already exists.'],
      [small, 409, 'Flavor with name small already exists.'],
      [{ ...small, ram: 0 }, 400, /attribute ram. Value: 0. 0 is less than the minimum of 1/],
      [{ ...small, rxtx_factor: 0 }, 400, /0 is less than or equal to the minimum of 0/],
      [{ ...small, id: ' x' }, 400, /Value: {2}x/],
      [{ ...small, name: '' }, 400, /'' is too short/],
      [{ ...small, description: 'x' }, 400, /Additional properties are not allowed/],
      [{ name: 'x', ram: 1, vcpus: 1 }, 400, /'disk' is a required property/],
    ];
    for (const [flavor, status, text] of refused)
      await expectAnswer(admin, 'POST /flavors', [status, text], make(flavor));
    const described = { ...small, name: 'described', description: 'slow' };
    const made = await expectAnswer(admin, 'POST /flavors', [200], make(described, 55));
    const { id, description } = made.json['flavor'] as JsonObject;
    assert.match(String(id), /^[0-9a-f-]{36}$/);
    assert.equal(description, 'slow');
    const path = `/flavors/${String(id)}`;
    const update = { body: { flavor: { description: null } } };
    await expectAnswer(admin, `PUT ${path}`, [404], update);
    await expectAnswer(owner, `PUT ${path}`, [403], { ...update, version: 55 });
    await expectAnswer(admin, `PUT ${path}`, [200, { flavor: { description: null } }], {
      ...update,
      version: 61,
    });
    await expectAnswer(owner, `DELETE ${path}`, [403]);
    await expectAnswer(admin, `DELETE ${path}`, [202]);
    await expectAnswer(admin, `DELETE ${path}`, [404]);
  });
});

test('a private flavor is seen by those it is given to', async () => {
  await withUsers(async ({ owner, admin }) => {
    const flavor = { ...small, id: 'p', 'os-flavor-access:is_public': false };
    await expectAnswer(admin, 'POST /flavors', [200], { body: { flavor } });
    await expectAnswer(owner, 'GET /flavors/p', [404]);
    const give = (tenant: string) => ({ body: { addTenantAccess: { tenant } } });
    const take = { body: { removeTenantAccess: { tenant: '100001' } } };
    const action = 'POST /flavors/p/action';
    await expectAnswer(owner, action, [403], give('100001'));
    await expectAnswer(admin, action, [400, 'Project ID nobody is not a valid project.'], give('nobody'));
    const access = { flavor_access: [{ flavor_id: 'p', tenant_id: '100001' }] };
    await expectAnswer(admin, action, [200, access], give('100001'));
    await expectAnswer(
      admin,
      action,
      [409, 'Flavor access already exists for flavor p and project 100001 combination.'],
      give('100001'),
    );
    await expectAnswer(owner, 'GET /flavors/p', [200]);
    assert.ok(listed((await expectAnswer(owner, 'GET /flavors', [200])).json).includes('p'));
    const hidden = await expectAnswer(admin, 'GET /flavors?is_public=False', [200]);
    assert.deepEqual(listed(hidden.json), ['p']);
    const both = await expectAnswer(admin, 'GET /flavors?is_public=None', [200]);
    assert.equal(listed(both.json).length, 10);
    await expectAnswer(admin, 'GET /flavors/p/os-flavor-access', [200, access]);
    await expectAnswer(owner, 'GET /flavors/p/os-flavor-access', [200, access]);
    await expectAnswer(admin, 'GET /flavors/1/os-flavor-access', [
      404,
      'Access list not available for public flavors.',
    ]);
    await expectAnswer(admin, 'POST /flavors/1/action', [409, 'Can not add access to a public flavor.'], {
      ...give('100001'),
      version: 7,
    });
    await expectAnswer(admin, action, [200, { flavor_access: [] }], take);
    await expectAnswer(admin, action, [404, 'Flavor access not found for p / 100001 combination.'], take);
    await expectAnswer(owner, 'GET /flavors/p', [404]);
    await expectAnswer(admin, action, [400, 'There is no such action: fly'], { body: { fly: {} } });
    await expectAnswer(admin, action, [400, 'Malformed request body'], { body: [] });
  });
});

test('extra specs of a flavor are set, shown and removed by administrators', async () => {
  await withUsers(async ({ owner, admin }) => {
    const path = '/flavors/1/os-extra_specs';
    const specs = { 'hw:cpu_policy': 'shared', weight: 5 };
    await expectAnswer(owner, `POST ${path}`, [403], { body: { extra_specs: specs } });
    await expectAnswer(admin, `POST ${path}`, [200, { extra_specs: specs }], {
      body: { extra_specs: specs },
    });
    await expectAnswer(owner, `GET ${path}`, [200, { extra_specs: { ...specs, weight: '5' } }]);
    await expectAnswer(owner, `GET ${path}/weight`, [200, { weight: '5' }]);
    await expectAnswer(owner, `GET ${path}/none`, [404, 'Flavor 1 has no extra specs with key none.']);
    const put = `PUT ${path}/weight`;
    await expectAnswer(admin, put, [400, 'Request body and URI mismatch'], { body: { other: 'x' } });
    await expectAnswer(admin, put, [400, /has too many properties/], { body: { weight: '1', b: '2' } });
    await expectAnswer(admin, put, [200, { weight: '7' }], { body: { weight: '7' } });
    await expectAnswer(admin, `POST ${path}`, [400, /do(es)? not match any of the regexes/], {
      body: { extra_specs: { ä: 'x' } },
    });
    await expectAnswer(owner, `DELETE ${path}/weight`, [403]);
    await expectAnswer(admin, `DELETE ${path}/weight`, [200]);
    await expectAnswer(admin, `DELETE ${path}/weight`, [404]);
    const { json } = await expectAnswer(owner, 'GET /flavors/1', [200], { version: 61 });
    assert.deepEqual((json['flavor'] as JsonObject)['extra_specs'], { 'hw:cpu_policy': 'shared' });
  });
});

test('Cloud Servers shows the class of its flavors', async () => {
  await withEmulator([], async ({ url }) => {
    const owner: Caller = await logIn(url, 'owner');
    const base = '/dfw/compute/v2/100001';
    const show = async (id: string) =>
      (await expectAnswer(owner, `GET /flavors/${id}`, [200], { base })).json['flavor'] as JsonObject;
    const { links, ...shown } = await show('performance1-8');
    assert.deepEqual(shown, {
      ...{ id: 'performance1-8', name: '8 GB Performance', ram: 8192, disk: 40, swap: '', vcpus: 8 },
      'OS-FLV-EXT-DATA:ephemeral': 80,
      rxtx_factor: 1600,
      'OS-FLV-WITH-EXT-SPECS:extra_specs': {
        resize_policy_class: 'performance_flavor',
        class: 'performance1',
        policy_class: 'performance_flavor',
        disk_io_index: '40',
        number_of_data_disks: '1',
      },
    });
    assert.match(JSON.stringify(links), /compute\/v2\/100001\/flavors\/performance1-8"/);
    for (const [id, name, disks] of [
      ['2', '512MB Standard Instance', '0'],
      ['general1-1', '1 GB General Purpose v1', '0'],
      ['io1-120', '120 GB I/O v1', '4'],
      ['compute1-4', '3.75 GB Compute v1', '0'],
      ['onmetal-general2-small', 'OnMetal General Purpose Small v2', undefined],
      ['onmetal-io1', 'OnMetal IO v1', undefined],
    ]) {
      const flavor = await show(String(id));
      const specs = flavor['OS-FLV-WITH-EXT-SPECS:extra_specs'] as JsonObject;
      assert.deepEqual([flavor['name'], specs['number_of_data_disks']], [name, disks]);
    }
    await expectAnswer(owner, 'POST /flavors', [403], { base, body: { flavor: small } });
  });
});

test('from 2.86 Nova knows which extra specs are its own, and their values', async () => {
  await withUsers(async ({ admin }) => {
    const set = (name: string, value: string) => ({ body: { extra_specs: { [name]: value } }, version: 86 });
    const path = 'POST /flavors/1/os-extra_specs';
    const mask = "is not of the format '\\^?\\d+((-\\d+)?(,\\^?\\d+(-\\d+)?)?)*'";
    const refused: [string, string, string][] = [
      ['hw:nonsense', '1', "extra spec 'hw:nonsense' does not appear to be a valid extra spec"],
      ['hw:cpu_policy', 'x', "'x' is not one of: dedicated, shared, mixed"],
      ['hw:numa_nodes', '0', "'0' is less than the min value of '1'"],
      ['os:monitors', '9', "'9' is greater than the max value of '8'"],
      ['hw:numa_nodes', 'x', "'x' is not a valid integer value"],
      ['hw:pmu', 'x', "'x' is not a valid boolean-like value"],
      ['hw:numa_cpus.0', '1-', `'1-' ${mask}`],
    ];
    for (const [name, value, text] of refused)
      await expectAnswer(admin, path, [400, `Validation failed; ${text}.`], set(name, value));
    const slow = `${'1-2,'.repeat(60)}x`;
    await expectAnswer(
      admin,
      path,
      [400, `Validation failed; '${slow}' ${mask}.`],
      set('hw:numa_cpus.0', slow),
    );
    for (const [name, value] of [
      ['foo:bar', 'x'],
      ['plain', 'x'],
      ['hw:cpu_realtime_mask', '^0-1,3'],
      ['trait:HW_CPU_X86_AVX', 'required'],
      ['resources1:VCPU', '2'],
      ['capabilities:cpu_info:vendor', 'Intel'],
    ] as const)
      await expectAnswer(admin, path, [200], set(name, value));
    await expectAnswer(admin, path, [200], { ...set('hw:nonsense', '1'), version: 85 });
  });
});
