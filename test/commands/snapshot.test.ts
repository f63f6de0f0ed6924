import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask } from '../emulator/harness.ts';
import { openPlace } from './cli.ts';

/** `cloud-images emulator snapshot`, and what the command line says of files that are not there or not for us. */

const place = await openPlace({}, '--seed', 'empty');
const { cli, emulator } = place;
const data = `--emulator=${emulator.data}`;

async function refused(args: readonly string[], exit: number): Promise<string> {
  const { code, stdout, stderr } = await cli.run(args);
  assert.deepEqual([code, stdout], [exit, ''], stderr);
  assert.doesNotMatch(stderr, /ENOENT|EISDIR|EACCES|[0-9a-f]{8}-[0-9a-f]{4}/, args.join(' '));
  return stderr;
}

async function listSnapshots(): Promise<unknown> {
  const headers = { authorization: `Bearer ${emulator.token}` };
  return (await ask(emulator.url, 'GET', '/emulator/snapshots', undefined, headers)).json;
}

test('a snapshot is saved by the data folder, whose token an address does not tell', async () => {
  const byAddress = await refused(
    ['emulator', 'snapshot', 'save', 'a.snapshot', `--emulator=${emulator.url}`],
    64,
  );
  assert.match(
    byAddress,
    new RegExp(`Name the data folder of the emulator at ${emulator.url}: its token is read there`),
  );
  assert.equal((await cli.run(['emulator', 'snapshot', 'save', 'a.snapshot', data])).code, 0);
  assert.equal((await cli.run(['emulator', 'snapshot', 'restore', 'a.snapshot', data])).code, 0);
});

test('a file that is no snapshot, not there, or not to be written is named with what to do', async () => {
  const restore = (file: string) => refused(['emulator', 'snapshot', 'restore', file, data], 1);
  const save = (file: string, ...more: string[]) =>
    refused(['emulator', 'snapshot', 'save', file, data, ...more], 1);
  const wrong = await restore(cli.write('wrong.snapshot', 'hello\n'));
  assert.match(
    wrong,
    /^cloud-images emulator snapshot: wrong\.snapshot: This is no snapshot of an emulator\. \(emulator\/snapshot\)\n$/,
  );
  assert.match(
    await restore('missing.snapshot'),
    /missing\.snapshot does not exist\. Check the path\. \(file\/missing\)/,
  );
  mkdirSync(join(cli.workspace, 'folder'));
  assert.match(await restore('folder'), /snapshot: folder is a folder\. Name a file\.\n$/);
  assert.match(
    await save('nowhere/x.snapshot'),
    /nowhere\/x\.snapshot: the folder nowhere does not exist\. Make it first\. \(file\/missing\)/,
  );
  assert.match(await save('folder', '--force'), /folder is a folder\. Name a file\./);
  assert.deepEqual(await listSnapshots(), { snapshots: [] }, 'what was taken on the way is gone');
  assert.deepEqual(
    readdirSync(cli.workspace).filter((name) => /\.[0-9a-f]{8}-/.test(name)),
    [],
  );
});

test('other verbs and the emulator say the same of files', async () => {
  assert.match(
    await refused(['convert', 'missing.image.yaml', '--to', 'terraform'], 1),
    /^cloud-images convert: missing\.image\.yaml does not exist\. Check the path\. \(file\/missing\)\n$/,
  );
  const image = cli.write('web.image.yaml', 'name: web\ndisk_format: raw\ncontainer_format: bare\n');
  assert.match(
    await refused(['convert', image, '--to', 'ansible', '--lossy', '-o', 'nowhere/x.yml'], 1),
    /nowhere\/x\.yml: the folder nowhere does not exist\. Make it first\./,
  );
  const start = (...args: string[]) =>
    refused(['emulator', '--data', join(place.folder, 'unused'), ...args], 1);
  assert.match(
    await start('--seed', 'nope'),
    /--seed nope does not exist\. Check the path\. Beside files, --seed takes demo and empty\./,
  );
  assert.match(
    await start('--config', '/nope.json'),
    /--config \/nope\.json does not exist\. Check the path\./,
  );
  assert.match(await start('--snapshot', place.folder), /--snapshot \S+ is a folder\. Name a file\./);
  assert.match(await start('--snapshot', 'none'), /--snapshot none does not exist\. Check the path\./);
});

test('an emulator that begins with a snapshot says with which file', async () => {
  const file = join(place.folder, 'begun.snapshot');
  assert.equal((await cli.run(['emulator', 'snapshot', 'save', file, data])).code, 0);
  const begun = cli.start([
    'emulator',
    '--data',
    join(place.folder, 'begun'),
    '--snapshot',
    file,
    '--discard',
  ]);
  await begun.said('"ready":true');
  begun.kill('SIGTERM');
  const { stderr } = await begun.ended;
  assert.ok(stderr.includes(`Began with the snapshot ${file} of `), stderr);
  assert.doesNotMatch(stderr, /saving/);
});

test('a file that may not be run or read is told of with what to do', {
  skip: process.platform === 'win32' && 'files have no modes there',
}, async () => {
  const script = join(cli.workspace, 'script.sh');
  writeFileSync(script, '#!/bin/sh\n');
  chmodSync(script, 0o644);
  const { code, stderr } = await cli.run(['exec', '--seed', 'empty', '--', script]);
  assert.equal(code, 126);
  assert.equal(
    stderr,
    `cloud-images exec: '${script}' may not be run. Name a program, or make it one with chmod +x.\n`,
  );
});

test('who is not let in, and a region that is not there, are named with what to do', async () => {
  const user = await refused(['exec', '--user', 'nobody', '--', 'true'], 1);
  assert.match(
    user,
    /^cloud-images exec: The emulator does not let in 'nobody': .*Check --user; a password other than 'emulator' comes from CLOUD_IMAGES_EMULATOR_PASSWORD\. \(identity\/login\)\n$/,
  );
  const region = await refused(['exec', '--region', 'XXX', '--', 'true'], 1);
  assert.match(
    region,
    /no service 'image' in region XXX\. It offers images in: DFW, .*\. \(cloud\/region\)\n$/,
  );
  const plan = await cli.run(['plan', 'web.image.yaml', data, '--region', 'XXX', '--json']);
  const { error } = JSON.parse(plan.stdout);
  assert.equal(error.code, 'cloud/region');
  assert.deepEqual([error.method, error.path], [undefined, undefined], 'nothing was asked');
  const transfer = await refused(['transfer', 'web', data, '--from', 'DFW', '--to', 'XXX', '--yes'], 1);
  assert.match(transfer, /in region XXX\. .*\(cloud\/region\)/);
  await Promise.all(
    ['identity/login', 'emulator/token', 'emulator/exists', 'emulator/snapshot'].map(async (code) =>
      assert.match((await cli.run(['explain', code])).stdout, /\. (?:Check|Send|Choose|Save) /, code),
    ),
  );
});
