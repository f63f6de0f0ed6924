import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { protectedDisk, qcow2Header } from '../tools/headers.ts';

/** `cloud-images lint` and `disk` as processes, on image manifests that name files, and on those files. */
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
const root = mkdtempSync(join(tmpdir(), 'cloud-images-sources-'));
after(() => rmSync(root, { recursive: true }));

writeFileSync(join(root, '.cloud-images.json'), '{ "profile": "openstack" }\n');
writeFileSync(join(root, 'sound.qcow2'), qcow2Header());
writeFileSync(join(root, 'child.qcow2'), qcow2Header({ backing: true }));
writeFileSync(join(root, 'odd.raw'), protectedDisk(63));

function run(...args: string[]) {
  const { status, stdout } = spawnSync(process.execPath, [cli, ...args], { cwd: root, encoding: 'utf8' });
  return { status, stdout };
}

function lint(manifest: string, ...args: string[]): string {
  writeFileSync(join(root, 'web.image.yaml'), manifest);
  return run('lint', ...args, 'web.image.yaml').stdout;
}

const imageOf = (file: string, format: string, more = ''): string =>
  `name: web\ndisk_format: ${format}\ncontainer_format: bare\nsource:\n  file: ${file}\n${more}`;

test('the file of a source is held against disk_format and the checks of the services', () => {
  assert.doesNotMatch(lint(imageOf('sound.qcow2', 'qcow2', 'min_disk: 1\n')), /disk/);
  assert.match(lint(imageOf('sound.qcow2', 'raw')), /2:14 +error .*disk\/format-mismatch/);
  assert.match(lint(imageOf('child.qcow2', 'qcow2')), /5:9 +error .*disk\/backing-file/);
  assert.doesNotMatch(lint(imageOf('odd.raw', 'raw'), '--release', '2024.1'), /disk\/gpt/);
  assert.match(lint(imageOf('odd.raw', 'raw'), '--release', '2024.2'), /disk\/gpt/);
});

test('what the release refuses at the upload is said in its words', () => {
  const odd = imageOf('odd.raw', 'raw');
  assert.doesNotMatch(lint(odd, '--release', '2026.1'), /415/);
  assert.match(lint(odd, '--release', '2026.2'), /415: Image failed safety checks.*disk\/gpt/);
  const wrong = imageOf('odd.raw', 'qcow2');
  assert.match(
    lint(wrong, '--release', '2025.1'),
    /415: Image disk_format qcow2 does not match stream data gpt.*disk\/format-mismatch/,
  );
});

test('each image of a list has its own disk, and min_disk is held against it', () => {
  const items = ['sound.qcow2', 'child.qcow2'].map(
    (file) =>
      `- name: ${file}\n  disk_format: qcow2\n  container_format: bare\n  min_disk: 1\n  source:\n    file: ${file}\n`,
  );
  const found = lint(items.join(''));
  assert.match(found, /12:11 +error .*disk\/backing-file/);
  assert.equal(found.match(/disk\//g)?.length, 1, found);
  writeFileSync(join(root, 'large.qcow2'), qcow2Header({ size: 20 * 2 ** 30 + 1 }));
  assert.match(
    lint(imageOf('large.qcow2', 'qcow2', 'min_disk: 20\n')),
    /Set min_disk to 21.*image\/min-disk/,
  );
});

test('`disk` says format, virtual size and failed checks, as text and as JSON', () => {
  const { stdout } = run('disk', 'child.qcow2', '--json', '--profile', 'openstack');
  const { format, virtualSize, safety } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual([format, virtualSize], ['qcow2', 2 ** 30]);
  assert.deepEqual(safety, { safe: false, failed: ['backing_file'] });
  const odd = run('disk', 'odd.raw', '--profile', 'openstack').stdout;
  assert.match(odd, /^format +raw, with a boot record$/m);
  assert.match(odd, /^safety checks +fail: mbr$/m);
  const text = run('disk', 'child.qcow2', '--profile', 'openstack').stdout;
  assert.match(text, /^openstack +accepted, but no server is built of it$/m);
});
