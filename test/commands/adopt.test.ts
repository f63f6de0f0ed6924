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

test('an image that is named several times is written once', async () => {
  const body = { name: 'Named twice', disk_format: 'vhd', container_format: 'ovf' };
  const made = await owner.ask('POST', '/dfw/image/v2/images', body);
  const adopted = await cli.run(['adopt', body.name, body.name, String(made.json['id']), '-o', 'once', at]);
  assert.equal(adopted.code, 0, adopted.stderr);
  assert.match(adopted.stdout, /1 written, 0 updated/);
  assert.equal(readdirSync(join(cli.workspace, 'once')).length, 1);
});

test('what would lose comments is told with its line and as it is, and with what was written', async () => {
  const images = ['first', 'second'].map((name) => ({
    name: `Tagged ${name}`,
    disk_format: 'vhd',
    container_format: 'ovf',
    role: 'live',
    tags: ['a', 'c'],
  }));
  for (const body of images)
    assert.equal((await owner.ask('POST', '/dfw/image/v2/images', body)).status, 201);
  const commented = (name: string, role: string, tags: string) =>
    `- name: Tagged ${name}\n  role: ${role}\n  tags:\n    - a # of the web team\n    - ${tags}\n`;
  const file = cli.write(
    'tags/both.image.yaml',
    commented('first', 'live', 'b') + commented('second', 'old', 'c'),
  );
  const adopted = await cli.run(['adopt', ...images.map(({ name }) => name), '-o', 'tags', at]);
  assert.equal(adopted.code, 1, adopted.stdout);
  const lines = readFileSync(join(cli.workspace, file), 'utf8').split('\n');
  const line = lines.indexOf('  tags:') + 1;
  assert.ok(
    adopted.stderr.includes(
      `${file}:${line}: the image has 'tags': ["a","c"], which cannot be written here without losing comments or changing more. Write it by hand. All else that differed is written.`,
    ),
    adopted.stderr,
  );
  assert.ok(lines.includes('    - b'), 'the list is as it was');
  assert.ok(lines.includes('  role: live') && !lines.includes('  role: old'));
  const again = await cli.run(['adopt', ...images.map(({ name }) => name), '-o', 'tags', at]);
  assert.match(again.stderr, /Write it by hand\. Nothing of this image is written\.\n/);
});

test('a folder that is none is told', async () => {
  const body = { name: 'Anywhere', disk_format: 'vhd', container_format: 'ovf' };
  assert.equal((await owner.ask('POST', '/dfw/image/v2/images', body)).status, 201);
  const file = cli.write('a-file', '');
  for (const [folder, code, words] of [
    [file, 1, /adopt: -o a-file: the folder a-file is a file\. Name another folder\.\n/],
    [join(file, 'below'), 1, /adopt: -o a-file.below: the folder a-file is a file\. Name another folder\.\n/],
    ['', 64, /adopt: Name the folder: cloud-images adopt IMAGE… -o FOLDER\./],
  ] as const) {
    const done = await cli.run(['adopt', body.name, '-o', folder, at]);
    assert.equal(done.code, code, done.stderr);
    assert.match(done.stderr, words);
  }
});

test('comments of a manifest stay with the keys that they stand behind: JSON with comments', async () => {
  const body = { name: 'Commented', disk_format: 'vhd', container_format: 'ovf', role: 'live' };
  assert.equal((await owner.ask('POST', '/dfw/image/v2/images', body)).status, 201);
  const kept = '// of the web team\n{\n  "name": "Commented", // n\n  /* r */ "role": "live", /* q */\n';
  const file = cli.write('commented/c.image.jsonc', `${kept}  // at the end\n}\n`);
  const adopted = await cli.run(['adopt', body.name, '-o', 'commented', at]);
  assert.equal(adopted.code, 0, adopted.stderr + adopted.stdout);
  const after = readFileSync(join(cli.workspace, file), 'utf8');
  assert.ok(after.startsWith(kept), after);
  assert.match(after, /\n {2}"disk_format": "vhd",\n[\s\S]*",?\n {2}\/\/ at the end\n\}\n$/);
});
