import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findDisk } from '../../client/manifests/disks.ts';

const root = mkdtempSync(join(tmpdir(), 'cloud-images-disks-'));
after(() => rmSync(root, { recursive: true, force: true }));
const manifest = join(root, 'manifests', 'web.image-import.yaml');
const put = (path: string, text: string): string => {
  const file = join(root, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
};

test('a disk is looked for by setting, by project file, in the workspace, beside the manifest', async () => {
  const find = (setting: Record<string, string> = {}): Promise<string | undefined> =>
    findDisk('exports/web.vhd', manifest, root, setting, true).then((found) => found?.path);
  assert.equal(await find(), undefined);
  const beside = put('manifests/exports/web.vhd', '1');
  assert.equal(await find(), beside);
  const workspace = put('exports/web.vhd', '22');
  assert.equal(await find(), workspace);
  put('.cloud-images.json', '{ "containers": { "exports": "disks" } }');
  assert.equal(await find(), undefined);
  const project = put('disks/web.vhd', '333');
  assert.equal(await find(), project);
  const named = put('elsewhere/web.vhd', '4444');
  assert.equal(await find({ exports: 'elsewhere' }), named);
  assert.equal(await find({ exports: join(root, 'elsewhere') }), named);
  assert.equal(
    await findDisk('exports/web.vhd', manifest, root, {}, false).then((found) => found?.path),
    workspace,
    'a workspace that is not trusted chooses no folder',
  );
  put('.cloud-images.json', '{ broken');
  assert.equal(await find(), workspace);
});

test('a name never leads out of the folder of its container', async () => {
  put('secret.vhd', 'x');
  const find = (object: string): Promise<unknown> => findDisk(`exports/${object}`, manifest, root, {}, true);
  assert.equal(await find('../secret.vhd'), undefined);
  assert.equal(await find('a/../../secret.vhd'), undefined);
  assert.equal(await find(join(root, 'secret.vhd')), undefined);
  assert.equal(await find('.'), undefined);
});
