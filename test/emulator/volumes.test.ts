import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { logIn, readEvents, removeFolder, start, temporaryFolder } from './harness.ts';
import { create, images, openstack, upload, withUsers } from './plain.ts';
import { control, make, order, reach, show, version, volumesBase } from './volumesHarness.ts';

const empty = ['--seed', 'empty'];
const uuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/;

test('a blank volume is created, available, changed and deleted', async () => {
  await withUsers(
    async ({ owner, partner }, emulator) => {
      assert.equal((await control(emulator, 'POST', '/clock', { pause: true })).status, 200);
      const made = await order(owner, 'volume', { size: '2', name: ' data ', metadata: { use: 'logs' } });
      const { id, created_at, links, user_id, ...rest } = made;
      assert.match(String(id), uuid);
      assert.match(String(created_at), /^\d{4}-\d\d-\d\dT[\d:]{8}\.000000$/);
      assert.match(String(user_id), /^[\da-f]{32}$/);
      assert.deepEqual(links, [
        { rel: 'self', href: `${emulator.url}${volumesBase}/volumes/${id}` },
        { rel: 'bookmark', href: `${emulator.url}/regionone/volume/100001/volumes/${id}` },
      ]);
      assert.deepEqual(rest, {
        status: 'creating',
        size: 2,
        availability_zone: 'nova',
        updated_at: null,
        name: 'data',
        description: null,
        volume_type: '__DEFAULT__',
        snapshot_id: null,
        source_volid: null,
        metadata: { use: 'logs' },
        bootable: 'false',
        encrypted: false,
        replication_status: null,
        consistencygroup_id: null,
        multiattach: false,
        attachments: [],
      });
      const early = await owner.ask('DELETE', `${volumesBase}/volumes/${id}`);
      assert.equal(early.status, 400, 'it is not created yet');
      assert.match(early.text, /"Invalid volume: Volume status must be available or error or/);
      await control(emulator, 'POST', '/clock', { step: 'next' });
      assert.equal((await show(owner, 'volume', String(id)))['status'], 'available');

      const change = { volume: { name: null, display_description: 'kept', metadata: {} } };
      const { json } = await owner.ask('PUT', `${volumesBase}/volumes/${id}`, change);
      const changed: JsonObject = Object(json['volume']);
      assert.deepEqual([changed['name'], changed['description'], changed['metadata']], [null, 'kept', {}]);
      assert.equal((await partner.ask('GET', `${volumesBase}/volumes/${id}`)).status, 400, 'their project');
      const foreign = await partner.ask('GET', `/regionone/volume/v3/100002/volumes/${id}`);
      assert.deepEqual(
        [foreign.status, foreign.json],
        [404, { itemNotFound: { code: 404, message: `Volume ${id} could not be found.` } }],
      );

      assert.equal((await owner.ask('DELETE', `${volumesBase}/volumes/${id}`)).status, 202);
      assert.equal((await show(owner, 'volume', String(id)))['status'], 'deleting');
      await control(emulator, 'POST', '/clock', { step: 'next' });
      assert.equal((await owner.ask('GET', `${volumesBase}/volumes/${id}`)).status, 404);
    },
    ...empty,
  );
});

test('a volume keeps what its image was when that is gone, and its snapshots and clones keep it too', async () => {
  await withUsers(
    async ({ owner }, emulator) => {
      const image = await create(owner, { name: 'base', min_disk: 2, os_distro: 'debian' });
      const wanted = { size: 2, imageRef: image };
      const refused = await owner.ask('POST', `${volumesBase}/volumes`, { volume: wanted });
      assert.match(refused.text, /"Invalid input received: Image \S+ is not active\."/);
      await upload(owner, image, Buffer.from('the disk'));
      const small = await owner.ask('POST', `${volumesBase}/volumes`, { volume: { ...wanted, size: 1 } });
      assert.match(small.text, /Volume size 1GB cannot be smaller than the image minDisk size 2GB\./);
      const byName = await make(emulator, owner, 'volume', { ...wanted, imageRef: 'base' });
      const volume = await show(owner, 'volume', byName);
      assert.equal(volume['bootable'], 'true');
      assert.partialDeepStrictEqual(volume['volume_image_metadata'], {
        image_id: image,
        image_name: 'base',
        os_distro: 'debian',
        disk_format: 'raw',
        min_disk: '2',
        size: '8',
      });
      assert.equal((await owner.ask('DELETE', `${images}/${image}`)).status, 204);
      const content = join(emulator.data, 'blobs', createHash('sha512').update('the disk').digest('hex'));
      assert.ok(existsSync(content), 'the volume holds it');

      const snapshot = await make(emulator, owner, 'snapshot', { volume_id: byName, name: 's' });
      const held = await owner.ask('DELETE', `${volumesBase}/volumes/${byName}`);
      assert.match(held.text, /have snapshots/);
      const clone = await make(emulator, owner, 'volume', { source_volid: byName });
      const restored = await make(emulator, owner, 'volume', { snapshot_id: snapshot, size: 3 });
      assert.equal((await owner.ask('DELETE', `${volumesBase}/volumes/${byName}?cascade=true`)).status, 202);
      await reach(emulator, snapshot, 'gone');
      await reach(emulator, byName, 'gone');
      for (const [id, size] of [
        [clone, 2],
        [restored, 3],
      ] as const) {
        const copy = await show(owner, 'volume', id);
        assert.deepEqual([copy['size'], copy['bootable']], [size, 'true']);
        assert.equal(Object(copy['volume_image_metadata'])['image_name'], 'base');
        assert.ok(existsSync(content));
        assert.equal((await owner.ask('DELETE', `${volumesBase}/volumes/${id}`)).status, 202);
        await reach(emulator, id, 'gone');
      }
      assert.ok(!existsSync(content), 'nobody holds it any longer');
    },
    ...empty,
  );
});

test('a volume becomes an image with the bytes and the properties of its own image', async () => {
  await withUsers(
    async ({ owner, reader }, emulator) => {
      const image = await create(owner, { os_distro: 'debian' });
      await upload(owner, image, Buffer.from('bytes'));
      const volume = await make(emulator, owner, 'volume', { size: 1, imageRef: image });
      const action = `${volumesBase}/volumes/${volume}/action`;
      await control(emulator, 'POST', '/clock', { pause: true });
      const body = { 'os-volume_upload_image': { image_name: 'copy', disk_format: 'raw' } };
      assert.equal((await reader.ask('POST', action, body)).status, 403);
      const asked = await owner.ask('POST', action, body, version(1));
      assert.equal(asked.status, 202, asked.text);
      const answer: JsonObject = Object(asked.json['os-volume_upload_image']);
      assert.deepEqual(
        [answer['status'], answer['visibility'], answer['image_name']],
        ['uploading', 'private', 'copy'],
      );
      assert.equal((await show(owner, 'volume', volume))['status'], 'uploading');
      await control(emulator, 'POST', '/clock', { step: 'next' });
      assert.equal((await show(owner, 'volume', volume))['status'], 'available');
      const copy = await owner.ask('GET', `${images}/${answer['image_id']}`);
      assert.partialDeepStrictEqual(copy.json, {
        status: 'active',
        os_distro: 'debian',
        size: 5,
        checksum: createHash('md5').update('bytes').digest('hex'),
      });
      assert.equal((await owner.ask('GET', `${images}/${answer['image_id']}/file`)).text, 'bytes');
    },
    ...empty,
  );
});

test('a volume becomes an image of another format, of its whole size', async () => {
  await withUsers(
    async ({ owner }, emulator) => {
      const raw = Buffer.alloc(2 * 512, 'x');
      const image = await create(owner);
      await upload(owner, image, raw);
      const blank = await make(emulator, owner, 'volume', { size: 1 });
      const filled = await make(emulator, owner, 'volume', { size: 2, imageRef: image });
      const take = async (id: string, format: string): Promise<{ made: JsonObject; bytes: Buffer }> => {
        const body = { 'os-volume_upload_image': { image_name: format, disk_format: format } };
        const { json, text } = await owner.ask('POST', `${volumesBase}/volumes/${id}/action`, body);
        const { image_id } = Object(json['os-volume_upload_image']);
        assert.ok(image_id, text);
        await readEvents(
          emulator,
          'after=0',
          ({ data }) => data['id'] === image_id && data['status'] === 'active',
        );
        const { json: made } = await owner.ask('GET', `${images}/${image_id}`);
        const { bytes } = await owner.ask('GET', `${images}/${image_id}/file`);
        assert.equal(made['checksum'], createHash('md5').update(bytes).digest('hex'));
        return { made, bytes };
      };
      const qcow2 = await take(blank, 'qcow2');
      assert.deepEqual(
        [qcow2.made['virtual_size'], qcow2.bytes.toString('latin1', 0, 4)],
        [2 ** 30, 'QFI\xfb'],
      );
      const vhd = await take(filled, 'vhd');
      assert.equal(vhd.made['virtual_size'], 2 ** 31);
      assert.ok(
        vhd.bytes.includes(raw) && vhd.bytes.length < 2 ** 22,
        'the bytes, and no gigabytes of zeros',
      );
      assert.deepEqual((await take(filled, 'raw')).bytes, raw);
      const vdi = { 'os-volume_upload_image': { image_name: 'v', disk_format: 'vdi' } };
      const refused = await owner.ask('POST', `${volumesBase}/volumes/${blank}/action`, vdi);
      assert.deepEqual([refused.status, refused.rule], [501, 'emulator/not-yet']);
    },
    ...empty,
  );
});

test('bodies that do not fit are refused in the words of Cinder', async () => {
  await withUsers(
    async ({ owner }) => {
      const rows: readonly [Json, string][] = [
        [{}, "'volume' is a required property"],
        [[], "[] is not of type 'object'"],
        [
          { volume: { size: 1 }, x: 1, y: 2 },
          "Additional properties are not allowed ('x', 'y' were unexpected)",
        ],
        [
          { volume: { size: 0 } },
          'Invalid input for field/attribute size. Value: 0. 0 is less than the minimum of 1',
        ],
        [
          { volume: { size: 'x' } },
          "Invalid input for field/attribute size. Value: x. 'x' does not match '^[0-9]+$'",
        ],
        [
          { volume: { size: 1.5 } },
          "Invalid input for field/attribute size. Value: 1.5. 1.5 is not of type 'integer', 'string', 'null'",
        ],
        [{ volume: {} }, "Invalid input received: Volume size 'None' must be an integer and greater than 0"],
        [
          { volume: { size: 1, snapshot_id: "it's" } },
          'Invalid input for field/attribute snapshot_id. Value: it\'s. "it\'s" is not valid under any of the given schemas',
        ],
        [
          { volume: { size: 1, metadata: { a: 7 } } },
          "Invalid input for field/attribute a. Value: 7. 7 is not of type 'string'",
        ],
        [
          { volume: { size: 1, metadata: { 'ä\n': 'x' } } },
          "Invalid input for field/attribute metadata. Value: {'ä\\n': 'x'}. 'ä\\n' does not match any of the regexes: '^[a-zA-Z0-9-_:. /]{1,255}$'",
        ],
        [
          { volume: { size: 1, multiattach: 'maybe' } },
          "Invalid input for field/attribute multiattach. Value: maybe. 'maybe' is not valid under any of the given schemas",
        ],
        [{ volume: { size: 1, availability_zone: 'mars' } }, "Availability zone 'mars' is invalid."],
        [
          { volume: { size: 1, imageRef: 'none' } },
          'Invalid image identifier or unable to access requested image.',
        ],
        [{ volume: { size: 1, volume_type: 'fast' } }, 'Volume type with name fast could not be found.'],
      ];
      for (const [body, message] of rows) {
        const { json, status } = await owner.ask('POST', `${volumesBase}/volumes`, body);
        const name = status === 404 ? 'itemNotFound' : 'badRequest';
        assert.deepEqual(json, { [name]: { code: status, message } });
      }
      const broken = await owner.ask('POST', `${volumesBase}/volumes`, Buffer.from('{'));
      assert.deepEqual(broken.json, { badRequest: { code: 400, message: 'Malformed request body' } });
      const unknown = { volume: { size: 1, colour: 'red' } };
      assert.equal((await owner.ask('POST', `${volumesBase}/volumes`, unknown)).status, 202, 'left out');
      const strict = await owner.ask('POST', `${volumesBase}/volumes`, unknown, version(53));
      assert.match(strict.text, /Additional properties are not allowed \('colour' was unexpected\)/);
      const action = await owner.ask('POST', `${volumesBase}/volumes/none/action`, { fly: {} });
      assert.match(action.text, /There is no such action: fly\. Verify the request body/);
    },
    ...empty,
  );
});

test('quotas are those of a new Cinder', async () => {
  await withUsers(
    async ({ owner }, emulator) => {
      const ask = (size: number) => owner.ask('POST', `${volumesBase}/volumes`, { volume: { size } });
      const large = await ask(1001);
      assert.deepEqual([large.status, large.headers.get('retry-after')], [413, '0']);
      assert.deepEqual(large.json, {
        overLimit: {
          code: 413,
          message:
            'VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 1001G, quota is 1000G and 0G has been consumed.',
          retryAfter: '0',
        },
      });
      for (let count = 0; count < 10; count += 1) assert.equal((await ask(1)).status, 202);
      assert.match(
        (await ask(1)).text,
        /Maximum number of volumes allowed \(10\) exceeded for quota 'volumes'/,
      );
      const { json: limits } = await owner.ask('GET', `${volumesBase}/limits`);
      assert.partialDeepStrictEqual(limits, {
        limits: { rate: [], absolute: { maxTotalVolumes: 10, totalVolumesUsed: 10, totalGigabytesUsed: 10 } },
      });
      const { json: quotas } = await owner.ask('GET', `${volumesBase}/os-quota-sets/100001?usage=True`);
      assert.partialDeepStrictEqual(quotas, {
        quota_set: { id: '100001', gigabytes: { limit: 1000, in_use: 10, reserved: 0 } },
      });
      assert.equal((await owner.ask('GET', `${volumesBase}/os-quota-sets/100002`)).status, 403);
      assert.match(emulator.log(), /Serving openstack/);
    },
    ...empty,
  );
});

test('what was under way when the emulator was killed is done after its next start', async () => {
  const data = temporaryFolder();
  let emulator = await start(data, ...openstack, ...empty);
  try {
    const owner = await logIn(emulator.url, 'owner');
    const image = await create(owner);
    await upload(owner, image, Buffer.from('bytes'));
    const ids: string[] = [];
    for (let count = 0; count < 4; count += 1)
      ids.push(await make(emulator, owner, 'volume', { size: 1, imageRef: image }));
    const [removed = '', grown = '', taken = '', kept = ''] = ids;
    const gone = await make(emulator, owner, 'snapshot', { volume_id: kept });
    await control(emulator, 'POST', '/clock', { pause: true });
    const act = (id: string, body: JsonObject) =>
      owner.ask('POST', `${volumesBase}/volumes/${id}/action`, body);
    await act(grown, { 'os-extend': { new_size: 2 } });
    await act(taken, { 'os-volume_upload_image': { image_name: 'copy', disk_format: 'qcow2' } });
    await owner.ask('DELETE', `${volumesBase}/volumes/${removed}`);
    await owner.ask('DELETE', `${volumesBase}/snapshots/${gone}`);
    const { id: made } = await order(owner, 'volume', { size: 1, imageRef: image });
    const { id: snapshot } = await order(owner, 'snapshot', { volume_id: kept });
    const under = await Promise.all([grown, taken, removed].map((id) => show(owner, 'volume', id)));
    assert.deepEqual(
      under.map(({ status }) => status),
      ['extending', 'uploading', 'deleting'],
    );
    await emulator.end('SIGKILL');

    emulator = await start(data, ...openstack, ...empty);
    await control(emulator, 'POST', '/clock', { pause: false });
    const again = await logIn(emulator.url, 'owner');
    for (const id of [removed, gone]) await reach(emulator, id, 'gone');
    await reach(emulator, made, 'available');
    await reach(emulator, snapshot, 'available');
    await readEvents(
      emulator,
      'after=0',
      ({ data }) => data['name'] === 'copy' && data['status'] === 'active',
    );
    const { json } = await again.ask('GET', `${volumesBase}/volumes/detail?sort=created_at:asc`);
    const left = (json['volumes'] as JsonObject[]).map(({ status, size }) => [status, size]);
    assert.deepEqual(left, [
      ['available', 2],
      ['available', 1],
      ['available', 1],
      ['available', 1],
    ]);
  } finally {
    await emulator.end();
    removeFolder(data);
  }
});
