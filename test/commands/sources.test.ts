import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { patchType } from '../emulator/harness.ts';
import { bytesType, create, images } from '../emulator/plain.ts';
import { onEmulator, openPlace } from './cli.ts';
import { testSources } from './sources/cases.ts';
import { openPublisher } from './sources/publisher.ts';

/** Sources and rotations on the emulator; `npm run test:openstack -- imports` asks a real Glance the same. */
const publisher = await openPublisher();
after(() => publisher.close());
const { emulator, owner, cli } = await openPlace(
  {
    profile: 'openstack',
    emulator: { stores: ['fast', 'slow'], webDownload: { ports: [publisher.port], hosts: ['127.0.0.1'] } },
  },
  '--speed',
  '1000000',
);

testSources({
  cli,
  at: [onEmulator(emulator)],
  publisher,
  list: async () => {
    const found = await Promise.all(
      ['false', 'true'].map((hidden) => owner.ask('GET', `${images}?limit=1000&os_hidden=${hidden}`)),
    );
    return found.flatMap(({ json }) => json['images'] as JsonObject[]);
  },
  leave: async (name, status) => {
    const id = await create(owner, { name });
    if (status === 'uploading')
      assert.equal(
        (await owner.ask('PUT', `${images}/${id}/stage`, Buffer.from('x'), bytesType)).status,
        204,
      );
    return id;
  },
  patch: async (id, property, value) => {
    const body = [{ op: 'replace', path: `/${property}`, value }];
    assert.equal((await owner.ask('PATCH', `${images}/${id}`, body, patchType)).status, 200);
  },
});
