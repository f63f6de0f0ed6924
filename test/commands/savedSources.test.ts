import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { makeDisk } from '../tools/disks.ts';
import { imageNow, onEmulator, openPlace, proxyTo } from './cli.ts';

/** Kept plans of new images with bytes, and of rotations. */
const { emulator, owner, cli } = await openPlace({ profile: 'openstack' }, '--speed', '1000000');
const images = '/regionone/image/v2/images';
const at = onEmulator(emulator);
const disk = join(cli.workspace, 'disk.raw');
const write = (name: string, more = ''): string =>
  cli.write(
    `${name}.image.yaml`,
    `name: ${name}\ndisk_format: raw\ncontainer_format: bare\nsource:\n  file: disk.raw\n${more}`,
  );

async function named(name: string, query = ''): Promise<JsonObject[]> {
  return (await owner.ask('GET', `${images}?name=${name}${query}`)).json['images'] as JsonObject[];
}

async function plan(file: string, manifest: string, where = at): Promise<JsonObject[]> {
  const { code, stdout, stderr } = await cli.run(['plan', where, '-o', file, manifest]);
  assert.equal(code, 2, stdout + stderr);
  return JSON.parse(readFileSync(join(cli.workspace, file), 'utf8')).steps;
}

test('a new image is made with the id of its plan and the bytes that were read; others are refused', async () => {
  writeFileSync(disk, 'the bytes of the plan');
  const [step = {}] = await plan('new.plan.json', write('new'));
  assert.equal(
    (step['restsOn'] as JsonObject[]).some(({ type, path }) => type === 'file' && path === disk),
    true,
  );
  rmSync(join(cli.workspace, 'new.image.yaml'));
  writeFileSync(disk, 'The bytes of the plan');
  const stale = await cli.run(['apply', '--yes', 'new.plan.json']);
  assert.equal(stale.code, 1);
  assert.match(stale.stderr, /file \S+disk\.raw: sha256 was/);
  assert.deepEqual(await named('new'), []);
  writeFileSync(disk, 'more than the bytes of the plan');
  const larger = await cli.run(['apply', '--yes', 'new.plan.json']);
  assert.match(
    larger.stderr,
    /new\.plan\.json is stale.*\n {2}file \S+disk\.raw: bytes was 21 .* and is 31 now/,
  );
  writeFileSync(disk, 'the bytes of the plan');
  const applied = await cli.run(['apply', '--yes', 'new.plan.json']);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  const [image, another] = await named('new');
  assert.deepEqual([image?.['id'], image?.['status'], another], [step['image'], 'active', undefined]);
  const undone = await cli.run(['apply', '--yes', '--undo', cli.kept('undo').at(-1) ?? '']);
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.deepEqual(await named('new'), []);
});

test('a rotation is kept whole, and needs --allow-delete as it does from its manifest', async () => {
  writeFileSync(disk, 'old bytes');
  assert.equal((await cli.run(['apply', '--yes', at, write('turned', 'rotation: { keep: 1 }\n')])).code, 0);
  const [old] = await named('turned');
  writeFileSync(disk, 'new bytes');
  const refused = await cli.run(['apply', '--yes', at, 'turned.image.yaml']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Nothing was changed: turned\.image\.yaml hides image 'turned'/);
  await plan('turned.plan.json', 'turned.image.yaml');
  const applied = await cli.run(['apply', '--yes', '--allow-delete', 'turned.plan.json']);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  const [fresh, another] = await named('turned');
  assert.equal(another, undefined);
  assert.notEqual(fresh?.['id'], old?.['id']);
  assert.equal((await imageNow(owner, 'regionone', String(old?.['id'])))['os_hidden'], true);
});

/** Plans a manifest, and kills its apply when a request is on its way, which `sent` may answer for the cloud. Answers the steps. */
async function killAt(
  manifest: string,
  isIt: (method: string, path: string) => boolean,
  sent: (path: string) => Promise<unknown>,
): Promise<{ readonly file: string; readonly steps: JsonObject[] }> {
  let isHeld = true;
  const reached = Promise.withResolvers<void>();
  const way = await proxyTo(emulator.url, async (method, path) => {
    if (!isHeld || !isIt(method, path)) return;
    await sent(path);
    reached.resolve();
    await new Promise(() => undefined);
  });
  after(way.close);
  const file = manifest.replace('.image.yaml', '.plan.json');
  const steps = await plan(file, manifest, `--emulator=${way.url}`);
  const running = cli.start(['apply', '--yes', '--allow-delete', file]);
  await Promise.race([reached.promise, running.ended]);
  running.kill('SIGKILL');
  assert.equal((await running.ended).code, null);
  isHeld = false;
  return { file, steps };
}

test('bytes that kill -9 cut off come again', async () => {
  writeFileSync(disk, Buffer.alloc(2 ** 20, 'x'));
  const { file, steps } = await killAt(
    write('cut'),
    (method, path) => method === 'PUT' && path.endsWith('/file'),
    async () => undefined,
  );
  assert.match((await cli.run(['apply', '--yes', file])).stderr, /1 of its 2 calls answered/);
  const resumed = await cli.run(['apply', '--yes', '--resume', file]);
  assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
  const image = await imageNow(owner, 'regionone', String(steps[0]?.['image']));
  assert.deepEqual([image['status'], image['size']], ['active', 2 ** 20]);
});

test('a deletion that was made and whose answer nobody heard is found, and not made again', async () => {
  const manifest = write('oldest', 'rotation: { keep: 1 }\n');
  for (const bytes of ['first', 'second']) {
    writeFileSync(disk, bytes);
    const { code, stdout, stderr } = await cli.run(['apply', '--yes', '--allow-delete', at, manifest]);
    assert.equal(code, 0, stdout + stderr);
  }
  writeFileSync(disk, 'third');
  const { file, steps } = await killAt(
    manifest,
    (method) => method === 'DELETE',
    (path) => owner.ask('DELETE', path),
  );
  const [deletion = {}] = steps.flatMap(({ calls }) => calls as JsonObject[]).slice(-1);
  assert.equal(deletion['type'], 'delete');
  assert.equal((await owner.ask('GET', `${images}/${String(deletion['image'])}`)).status, 404);
  const resumed = await cli.run(['apply', '--yes', '--allow-delete', '--resume', file]);
  assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
  assert.doesNotMatch(resumed.stdout, /DELETE \S+ →/);
});

test('what a plan has made of an image itself leaves the plan as it is', async () => {
  writeFileSync(disk, 'bytes for an image that waits');
  const form = { name: 'waits', disk_format: 'raw', container_format: 'bare', visibility: 'shared' };
  const { id } = (await owner.ask('POST', images, form)).json;
  const [step = {}] = await plan('waits.plan.json', write('waits', 'members: ["100002"]\n'));
  assert.deepEqual(
    (step['calls'] as JsonObject[]).map(({ type }) => type),
    ['fill', 'add-member'],
  );
  const applied = await cli.run(['apply', '--yes', 'waits.plan.json']);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  assert.equal((await imageNow(owner, 'regionone', String(id)))['status'], 'active');
  const { members } = (await owner.ask('GET', `${images}/${String(id)}/members`)).json;
  assert.deepEqual(
    (members as JsonObject[]).map(({ member_id }) => member_id),
    ['100002'],
  );
});

test('a plan holds a file that imports, describes, boots, images and exports, each by what the step before makes', async () => {
  const place = await openPlace({ profile: 'rackspace' }, '--speed', '1000000');
  mkdirSync(join(place.cli.workspace, 'exports'));
  makeDisk(join(place.cli.workspace, 'exports', 'web.vhd'), 'linux');
  const file = place.cli.write(
    'web.image-import.yaml',
    `type: import
input: { import_from: exports/web.vhd, image_properties: { name: Web } }
---
{ name: Web, vm_mode: hvm }
---
server: { name: web, flavorRef: general1-2 }
---
createImage: { name: Web of today, metadata: { team: blue } }
server: {}
---
{ name: Web of today, tags: [golden] }
---
{ type: export, input: { receiving_swift_container: exports } }
`,
  );
  const kept = await place.cli.run(['plan', onEmulator(place.emulator), '-o', 'web.plan.json', file]);
  assert.equal(kept.code, 2, kept.stdout + kept.stderr);
  const { steps } = JSON.parse(readFileSync(join(place.cli.workspace, 'web.plan.json'), 'utf8'));
  assert.deepEqual(
    steps.map(({ type, image, server }: JsonObject) => [type, image ?? server]),
    [
      ['import', undefined],
      ['change', '@1'],
      ['server', '@1'],
      ['server-image', '@3'],
      ['change', '@4'],
      ['export', '@4'],
    ],
  );
  rmSync(join(place.cli.workspace, file));
  const applied = await place.cli.run(['apply', '--yes', '--json', 'web.plan.json']);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  const { done, undo } = JSON.parse(applied.stdout);
  const [imported, , , image] = done.map(({ result }: JsonObject) => String(result));
  assert.equal((await imageNow(place.owner, 'dfw', imported))['vm_mode'], 'hvm');
  const made = await imageNow(place.owner, 'dfw', image);
  assert.deepEqual([made['name'], made['tags']], ['Web of today', ['golden']]);
  assert.equal(done.at(-1).result, `exports/${image}.vhd`);
  const undone = await place.cli.run(['apply', '--yes', '--undo', undo]);
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.equal((await place.owner.ask('GET', `/dfw/image/v2/images/${image}`)).status, 404);
});

test('a task that was asked for when the run was killed is found among the newer ones, and waited for', async () => {
  const place = await openPlace({ profile: 'rackspace' }, '--speed', '1000000');
  mkdirSync(join(place.cli.workspace, 'exports'));
  makeDisk(join(place.cli.workspace, 'exports', 'web.vhd'), 'linux');
  const input = { import_from: 'exports/web.vhd', image_properties: { name: 'Task' } };
  const file = place.cli.write('web.image-import.json', JSON.stringify({ type: 'import', input }));
  let isHeld = true;
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const way = await proxyTo(place.emulator.url, async (method, path) => {
    if (!isHeld || method !== 'POST' || !path.endsWith('/tasks')) return;
    reach();
    await new Promise(() => undefined);
  });
  after(way.close);
  const planned = await place.cli.run(['plan', `--emulator=${way.url}`, '-o', 'task.plan.json', file]);
  assert.equal(planned.code, 2, planned.stderr);
  const running = place.cli.start(['apply', '--yes', 'task.plan.json']);
  await Promise.race([reached, running.ended]);
  running.kill('SIGKILL');
  assert.equal((await running.ended).code, null);
  isHeld = false;
  const asked = await place.owner.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
  assert.equal(asked.status, 201, 'as if the call had come through');
  const resumed = await place.cli.run(['apply', '--yes', '--json', '--resume', 'task.plan.json']);
  assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
  const tasks = (await place.owner.ask('GET', '/dfw/image/v2/tasks')).json['tasks'] as JsonObject[];
  assert.deepEqual(
    tasks.map(({ id }) => id),
    [asked.json['id']],
    'no other was asked for',
  );
  const { done, undo } = JSON.parse(resumed.stdout);
  assert.equal((await imageNow(place.owner, 'dfw', done[0].result))['name'], 'Task');
  const undone = await place.cli.run(['apply', '--yes', '--undo', undo]);
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.equal((await place.owner.ask('GET', `/dfw/image/v2/images/${done[0].result}`)).status, 404);
});
