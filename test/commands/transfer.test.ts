import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { ask, logIn, patchType, type Running, start, taskEnd } from '../emulator/harness.ts';
import { MiB, makeVhd } from '../tools/disks.ts';
import { imageNow, onEmulator, openPlace } from './cli.ts';

/** `cloud-images transfer` between two regions of an emulator, and between two clouds. */
const { folder, emulator, owner, cli } = await openPlace(
  { emulator: { exportSegmentBytes: MiB + 4096, open: ['create', 'upload'] } },
  '--speed',
  '100000',
);

const own = { min_ram: 2048, tags: ['production', 'web 1'], vm_mode: 'hvm', 'com.example.role': 'frontend' };

async function makeImage(name: string): Promise<string> {
  const disk = join(folder, 'disk.vhd');
  makeVhd(disk, { guest: 'linux', virtualSize: 64 * MiB });
  await owner.ask('PUT', '/dfw/object-store/v1/MossoCloudFS_100001/exports/disk.vhd', readFileSync(disk));
  const input = { import_from: 'exports/disk.vhd', image_properties: { name } };
  const made = await owner.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
  const { result } = await taskEnd(emulator, owner, 'dfw', String(made.json['id']));
  const id = String((result as JsonObject)['image_id']);
  const patch = Object.entries(own).map(([key, value]) => ({ op: 'add', path: `/${key}`, value }));
  assert.equal((await owner.ask('PATCH', `/dfw/image/v2/images/${id}`, patch, patchType)).status, 200);
  return id;
}

async function control(method: string, path: string, body?: JsonObject): Promise<void> {
  const headers = { authorization: `Bearer ${emulator.token}` };
  const answer = await ask(emulator.url, method, `/emulator${path}`, body, headers);
  assert.ok(answer.status < 300, answer.text);
}

/** Ids of the tasks of a kind, and of the images of a name. */
async function tasksIn(region: string, type: string): Promise<unknown[]> {
  const { json } = await owner.ask('GET', `/${region}/image/v2/tasks?type=${type}&limit=100`);
  return (json['tasks'] as JsonObject[]).map((one) => one['id']);
}
async function imagesIn(region: string, name: string): Promise<JsonObject[]> {
  const { json } = await owner.ask('GET', `/${region}/image/v2/images?name=${encodeURIComponent(name)}`);
  return json['images'] as JsonObject[];
}
async function containersIn(region: string): Promise<unknown[]> {
  const { text } = await owner.ask('GET', `/${region}/object-store/v1/MossoCloudFS_100001?format=json`);
  return JSON.parse(text).map((one: JsonObject) => one['name']);
}

/** Nobody waits that long: who meets it is killed in it. */
const long = 600_000;

test('goes on after a kill at each step, and does none twice', async () => {
  const id = await makeImage('Killed');
  const command = [
    'transfer',
    'Killed',
    onEmulator(emulator),
    '--from',
    'DFW',
    '--to',
    'ORD',
    '--cleanup',
    '--yes',
  ];
  const state = () => JSON.parse(readFileSync(cli.kept('transfers')[0] ?? '', 'utf8'));
  const forgetTask = (): void => {
    // As if it had been killed between the cloud's answer and noting the task.
    const { task, ...rest } = state();
    assert.ok(task);
    writeFileSync(cli.kept('transfers')[0] ?? '', JSON.stringify(rest));
  };
  const killed = async (said: string, step: string): Promise<void> => {
    const running = cli.start(command);
    await running.said(said);
    running.kill('SIGKILL');
    await running.ended;
    assert.equal(state().step, step);
  };
  await control('POST', '/clock', { pause: true });
  await killed('export task', 'export');
  await killed('export task', 'export');
  forgetTask();
  await control('POST', '/clock', { pause: false });
  await control('POST', '/faults', { method: 'PUT', path: '/ord/object-store/*-00002', delay: long });
  await killed('segment 1 of', 'copy');
  await control('DELETE', '/faults');
  await control('POST', '/faults', { method: 'GET', path: '/ord/image/v2/tasks/*', delay: long });
  await killed('import task', 'import');
  await control('DELETE', '/faults');
  forgetTask();
  await control('POST', '/faults', { method: 'PATCH', path: '/ord/image/v2/images/*', delay: long });
  await killed('setting', 'properties');
  await control('DELETE', '/faults');
  await control('POST', '/faults', { method: 'DELETE', path: '/ord/object-store/*', delay: long });
  await killed('removing', 'cleanup');
  await control('DELETE', '/faults');
  const { code, stdout, stderr } = await cli.run(command);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /resuming at step 'cleanup'/);
  assert.match(stdout, /infrastructure service level/);

  assert.equal((await tasksIn('dfw', 'export')).length, 1);
  assert.equal((await tasksIn('ord', 'import')).length, 1);
  const found = await imagesIn('ord', 'Killed');
  assert.equal(found.length, 1);
  const made = await imageNow(owner, 'ord', String(found[0]?.['id']));
  assert.notEqual(made['id'], id);
  for (const [name, value] of Object.entries(own)) assert.deepEqual(made[name], value, name);
  assert.deepEqual(await containersIn('dfw'), ['exports']);
  assert.deepEqual(await containersIn('ord'), ['exports']);
  assert.deepEqual(readdirSync(join(cli.home, '.cloud-images', 'transfers')), []);
});

test('what fails says what is where; the same command goes on when the reason is gone', async () => {
  const id = await makeImage('Fails');
  const command = [
    'transfer',
    'Fails',
    onEmulator(emulator),
    '--from',
    'DFW',
    '--to',
    'IAD',
    '--container',
    'moved',
    '--yes',
  ];
  await control('POST', '/faults', {
    method: 'PUT',
    path: '/iad/object-store/*-00002',
    status: 503,
    count: 9,
  });
  const failed = await cli.run(command);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /503/);
  assert.match(failed.stderr, /stopped at the step 'copy'/);
  assert.ok(failed.stderr.includes(`DFW: object moved/${id}.vhd with its segments`));
  assert.match(failed.stderr, /Run the same command to resume/);
  await control('DELETE', '/faults');
  const again = await cli.run(command);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /segment 1 of \d exists already/);
  assert.equal((await tasksIn('dfw', 'export')).length, 2, 'one of each test');
  assert.match(again.stdout, new RegExp(`moved/${id}\\.vhd stay in both regions`));
  const { json } = await owner.ask('GET', `/iad/object-store/v1/MossoCloudFS_100001/moved?format=json`);
  assert.ok(Array.isArray(json) && json.length >= 3, 'the manifest and its segments');

  // An object that is in the way refuses before anything is done.
  const refused = await cli.run(command);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stdout,
    /refused: Object already exists in user's container\. Container\/Object: moved\//,
  );
});

test('refuses what cannot be transferred, and what is no transfer', async () => {
  const { json } = await owner.ask('GET', '/dfw/image/v2/images?visibility=public&os_type=windows&limit=1');
  const [windows] = json['images'] as JsonObject[];
  const at = onEmulator(emulator);
  const cases: [string[], number, RegExp][] = [
    [
      [String(windows?.['id']), at, '--from', 'DFW', '--to', 'ORD'],
      1,
      /An image may only be exported by the image owner/,
    ],
    [['Nobody', at, '--from', 'DFW', '--to', 'ORD'], 1, /There is no image 'Nobody' of yours in DFW/],
    [['Fails', at, '--from', 'DFW', '--to', 'dfw'], 64, /the same region/],
    [['Fails', at, '--from', 'DFW'], 64, /Give --from REGION and --to REGION/],
    [
      ['Fails', at, '--from', 'DFW', '--to', 'MARS'],
      1,
      /no service 'image' in region MARS\. It offers images in: DFW, HKG, /,
    ],
    [[at, '--from', 'DFW', '--to', 'ORD'], 64, /Name one image/],
  ];
  for (const [args, expected, words] of cases) {
    const { code, stdout, stderr } = await cli.run(['transfer', ...args]);
    assert.equal(code, expected, stdout + stderr);
    assert.match(stdout + stderr, words);
  }
  const dry = await cli.run(['transfer', 'Fails', at, '--from', 'DFW', '--to', 'SYD', '--dry-run']);
  assert.equal(dry.code, 0, dry.stderr);
  assert.deepEqual(await containersIn('syd'), ['exports']);
});

test('an image that is too large to be imported again is not exported for it; an export says so', async () => {
  const id = await makeImage('Large');
  const patch = [{ op: 'add', path: '/instance_type_root_gb', value: '80' }];
  assert.equal((await owner.ask('PATCH', `/dfw/image/v2/images/${id}`, patch, patchType)).status, 200);
  const tasks = await tasksIn('dfw', 'export');
  const refused = await cli.run([
    'transfer',
    id,
    onEmulator(emulator),
    '--from',
    'DFW',
    '--to',
    'HKG',
    '--json',
    '--yes',
  ]);
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(
    JSON.parse(refused.stdout).refused,
    /^413: The virtual size of the disk is larger than the limit of 40 GB/,
  );
  assert.deepEqual(await tasksIn('dfw', 'export'), tasks);
  const out = await cli.run(['export', id, onEmulator(emulator), '--container', 'exports', '--dry-run']);
  assert.equal(out.code, 0, out.stderr);
  assert.match(
    out.stdout,
    /note: Its disk of 80 GB .* is larger than can be imported again: the limit is 40 GB/,
  );
});

test('between two plain OpenStack clouds of clouds.yaml the data goes, and the properties with it', async () => {
  const clouds = await Promise.all(
    ['one', 'two'].map((name) => start(join(folder, name), '--profile', 'openstack')),
  );
  try {
    const entry = (at: Running | undefined) =>
      `{ auth: { auth_url: "${at?.url}/identity", username: owner, project_name: "100001" }, region_name: RegionOne }`;
    cli.write('clouds.yaml', `clouds:\n  one: ${entry(clouds[0])}\n  two: ${entry(clouds[1])}\n`);
    cli.write(
      'secure.yaml',
      'clouds: { one: { auth: { password: emulator } }, two: { auth: { password: emulator } } }\n',
    );
    cli.write(
      'moved.image.yaml',
      'name: Moved\ndisk_format: raw\ncontainer_format: bare\ntags: [a]\nrole: web\nmin_disk: 3\n',
    );
    const made = await cli.run(['apply', '--yes', '--cloud', 'one', '--json', 'moved.image.yaml']);
    assert.equal(made.code, 0, made.stdout + made.stderr);
    const id = JSON.parse(made.stdout).done[0].result;
    const [there, here] = await Promise.all(clouds.map(({ url }) => logIn(url, 'owner')));
    const bytes = Buffer.alloc(300_000, 'data');
    const type = { 'content-type': 'application/octet-stream' };
    assert.equal(
      (await there?.ask('PUT', `/regionone/image/v2/images/${id}/file`, bytes, type))?.status,
      204,
    );
    const command = [
      'transfer',
      id,
      '--cloud',
      'one',
      '--to-cloud',
      'two',
      '--from',
      'RegionOne',
      '--to',
      'RegionOne',
      '--yes',
    ];
    // An interrupt does not wait for the data.
    const [one] = clouds;
    const headers = { authorization: `Bearer ${one?.token}` };
    const stuck = { method: 'GET', path: '*/images/*/file', delay: long };
    assert.ok((await ask(one?.url ?? '', 'POST', '/emulator/faults', stuck, headers)).status < 300);
    const running = cli.start(command);
    await running.said('downloading');
    running.kill('SIGINT');
    const interrupted = await running.ended;
    assert.equal(interrupted.code, 130);
    assert.match(interrupted.stderr, /transfer: Interrupted\.\nIt stopped at the step 'export'/);
    assert.equal(readdirSync(join(cli.home, '.cloud-images', 'transfers')).length, 1, 'no half of the data');
    await ask(one?.url ?? '', 'DELETE', '/emulator/faults', undefined, headers);

    const { code, stdout, stderr } = await cli.run(command);
    assert.equal(code, 0, stdout + stderr);
    const [, copy = ''] = /done: image (\S+)/.exec(stdout) ?? [];
    const image = here ? await imageNow(here, 'regionone', copy) : {};
    assert.deepEqual(
      [image['name'], image['tags'], image['role'], image['min_disk'], image['status'], image['size']],
      ['Moved', ['a'], 'web', 3, 'active', bytes.length],
    );
    const data = await here?.ask('GET', `/regionone/image/v2/images/${copy}/file`);
    assert.deepEqual(data?.bytes, bytes);
    assert.deepEqual(readdirSync(join(cli.home, '.cloud-images', 'transfers')), []);
    const undo = cli.kept('undo').at(-1) ?? '';
    assert.ok(existsSync(undo));
    const undone = await cli.run(['apply', '--yes', '--cloud', 'one', '--undo', undo]);
    assert.equal(undone.code, 0, undone.stdout + undone.stderr);
    assert.equal((await there?.ask('GET', `/regionone/image/v2/images/${id}`))?.status, 404);
  } finally {
    for (const cloud of clouds) await cloud.end();
  }
});
