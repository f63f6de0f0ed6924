import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { ask, taskEnd } from '../emulator/harness.ts';
import { MiB, makeVhd } from '../tools/disks.ts';
import { imageNow, membersNow, onEmulator, openPlace, proxyTo, type Started } from './cli.ts';

/** Ctrl+C: what was done stays and is said, what was not is said, and what can be taken back is. */
const { emulator, owner, cli } = await openPlace({ emulator: { open: ['create'], exportSegmentBytes: MiB } });
mkdirSync(join(cli.workspace, 'exports'));
makeVhd(join(cli.workspace, 'exports', 'web.vhd'), { guest: 'linux' });

const images = '/dfw/image/v2/images';
const files = '/dfw/object-store/v1/MossoCloudFS_100001';
const importFile = cli.write(
  'web.image-import.yaml',
  'type: import\ninput:\n  import_from: exports/web.vhd\n  image_properties: { name: Web }\n---\nrole: web\n',
);

async function makeImage(name: string): Promise<string> {
  const body = { name, disk_format: 'vhd', container_format: 'ovf', role: 'a' };
  const made = await owner.ask('POST', images, body);
  assert.equal(made.status, 201, made.text);
  return String(made.json['id']);
}

async function control(path: string, body: JsonObject): Promise<void> {
  const headers = { authorization: `Bearer ${emulator.token}` };
  const answer = await ask(emulator.url, 'POST', `/emulator${path}`, body, headers);
  assert.ok(answer.status < 300, answer.text);
}

async function interrupted(running: Started): Promise<void> {
  running.kill('SIGINT');
  await running.said('Stopping… press Ctrl+C again to quit now.');
}

/** Runs a command, and interrupts it while it waits for the answer to a request. */
async function interruptedAt(method: string, path: RegExp, args: readonly string[]) {
  let met = false;
  const between = await proxyTo(emulator.url, async (asked, at) => {
    if (met || asked !== method || !path.test(at)) return;
    met = true;
    await interrupted(running);
  });
  const running = cli.start([...args, `--emulator=${between.url}`]);
  try {
    return await running.ended;
  } finally {
    between.close();
  }
}

test('an apply ends after the call that is under way, says how far it is, and is taken back', async () => {
  const ids = [await makeImage('One'), await makeImage('Two'), await makeImage('Three')];
  const was = await Promise.all(ids.map((id) => imageNow(owner, 'dfw', id)));
  const paths = ['One', 'Two', 'Three'].map((name) =>
    cli.write(`${name}.image.yaml`, `name: ${name}\nrole: b\nmembers: ["100002"]\n`),
  );
  const second = new RegExp(`images/${ids[1]}$`);
  const { code, stdout } = await interruptedAt('PATCH', second, ['apply', '--yes', ...paths]);
  assert.equal(code, 130, stdout);
  assert.match(stdout, /One\.image\.yaml: done/);
  assert.match(stdout, /Two\.image\.yaml: interrupted: 1 of its 2 calls were made/);
  assert.match(stdout, /Stopped there\. Not done: Three\.image\.yaml\./);
  const roles = async () =>
    (await Promise.all(ids.map((id) => imageNow(owner, 'dfw', id)))).map((image) => image['role']);
  assert.deepEqual(await roles(), ['b', 'b', 'a']);
  const undo = cli.kept('undo').at(-1) ?? '';
  assert.ok(stdout.includes(`cloud-images apply --undo ${undo}`));
  const undone = await cli.run(['apply', '--yes', onEmulator(emulator), '--undo', undo]);
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.deepEqual(await Promise.all(ids.map((id) => imageNow(owner, 'dfw', id))), was);
  for (const id of ids) assert.deepEqual(await membersNow(owner, 'dfw', id), []);
});

test('of a list of images in one document those that are done are told from those that are not', async () => {
  const id = await makeImage('First');
  for (const name of ['Second', 'Third']) await makeImage(name);
  const path = cli.write(
    'list.image.yaml',
    ['First', 'Second', 'Third'].map((name) => `- { name: ${name}, role: b }\n`).join(''),
  );
  const args = ['apply', '--yes', '--json', path];
  const { code, stdout } = await interruptedAt('PATCH', new RegExp(`images/${id}$`), args);
  assert.equal(code, 130, stdout);
  const { done, stopped, left, undo } = JSON.parse(stdout);
  const names = (steps: { name: string }[]) => steps.map(({ name }) => name);
  assert.deepEqual([names(done), names([stopped]), names(left)], [['First'], ['Second'], ['Third']]);
  assert.deepEqual([stopped.interrupted, stopped.reason], [true, 'nothing was done']);
  assert.equal(undo, cli.kept('undo').at(-1));
});

test('an import that is interrupted while its disk is on its way leaves neither object nor task', async () => {
  const { code, stdout } = await interruptedAt('PUT', /exports\/web\.vhd$/, ['apply', '--yes', importFile]);
  assert.equal(code, 130, stdout);
  assert.match(
    stdout,
    /web\.image-import\.yaml, document 1: interrupted: the upload of its disk was not completed, so no image was created/,
  );
  assert.match(stdout, /Not done: web\.image-import\.yaml, document 2/);
  assert.equal((await owner.ask('HEAD', `${files}/exports/web.vhd`)).status, 404);
  assert.deepEqual((await owner.ask('GET', '/dfw/image/v2/tasks')).json['tasks'], []);
});

test('the task of an import continues in the cloud, which is said with its id', async () => {
  await control('/clock', { pause: true });
  const running = cli.start(['apply', '--yes', onEmulator(emulator), importFile]);
  await running.said('import task');
  await interrupted(running);
  const { code, stdout } = await running.ended;
  assert.equal(code, 130, stdout);
  const [, task = ''] = /interrupted: its import task (\S+) continues in the cloud/.exec(stdout) ?? [];
  assert.match(stdout, /Not done: web\.image-import\.yaml, document 2/);
  await control('/clock', { pause: false });
  const { status, result } = await taskEnd(emulator, owner, 'dfw', task);
  assert.equal(status, 'success');
  const made = String((result as JsonObject)['image_id']);
  assert.equal('role' in (await imageNow(owner, 'dfw', made)), false);
});

test('a rehearsal says of each document what became of it', async () => {
  cli.write('none.image-patch.yaml', '- { op: add, path: /x, value: "1" }\n');
  const running = cli.start(['rehearse', 'none.image-patch.yaml', importFile, '--speed', '0.001']);
  await running.said('none.image-patch.yaml: not rehearsed: The patch names no image');
  await interrupted(running);
  const { code, stdout } = await running.ended;
  assert.equal(code, 130);
  assert.match(stdout, /web\.image-import\.yaml, document 1: not rehearsed: interrupted/);
  assert.match(stdout, /web\.image-import\.yaml, document 2: not rehearsed: interrupted/);
  assert.match(stdout, /0 accepted, 0 refused, 3 not rehearsed/);
});

test('a transfer says what is where, and goes on from there', async () => {
  await control('/clock', { pause: true });
  const command = [
    'transfer',
    'Web',
    onEmulator(emulator),
    '--from',
    'DFW',
    '--to',
    'ORD',
    '--cleanup',
    '--yes',
  ];
  const running = cli.start(command);
  await running.said('export task');
  await interrupted(running);
  const { code, stderr } = await running.ended;
  assert.equal(code, 130);
  assert.match(stderr, /^cloud-images transfer: Interrupted\.$/m);
  assert.match(stderr, /It stopped at the step 'export'/);
  assert.match(stderr, /DFW: export task \S+, which goes on/);
  await control('/clock', { pause: false });
  const again = await cli.run(command);
  assert.equal(again.code, 0, again.stdout + again.stderr);
  assert.match(again.stdout, /resuming at step 'export'/);
  const { json } = await owner.ask('GET', '/dfw/image/v2/tasks?type=export');
  assert.equal((json['tasks'] as JsonObject[]).length, 1);
});

test('an export that is interrupted says what is in the cloud, and leaves no half of a file', async () => {
  const { json } = await owner.ask('GET', `${images}?name=Web`);
  const id = String((json['images'] as JsonObject[])[0]?.['id']);
  const out = join(cli.workspace, 'out');
  mkdirSync(out);
  const args = ['export', id, '--yes', '--container', 'made', '--download', out];
  const { code, stdout } = await interruptedAt('GET', /\/made\/.+\.vhd-\d{5}$/, args);
  assert.equal(code, 130, stdout);
  assert.match(stdout, /exported as made\/.*\.vhd, not downloaded/);
  assert.deepEqual(readdirSync(out), []);
});
