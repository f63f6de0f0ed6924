import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import { logIn, withEmulator } from '../harness.ts';
import { withUsers } from '../plain.ts';
import { expectAnswer } from './asking.ts';
import { build, control, lastEvent, makeImage, settled, show } from './living.ts';

const unknown = '00000000-0000-4000-8000-000000000000';
const volumes = '/regionone/volume/v3/100001/volumes';

test('a server boots from a volume that is made of an image, and its image is snapshots', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const image = await makeImage(owner);
    const root = {
      boot_index: 0,
      source_type: 'image',
      destination_type: 'volume',
      uuid: image,
      volume_size: 1,
    };
    const id = await build(emulator, owner, {
      block_device_mapping_v2: [
        { ...root, delete_on_termination: true },
        { boot_index: -1, source_type: 'blank', destination_type: 'volume', volume_size: 2 },
      ],
    });
    const server = await show(owner, id);
    assert.equal(server['status'], 'ACTIVE');
    assert.equal(server['image'], '');
    const attached = server['os-extended-volumes:volumes_attached'] as JsonObject[];
    assert.equal(attached.length, 2);
    const { json } = await owner.ask('GET', `${volumes}/${String(attached[0]?.['id'])}`);
    assert.partialDeepStrictEqual(json['volume'], {
      ...{ status: 'in-use', bootable: 'true', size: 1 },
      attachments: [{ server_id: id, device: '/dev/vda' }],
    });
    const { json: taken } = await expectAnswer(owner, `POST /servers/${id}/action`, [202], {
      body: { createImage: { name: 'x' } },
      version: 45,
    });
    const copy = String(taken['image_id']);
    const { json: shown } = await owner.ask('GET', `/regionone/image/v2/images/${copy}`);
    assert.partialDeepStrictEqual(shown, {
      status: 'active',
      size: 0,
      bdm_v2: 'True',
      image_type: 'snapshot',
    });
    const snapshots = JSON.parse(String(shown['block_device_mapping'])) as JsonObject[];
    assert.deepEqual(
      snapshots.map(({ boot_index: index }) => index),
      [0, null],
    );
    await control(emulator, 'POST', '/clock', { step: 60_000 });
    const second = await build(emulator, owner, { imageRef: copy });
    assert.equal((await show(owner, second))['status'], 'ACTIVE');
    const seq = await lastEvent(emulator);
    await expectAnswer(owner, `DELETE /servers/${id}`, [204]);
    await settled(emulator, id, seq);
    const left = (await owner.ask('GET', volumes)).json['volumes'] as JsonObject[];
    assert.equal(left.length, 4, 'a volume with snapshots stays');
  });
});

/** Devices that are refused. `IMAGE` stands for one that is there. */
const refused: readonly (readonly [server: JsonObject, text: string])[] = [
  [
    {
      block_device_mapping_v2: [
        { boot_index: 0, source_type: 'volume', destination_type: 'volume', uuid: unknown },
      ],
    },
    `Block Device Mapping is Invalid: failed to get volume ${unknown}.`,
  ],
  [
    {
      block_device_mapping_v2: [
        { boot_index: 0, source_type: 'snapshot', destination_type: 'volume', uuid: unknown },
      ],
    },
    `Block Device Mapping is Invalid: failed to get snapshot ${unknown}.`,
  ],
  [
    {
      block_device_mapping_v2: [
        { boot_index: 0, source_type: 'image', destination_type: 'volume', uuid: 'IMAGE' },
      ],
    },
    "Images with destination_type 'volume' need to have a non-zero size specified",
  ],
  [
    {
      imageRef: 'IMAGE',
      block_device_mapping_v2: [
        { boot_index: -1, source_type: 'blank', destination_type: 'volume', volume_size: 1 },
      ],
    },
    'Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid.',
  ],
  [
    {
      block_device_mapping: [{ volume_id: unknown }],
      block_device_mapping_v2: [{ boot_index: 0, source_type: 'image', uuid: 'IMAGE' }],
    },
    'Using different block_device_mapping syntaxes is not allowed in the same request.',
  ],
];

test('devices that are not there, or do not fit together, are refused', async () => {
  await withUsers(async ({ owner }) => {
    const image = await makeImage(owner);
    for (const [server, text] of refused) {
      const body = { server: { name: 'web', flavorRef: '1', ...server } };
      await expectAnswer(owner, 'POST /servers', [400, text], {
        body: JSON.parse(JSON.stringify(body).replaceAll('IMAGE', image)),
      });
    }
  });
});

test('a server that boots from a volume keeps it in a rebuild, and is not rescued', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const [image, other] = [await makeImage(owner), await makeImage(owner)];
    const root = { boot_index: 0, source_type: 'image', destination_type: 'volume', volume_size: 1 };
    const id = await build(emulator, owner, { block_device_mapping_v2: [{ ...root, uuid: image }] });
    const ask = (body: JsonObject, expected: Parameters<typeof expectAnswer>[2], version: number) =>
      expectAnswer(owner, `POST /servers/${id}/action`, expected, { body, version });
    await ask(
      { rescue: {} },
      [400, `Instance ${id} cannot be rescued: Cannot rescue a volume-backed instance`],
      1,
    );
    const refused = `Image ${other} is unacceptable: Unable to rebuild with a different image for a volume-backed server.`;
    await ask({ rebuild: { imageRef: other } }, [400, refused], 92);
    for (const [imageRef, version] of [
      [image, 92],
      [other, 93],
    ] as const) {
      const seq = await lastEvent(emulator);
      await ask({ rebuild: { imageRef } }, [202], version);
      await settled(emulator, id, seq);
      const server = await show(owner, id);
      assert.partialDeepStrictEqual(server, { status: 'ACTIVE', image: '' });
      const [{ id: volume } = {}] = server['os-extended-volumes:volumes_attached'] as JsonObject[];
      const { json } = await owner.ask('GET', `${volumes}/${String(volume)}`);
      assert.partialDeepStrictEqual(json['volume'], { volume_image_metadata: { image_id: imageRef } });
    }
  });
});

test('Rackspace takes no image of a server that boots from a volume', async () => {
  await withEmulator(['--profile', 'rackspace', '--speed', '1000000'], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const base = '/dfw/compute/v2/100001';
    const { json } = await owner.ask('GET', '/dfw/image/v2/images?limit=1');
    const [image] = json['images'] as JsonObject[];
    const root = { boot_index: 0, source_type: 'image', destination_type: 'volume', volume_size: 100 };
    const device = { ...root, uuid: String(image?.['id']) };
    const id = await build(
      emulator,
      owner,
      { flavorRef: 'compute1-4', block_device_mapping_v2: [device] },
      base,
    );
    await expectAnswer(owner, `POST /servers/${id}/action`, [400], {
      body: { createImage: { name: 'x' } },
      base,
    });
  });
});
