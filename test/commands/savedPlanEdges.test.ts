import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { imageNow, onEmulator, openPlace, proxyTo } from './cli.ts';

/** What goes wrong around plans: names, files that would be lost, readers that go, interrupts, and what was taken back. */
const { emulator, owner, cli } = await openPlace({}, '--profile', 'openstack', '--speed', '1000000');
const images = '/regionone/image/v2/images';
const at = onEmulator(emulator);

async function makeImage(name: string, more: JsonObject = {}): Promise<string> {
  const made = await owner.ask('POST', images, { name, role: 'a', ...more });
  assert.equal(made.status, 201, made.text);
  return String(made.json['id']);
}

const roleOf = async (id: string): Promise<unknown> => (await imageNow(owner, 'regionone', id))['role'];

/** Makes images of these names and a manifest of each that changes its role. */
async function makeManifests(...names: string[]): Promise<{ ids: string[]; files: string[] }> {
  const ids: string[] = [];
  for (const name of names) ids.push(await makeImage(name));
  const files = names.map((name, index) =>
    cli.write(`${name}.image.yaml`, `id: ${ids[index]}\nname: ${name}\nrole: b\n`),
  );
  return { ids, files };
}

test('an image whose name has a colon is found by it, and no other is taken for it', async () => {
  await makeImage('alpha');
  const adopted = await cli.run(['adopt', at, 'in:alpha', '-o', 'none']);
  assert.deepEqual([adopted.code, adopted.stderr.includes("no image 'in:alpha'")], [1, true], adopted.stderr);
  for (const name of ['in:alpha', 'Ubuntu: 22.04']) {
    const id = await makeImage(name);
    cli.write('colon.image.yaml', `name: '${name}'\nrole: b\n`);
    const planned = await cli.run(['plan', at, 'colon.image.yaml']);
    assert.match(planned.stdout, new RegExp(`PATCH \\S*${id}`), planned.stdout + planned.stderr);
    const found = await cli.run(['adopt', at, name, '-o', `adopted-${id}`]);
    assert.equal(found.code, 0, found.stderr);
    assert.ok(found.stdout.includes(id) || found.stdout.includes(name), found.stdout);
  }
});

test('a plan takes the place of a plan alone, and of no manifest', async () => {
  const { files } = await makeManifests('kept');
  const [file = ''] = files;
  const before = readFileSync(join(cli.workspace, file), 'utf8');
  const over = await cli.run(['plan', at, file, '-o', file]);
  assert.match(over.stderr, /-o kept\.image\.yaml: .* is no plan\. Name another\. \(file\/exists\)/);
  assert.equal(readFileSync(join(cli.workspace, file), 'utf8'), before);
  mkdirSync(join(cli.workspace, 'folder'));
  for (const [place, said] of [
    ['folder', /-o folder: it is a folder\./],
    ['nowhere/x.json', /-o nowhere\/x\.json: there is no folder .*nowhere\. Make it first\./],
  ] as const) {
    const { code, stderr } = await cli.run(['plan', at, file, '-o', place]);
    assert.equal(code, 1);
    assert.match(stderr, said);
  }
  for (let times = 0; times < 2; times++)
    assert.equal((await cli.run(['plan', at, file, '-o', 'kept.json'])).code, 2);
  for (const [shown, said] of [
    ['gone.json', /There is no file gone\.json\. \(file\/missing\)/],
    ['folder', /folder is no plan: it is not a file\. \(plan\/unusable\)/],
  ] as const)
    assert.match((await cli.run(['plan', '--show', shown])).stderr, said);
  for (const args of [
    ['apply', 'kept.json', file, '--yes'],
    ['plan', 'kept.json', file],
  ]) {
    const { code, stderr } = await cli.run([...args, at]);
    assert.equal(code, 64, stderr);
    assert.match(stderr, /kept\.json is a plan/);
  }
});

test('what was interrupted says what is left and how to go on; what was taken back is not gone on with', async () => {
  const { ids, files } = await makeManifests('one', 'two', 'three');
  let patches = 0;
  let interrupt = (): void => undefined;
  const way = await proxyTo(emulator.url, async (method) => {
    if (method === 'PATCH' && ++patches === 2) interrupt();
  });
  after(way.close);
  const planned = await cli.run(['plan', `--emulator=${way.url}`, ...files, '-o', 'three.json']);
  assert.equal(planned.code, 2, planned.stderr);
  const running = cli.start(['apply', '--yes', 'three.json']);
  interrupt = () => running.kill('SIGINT');
  const { code, stdout, stderr } = await running.ended;
  assert.equal(code, 130, stdout + stderr);
  assert.match(
    stdout,
    /Stopped there\. Not done: .*\nTo undo it: .*\nGo on: cloud-images apply --resume three\.json\n$/,
  );
  assert.match(stdout, /three\.image\.yaml.*(interrupted|Not done)|Not done: .*three\.image\.yaml/s);
  const [, undo = ''] = /apply --undo (\S+)/.exec(stdout) ?? [];
  writeFileSync(join(cli.home, '.cloud-images', 'plans', 'broken.json'), '{'); // of another plan
  const undone = await cli.run(['apply', '--yes', '--undo', undo]);
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  const resumed = await cli.run(['apply', '--yes', '--resume', 'three.json']);
  assert.equal(resumed.code, 1, resumed.stdout);
  assert.match(resumed.stderr, /three\.json was begun on \S+Z and taken back on \S+Z\. .* plan again\./);
  assert.deepEqual(await Promise.all(ids.map(roleOf)), ['a', 'a', 'a']);
  assert.match((await cli.run(['plan', '--show', 'three.json'])).stdout, /It was taken back on/);
});

test('a reader who goes ends what is said, not what is done', async () => {
  const { ids, files } = await makeManifests('four', 'five');
  let patches = 0;
  let goAway = (): void => undefined;
  const way = await proxyTo(emulator.url, async (method) => {
    if (method === 'PATCH' && ++patches === 1) goAway();
  });
  after(way.close);
  const running = cli.start(['apply', '--yes', `--emulator=${way.url}`, ...files]);
  goAway = running.stopReading;
  const { code, stderr } = await running.ended;
  assert.deepEqual([code, stderr.includes('EPIPE')], [0, false], stderr);
  assert.deepEqual(await Promise.all(ids.map(roleOf)), ['b', 'b']);

  const watching = cli.start(['lint', '--watch', ...files]);
  await watching.said('Waiting for a change');
  watching.stopReading();
  cli.write(files[0] ?? '', 'name: [\n');
  assert.doesNotMatch((await watching.ended).stderr, /EPIPE/);
});

test('nothing to do asks nothing, and a policy has a command', async () => {
  cli.write('six.image.yaml', `id: ${await makeImage('six')}\nrole: a\n`);
  const applied = await cli.run(['apply', at, 'six.image.yaml']);
  assert.deepEqual([applied.code, applied.stderr], [0, ''], applied.stdout);
  assert.equal((await cli.run(['plan', at, 'six.image.yaml', '-o', 'six.json'])).code, 0);
  const kept = await cli.run(['apply', 'six.json']);
  assert.deepEqual([kept.code, kept.stderr], [0, ''], kept.stdout);
  const { code, stderr } = await cli.run(['plan', at, 'six.image.yaml', '--policy', '']);
  assert.deepEqual([code, /--policy takes a command\./.test(stderr)], [64, true], stderr);
});
