import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { onEmulator, openPlace } from '../commands/cli.ts';
import { makeDisk } from '../tools/disks.ts';
import { openMcp, yes } from './client.ts';

test('an import makes the calls that the person was shown, and no other', async () => {
  const { emulator, cli } = await openPlace({}, '--speed', '1000000');
  mkdirSync(join(cli.workspace, 'exports'));
  makeDisk(join(cli.workspace, 'exports', 'web.vhd'), 'linux');
  const { call, refusal, questions } = await openMcp(cli, [onEmulator(emulator)], { person: yes });
  const text = 'type: import\ninput:\n  import_from: exports/web.vhd\n  image_properties: { name: Shown }\n';
  const { plan } = await call('cloud_images_plan', { text, kind: 'import' });
  const { calls } = await call('cloud_images_apply', { plan });
  const shown = (questions[0] ?? '')
    .split('\n')
    .flatMap((line) => /^([A-Z]+) (\/\S+)/.exec(line)?.slice(1, 3).join(' ') ?? []);
  const made = (calls as string[]).map((line) =>
    line.replace(/ → \d+.*/, '').replace(/\/dfw\/(?:object-store\/v1\/[^/]+|image)\//, '/'),
  );
  assert.deepEqual(made, shown);

  const next = await call('cloud_images_plan', { text: 'name: Shown\nmin_ram: 512\n', kind: 'image' });
  await emulator.end();
  assert.match(await refusal('cloud_images_apply', { plan: next['plan'] }), /No emulator runs/);
});
