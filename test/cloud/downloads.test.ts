import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import { verifyImageData } from '../../server/cloud/run/verify.ts';
import { downloadSegments } from '../../server/cloud/services/downloads.ts';
import { openImageData } from '../../server/cloud/services/imageData.ts';
import { readExportedSegments } from '../../server/cloud/services/largeObjects.ts';
import { startEmulator } from '../tools/emulator.ts';
import { lacksSmallDisk, mountSmallDisk } from '../tools/smallDisk.ts';

const MiB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-downloads-'));
let emulator: Awaited<ReturnType<typeof startEmulator>>;
let cloud: Cloud;

before(async () => {
  const more = ['--profile', 'openstack'];
  emulator = await startEmulator({ data: join(folder, 'data'), arguments: more });
  const credentials = { userName: 'owner', password: 'emulator', project: '100001', region: 'RegionOne' };
  cloud = await connect({ ...credentials, authUrl: `${emulator.url}/identity/v3` });
});
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a download whose last bytes find no room is an error', { skip: lacksSmallDisk }, async () => {
  const file = join(folder, 'disk.bin');
  writeFileSync(file, Buffer.alloc(MiB, 'full'));
  await cloud.objects.putContainer('c');
  await cloud.objects.putObject('c', 'disk.bin', file);
  const segments = await readExportedSegments(cloud.objects, 'c', 'disk.bin');
  const small = join(folder, 'small');
  mkdirSync(small);
  const unmount = mountSmallDisk(small, 1);
  try {
    writeFileSync(join(small, 'other'), Buffer.alloc(8192));
    const path = join(small, 'disk.bin');
    for (const options of [{}, { part: join(small, 'disk.part') }]) {
      await assert.rejects(downloadSegments(cloud.objects, segments, path, options), /ENOSPC/);
      assert.ok(!existsSync(path));
    }
  } finally {
    unmount();
  }
});

test('image data is verified by the hashes that are known here', async () => {
  const data = openImageData(cloud.session, cloud.region);
  const file = join(folder, 'image.bin');
  writeFileSync(file, Buffer.alloc(1000, 'data'));
  const id = String(
    (await data.create({ name: 'one', disk_format: 'raw', container_format: 'bare' })).get('id'),
  );
  await data.upload(id, file);
  const image = await cloud.images.get(id);
  // As Glance has it where its administrator has chosen another of Python's.
  const other = new Map([...image, ['os_hash_algo', 'sha3_512'], ['os_hash_value', '00']]);
  const { sound, problems } = await verifyImageData(cloud, other, {});
  assert.deepEqual(problems, []);
  assert.match(sound.join(), /^1,000 bytes,MD5 [0-9a-f]{12}…$/);
});
