import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import { findFlavor } from '../../server/cloud/run/servers/facts.ts';
import type { Server } from '../../server/cloud/services/servers.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';
import { openPlace } from '../commands/cli.ts';

for (const profile of ['rackspace', 'openstack'] as const)
  test(`servers are built, listed, imaged and deleted: ${profile}`, async () => {
    const { emulator } = await openPlace({ profile }, '--speed', '1000000');
    const region = profile === 'rackspace' ? 'DFW' : 'RegionOne';
    const cloud = await connect({
      authUrl: `${emulator.url}/identity/v3`,
      userName: 'owner',
      password: 'emulator',
      region,
    });
    const { servers, images } = cloud;
    const flavors = await servers.flavors();
    const flavorRef = profile === 'rackspace' ? 'general1-4' : '3';
    const flavor = flavors.find((one) => one.id === flavorRef);
    assert.equal(flavor?.ram, 4096);
    assert.equal(flavor?.class, profile === 'rackspace' ? 'general1' : '');
    const imageRef = await publicImage(cloud);
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three'])
      ids.push(await servers.create({ server: { name, imageRef, flavorRef } }));
    const built = await until(cloud, ids[0] ?? '', ({ status }) => status === 'ACTIVE');
    assert.deepEqual(
      [built.name, built.image, built.flavor, built.taskState, built.vmState, built.volumes],
      ['one', imageRef, flavorRef, null, 'active', []],
    );
    const listed: string[] = [];
    for await (const page of servers.list({ limit: '2' })) listed.push(...page.map(({ id }) => id));
    assert.deepEqual(listed.sort(), ids.sort());
    const image = await servers.createImage(built.id, { name: 'of one', metadata: { team: 'blue' } });
    await until(cloud, built.id, ({ taskState }) => taskState === null);
    const made = await images.get(image);
    assert.deepEqual(
      ['name', 'status', 'team', 'instance_uuid'].map((name) => made.get(name)),
      ['of one', 'active', 'blue', built.id],
    );
    await servers.act(built.id, { 'os-stop': null });
    await until(cloud, built.id, ({ status }) => status === 'SHUTOFF');
    await servers.delete(built.id);
    await assert.rejects(
      until(cloud, built.id, () => false),
      (error) => error instanceof CloudError && error.status === 404 && /could not be found/.test(error.text),
    );
    await assert.rejects(servers.create({ server: { name: 'x', imageRef, flavorRef: 'none' } }), {
      status: 400,
    });
  });

test('an administrator finds private flavors, others do not', async () => {
  const { emulator } = await openPlace({ profile: 'openstack' });
  const asUser = (userName: string) =>
    connect({
      authUrl: `${emulator.url}/identity/v3`,
      userName,
      password: 'emulator',
      region: 'RegionOne',
    });
  const [admin, owner] = [await asUser('admin'), await asUser('owner')];
  const flavor = { name: 'own', id: 'own', ram: 64, vcpus: 1, disk: 1, 'os-flavor-access:is_public': false };
  const flavors = `${admin.session.endpoint('compute', 'RegionOne')}/flavors`;
  await admin.session.json(flavors, { method: 'POST', json: { flavor } });
  for (const [cloud, isFound] of [
    [admin, true],
    [owner, false],
  ] as const) {
    const ids = (await cloud.servers.flavors()).map(({ id }) => id);
    assert.equal(ids.includes('own'), isFound);
    assert.equal((await findFlavor('own', cloud)).length, isFound ? 1 : 0);
  }
});

async function publicImage({ images }: Cloud): Promise<string> {
  for await (const page of images.list({ visibility: 'public', status: 'active' }))
    for (const image of page) if (Number(image.get('min_disk') ?? 0) <= 20) return String(image.get('id'));
  throw new Error('The cloud has no public image.');
}

async function until(
  { servers }: Cloud,
  id: string,
  isReached: (server: Server) => boolean,
): Promise<Server> {
  for (;;) {
    const server = await servers.get(id);
    if (isReached(server)) return server;
    await wait(5); // the API has no other way than to ask again
  }
}
