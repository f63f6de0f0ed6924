import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { hasReached, isRelease, releases } from '../../server/rules/profile/releases.ts';
import { configure, profiles } from '../../server/rules/profile/table.ts';

test('a cloud has what came with its release and those before', () => {
  assert.equal(hasReached('2025.1', '2025.1'), true);
  assert.equal(hasReached('2025.1', 'zed'), true);
  assert.equal(hasReached('zed', '2023.1'), false);
});

test('the release of a project replaces the one that the service was measured with', () => {
  assert.equal(profiles.openstack.release, 'zed');
  assert.equal(configure(profiles.openstack, { release: '2025.2' }).release, '2025.2');
  assert.equal(configure(profiles.openstack, {}).release, 'zed');
});

test('project files, the setting and the command line take the same releases', async () => {
  const read = async (file: string) =>
    JSON.parse(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8'));
  const schema = await read('schemas/cloud-images.json');
  const { contributes } = await read('package.json');
  assert.deepEqual(schema.properties.release.enum, releases);
  assert.deepEqual(contributes.configuration.properties['cloudImages.release'].enum, [...releases, null]);
  assert.equal(isRelease('bobcat'), false);
});
