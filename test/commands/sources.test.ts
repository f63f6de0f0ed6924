import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { patchType } from '../emulator/harness.ts';
import { bytesType, create, images, upload } from '../emulator/plain.ts';
import { qcow2Header } from '../tools/headers.ts';
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

test('an image of another region comes by glance-download where the cloud offers it, with its formats', async () => {
  const importMethods = ['glance-direct', 'glance-download'];
  const federated = await openPlace(
    { profile: 'openstack', emulator: { importMethods } },
    '--speed',
    '1000000',
  );
  const at = onEmulator(federated.emulator);
  const id = await create(federated.owner, {
    name: 'there',
    disk_format: 'vdi',
    hw_disk_bus: 'scsi',
    mine: 'x',
  });
  await upload(federated.owner, id, Buffer.from('data of there'));
  const write = (name: string, image: string): string =>
    federated.cli.write(
      `${name}.image.yaml`,
      `name: ${name}\ndisk_format: raw\ncontainer_format: bare\nsource:\n  image: ${image}\n  region: regionone\n`,
    );
  const done = await federated.cli.run(['apply', '--yes', at, write('here', id)]);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /glance-download: regionone holds the image, and Glance copies it itself/);
  const { json } = await federated.owner.ask('GET', `${images}?name=here`);
  const [here] = json['images'] as JsonObject[];
  assert.deepEqual(
    ['status', 'size', 'disk_format', 'hw_disk_bus', 'mine'].map((name) => here?.[name]),
    ['active', 13, 'vdi', 'scsi', undefined],
  );
  const absent = '11111111-1111-4111-8111-111111111111';
  const failed = await federated.cli.run(['apply', '--yes', at, write('nowhere', absent)]);
  assert.equal(failed.code, 1);
  assert.match(
    failed.stdout,
    /The import by glance-download failed.*There is no image 1111.*nothing is left/s,
  );
  const body = (method: object) => ({ method: { name: 'glance-download', ...method } });
  const queued = await create(federated.owner, { name: 'queued' });
  for (const [method, words] of [
    [{}, "'glance_region' needs to be set"],
    [{ glance_region: 'regionone' }, "'glance_image_id' needs to be set"],
    [{ glance_region: 'regionone', glance_image_id: 'x' }, 'Remote image id does not look like a UUID: x'],
  ] as const) {
    const answer = await federated.owner.ask('POST', `${images}/${queued}/import`, body(method));
    assert.equal(answer.status, 400);
    assert.ok(answer.text.includes(words), answer.text);
  }
});

test('a run that is stopped while bytes come deletes the image again, and says so', async () => {
  const slow = cli.write(
    'slow.image.yaml',
    `name: slow\ndisk_format: raw\ncontainer_format: bare\nprotected: true\nsource:\n  url: ${publisher.url}/slow/disk.raw\n  method: upload\n`,
  );
  const started = cli.start(['apply', '--yes', onEmulator(emulator), slow]);
  await started.said('/v2/images → 201');
  started.kill('SIGINT');
  const { code, stdout, stderr } = await started.ended;
  assert.equal(code, 130, stdout + stderr);
  assert.match(stdout, /interrupted: .*nothing is left/);
  assert.deepEqual((await owner.ask('GET', `${images}?name=slow`)).json['images'], []);
});

test('a rehearsal brings the bytes into its own emulator; where images come by tasks it says so', async () => {
  const write = (name: string, more: string): string =>
    cli.write(
      `${name}.image.yaml`,
      `name: ${name}\ndisk_format: raw\ncontainer_format: bare\nsource:\n  file: disk.raw\n${more}`,
    );
  const good = await cli.run([
    'rehearse',
    '--profile',
    'openstack',
    write('tried', 'rotation: { keep: 1 }\n'),
  ]);
  assert.equal(good.code, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /PUT \S+\/file → 204/);
  assert.match(good.stdout, /tried \(\S+\) active/);
  const wrong = write('tried-wrong', `  checksum: sha256:${'4'.repeat(64)}\n`);
  const bad = await cli.run(['rehearse', '--profile', 'openstack', wrong]);
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /refused.*its publisher says 4444/s);
  const elsewhere = await cli.run(['rehearse', '--profile', 'rackspace', wrong]);
  assert.match(elsewhere.stdout, /This cloud makes images by import tasks/);
});

test('an image that is there is copied to further stores, which its administrator may ask for', async () => {
  const write = (stores: string): string =>
    cli.write(
      'copied.image.yaml',
      `name: copied\ndisk_format: raw\ncontainer_format: bare\nsource: { ${stores} }\n`,
    );
  assert.equal((await cli.run(['apply', '--yes', onEmulator(emulator), write('file: disk.raw')])).code, 0);
  const asAdmin = [onEmulator(emulator), '--user', 'admin'];
  const done = await cli.run(['apply', '--yes', ...asAdmin, write('stores: all')]);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /copy-image: the bytes are in the cloud already/);
  const [image] = (await owner.ask('GET', `${images}?name=copied`)).json['images'] as JsonObject[];
  assert.equal(image?.['stores'], 'fast,slow');
  assert.equal((await cli.run(['plan', ...asAdmin, write('stores: all')])).code, 0);
});

test('a plan says of the disk of a source, and of boots, what lint says', async () => {
  const file = 'child.qcow2';
  writeFileSync(join(cli.workspace, file), qcow2Header({ backing: true }));
  const manifest = cli.write(
    'child.image.yaml',
    `name: child\ndisk_format: qcow2\ncontainer_format: bare\nhw_firmware_type: UEFI\nsource:\n  file: ${file}\n`,
  );
  const { code, stdout } = await cli.run(['plan', onEmulator(emulator), manifest]);
  assert.equal(code, 2, stdout);
  assert.match(stdout, /child\.qcow2 .*backing/);
  assert.match(stdout, /Field value UEFI is invalid/);
  const { stdout: linted } = await cli.run(['lint', '--profile', 'openstack', manifest, '--format', 'json']);
  const [report]: { findings: { rule: string; message: string }[] }[] = JSON.parse(linted);
  for (const { rule, message } of report?.findings ?? [])
    if (rule === 'disk/backing-file' || rule === 'hw/value') assert.ok(stdout.includes(message), stdout);
});
