import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';
import { cliIn } from './cli.ts';

/** `cloud-images convert`, and `lint` of the files of other tools, as a process. */
const folder = temporaryFolder();
after(() => removeFolder(folder));
const cli = cliIn(folder);
const read = (name: string): string => readFileSync(join(cli.workspace, name), 'utf8');

const osism = `images:
  - name: Cirros # small
    enable: true
    format: qcow2
    login: cirros
    min_disk: 1
    min_ram: 64
    status: active
    visibility: public
    multi: false
    meta:
      architecture: x86_64
      hw_disk_bus: virtoi
      os_distro: cirros
    tags: []
    versions:
      - version: 0.6.2
        url: https://example.org/cirros-0.6.2.img
        build_date: 2023-05-30
`;

test('images are converted to a file, and back to the form that they came from', async () => {
  cli.write('there/images.yml', osism.replace('virtoi', 'virtio'));
  const to = ['convert', 'there/images.yml', '--to', 'manifest', '-o', 'cirros.image.yaml'];
  const first = await cli.run(to);
  assert.deepEqual([first.code, first.stdout], [0, ''], first.stderr);
  assert.equal(first.stderr, 'The comments of there/images.yml do not come along.\n');
  assert.match(read('cirros.image.yaml'), /^name: Cirros 0\.6\.2\n/);
  assert.equal((await cli.run(['lint', 'cirros.image.yaml', '--profile', 'openstack'])).code, 1); // public
  const back = await cli.run(['convert', 'cirros.image.yaml', '--to', 'osism']);
  assert.equal(back.code, 0, back.stderr);
  // A date in quotes would be a text, for which the tool has no use.
  assert.equal(back.stdout, osism.replace(' # small', '').replace('virtoi', 'virtio'));
  const again = await cli.run(to);
  assert.deepEqual([again.code, again.stdout], [1, '']);
  assert.match(again.stderr, /cirros\.image\.yaml is there already\. .*--force/);
  assert.equal((await cli.run([...to, '--force'])).code, 0);
});

test('what would be lost is a failure that names it, and writes nothing', async () => {
  cli.write(
    'web.image.yaml',
    'name: web\ndisk_format: raw\nx_own: a\nsource: { url: "https://example.org/w.raw" }\n',
  );
  const to = ['convert', 'web.image.yaml', '--to', 'k-orc', '-o', 'web.yaml'];
  const refused = await cli.run(to);
  assert.deepEqual([refused.code, refused.stdout], [1, '']);
  assert.match(
    refused.stderr,
    /^web\.image\.yaml:1: K-ORC has nothing for x_own "a"\.\n.*Nothing is written/,
  );
  assert.ok(!existsSync(join(cli.workspace, 'web.yaml')));
  const lossy = await cli.run([...to, '--lossy']);
  assert.equal(lossy.code, 0, lossy.stderr);
  assert.match(lossy.stderr, /x_own[\s\S]*cloudCredentialsRef/);
  assert.doesNotMatch(read('web.yaml'), /x_own/);
});

test('a file of the source keeps its place when the form is written elsewhere', async () => {
  cli.write('disks/a.image.yaml', 'name: a\ndisk_format: raw\nsource: { file: a.raw }\n');
  cli.write('tf/.keep', '');
  const { code, stderr } = await cli.run([
    'convert',
    'disks/a.image.yaml',
    '--to',
    'terraform',
    '-o',
    'tf/a.tf.json',
  ]);
  assert.equal(code, 0, stderr);
  const { resource } = JSON.parse(read('tf/a.tf.json'));
  assert.equal(resource.openstack_images_image_v2.a.local_file_path, '${' + 'path.module}/../disks/a.raw');
  const back = await cli.run(['convert', 'tf/a.tf.json', '--to', 'manifest', '-o', 'b.image.json']);
  assert.equal(back.code, 0, back.stderr);
  assert.equal(JSON.parse(read('b.image.json')).source.file, 'disks/a.raw');
});

test('a wrong command line ends with 64, a file that is none with 1', async () => {
  for (const args of [['web.image.yaml'], ['--to', 'osism'], ['web.image.yaml', '--to', 'heat']])
    assert.equal((await cli.run(['convert', ...args])).code, 64, args.join(' '));
  const { code, stderr } = await cli.run(['convert', 'nowhere.yaml', '--to', 'osism']);
  assert.equal(code, 1);
  assert.match(stderr, /nowhere\.yaml/);
});

test('files of other tools are linted where a glob says so, mended at their places, and never run', async () => {
  const text = osism.replace('tags: []', 'tags: [lts, lts]');
  cli.write('own/images.yml', text);
  const before = await cli.run(['lint', 'own', '--allow-empty']);
  assert.match(before.stdout, /^0 manifests/, 'no glob makes it one');
  cli.write('own/.cloud-images.json', '{ "profile": "openstack", "manifests": { "images.yml": "osism" } }');
  const found = await cli.run(['lint', 'own']);
  assert.equal(found.code, 1);
  assert.match(found.stdout, /13:20 +error +Nova refuses each boot: .*Did you mean virtio\? +hw\/value/);
  assert.match(found.stdout, /15:17 +warning +'lts' is listed twice\. +tag\/duplicate/);
  assert.match(found.stdout, /1 manifest: 1 error, 1 warning; 1 fixable with --fix/);
  await cli.run(['lint', 'own', '--fix']);
  assert.equal(read('own/images.yml'), text.replace('[lts, lts]', '[lts]'), 'dates are left alone, too');
  for (const verb of [['plan', '--emulator'], ['rehearse']]) {
    const [name = '', ...rest] = verb;
    const { code, stderr } = await cli.run([name, 'own/images.yml', ...rest]);
    assert.equal(code, 1);
    if (name === 'rehearse')
      assert.match(stderr, /a file of openstack-image-manager, which is checked and not run.*convert/);
  }
});
