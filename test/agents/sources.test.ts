import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { onEmulator, openPlace } from '../commands/cli.ts';
import { openMcp } from './client.ts';

const { folder, emulator, cli } = await openPlace({ profile: 'openstack' }, '--speed', '1000000');

test('an agent brings the bytes of files in the open folder alone, links followed, and of no address', async () => {
  writeFileSync(join(folder, 'secret.raw'), 'secret');
  symlinkSync(join(folder, 'secret.raw'), join(cli.workspace, 'link.raw'));
  writeFileSync(join(cli.workspace, 'own.raw'), 'own');
  const { call } = await openMcp(cli, [onEmulator(emulator)]);
  const plan = async (source: string): Promise<string> => {
    cli.write(
      'web.image.yaml',
      `name: web\ndisk_format: raw\ncontainer_format: bare\nsource: { ${source} }\n`,
    );
    return JSON.stringify(await call('cloud_images_plan', { paths: ['web.image.yaml'] }));
  };
  for (const file of ['../secret.raw', join(folder, 'secret.raw'), 'link.raw']) {
    const text = await plan(`file: ${file}`);
    assert.match(text, /lies outside of the open folders, and is not read for an agent/, file);
    assert.match(text, /"can_be_applied":false/);
  }
  assert.match(await plan('url: "http://127.0.0.1:9/disk.raw"'), /Nothing is fetched from .* for an agent/);
  assert.match(await plan('file: own.raw'), /"can_be_applied":true/);
});
