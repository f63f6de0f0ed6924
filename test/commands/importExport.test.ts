import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { ask, logIn, start } from '../emulator/harness.ts';
import { diskKinds, disks, MiB, makeDisk, makeVhd } from '../tools/disks.ts';
import { imageNow, onEmulator, openPlace } from './cli.ts';

/** `cloud-images import` and `export` against an emulator. */
const { folder, emulator, owner, cli } = await openPlace(
  { emulator: { exportSegmentBytes: MiB } },
  '--speed',
  '1000000',
);
mkdirSync(join(cli.workspace, 'exports'));

const files = '/dfw/object-store/v1/MossoCloudFS_100001';
const disk = (name: string): string => join(cli.workspace, 'exports', name);
const importOf = (object: string, name: string): string =>
  `type: import\ninput:\n  import_from: exports/${object}\n  image_properties: { name: ${name} }\n`;

function md5(path: string): string {
  return createHash('md5').update(readFileSync(path)).digest('hex');
}

test('an import uploads, waits, and the documents behind it apply to its image; an equal object is not sent again', async () => {
  makeVhd(disk('web.vhd'), { guest: 'linux' });
  cli.write(
    'web.image-import.yaml',
    `${importOf('web.vhd', 'Web')}---\ntags: [a]\nvm_mode: hvm\n---\n- { op: add, path: /role, value: web }\n`,
  );
  const first = await cli.run(['import', '--yes', onEmulator(emulator), '--json', 'web.image-import.yaml']);
  assert.equal(first.code, 0, first.stdout + first.stderr);
  const { done, undo } = JSON.parse(first.stdout);
  const id = done[0].result;
  const image = await imageNow(owner, 'dfw', id);
  assert.deepEqual(
    [image['name'], image['tags'], image['vm_mode'], image['role'], image['image_type']],
    ['Web', ['a'], 'hvm', 'web', 'import'],
  );
  const object = await owner.ask('HEAD', `${files}/exports/web.vhd`);
  assert.equal(object.headers.get('etag')?.replaceAll('"', ''), md5(disk('web.vhd')));
  const second = await cli.run(['import', '--yes', onEmulator(emulator), 'web.image-import.yaml']);
  assert.equal(second.code, 0, second.stdout);
  assert.doesNotMatch(second.stdout, /PUT .*web\.vhd/);
  const undone = await cli.run(['apply', '--yes', onEmulator(emulator), '--undo', undo]);
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.equal((await owner.ask('GET', `/dfw/image/v2/images/${id}`)).status, 404);

  const dry = await cli.run(['import', '--dry-run', onEmulator(emulator), 'web.image-import.yaml']);
  assert.equal(dry.code, 0);
  assert.doesNotMatch(dry.stdout, /POST/);
});

test('what an import would fail with is told before hours of upload, in the words of the task', async () => {
  const codes = diskKinds.filter((kind) => disks[kind].import !== 'accepted').slice(0, 12);
  for (const kind of codes) {
    makeDisk(disk(`${kind}.vhd`), kind);
    cli.write('bad.image-import.yaml', importOf(`${kind}.vhd`, kind));
    const { code, stdout } = await cli.run([
      'import',
      '--yes',
      onEmulator(emulator),
      'bad.image-import.yaml',
    ]);
    assert.equal(code, 1, `${kind}: ${stdout}`);
    assert.ok(stdout.includes(`refused: the task fails: `) && stdout.includes(disks[kind].import), stdout);
    assert.equal((await owner.ask('HEAD', `${files}/exports/${kind}.vhd`)).status, 404, 'nothing was sent');
  }
  const cases: [string, RegExp][] = [
    [importOf('nowhere.vhd', 'x'), /Image not found for import\. Possible invalid location/],
    [
      `${importOf('web.vhd', 'x')}`.replace('{ name: x }', '{ name: x, vm_mode: hvm }'),
      /Unsupported element in image_properties/,
    ],
    ['type: import\ninput: { image_properties: { name: x } }\n', /400 .*import_from/],
    [`${importOf('web.vhd', 'x')}---\nos_distro: debian\nmin_ram: many\n`, /400 .*'many'/],
  ];
  for (const [text, words] of cases) {
    cli.write('bad.image-import.yaml', text);
    const { code, stdout } = await cli.run([
      'import',
      '--yes',
      onEmulator(emulator),
      'bad.image-import.yaml',
    ]);
    assert.equal(code, 1, stdout);
    assert.match(stdout, words);
  }
  cli.write('only.image.yaml', 'name: Web\n');
  const none = await cli.run(['import', '--yes', onEmulator(emulator), 'only.image.yaml']);
  assert.deepEqual([none.code, none.stdout], [1, '']);
  assert.match(none.stderr, /None of these manifests is an import/);
});

test('a disk that is only in the cloud is imported from there; what its task fails with is said, and nothing more is done', async () => {
  makeVhd(disk('there.vhd'), { guest: 'linux' });
  const put = (name: string, bytes: Buffer) => owner.ask('PUT', `${files}/uploads/${name}`, bytes);
  await owner.ask('PUT', `${files}/uploads`);
  assert.equal((await put('good.vhd', readFileSync(disk('there.vhd')))).status, 201);
  assert.equal((await put('bad.vhd', Buffer.from('this is no disk'))).status, 201);
  const from = (object: string): string => importOf(object, 'There').replace('exports/', 'uploads/');
  cli.write('there.image-import.yaml', `${from('good.vhd')}---\nrole: web\n`);
  const good = await cli.run(['import', '--yes', onEmulator(emulator), 'there.image-import.yaml']);
  assert.equal(good.code, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /note: Not checked: the disk/);
  cli.write('there.image-import.yaml', `${from('bad.vhd')}---\nrole: web\n`);
  const bad = await cli.run(['import', '--yes', onEmulator(emulator), 'there.image-import.yaml']);
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /document 1: refused: the task fails: 396: /);
  assert.match(bad.stdout, /Not done: there\.image-import\.yaml, document 2/);
  assert.doesNotMatch(bad.stdout, /PATCH/);
});

test('where a missing disk was looked for is said, in a plan and where plain OpenStack has nothing to upload', async () => {
  cli.write('gone.image-import.yaml', importOf('gone.vhd', 'Gone'));
  const absence = `The disk of the import is not on this machine: looked for at ${realpathSync(cli.workspace)}/exports/gone.vhd.`;
  for (const verb of ['plan', 'apply', 'import']) {
    const { code, stdout } = await cli.run([verb, onEmulator(emulator), '--yes', 'gone.image-import.yaml']);
    assert.equal(code, 1);
    assert.ok(stdout.includes('refused: the task fails: Image not found for import.'), stdout);
    assert.ok(stdout.includes(`note: ${absence}`), stdout);
  }
  const plain = await start(join(folder, 'plain-without'), '--profile', 'openstack');
  try {
    cli.write('gone.image-import.yaml', `${importOf('gone.vhd', 'Gone')}---\nrole: web\n`);
    const { code, stdout } = await cli.run(['apply', onEmulator(plain), '--yes', 'gone.image-import.yaml']);
    assert.equal(code, 1);
    assert.ok(stdout.includes(`gone.image-import.yaml, document 1: not run: ${absence}`), stdout);
    assert.doesNotMatch(stdout, /POST|PATCH/, 'nothing is begun');
  } finally {
    await plain.end();
  }
});

test('a large disk goes in segments; what an interrupted upload left is not sent again', async () => {
  makeVhd(disk('large.vhd'), {
    type: 'fixed',
    virtualSize: 4 * MiB,
    extents: [{ position: 1000, bytes: Buffer.from('content') }],
  });
  cli.write('large.image-import.yaml', importOf('large.vhd', 'Large'));
  const command = [
    'import',
    '--yes',
    onEmulator(emulator),
    '--segment-size',
    String(MiB),
    'large.image-import.yaml',
  ];
  const fault = { method: 'PUT', path: `${files}/exports_segments/*/00002`, status: 503, count: 9 };
  const control = { authorization: `Bearer ${emulator.token}` };
  assert.ok((await ask(emulator.url, 'POST', '/emulator/faults', fault, control)).status < 300);
  const failed = await cli.run(command);
  assert.notEqual(failed.code, 0);
  assert.match(failed.stdout + failed.stderr, /503/);
  await ask(emulator.url, 'DELETE', '/emulator/faults', undefined, control);
  const again = await cli.run(command);
  assert.equal(again.code, 0, again.stdout + again.stderr);
  assert.doesNotMatch(again.stdout, /PUT .*\/0000[01] → /);
  assert.match(again.stdout, /PUT .*\/00002 → 201/);
  const whole = await owner.ask('GET', `${files}/exports/large.vhd`);
  assert.equal(createHash('md5').update(whole.bytes).digest('hex'), md5(disk('large.vhd')));
  assert.equal(whole.headers.get('x-static-large-object')?.toLowerCase(), 'true');
});

test('an export is downloaded and is the disk again; a missing segment is found, the last one too', async () => {
  makeVhd(disk('out.vhd'), {
    guest: 'linux',
    extents: [4, 8, 12].map((at) => ({ position: at * MiB, bytes: Buffer.from(`content at ${at}`) })),
  });
  cli.write('out.image-import.yaml', importOf('out.vhd', 'Out'));
  const made = await cli.run(['import', '--yes', onEmulator(emulator), '--json', 'out.image-import.yaml']);
  const id = JSON.parse(made.stdout).done[0].result;
  const target = join(folder, 'downloaded.vhd');
  const out = ['export', id, onEmulator(emulator), '--yes', '--container', 'made'];
  const byName = await cli.run(['export', 'Out', onEmulator(emulator), '--dry-run', '--container', 'made']);
  assert.ok(
    byName.stdout.startsWith(`Out: export of ${id}\n  note: The container 'made' is made for it.\n`),
    byName.stdout,
  );
  const { code, stdout, stderr } = await cli.run([...out, '--download', target, '--json']);
  assert.equal(code, 0, stdout + stderr);
  assert.equal(JSON.parse(stdout).exported[0].location, `made/${id}.vhd`);
  assert.equal(existsSync(`${target}.part`), false);
  const whole = await owner.ask('GET', `${files}/made/${id}.vhd`);
  assert.deepEqual(readFileSync(target), whole.bytes);
  for (const at of [4, 8, 12]) assert.ok(readFileSync(target).includes(`content at ${at}`));
  const listed = JSON.parse((await owner.ask('GET', `${files}/made?format=json`)).text) as JsonObject[];
  assert.ok(listed.length > 4, 'several segments');

  const twice = await cli.run(out);
  assert.equal(twice.code, 1);
  assert.match(twice.stdout, /Object already exists in user's container\. Container\/Object: made\//);

  const again = await cli.run([...out, '--download', target]);
  assert.equal(again.code, 0, 'what is there is downloaded as it is');
  assert.match(again.stdout, /exists from/);

  const last = String(listed.length - 1).padStart(5, '0');
  assert.equal((await owner.ask('DELETE', `${files}/made/${id}.vhd-${last}`)).status, 204);
  const short = await cli.run([...out, '--download', target]);
  assert.equal(short.code, 1);
  assert.match(short.stderr, /no footer of a VHD: its last segments are missing/);
  assert.equal((await owner.ask('DELETE', `${files}/made/${id}.vhd-00002`)).status, 204);
  const gap = await cli.run([...out, '--download', target]);
  assert.equal(gap.code, 1);
  assert.match(gap.stderr, /has a gap: segment 2 is missing/);

  cli.write(
    'out.image-export.yaml',
    `type: export\ninput: { image_uuid: ${id}, receiving_swift_container: exports }\n`,
  );
  const manifest = await cli.run(['export', 'out.image-export.yaml', onEmulator(emulator), '--yes']);
  assert.equal(manifest.code, 0, manifest.stderr);
  assert.ok(manifest.stdout.includes(`exported as exports/${id}.vhd`));
});

test('an export is refused in the words of the guide', async () => {
  const { json } = await owner.ask('GET', '/dfw/image/v2/images?visibility=public&limit=1');
  const [base] = json['images'] as JsonObject[];
  const at = onEmulator(emulator);
  const cases: [string[], number, RegExp][] = [
    [[String(base?.['id']), '--container', 'exports'], 1, /An image may only be exported by the image owner/],
    [
      ['00000000-0000-4000-8000-000000000000', '--container', 'exports'],
      1,
      /Unknown error occurred during image export/,
    ],
    [[String(base?.['id']), '--container', 'a.b'], 1, /The name of a receiving container has no/],
    [[String(base?.['id'])], 64, /Name the container: --container C/],
    [[], 64, /Name the image/],
  ];
  for (const [args, expected, words] of cases) {
    const { code, stdout, stderr } = await cli.run(['export', at, '--yes', ...args]);
    assert.equal(code, expected, stdout + stderr);
    assert.match(stdout + stderr, words);
  }
});

test('in plain OpenStack an import creates and uploads, and an export downloads the very bytes', async () => {
  const plain = await start(join(folder, 'plain'), '--profile', 'openstack');
  try {
    const admin = await logIn(plain.url, 'owner');
    makeVhd(disk('plain.vhd'), { guest: 'linux' });
    cli.write('plain.image-import.yaml', `${importOf('plain.vhd', 'Plain')}---\nrole: web\ntags: [a]\n`);
    const made = await cli.run(['import', '--yes', onEmulator(plain), '--json', 'plain.image-import.yaml']);
    assert.equal(made.code, 0, made.stdout + made.stderr);
    const { done, undo } = JSON.parse(made.stdout);
    const id = done[0].result;
    const image = await imageNow(admin, 'regionone', id);
    assert.deepEqual(
      [image['name'], image['status'], image['role'], image['tags'], image['checksum']],
      ['Plain', 'active', 'web', ['a'], md5(disk('plain.vhd'))],
    );
    const target = join(folder, 'plain-downloaded.vhd');
    const out = await cli.run(['export', id, onEmulator(plain), '--download', target]);
    assert.equal(out.code, 0, out.stderr);
    assert.equal(md5(target), md5(disk('plain.vhd')));
    const nowhere = await cli.run(['export', id, onEmulator(plain), '--container', 'c']);
    assert.equal(nowhere.code, 64);
    assert.match(nowhere.stderr, /has no export task: give --download FILE/);
    assert.equal((await cli.run(['apply', '--yes', onEmulator(plain), '--undo', undo])).code, 0);
    assert.equal((await admin.ask('GET', `/regionone/image/v2/images/${id}`)).status, 404);

    // An upload that breaks leaves no image without its data.
    const control = { authorization: `Bearer ${plain.token}` };
    const fault = { method: 'PUT', path: '/regionone/image/v2/images/*/file', status: 503, count: 9 };
    assert.ok((await ask(plain.url, 'POST', '/emulator/faults', fault, control)).status < 300);
    const broken = await cli.run(['import', '--yes', onEmulator(plain), 'plain.image-import.yaml']);
    assert.equal(broken.code, 1);
    const { json } = await admin.ask('GET', '/regionone/image/v2/images?name=Plain');
    assert.deepEqual(json['images'], []);
  } finally {
    await plain.end();
  }
});
