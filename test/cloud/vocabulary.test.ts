import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../server/cloud/cloud.ts';
import { readVocabulary } from '../../server/cloud/services/vocabulary.ts';
import { onEmulator, openPlace } from '../commands/cli.ts';

test('a cloud tells its definitions, stores, methods and volume types, and lint asks them', async () => {
  const { emulator, cli } = await openPlace({ profile: 'openstack' });
  const signIn = (userName: string) =>
    connect({ authUrl: `${emulator.url}/identity/v3`, userName, password: 'emulator', region: 'RegionOne' });
  const admin = await signIn('admin');
  const namespaces = `${admin.session.endpoint('image', 'RegionOne')}/v2/metadefs/namespaces`;
  await admin.session.json(namespaces, {
    method: 'POST',
    json: {
      namespace: 'Acme::Racks',
      visibility: 'public',
      resource_type_associations: [{ name: 'OS::Glance::Image', prefix: 'acme_' }],
      properties: { rack: { title: 'Rack', type: 'string', enum: ['north', 'south'] } },
    },
  });
  const owner = await signIn('owner');
  const found = await readVocabulary(owner, 'here', new Date(0));
  assert.partialDeepStrictEqual(found, {
    cloud: 'here',
    readAt: '1970-01-01T00:00:00.000Z',
    isCurrent: true,
    required: [],
    properties: {
      acme_rack: { title: 'Rack', type: 'string', values: ['north', 'south'] },
      hw_watchdog_action: { type: 'string' },
    },
  });
  assert.ok(found.methods.includes('glance-direct') && found.stores.length > 0);
  assert.ok(found.volumeTypes && found.volumeTypes.length > 0);

  cli.write('told/.cloud-images.json', '{ "profile": "openstack" }');
  cli.write('told/web.image.yaml', 'name: web\nacme_rack: west\ncinder_img_volume_type: none-such\n');
  const { stdout } = await cli.run(['lint', 'told', '--format', 'json', onEmulator(emulator)]);
  const [report]: { findings: { rule: string; message: string }[] }[] = JSON.parse(stdout);
  const told = (report?.findings ?? []).filter(({ rule }) => rule.startsWith('cloud/'));
  assert.deepEqual(
    told.map(({ rule }) => rule),
    ['cloud/definition', 'cloud/volume-type'],
  );
  assert.match(told[0]?.message ?? '', /defines 'acme_rack' as one of north, south; 'west' is not\./);
});
