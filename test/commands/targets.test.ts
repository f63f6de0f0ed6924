import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { taskEnd } from '../emulator/harness.ts';
import { MiB, makeVhd } from '../tools/disks.ts';
import { onEmulator, openPlace } from './cli.ts';

/** What costs time or money is proven to have an image, a place and a yes before it begins. */
const { folder, emulator, owner, cli } = await openPlace({}, '--speed', '100000');
const at = onEmulator(emulator);

async function makeImage(name: string): Promise<string> {
  const disk = join(folder, 'disk.vhd');
  makeVhd(disk, { guest: 'linux', virtualSize: 64 * MiB });
  await owner.ask('PUT', '/dfw/object-store/v1/MossoCloudFS_100001/exports/disk.vhd', readFileSync(disk));
  const input = { import_from: 'exports/disk.vhd', image_properties: { name } };
  const made = await owner.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
  const { result } = await taskEnd(emulator, owner, 'dfw', String(made.json['id']));
  return String((result as JsonObject)['image_id']);
}

async function countTasks(): Promise<number> {
  const { json } = await owner.ask('GET', '/dfw/image/v2/tasks?type=export&limit=100');
  return (json['tasks'] as JsonObject[]).length;
}

test('an image is exported by its name; of several the ids are said, of none that there is none', async () => {
  const id = await makeImage('Web server');
  const command = ['export', 'Web server', '--container', 'out', '--download', '.', at, '--yes', '--json'];
  const { code, stdout, stderr } = await cli.run(command);
  assert.equal(code, 0, stdout + stderr);
  assert.ok(existsSync(join(cli.workspace, `${id}.vhd`)), readdirSync(cli.workspace).join());
  const again = await makeImage('Web server');
  const several = await cli.run(command);
  assert.equal(several.code, 1);
  for (const each of [id, again]) assert.ok(several.stderr.includes(each), several.stderr);
  const none = await cli.run(['export', 'Nobody', '--container', 'out', at, '--yes']);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /There is no image 'Nobody' of yours in DFW/);
});

test('a download that could not be written is refused before the export', async () => {
  const id = await makeImage('Unwritable');
  const before = await countTasks();
  for (const [target, words] of [
    ['missing/folder/web.vhd', /the folder missing\/folder does not exist\. Make it first/],
    [join(cli.write('a-file', ''), 'web.vhd'), /the folder a-file is a file\. Name another folder/],
    ['/proc/web.vhd', /the folder \/proc /],
  ] as const) {
    const { code, stderr } = await cli.run([
      ...['export', id, '--container', 'out', '--download', target, at, '--yes'],
    ]);
    assert.equal(code, 1);
    assert.match(stderr, words);
  }
  assert.equal(await countTasks(), before);
  mkdirSync(join(cli.workspace, 'clean'));
  await cli.run(['export', id, '--container', 'out', '--download', 'clean', at, '--dry-run']);
  assert.deepEqual(readdirSync(join(cli.workspace, 'clean')), [], 'the proof leaves nothing');
});

test('a transfer needs a yes', async () => {
  const id = await makeImage('Quiet');
  const command = ['transfer', id, at, '--from', 'DFW', '--to', 'ORD'];
  const quiet = await cli.run(command);
  assert.equal(quiet.code, 1);
  assert.match(quiet.stderr, /There is no terminal to ask on\. Add --yes/);
  const json = await cli.run([...command, '--json']);
  assert.equal(json.code, 64);
  assert.match(json.stderr, /--json cannot ask/);
  assert.deepEqual(await imagesIn('ord', 'Quiet'), 0);
});

test('on a terminal a transfer asks for all that is missing, and then for a yes', {
  skip: process.platform !== 'linux' && 'its terminal is made by script of util-linux',
}, async () => {
  await makeImage('Asked');
  const refused = await answer(
    ['transfer', at],
    [
      [/Which image/, 'Asked'],
      [/From which region/, 'DFW'],
      [/To which region/, 'ORD'],
      [/Remove the exported objects afterwards\? \[y\/N\]/, 'y'],
      [/will be done: export .*removal of the objects[\s\S]*Transfer this\? \[y\/N\]/, 'n'],
    ],
  );
  assert.equal(refused.code, 0, refused.text);
  assert.match(refused.text, /Nothing was changed/);
  assert.equal(await imagesIn('ord', 'Asked'), 0);
  const done = await answer(
    ['transfer', 'Asked', at, '--from', 'DFW', '--to', 'ORD', '--cleanup'],
    [[/will be done: .*removal of the objects[\s\S]*Transfer this\? \[y\/N\]/, 'y']],
  );
  assert.equal(done.code, 0, done.text);
  assert.equal(await imagesIn('ord', 'Asked'), 1);
});

async function imagesIn(region: string, name: string): Promise<number> {
  const { json } = await owner.ask('GET', `/${region}/image/v2/images?name=${name}`);
  return (json['images'] as unknown[]).length;
}

/** Runs a command on a terminal, and answers each question when it stands there. */
async function answer(
  args: readonly string[],
  answers: readonly (readonly [RegExp, string])[],
): Promise<{ code: number | null; text: string }> {
  const command = [process.execPath, join(import.meta.dirname, '..', '..', 'dist', 'cli.js'), ...args];
  const quoted = command.map((word) => `'${word}'`).join(' ');
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OS_'));
  const child = spawn('script', ['-qec', quoted, '/dev/null'], {
    cwd: cli.workspace,
    env: { ...Object.fromEntries(inherited), HOME: cli.home, TERM: 'dumb' },
  });
  let text = '';
  let from = 0;
  const left = [...answers];
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    const [question, reply] = left[0] ?? [];
    if (!question?.test(text.slice(from))) return;
    left.shift();
    from = text.length;
    child.stdin.write(`${reply}\n`);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  assert.deepEqual(left, [], text);
  return { code, text };
}
