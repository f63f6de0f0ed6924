import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { control } from '../emulator/compute/living.ts';
import { patchType } from '../emulator/harness.ts';
import { imageNow, makeImageIn, onEmulator, openPlace, type Started } from './cli.ts';

/** `cloud-images diff`, and what watches files. */
const { emulator, owner, cli } = await openPlace({ emulator: { open: ['create'] } });
const images = '/dfw/image/v2/images';
const at = onEmulator(emulator);

const makeImage = (body: JsonObject) => makeImageIn(owner, 'dfw', body);

async function patch(id: string, name: string, value: string): Promise<void> {
  const body = [{ op: 'replace', path: `/${name}`, value }];
  assert.equal((await owner.ask('PATCH', `${images}/${id}`, body, patchType)).status, 200);
}

test('drift is told to whoever may read, with what the manifest says and where', async () => {
  const id = await makeImage({ name: 'Drifts', role: 'a', tags: ['x', 'y'], 'com.example.own': '1' });
  assert.equal((await owner.ask('POST', `${images}/${id}/members`, { member: '100002' })).status, 200);
  const was = await imageNow(owner, 'dfw', id);
  const file = cli.write('drifts.image.yaml', 'name: Drifts\nrole: a\ntags: [y, x]\nmembers: ["100002"]\n');
  const reader = ['diff', at, '--user', 'observer', file];
  const same = await cli.run(reader);
  assert.deepEqual([same.code, same.stdout], [0, 'No image differs.\n'], same.stderr);
  await patch(id, 'role', 'changed');
  await patch(id, 'com.example.own', 'not stated');
  const text = await cli.run(reader);
  assert.equal(text.code, 2, text.stderr);
  assert.match(
    text.stdout,
    /drifts\.image\.yaml: image 'Drifts' \(\S+\)\n {2}~ role: "a" in the manifest, line 2; "changed" in the cloud\n/,
  );
  assert.match(text.stdout, /1 of 1 image differs\.\n$/);
  const json = await cli.run([...reader, '--json']);
  assert.equal(json.code, 2);
  const { verb, exit, outcome, place, version, ...compared } = JSON.parse(json.stdout);
  assert.deepEqual([verb, exit, outcome, place.user, version], ['diff', 2, 'differs', 'observer', 1]);
  assert.deepEqual(compared, {
    region: 'DFW',
    account: '100001',
    same: false,
    images: [
      {
        file,
        document: 1,
        name: 'Drifts',
        image: id,
        missing: false,
        differences: [{ name: 'role', line: 2, manifest: 'a', live: 'changed' }],
      },
    ],
  });
  await patch(id, 'role', 'a');
  await patch(id, 'com.example.own', '1');
  assert.deepEqual(await imageNow(owner, 'dfw', id), was, 'it only reads');
});

test('whoever may not see whom an image is shared with compares the rest, and is told', async () => {
  const id = await makeImage({ name: 'Closed', role: 'a' });
  const file = cli.write('closed.image.yaml', 'name: Closed\nrole: a\nmembers: ["100002"]\n');
  const fault = { method: 'GET', path: `${images}/${id}/members*`, status: 403, count: 1 };
  await control(emulator, 'POST', '/faults', fault);
  const { code, stdout, stderr } = await cli.run(['diff', at, file]);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /note: .*Whom it is shared with was not compared: /);
});

test('an image that is not there differs, several of a name fail, and a missing role is told', async () => {
  cli.write('none.image.yaml', 'name: Nobody\nrole: x\n');
  const none = await cli.run(['diff', at, 'none.image.yaml']);
  assert.equal(none.code, 2, none.stderr);
  assert.match(none.stdout, /image 'Nobody': there is no such image/);
  await makeImage({ name: 'Twins' });
  await makeImage({ name: 'Twins' });
  const twins = await cli.run(['diff', at, cli.write('twins.image.yaml', 'name: Twins\nrole: x\n')]);
  assert.equal(twins.code, 1, twins.stdout);
  assert.match(twins.stdout, /note: .*Twins/);
  const other = cli.write('x.image-export.yaml', 'type: export\ninput: {}\n');
  const nothing = await cli.run(['diff', at, other]);
  assert.equal(nothing.code, 1);
  assert.match(nothing.stderr, /None of these is an image manifest/);
  assert.equal((await cli.run(['diff', at])).code, 64);
  const plan = await cli.run(['plan', at, '--detailed-exitcode', '--json', 'drifts.image.yaml']);
  assert.deepEqual([plan.code, JSON.parse(plan.stdout).sound], [0, true]);
});

async function endByInterrupt(running: Started): Promise<void> {
  running.kill('SIGINT');
  const { code, stderr } = await running.ended;
  assert.equal(code, 130, stderr);
  assert.doesNotMatch(stderr, /Error|at .*\.js/);
}

test('a watched diff looks again when a file changes, and every interval', async () => {
  const id = await makeImage({ name: 'Watched', role: 'a' });
  const file = cli.write('watched.image.yaml', 'name: Watched\nrole: a\n');
  const running = cli.start(['diff', at, '--watch', '--interval', '1', file]);
  await running.said('No image differs.');
  await patch(id, 'role', 'b');
  await running.said('role: "a" in the manifest, line 2; "b" in the cloud');
  cli.write('watched.image.yaml', 'name: Watched\nrole: "c"\n');
  await running.said('role: "c" in the manifest');
  await endByInterrupt(running);
});

test('a watched lint judges again when a file changes or comes, and outlives one that does not parse', async () => {
  cli.write('linted/one.image.yaml', 'name: one\nmin_ram: 1\n');
  const running = cli.start(['lint', '--watch', 'linted']);
  await running.said('Waiting for a change');
  cli.write('linted/one.image.yaml', 'name: one\nmin_ram: -5\n');
  await running.said(/one\.image\.yaml[\s\S]*min_ram/);
  cli.write('linted/deeper/two.image.yaml', 'name: [\n');
  await running.said(/two\.image\.yaml/);
  await endByInterrupt(running);
});
