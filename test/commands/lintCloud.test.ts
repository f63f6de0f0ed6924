import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onEmulator, openPlace } from './cli.ts';

/** `cloud-images lint --emulator`: manifests are judged by what the cloud has, as in the editor. */
const publicImage = async (owner: Awaited<ReturnType<typeof openPlace>>['owner'], os: string) => {
  const { json } = await owner.ask('GET', `/dfw/image/v2/images?visibility=public&os_type=${os}&limit=1`);
  const [base] = JSON.parse(JSON.stringify(json['images']));
  return String(base.id);
};

test('manifests are judged by images, servers, flavors and containers of the cloud', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '1000000');
  const to = onEmulator(emulator);
  const windows = await publicImage(owner, 'windows');
  const none = '9f1d3c5a-2b47-4f6e-8a90-1c2d3e4f5a6b';
  const files: Record<string, string> = {
    'absent.server-image.yaml': `createImage: { name: x }\nserver: { id: ${none} }\n`,
    'absent.image.yaml': `{ id: ${none}, min_ram: 512 }\n`,
    'ours.image.yaml': `{ id: ${windows}, min_ram: 512 }\n`,
    'small.server.yaml': `server: { name: web, flavorRef: general1-1, imageRef: ${windows} }\n`,
    'taken.image-export.yaml': `type: export\ninput: { image_uuid: ${windows}, receiving_swift_container: nowhere }\n`,
  };
  for (const [name, text] of Object.entries(files)) cli.write(`live/${name}`, text);
  const rulesOf = async (...more: string[]): Promise<Record<string, string[]>> => {
    const { stdout, stderr } = await cli.run(['lint', 'live', '--format', 'json', ...more]);
    assert.equal(stderr, '');
    const reports: { path: string; findings: { rule: string; severity: string }[] }[] = JSON.parse(stdout);
    return Object.fromEntries(
      reports.map(({ path, findings }) => [
        path.replace(/^.*\//, ''),
        findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule),
      ]),
    );
  };
  assert.deepEqual(await rulesOf(to), {
    'absent.image.yaml': ['image/visible'],
    'absent.server-image.yaml': ['server-image/server'],
    'ours.image.yaml': ['image/owner'],
    'small.server.yaml': ['server/ram', 'server/disk', 'server/windows-ram'],
    'taken.image-export.yaml': ['export/owner', 'export/licence', 'export/container'],
  });
  const without = await rulesOf('--profile', 'rackspace');
  assert.deepEqual(Object.values(without).flat(), []);
  const failed = await cli.run(['lint', 'live', '--emulator=http://127.0.0.1:9']);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /^cloud-images lint: .*127\.0\.0\.1:9/);
});

test('a server in the file of its image is judged as if the image were applied', async () => {
  const { emulator, cli } = await openPlace({ profile: 'openstack' }, '--speed', '1000000');
  cli.write('.cloud-images.json', '{ "profile": "openstack" }');
  cli.write('web.raw', 'x'.repeat(2048));
  const image = 'name: web\ndisk_format: raw\ncontainer_format: bare\n';
  const judge = async (members: string): Promise<string> => {
    const text = `${image}${members}---\nserver: { name: web-1, flavorRef: "1" }\n`;
    cli.write('web.image.yaml', text);
    const { stdout, stderr } = await cli.run(['lint', 'web.image.yaml', onEmulator(emulator)]);
    return stdout + stderr;
  };
  const source = 'source: { file: web.raw }\n';
  assert.match(await judge(source), /0 errors/);
  assert.match(
    await judge(''),
    /5:1 .*The image is queued\. It has no bytes yet: give it those first\. The cloud answers 400: Image … is not active\. {2}server\/image-status/,
  );
  assert.match(await judge(`hw_disk_bus: virtoi\n${source}`), /server\/image-properties/);
  cli.write('old.image.yaml', `${image}hw_disk_bus: virtoi\n${source}`);
  const applied = await cli.run(['apply', 'old.image.yaml', '--yes', onEmulator(emulator)]);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  assert.match(await judge(source), /server\/image-properties/, 'what the image has stays');
  assert.match(await judge(`rotation: { keep: 1 }\n${source}`), /0 errors/, 'a new image has it not');
});

test('what the image schema of a cloud requires of new images is asked for by lint, and refused by the cloud', async () => {
  const requiredProperties = ['os_purpose', 'name'];
  for (const [release, required] of [
    ['2025.2', []],
    ['2026.1', requiredProperties],
  ] as const) {
    const { emulator, owner, cli } = await openPlace({
      profile: 'openstack',
      release,
      emulator: { requiredProperties },
    });
    const cloud = {
      auth: { auth_url: `${emulator.url}/identity/v3`, username: 'owner', password: 'emulator' },
      region_name: 'RegionOne',
    };
    cli.write('clouds.yaml', JSON.stringify({ clouds: { acme: cloud } }));
    cli.write('web.image.yaml', 'disk_format: raw\nmin_ram: 512\n');
    const found = async (...more: string[]) => {
      const { stdout, stderr } = await cli.run(['lint', '--format', 'json', ...more, 'web.image.yaml']);
      const [report]: { findings: { rule: string; severity: string; message: string }[] }[] =
        JSON.parse(stdout);
      return { findings: report?.findings.filter(({ rule }) => rule === 'cloud/required'), stderr };
    };
    const told = await found('--cloud', 'acme');
    assert.deepEqual(
      told.findings?.map(({ severity, message }) => [severity, message.replace(/ \(.*\)/, '')]),
      required.map((name) => ['error', `The cloud requires '${name}' of new images. Add it.`]),
      told.stderr,
    );
    assert.deepEqual(
      (await found('--profile', 'openstack')).findings,
      [],
      'without a cloud nothing is known',
    );
    const images = '/regionone/image/v2/images';
    const made = await owner.ask('POST', images, { disk_format: 'raw', min_ram: 512 });
    assert.equal(made.status, required.length > 0 ? 400 : 201, made.text);
    if (required.length === 0) continue;
    assert.equal(made.rule, 'cloud/required');
    assert.match(
      made.text,
      /Provided object does not match schema 'image': 'os_purpose' is a required property/,
    );
    assert.equal((await owner.ask('POST', images, { name: 'web', os_purpose: 'generic' })).status, 201);
  }
});

test('where a project requires properties of the images of its emulator, lint asks for them without a cloud', async () => {
  const { cli } = await openPlace({ profile: 'openstack' });
  cli.write('web.image.yaml', 'name: web\n');
  const lint = async (release: string): Promise<string> => {
    const emulator = { requiredProperties: ['os_purpose'] };
    cli.write('.cloud-images.json', JSON.stringify({ profile: 'openstack', release, emulator }));
    return (await cli.run(['lint', 'web.image.yaml'])).stdout;
  };
  assert.match(
    await lint('2026.1'),
    /This project's emulator requires 'os_purpose' of new images\. Add it\./,
  );
  assert.doesNotMatch(await lint('2025.2'), /os_purpose/);
});
