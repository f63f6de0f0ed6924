import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { ask, type Caller, logIn, removeFolder, start, temporaryFolder, withEmulator } from './harness.ts';
import { create, upload, withUsers } from './plain.ts';
import { control } from './volumesHarness.ts';

const base = '/regionone/network/v2.0';
const servers = '/regionone/compute/v2.1/servers';

async function list(as: Caller, path: string): Promise<JsonObject[]> {
  const { json, status, text } = await as.ask('GET', `${base}/${path}`);
  assert.equal(status, 200, text);
  const [found] = Object.values(json);
  return found as JsonObject[];
}

test('every account sees the one shared network, its subnet and its own security group', async () => {
  await withUsers(
    async ({ owner, partner, admin }, emulator) => {
      const { json: versions } = await ask(emulator.url, 'GET', '/regionone/network/');
      assert.deepEqual(versions, {
        versions: [
          {
            id: 'v2.0',
            status: 'CURRENT',
            links: [{ rel: 'self', href: `${emulator.url}${base}/` }],
          },
        ],
      });
      const [network, ...others] = await list(owner, 'networks');
      assert.equal(others.length, 0);
      assert.partialDeepStrictEqual(network, {
        name: 'shared-net',
        shared: true,
        status: 'ACTIVE',
        'router:external': false,
      });
      const [subnet] = await list(owner, `subnets?network_id=${network?.['id']}`);
      assert.partialDeepStrictEqual(subnet, {
        cidr: '10.77.0.0/16',
        gateway_ip: '10.77.0.1',
        allocation_pools: [{ start: '10.77.0.2', end: '10.77.255.254' }],
      });
      assert.deepEqual(network?.['subnets'], [subnet?.['id']]);
      assert.deepEqual(await list(partner, 'networks'), [network]);
      assert.ok('provider:network_type' in ((await list(admin, 'networks'))[0] ?? {}));

      assert.equal((await list(owner, 'networks?name=shared-net&name=other')).length, 1);
      assert.equal((await list(owner, 'networks?router:external=True')).length, 0);
      assert.equal((await list(owner, 'networks?shared=true&limit=1')).length, 1);
      assert.equal((await list(owner, `networks?limit=1&marker=${network?.['id']}`)).length, 0);
      const page = await owner.ask('GET', `${base}/networks?limit=1`);
      assert.deepEqual(
        (page.json['networks_links'] as JsonObject[]).map(({ rel }) => rel),
        ['next', 'previous'],
      );
      assert.deepEqual(await list(owner, 'networks?fields=name'), [{ name: 'shared-net' }]);
      const one = await owner.ask('GET', `${base}/networks/${network?.['id']}?fields=shared`);
      assert.deepEqual(one.json, { network: { shared: true } });

      const [group] = await list(owner, 'security-groups');
      assert.partialDeepStrictEqual(group, { name: 'default', tenant_id: '100001' });
      assert.equal((await list(owner, 'security-group-rules?direction=ingress')).length, 2);
      assert.notDeepEqual(await list(partner, 'security-groups'), [group]);
      assert.deepEqual(await list(owner, 'ports'), []);
      assert.deepEqual(await list(owner, 'floatingips'), []);
    },
    '--seed',
    'empty',
  );
});

test('networks are read only, and refused in the words of Neutron', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const id = String((await list(owner, 'networks'))[0]?.['id']);
    const rows: readonly [method: string, path: string, status: number, type: string, message: string][] = [
      ['GET', '/networks/none', 404, 'NetworkNotFound', 'Network none could not be found.'],
      ['GET', '/ports/none', 404, 'PortNotFound', 'Port none could not be found.'],
      ['GET', '/security-groups/none', 404, 'SecurityGroupNotFound', 'Security group none does not exist'],
      ['GET', '/firewalls', 404, 'HTTPNotFound', 'The resource could not be found.'],
      ['GET', '/networks?colour=red', 400, 'HTTPBadRequest', "['colour'] is invalid attribute for filtering"],
      ['POST', '/networks', 403, 'PolicyNotAuthorized', 'rule:create_network is disallowed by policy'],
      ['DELETE', '/networks/x', 404, 'NetworkNotFound', 'Network x could not be found.'],
      [
        'GET',
        '/networks?limit=x',
        400,
        'BadRequest',
        "Bad limit request: Limit must be an integer 0 or greater and not 'x'.",
      ],
      [
        'GET',
        '/networks?sort_key=x&sort_dir=asc',
        400,
        'HTTPBadRequest',
        "['x'] is invalid attribute for sort_keys",
      ],
      [
        'GET',
        '/networks?shared=x',
        400,
        'InvalidInput',
        "Invalid input for operation: 'x' cannot be converted to boolean.",
      ],
      ['GET', '/networks?limit=1&marker=x', 404, 'NetworkNotFound', 'Network x could not be found.'],
      ['PUT', '/subnets/x', 404, 'SubnetNotFound', 'Subnet x could not be found.'],
      ['DELETE', `/networks/${id}`, 404, 'NetworkNotFound', `Network ${id} could not be found.`],
      ['GET', '/quotas/100002', 403, 'PolicyNotAuthorized', 'rule:get_quota is disallowed by policy'],
    ];
    for (const [method, path, status, type, message] of rows) {
      const body = method === 'POST' ? { network: { name: 'mine' } } : undefined;
      const answer = await owner.ask(method, `${base}${path}`, body);
      assert.deepEqual(
        [answer.status, answer.json],
        [status, { NeutronError: { type, message, detail: '' } }],
      );
    }
    assert.equal((await ask(emulator.url, 'GET', `${base}/networks`)).status, 401);
  });
});

test('a seed brings further flavors and networks, and servers are built with them', async () => {
  const data = temporaryFolder();
  const file = join(data, 'seed.json');
  const people = {
    accounts: [{ id: '1', name: 'one' }],
    users: [{ name: 'owner', password: 'emulator', account: '1', roles: ['member'] }],
  };
  const flavors = [
    { id: 'big', name: 'big', ram: 9000, disk: 9, vcpus: 9, swap: 1, extra_specs: { 'hw:x': 'y' } },
    { id: '1', name: 'mini', ram: 64, disk: 1, vcpus: 1, is_public: false },
  ];
  const networks = [{ name: 'lab', cidr: '192.168.4.0/28' }];
  writeFileSync(file, JSON.stringify({ ...people, flavors, networks }));
  const args = ['--profile', 'openstack', '--speed', '1e6', '--seed', file];
  const emulator = await start(join(data, 'cloud'), ...args);
  try {
    const owner = await logIn(emulator.url, 'owner');
    assert.deepEqual(
      (await list(owner, 'networks')).map(({ name }) => name),
      ['shared-net', 'lab'],
    );
    const [lab] = await list(owner, 'networks?name=lab');
    const answered = await owner.ask('GET', '/regionone/compute/v2.1/flavors/big', undefined, {
      'openstack-api-version': 'compute 2.61',
    });
    assert.partialDeepStrictEqual(answered.json, {
      flavor: { name: 'big', ram: 9000, disk: 9, swap: 1, extra_specs: { 'hw:x': 'y' } },
    });
    assert.equal((await owner.ask('GET', '/regionone/compute/v2.1/flavors/1')).status, 404, 'not public');
    assert.equal((await owner.ask('GET', '/regionone/compute/v2.1/flavors/2')).status, 200);

    const image = await create(owner);
    await upload(owner, image, Buffer.alloc(512));
    const wanted = { name: 's', imageRef: image, flavorRef: 'big', networks: [{ uuid: lab?.['id'] ?? '' }] };
    const made = await owner.ask('POST', servers, { server: wanted });
    assert.equal(made.status, 202, made.text);
    const { id } = Object(made.json['server']);
    const [port] = await list(owner, `ports?device_id=${id}`);
    assert.partialDeepStrictEqual(port, { network_id: lab?.['id'], device_id: id, tenant_id: '1' });
    const [fixed] = Object(port)['fixed_ips'] as [{ ip_address: string }];
    assert.match(fixed.ip_address, /^192\.168\.4\.(?:[4-9]|1[0-4])$/);
    const at = (address: string) => {
      const place = [{ uuid: lab?.['id'] ?? '', fixed_ip: address }];
      return owner.ask('POST', servers, { server: { ...wanted, flavorRef: '2', networks: place } });
    };
    const taken = await at(fixed.ip_address);
    assert.equal(taken.status, 400);
    assert.match(taken.text, new RegExp(`${fixed.ip_address} is already in use on instance ${id}`));
    // The one that the next server but one would get.
    const [, last = ''] = /\.(\d+)$/.exec(fixed.ip_address) ?? [];
    assert.equal((await at(`192.168.4.${Number(last) + 2}`)).status, 202);
    assert.equal((await owner.ask('POST', servers, { server: { ...wanted, flavorRef: '2' } })).status, 202);
    const addresses = (await list(owner, 'ports')).map((each) => {
      const [first] = each['fixed_ips'] as [JsonObject];
      return first['ip_address'];
    });
    assert.equal(new Set(addresses).size, 3, String(addresses));
    const reset = await control(emulator, 'POST', '/reset', {
      ...people,
      networks: [{ name: 'x', cidr: '10.0.0.0/8' }],
    });
    assert.equal(reset.status, 200, reset.text);
    const again = await logIn(emulator.url, 'owner');
    assert.deepEqual(
      (await list(again, 'networks')).map(({ name }) => name),
      ['shared-net', 'x'],
    );
  } finally {
    await emulator.end();
    removeFolder(data);
  }
});

test('a seed that is wrong is refused with the name of the member', async () => {
  await withEmulator(['--seed', 'empty'], async (emulator) => {
    const flavor = { id: 'a', name: 'a', ram: 1, disk: 0, vcpus: 1 };
    const rows: readonly [JsonObject, RegExp][] = [
      [{ flavors: [{ ...flavor, ram: 0 }] }, /flavors\[0\]\.ram must be a whole number from 1 to/],
      [{ flavors: [{ ...flavor, id: 'a/b' }] }, /flavors\[0\]\.id must be a text of 1 to 255 letters/],
      [{ flavors: [flavor, { ...flavor, id: 'b' }] }, /two flavors of the name a/],
      [{ flavors: [{ ...flavor, extra_specs: { a: 1 } }] }, /flavors\[0\]\.extra_specs\.a must be a text/],
      [{ flavors: [{ ...flavor, colour: 'red' }] }, /flavors\[0\]\.colour is not known here/],
      [
        { networks: [{ name: 'n', cidr: '10.0.0.1/8' }] },
        /networks\[0\]\.cidr must be an IPv4 network of at least 16/,
      ],
      [{ networks: [{ name: 'n', cidr: '10.0.0.0/29' }] }, /networks\[0\]\.cidr must be/],
    ];
    for (const [more, message] of rows) {
      const body: Json = { accounts: [], users: [], ...more };
      const { status, text } = await control(emulator, 'POST', '/reset', body);
      assert.equal(status, 400, text);
      assert.match(JSON.parse(text).error.message, message);
    }
  });
});
