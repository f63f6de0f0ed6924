import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import { logIn, removeFolder, temporaryFolder, withEmulator } from '../harness.ts';
import { withUsers } from '../plain.ts';
import { expectAnswer } from './asking.ts';
import { build, makeImage } from './living.ts';

const absolute = (json: JsonObject) => (json['limits'] as JsonObject)['absolute'] as JsonObject;

test('limits are those of Nova, less what each version left out', async () => {
  await withUsers(async ({ owner, admin }) => {
    const at = async (version: number) =>
      absolute((await expectAnswer(owner, 'GET /limits', [200, { limits: { rate: [] } }], { version })).json);
    assert.deepEqual(await at(1), {
      ...{ maxTotalInstances: 10, maxTotalCores: 20, maxTotalRAMSize: 51200 },
      ...{ maxServerMeta: 128, maxImageMeta: 128, maxPersonality: 5, maxPersonalitySize: 10240 },
      ...{ maxTotalKeypairs: 100, maxServerGroups: 10, maxServerGroupMembers: 10 },
      ...{ maxTotalFloatingIps: -1, maxSecurityGroups: -1, maxSecurityGroupRules: -1 },
      ...{ totalFloatingIpsUsed: 0, totalSecurityGroupsUsed: 0 },
      ...{ totalRAMUsed: 0, totalCoresUsed: 0, totalInstancesUsed: 0, totalServerGroupsUsed: 0 },
    });
    assert.equal((await at(36))['maxSecurityGroups'], undefined);
    assert.equal((await at(38))['maxImageMeta'], 128);
    assert.equal((await at(39))['maxImageMeta'], undefined);
    assert.equal((await at(57))['maxPersonality'], undefined);
    await expectAnswer(owner, 'GET /limits?tenant_id=100002', [
      403,
      "Policy doesn't allow os_compute_api:limits:other_project to be performed.",
    ]);
    await expectAnswer(admin, 'GET /limits?tenant_id=100002', [200]);
    await expectAnswer(owner, 'GET /limits?x=1', [400], { version: 75 });
  });
});

test('administrators set quotas, of one project and of all', async () => {
  await withUsers(async ({ owner, admin }) => {
    const path = '/os-quota-sets/100001';
    const { json } = await expectAnswer(owner, `GET ${path}`, [200]);
    assert.deepEqual(json['quota_set'], {
      ...{ id: '100001', cores: 20, fixed_ips: -1, floating_ips: -1, injected_file_content_bytes: 10240 },
      ...{ injected_file_path_bytes: 255, injected_files: 5, instances: 10, key_pairs: 100 },
      ...{ metadata_items: 128, ram: 51200, security_group_rules: -1, security_groups: -1 },
      ...{ server_group_members: 10, server_groups: 10 },
    });
    const late = await expectAnswer(owner, `GET ${path}`, [200], { version: 57 });
    assert.deepEqual(
      Object.keys(late.json['quota_set'] as JsonObject).join(' '),
      'id cores instances key_pairs metadata_items ram server_group_members server_groups',
    );
    await expectAnswer(owner, 'GET /os-quota-sets/100002', [403]);
    await expectAnswer(owner, 'GET /os-quota-sets/100002/defaults', [200, { quota_set: { ram: 51200 } }]);
    await expectAnswer(admin, 'GET /os-quota-sets/nobody', [
      400,
      'Project ID nobody is not a valid project.',
    ]);
    await expectAnswer(owner, `GET ${path}/detail`, [
      200,
      { quota_set: { cores: { in_use: 0, limit: 20, reserved: 0 } } },
    ]);
    const put = `PUT ${path}`;
    const body = { quota_set: { cores: '7', force: true } };
    await expectAnswer(
      owner,
      put,
      [403, "Policy doesn't allow os_compute_api:os-quota-sets:update to be performed."],
      { body },
    );
    await expectAnswer(admin, put, [200, { quota_set: { cores: 7, instances: 10 } }], { body });
    await expectAnswer(owner, 'GET /limits', [200, { limits: { absolute: { maxTotalCores: 7 } } }]);
    const refused: [JsonObject, string | RegExp, number?][] = [
      [{ cores: -2 }, /Value: -2. -2 is less than the minimum of -1/],
      [{ cores: 'x' }, /'x' does not match/],
      [{ networks: 1 }, 'The networks quota has been removed'],
      [{ floating_ips: 1 }, /Additional properties are not allowed/, 36],
      [{ gigabytes: 1 }, /Additional properties are not allowed/],
    ];
    for (const [set, text, version = 1] of refused)
      await expectAnswer(admin, put, [400, text], { body: { quota_set: set }, version });
    await expectAnswer(admin, `${put}?user_id=someone`, [200, { quota_set: { cores: 3 } }], {
      body: { quota_set: { cores: 3 } },
    });
    await expectAnswer(
      admin,
      `${put}?user_id=someone`,
      [400, 'Quota limit 8 for cores must be less than or equal to 7.'],
      {
        body: { quota_set: { cores: 8 } },
      },
    );
    await expectAnswer(admin, `GET ${path}?user_id=someone`, [200, { quota_set: { cores: 3 } }]);
    await expectAnswer(owner, `GET ${path}`, [200, { quota_set: { cores: 7 } }]);
    await expectAnswer(owner, `DELETE ${path}`, [403]);
    await expectAnswer(admin, `DELETE ${path}`, [202]);
    await expectAnswer(owner, `GET ${path}`, [200, { quota_set: { cores: 20 } }]);

    const classes = '/os-quota-class-sets/default';
    await expectAnswer(owner, `GET ${classes}`, [403]);
    const set = { quota_class_set: { ram: 1024 } };
    await expectAnswer(admin, `PUT ${classes}`, [200, set], { body: set });
    const other = '/os-quota-class-sets/other';
    await expectAnswer(admin, `PUT ${other}`, [200, { quota_class_set: { ram: 7 } }], {
      body: { quota_class_set: { ram: 7 } },
    });
    await expectAnswer(admin, `GET ${other}`, [200, { quota_class_set: { id: 'other', ram: 7 } }]);
    const shown = await expectAnswer(admin, `GET ${classes}`, [200, { quota_class_set: { id: 'default' } }]);
    assert.equal((shown.json['quota_class_set'] as JsonObject)['server_groups'], undefined, 'until 2.49');
    await expectAnswer(owner, 'GET /limits', [200, { limits: { absolute: { maxTotalRAMSize: 1024 } } }]);
  });
});

test('one user of a project may have less than the others', async () => {
  await withUsers(async ({ owner, reader, admin }, emulator) => {
    const server = await build(emulator, reader, { imageRef: await makeImage(owner) });
    const shown = (await expectAnswer(owner, `GET /servers/${server}`, [200])).json['server'] as JsonObject;
    const { user_id: user, image } = shown as { user_id: string; image: { id: string } };
    const path = `/os-quota-sets/100001?user_id=${user}`;
    const set = (quotas: JsonObject) =>
      expectAnswer(admin, `PUT ${path}`, [200], { body: { quota_set: quotas } });
    await set({ instances: 2, cores: 2, ram: 1024 });
    const make = (more: JsonObject) => ({
      body: { server: { name: 'a', flavorRef: '1', imageRef: image.id, ...more } },
    });
    const refused = (text: string) => [403, text] as const;
    await expectAnswer(
      reader,
      'POST /servers',
      refused('Quota exceeded for ram: Requested 2048, but already used 512 of 1024 ram'),
      make({ flavorRef: '2' }),
    );
    await expectAnswer(
      reader,
      'POST /servers',
      refused(
        'Quota exceeded for cores, instances, ram: Requested 2, 2, 1024, but already used 1, 1, 512 of 2, 2, 1024 cores, instances, ram',
      ),
      make({ min_count: 2 }),
    );
    await expectAnswer(reader, 'POST /servers', [202], make({ min_count: 1, max_count: 3 }));
    await expectAnswer(reader, 'POST /servers', [403, /already used 2, 2, 1024 of 2, 2, 1024/], make({}));
    await expectAnswer(owner, 'POST /servers', [202], make({ min_count: 3 }));
    await expectAnswer(admin, `GET ${path.replace('?', '/detail?')}`, [
      200,
      { quota_set: { instances: { in_use: 2, limit: 2 } } },
    ]);
    await expectAnswer(admin, 'GET /os-quota-sets/100001/detail', [
      200,
      { quota_set: { instances: { in_use: 5, limit: 10 } } },
    ]);
    await expectAnswer(reader, 'GET /limits', [
      200,
      { limits: { absolute: { maxTotalInstances: 10, totalInstancesUsed: 5 } } },
    ]);

    await set({ key_pairs: 0, server_groups: 0 });
    await expectAnswer(reader, 'POST /os-keypairs', [403, 'Quota exceeded, too many key pairs.'], {
      body: { keypair: { name: 'k' } },
    });
    const group = { body: { server_group: { name: 'g', policies: ['affinity'] } } };
    await expectAnswer(
      reader,
      'POST /os-server-groups',
      [403, 'Quota exceeded, too many server groups.'],
      group,
    );
    await expectAnswer(owner, 'POST /os-server-groups', [200], group);
    await expectAnswer(admin, `DELETE ${path}`, [202]);
    await expectAnswer(reader, 'POST /os-server-groups', [200], group);
  });
});

test('a project sets the quotas of its emulator, and Cloud Servers has few', async () => {
  const folder = temporaryFolder();
  const config = join(folder, '.cloud-images.json');
  writeFileSync(config, JSON.stringify({ emulator: { quotas: { instances: 2, ram: -1 } } }));
  await withEmulator(['--profile', 'openstack', '--config', config], async ({ url }) => {
    const limits = { maxTotalInstances: 2, maxTotalRAMSize: -1, maxTotalCores: 20 };
    await expectAnswer(await logIn(url, 'owner'), 'GET /limits', [200, { limits: { absolute: limits } }]);
  });
  removeFolder(folder);
  await withEmulator([], async ({ url }) => {
    const limits = { maxTotalInstances: -1, maxTotalRAMSize: -1, maxImageMeta: 40, maxServerMeta: 40 };
    const base = '/dfw/compute/v2/100001';
    const owner = await logIn(url, 'owner');
    await expectAnswer(owner, 'GET /limits', [200, { limits: { absolute: limits } }], { base });
  });
});
