import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { adoptImages } from './adoptImages.ts';
import { onEmulator, openPlace } from './cli.ts';

/** `cloud-images adopt`; `npm run test:adopt` does the same for a thousand images. */
const place = await openPlace({ emulator: { open: ['create'] } });
const { emulator, owner, cli } = place;
const at = onEmulator(emulator);

for (const format of ['yaml', 'json'] as const)
  test(`random images are adopted with plans that are empty, again too: ${format}`, () =>
    adoptImages(place, { count: 6, seed: 18, format }));

test('a manifest that names its image only by name is brought up to date where it stands', async () => {
  const body = { name: 'By name', disk_format: 'vhd', container_format: 'ovf', role: 'live', tags: ['a'] };
  const made = await owner.ask('POST', '/dfw/image/v2/images', body);
  assert.equal(made.status, 201);
  const text = `# who owns this: the web team\nname: By name\n\nrole: old # by hand\n---\n- { op: add, path: /x, value: "1" }\n`;
  cli.write('mine/all.image.yaml', text);
  const adopted = await cli.run(['adopt', 'By name', '-o', 'mine', at]);
  assert.equal(adopted.code, 0, adopted.stdout + adopted.stderr);
  assert.match(adopted.stdout, /^mine\/all\.image\.yaml: updated, image 'By name'/);
  const after = readFileSync(join(cli.workspace, 'mine', 'all.image.yaml'), 'utf8');
  assert.match(after, /^# who owns this: the web team\nname: By name\n\nrole: live # by hand\n/);
  assert.match(after, /\n---\n- \{ op: add, path: \/x, value: "1" \}\n$/);
  assert.doesNotMatch(after, /^id:/m);
  assert.deepEqual(readdirSync(join(cli.workspace, 'mine')), ['all.image.yaml']);
});

test('what is asked for wrongly, or is not there, writes nothing', async () => {
  for (const [args, code, words] of [
    [['adopt', at, 'x'], 64, /Name the folder/],
    [['adopt', at, '-o', 'none'], 64, /Name the images, or give --all/],
    [['adopt', at, '-o', 'none', '--all', 'x'], 64, /--all takes no images/],
    [['adopt', at, '-o', 'none', '--format', 'toml', 'x'], 64, /yaml or json/],
    [['adopt', at, '-o', 'none', 'Nobody'], 1, /There is no image 'Nobody' of yours in DFW/],
  ] as const) {
    const done = await cli.run(args);
    assert.equal(done.code, code, done.stderr);
    assert.match(done.stderr, words);
  }
  assert.equal(readdirSync(cli.workspace).includes('none'), false);
});
