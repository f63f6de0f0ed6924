import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../../server/rules/json.ts';
import { create, withUsers } from '../plain.ts';
import { compute, type Expected, expectAnswer, minor } from './asking.ts';
import { build, makeImage, show } from './living.ts';

const unknown = '00000000-0000-4000-8000-000000000000';

test('a server is shown as Nova shows it', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const image = await makeImage(owner);
    const id = await build(emulator, owner, { imageRef: image, metadata: { a: 'b' } });
    const server = await show(owner, id);
    assert.equal(
      Object.keys(server).join(' '),
      'id name status tenant_id user_id metadata hostId image flavor created updated addresses accessIPv4 accessIPv6 links OS-DCF:diskConfig progress OS-EXT-AZ:availability_zone config_drive key_name OS-SRV-USG:launched_at OS-SRV-USG:terminated_at security_groups OS-EXT-STS:task_state OS-EXT-STS:vm_state OS-EXT-STS:power_state os-extended-volumes:volumes_attached',
    );
    assert.partialDeepStrictEqual(server, {
      ...{ name: 'web', status: 'ACTIVE', tenant_id: '100001', metadata: { a: 'b' }, progress: 0 },
      ...{ 'OS-DCF:diskConfig': 'MANUAL', config_drive: '', key_name: null, accessIPv4: '' },
      ...{ 'OS-EXT-STS:vm_state': 'active', 'OS-EXT-STS:power_state': 1 },
      image: { id: image },
      flavor: { id: '1' },
      security_groups: [{ name: 'default' }],
    });
    assert.match(String(server['hostId']), /^[0-9a-f]{56}$/);
    const at = async (version: number, who = owner) =>
      (await who.ask('GET', `${compute}/servers/${id}`, undefined, minor(version))).json[
        'server'
      ] as JsonObject;
    const added = async (version: number, who = owner) =>
      Object.keys(await at(version, who)).filter((name) => !Object.keys(server).includes(name));
    assert.deepEqual(await added(9), ['locked']);
    assert.deepEqual(await added(93), [
      ...['locked', 'locked_reason', 'description', 'tags', 'trusted_image_certificates'],
      ...['OS-EXT-SRV-ATTR:hostname', 'server_groups'],
    ]);
    assert.deepEqual((await at(47))['flavor'], {
      ...{ vcpus: 1, ram: 512, disk: 1, ephemeral: 0, swap: 0, original_name: 'm1.tiny', extra_specs: {} },
    });
    assert.ok((await added(3, admin)).includes('OS-EXT-SRV-ATTR:reservation_id'));
  });
});

/** A body that is refused or taken, and the answer. `IMAGE` stands for one that is there. */
const builds: readonly (readonly [body: JsonObject, expected: Expected, version?: number])[] = [
  [{}, [400, "'server' is a required property"]],
  [{ server: { flavorRef: '1', imageRef: 'IMAGE' } }, [400, /'name' is a required property/]],
  [
    { server: { name: '', flavorRef: '1' } },
    [400, "Invalid input for field/attribute name. Value: . '' is too short"],
  ],
  [
    { server: { name: 5, flavorRef: '1' } },
    [400, "Invalid input for field/attribute name. Value: 5. 5 is not of type 'string'"],
  ],
  [
    { server: { name: ' a', flavorRef: '1' } },
    [
      400,
      "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.",
    ],
  ],
  [{ server: { name: 'a', flavorRef: 'nope', imageRef: 'IMAGE' } }, [400, 'Flavor nope could not be found.']],
  [{ server: { name: 'a', flavorRef: '1' } }, [400, 'Missing imageRef attribute']],
  [{ server: { name: 'a', flavorRef: '1', imageRef: '' } }, [400, 'Missing imageRef attribute']],
  [{ server: { name: 'a', flavorRef: '1', imageRef: unknown } }, [400, 'Can not find requested image']],
  [
    { server: { name: 'a', flavorRef: '1', imageRef: 'x' } },
    [
      400,
      "Invalid input for field/attribute imageRef. Value: x. 'x' is not valid under any of the given schemas",
    ],
  ],
  [
    { server: { name: 'a', flavorRef: '1', imageRef: 'IMAGE', foo: 1 } },
    [400, /Additional properties are not allowed \('foo' was unexpected\)/],
  ],
  [
    { server: { name: 'a', flavorRef: '1', imageRef: 'IMAGE', min_count: 3, max_count: 2 } },
    [400, 'min_count must be <= max_count'],
  ],
  [
    { server: { name: 'a', flavorRef: '1', imageRef: 'IMAGE', key_name: 'nope' } },
    [400, 'Invalid key_name provided.'],
  ],
  [
    { server: { name: 'a', flavorRef: '1', imageRef: 'IMAGE', security_groups: [{ name: 'nope' }] } },
    [400, "Unable to find security_group with name or id 'nope'"],
  ],
  [
    { server: { name: 'a', flavorRef: '1', imageRef: 'IMAGE', availability_zone: 'mars' } },
    [400, 'The requested availability zone is not available'],
  ],
  [{ server: { name: 'a', flavorRef: '1', imageRef: 'IMAGE', availability_zone: 'nova:x' } }, [403]],
  [
    { server: { name: 'a', flavorRef: '1', imageRef: 'IMAGE', metadata: many(129) } },
    [403, 'Maximum number of metadata items exceeds 128'],
  ],
  [
    { server: { name: 'a', flavorRef: '1', imageRef: 'IMAGE', max_count: 99, min_count: 99 } },
    [
      403,
      'Quota exceeded for cores, instances: Requested 99, 99, but already used 0, 0 of 20, 10 cores, instances',
    ],
  ],
  [
    { server: { name: 'a', flavorRef: '1', imageRef: 'IMAGE' } },
    [400, /'networks' is a required property/],
    37,
  ],
  [
    { server: { name: 'a', flavorRef: '1', imageRef: 'IMAGE' }, 'os:scheduler_hints': { group: unknown } },
    [400, `Instance group ${unknown} could not be found.`],
  ],
  [{ server: { name: 'a', flavorRef: '1', imageRef: 'IMAGE', networks: 'auto' } }, [202], 37],
  [
    { server: { name: 'b', flavorRef: 1, imageRef: 'IMAGE', return_reservation_id: 'True' } },
    [202, /"reservation_id":"r-/],
  ],
];

test('a build is refused as Nova refuses it', async () => {
  await withUsers(async ({ owner, reader }) => {
    const image = await makeImage(owner);
    for (const [body, expected, version] of builds) {
      const filled = JSON.parse(JSON.stringify(body).replaceAll('IMAGE', image));
      await expectAnswer(owner, 'POST /servers', expected, { body: filled, ...(version ? { version } : {}) });
    }
    const queued = await create(owner);
    const large = await makeImage(owner, { min_disk: 5 });
    const hungry = await makeImage(owner, { min_ram: 1024 });
    const refuse = (imageRef: string, text: string) =>
      expectAnswer(owner, 'POST /servers', [400, text], {
        body: { server: { name: 'a', flavorRef: '1', imageRef } },
      });
    await refuse(queued, `Image ${queued} is not active.`);
    await refuse(hungry, "Flavor's memory is too small for requested image.");
    await refuse(
      large,
      "Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is 1073741824 bytes, minimum size is 5368709120 bytes.",
    );
    // Any role in the project may build.
    await expectAnswer(reader, 'POST /servers', [202], {
      body: { server: { name: 'a', flavorRef: '1', imageRef: image } },
    });
    await expectAnswer(owner, 'POST /servers', [400, 'Malformed request body'], {
      body: Buffer.from('{') as never,
    });
  });
});

test('a server is built of an image that is shared, and rebuilt when that is gone', async () => {
  await withUsers(async ({ owner, partner }, emulator) => {
    const image = await makeImage(owner, { visibility: 'shared' });
    const body = { server: { name: 'taken', flavorRef: '1', imageRef: image } };
    await expectAnswer(partner, 'POST /servers', [400, 'Can not find requested image'], { body });
    const members = `/regionone/image/v2/images/${image}/members`;
    assert.equal((await owner.ask('POST', members, { member: '100002' })).status, 200);
    const id = await build(emulator, partner, { imageRef: image });
    assert.equal((await owner.ask('DELETE', `/regionone/image/v2/images/${image}`)).status, 204);
    const rebuild = { rebuild: { imageRef: image, name: 'again' } };
    const { json } = await expectAnswer(partner, `POST /servers/${id}/action`, [202], { body: rebuild });
    assert.partialDeepStrictEqual(json['server'], { name: 'again', status: 'REBUILD' });
    assert.match(String((json['server'] as JsonObject)['adminPass']), /^[0-9a-zA-Z]{12}$/);
  });
});

test('servers are listed, filtered, sorted and paged', async () => {
  await withUsers(async ({ owner, partner, admin }, emulator) => {
    const image = await makeImage(owner);
    const ids: string[] = [];
    for (const name of ['web-1', 'web-2', 'db'])
      ids.push(
        await build(emulator, owner, { name, imageRef: image, ...(name === 'db' ? { flavorRef: '2' } : {}) }),
      );
    const names = async (query: string, who = owner, version = 1): Promise<string> => {
      const { json, text } = await who.ask('GET', `${compute}/servers?${query}`, undefined, minor(version));
      const servers = json['servers'] as JsonObject[] | undefined;
      return servers ? servers.map(({ name }) => name).join(' ') : text;
    };
    assert.equal(await names('sort_key=display_name&sort_dir=asc'), 'db web-1 web-2');
    assert.equal(await names('name=^web&sort_key=display_name&sort_dir=desc'), 'web-2 web-1');
    assert.equal(await names('name=b-1'), 'web-1');
    assert.equal(await names('flavor=2'), 'db');
    assert.equal(await names('status=shutoff'), '');
    assert.equal(await names('status=active&name=db'), 'db');
    assert.equal(await names('image=nope'), '');
    assert.equal(await names('nonsense=1&name=db'), 'db');
    assert.match(await names('nonsense=1', owner, 75), /does not match any of the regexes/);
    assert.match(await names('name=['), /'\[' is not a 'regex'/);
    assert.match(
      await names('limit=x'),
      /Invalid input for query parameters limit. Value: x. 'x' does not match '\^\[0-9\]\*\$'/,
    );
    assert.match(await names('marker=nope'), /marker \[nope\] not found/);
    assert.match(await names('status=odd', owner, 38), /Invalid status value/);
    assert.match(await names('all_tenants=1'), /index:get_all_tenants/);
    assert.match(await names('sort_key=nope'), /is not one of/);
    assert.equal(await names('', partner), '');
    // Locks are a filter and a sort key from 2.73.
    assert.equal((await names('sort_key=locked')).split(' ').length, 3);
    await expectAnswer(owner, `POST /servers/${ids[1]}/action`, [202], { body: { lock: null } });
    assert.match(await names('sort_key=locked&sort_dir=desc', owner, 75), /^web-2 /);
    assert.equal(await names('locked=yes', owner, 73), 'web-2');
    assert.match(
      await names('locked=x', owner, 73),
      /Unrecognized value 'x', acceptable values are: '0', '1'/,
    );
    assert.equal((await names('locked=x')).split(' ').length, 3);
    await expectAnswer(owner, `POST /servers/${ids[1]}/action`, [202], { body: { unlock: null } });
    assert.match(await names('sort_key=vcpus', owner, 75), /is not one of/);
    assert.equal((await names('sort_key=vcpus', owner, 73)).split(' ').length, 3);
    assert.equal((await names('ip6=fe80')).split(' ').length, 3, 'not a filter of members until 2.5');
    assert.equal(await names('ip6=fe80', owner, 5), '');
    const detailed = await owner.ask('GET', `${compute}/servers/detail`, undefined, minor(93));
    const [one] = detailed.json['servers'] as JsonObject[];
    assert.ok(one && 'locked_reason' in one && !('server_groups' in one), 'groups are shown of one server');
    const foreign = await partner.ask('GET', `${compute}/servers/detail`, undefined, minor(93));
    assert.deepEqual(foreign.json['servers'], [], 'a page is kept for who asked');
    const old = await owner.ask('GET', `${compute}/os-volumes_boot?name=db`);
    assert.deepEqual(namesOf(old.json), ['db']);
    assert.equal(
      (await names('all_tenants=1&sort_key=display_name&sort_dir=asc', admin)).split(' ').length,
      3,
    );
    const first = await owner.ask('GET', `${compute}/servers?limit=2&sort_key=display_name&sort_dir=asc`);
    const [link] = first.json['servers_links'] as JsonObject[];
    assert.match(
      String(link?.['href']),
      /\?limit=2&sort_dir=asc&sort_key=display_name&marker=[0-9a-f-]{36}$/,
    );
    const next = await owner.ask('GET', String(link?.['href']).replace(emulator.url, ''));
    assert.deepEqual(namesOf(next.json), ['web-2']);
    await expectAnswer(owner, `DELETE /servers/${ids[0]}`, [204]);
    assert.match(await names('status=deleted'), /Only administrators may list deleted instances/);
    await expectAnswer(
      owner,
      `PUT /servers/${ids[1]}`,
      [200, { server: { name: 'new', accessIPv4: '10.0.0.1' } }],
      {
        body: { server: { name: 'new', accessIPv4: '10.0.0.1' } },
      },
    );
    const again = await owner.ask('GET', `${compute}/servers/detail`, undefined, minor(93));
    assert.ok(namesOf(again.json).includes('new'), 'and until something has changed');
  });
});

function namesOf(json: JsonObject): Json[] {
  return (json['servers'] as JsonObject[]).map(({ name }) => name ?? null);
}

function many(count: number): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
}
