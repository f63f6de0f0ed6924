import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Caller } from '../emulator/harness.ts';
import { makeDisk } from '../tools/disks.ts';
import { imageNow, onEmulator, openPlace } from './cli.ts';

const written = 'written by the guest';

/** `cloud-images` with manifests of servers and of their images. */

const importOf = `type: import
input:
  import_from: exports/web.vhd
  image_properties: { name: Web }
`;

test('a file imports a disk, boots it, writes to it, takes an image and exports that; undo takes it all back', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '1000000');
  mkdirSync(join(cli.workspace, 'exports'));
  makeDisk(join(cli.workspace, 'exports', 'web.vhd'), 'linux');
  const file = cli.write(
    'web.image-import.yaml',
    `${importOf}---
{ name: Web, vm_mode: hvm, xenapi_use_agent: "False", img_config_drive: mandatory }
---
server: { name: web, flavorRef: general1-2 }
---
createImage: { name: Web of today, metadata: { team: blue } }
server:
  guest:
    - { write: { gb: 1 } }
    - { write: { offset: 1048576, base64: ${Buffer.from(written).toString('base64')} } }
---
{ name: Web of today, tags: [golden] }
---
{ type: export, input: { receiving_swift_container: exports } }
`,
  );
  const to = onEmulator(emulator);
  const plan = await cli.run(['plan', file, to]);
  assert.equal(plan.code, 2, plan.stdout + plan.stderr);
  assert.match(plan.stdout, /document 3: new server 'web'\n {2}\+ name: "web"/);
  assert.match(
    plan.stdout,
    /document 4: image of the server that web\.image-import\.yaml, document 3 builds/,
  );
  assert.match(plan.stdout, /guest: \{"write":\{"gb":1\}\}/);
  assert.match(plan.stdout, /document 5: the image that web\.image-import\.yaml, document 4 makes/);
  assert.match(plan.stdout, /Plan: 1 import, 1 export, 1 server, 1 image of a server, 2 changes/);

  const applied = await cli.run(['apply', file, to, '--yes', '--json']);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  const { done, undo } = JSON.parse(applied.stdout);
  const results = done.map((one: { type: string; result: string }) => [one.type, one.result]);
  const [imported, described, server, image, tagged, exported] = results;
  assert.deepEqual(
    results.map(([type]: string[]) => type),
    ['import', 'change', 'server', 'server-image', 'change', 'export'],
  );
  assert.equal(described[1], imported[1]);
  assert.equal(tagged[1], image[1]);
  assert.equal(exported[1], `exports/${image[1]}.vhd`);
  const vhd = await owner.ask('GET', `/dfw/object-store/v1/MossoCloudFS_100001/exports/${image[1]}.vhd`);
  assert.ok(vhd.bytes.includes(written), 'the exported disk holds what the guest wrote');
  const made = await imageNow(owner, 'dfw', image[1]);
  assert.deepEqual(
    ['name', 'tags', 'team', 'vm_mode', 'image_type', 'instance_uuid', 'base_image_ref', 'status'].map(
      (name) => made[name],
    ),
    ['Web of today', ['golden'], 'blue', 'hvm', 'snapshot', server[1], imported[1], 'active'],
  );

  const undone = await cli.run(['apply', '--undo', undo, to, '--yes']);
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.match(undone.stdout, /delete server 'web'/);
  const account = '100001';
  assert.equal((await owner.ask('GET', `/dfw/compute/v2/${account}/servers/${server[1]}`)).status, 404);
  assert.equal((await owner.ask('GET', `/dfw/image/v2/images/${image[1]}`)).status, 404);
  assert.equal((await owner.ask('GET', `/dfw/image/v2/images/${imported[1]}`)).status, 404);
});

test('a server is imaged by its name; what would be refused stops the run before the first call', async () => {
  const { emulator, cli } = await openPlace({ profile: 'openstack' }, '--speed', '1000000');
  const to = onEmulator(emulator);
  mkdirSync(join(cli.workspace, 'exports'));
  makeDisk(join(cli.workspace, 'exports', 'web.vhd'), 'linux');
  const server = (flavor: string) => `server: { name: web, flavorRef: "${flavor}" }\n`;
  const first = cli.write('a.image-import.yaml', `${importOf}---\n${server('1')}`);
  const { code, stdout, stderr } = await cli.run(['apply', first, to, '--yes']);
  assert.equal(code, 0, stdout + stderr);
  const image = cli.write('b.server-image.yaml', 'createImage: { name: of web }\nserver: { name: web }\n');
  const named = await cli.run(['apply', image, to, '--yes']);
  assert.equal(named.code, 0, named.stdout + named.stderr);
  const wrong = cli.write('c.image-import.yaml', `${importOf}---\n${server('none')}`);
  const refused = await cli.run(['apply', wrong, to, '--yes']);
  assert.equal(refused.code, 1, refused.stdout + refused.stderr);
  assert.match(refused.stdout, /refused: 400 Flavor none could not be found\. \(server\/flavor-ref\)/);
  assert.match(refused.stdout, /Nothing was changed/);
  const absent = cli.write('d.server-image.yaml', 'createImage: { name: x }\nserver: { name: gone }\n');
  assert.match((await cli.run(['plan', absent, to])).stdout, /You have no server named 'gone' in RegionOne/);
  const again = cli.write('e.server.yaml', `${server('1').replace('flavorRef', 'imageRef: "", flavorRef')}`);
  assert.match((await cli.run(['plan', again, to])).stdout, /You have a server 'web' already/);
});

test('a build that fails is told, and its server can be undone', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '1000000');
  const to = onEmulator(emulator);
  const file = cli.write(
    'a.server.yaml',
    `server: { name: dc, flavorRef: general1-2, imageRef: ${await publicImage(owner)} }
---
createImage: { name: dc }
server: { roles: [domain_controller] }
---
server: { name: second, flavorRef: general1-2 }
`,
  );
  const { code, stdout } = await cli.run(['apply', file, to, '--yes', '--json']);
  assert.equal(code, 1, stdout);
  const { done, stopped, undo } = JSON.parse(stdout);
  assert.equal(done.length, 2);
  assert.match(stopped.reason, /^the build fails: .*Demote the domain controller/);
  const undone = await cli.run(['apply', '--undo', undo, to, '--yes']);
  assert.equal(undone.code, 0, undone.stdout);
  const { json } = await owner.ask('GET', '/dfw/compute/v2/100001/servers');
  assert.deepEqual(json['servers'], []);
});

async function publicImage(owner: Caller): Promise<string> {
  const { json } = await owner.ask('GET', '/dfw/image/v2/images?visibility=public&os_type=linux&limit=1');
  const [base] = JSON.parse(JSON.stringify(json['images']));
  return base.id;
}

test('an interrupt says that the server continues to be built, and undo deletes it', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '1');
  const file = cli.write(
    'a.server.yaml',
    `server: { name: web, flavorRef: general1-8, imageRef: ${await publicImage(owner)} }\n`,
  );
  const run = cli.start(['apply', file, onEmulator(emulator), '--yes']);
  await run.said(/^ {2}server \S+/m);
  run.kill('SIGINT');
  const { code, stdout } = await run.ended;
  assert.equal(code, 130, stdout);
  assert.match(stdout, /interrupted: its server \S+ continues to be built/);
  const [journal = ''] = cli.kept('undo');
  const undone = await cli.run(['apply', '--undo', journal, onEmulator(emulator), '--yes', '--dry-run']);
  assert.match(undone.stdout, /delete server 'web'/);
});

test('a server beyond the quota is refused by the plan, in the words of the cloud', async () => {
  const quotas = { instances: 1 };
  const { emulator, owner, cli } = await openPlace({ profile: 'openstack', emulator: { quotas } });
  const { json } = await owner.ask('GET', '/regionone/image/v2/images?visibility=public&limit=1');
  const [base] = JSON.parse(JSON.stringify(json['images']));
  const server = { name: 'web', imageRef: base.id, flavorRef: '3', min_count: 2 };
  const file = cli.write('a.server.json', JSON.stringify({ server }));
  const { stdout } = await cli.run(['plan', file, onEmulator(emulator)]);
  const { status, text } = await owner.ask('POST', '/regionone/compute/v2.1/servers', { server });
  assert.equal(status, 403);
  assert.match(text, /Quota exceeded for instances: Requested 2, but already used 0 of 1 instances/);
  assert.ok(stdout.includes(`403 ${JSON.parse(text).forbidden.message} (server/quota)`), stdout);
});

test('a quota counts the servers that earlier documents build, over the files of a run', async () => {
  const quotas = { instances: 1 };
  const place = await openPlace({ profile: 'openstack', emulator: { quotas } }, '--speed', '1000000');
  const { emulator, owner, cli } = place;
  const to = onEmulator(emulator);
  const { json } = await owner.ask('GET', '/regionone/image/v2/images?visibility=public&limit=1');
  const [base] = JSON.parse(JSON.stringify(json['images']));
  const server = (name: string) => JSON.stringify({ server: { name, imageRef: base.id, flavorRef: '3' } });
  const first = cli.write('a.server.json', server('a'));
  const second = cli.write('b.server.json', server('b'));
  const plan = await cli.run(['plan', first, second, to, '--json']);
  const { steps } = JSON.parse(plan.stdout);
  assert.deepEqual(
    steps.map(({ refusals }: { refusals: { rule: string }[] }) => refusals.map(({ rule }) => rule)),
    [[], ['server/quota']],
  );
  assert.match(steps[1].refusals[0].text, /Requested 1, but already used 1 of 1 instances/);
  const applied = await cli.run(['apply', first, to, '--yes']);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
});

test('a folder is run by what its files need of each other', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '1000000');
  const to = onEmulator(emulator);
  const imageRef = await publicImage(owner);
  // By kind alone the image would be taken before its server is there, and described by the last.
  cli.write('runs/a.image.yaml', '{ name: of web, tags: [golden] }\n');
  cli.write('runs/b.server-image.yaml', 'createImage: { name: of web }\nserver: { name: web }\n');
  cli.write('runs/c.server.yaml', `server: { name: web, flavorRef: general1-2, imageRef: ${imageRef} }\n`);
  cli.write('runs/d.image.yaml', '{ name: of web, min_ram: 512 }\n');
  const plan = await cli.run(['plan', 'runs', to]);
  assert.equal(plan.code, 2, plan.stdout + plan.stderr);
  assert.match(plan.stdout, /b\.server-image\.yaml: image of the server that \S*c\.server\.yaml builds/);
  const applied = await cli.run(['apply', 'runs', to, '--yes', '--json']);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  const { done } = JSON.parse(applied.stdout);
  assert.deepEqual(
    done.map(({ file }: { file: string }) => file.replace(/^.*\//, '')),
    ['c.server.yaml', 'b.server-image.yaml', 'a.image.yaml', 'd.image.yaml'],
  );
  const made = await imageNow(owner, 'dfw', done[1].result);
  assert.deepEqual([made['tags'], made['min_ram']], [['golden'], 512]);
});

test('documents behind an image of a server are planned by what it inherits', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '1000000');
  const to = onEmulator(emulator);
  const { json } = await owner.ask('GET', '/dfw/image/v2/images?visibility=public&os_type=windows&limit=1');
  const [windows] = JSON.parse(JSON.stringify(json['images']));
  const file = cli.write(
    'a.server.yaml',
    `server: { name: win, flavorRef: general1-8, imageRef: ${windows.id} }
---
createImage: { name: of win }
---
{ name: of win, os_type: linux }
---
{ type: export, input: { receiving_swift_container: exports } }
`,
  );
  const { stdout } = await cli.run(['plan', file, to, '--json']);
  const { steps } = JSON.parse(stdout);
  assert.deepEqual(
    steps.map(({ refusals }: { refusals: { rule: string }[] }) => refusals.map(({ rule }) => rule)),
    [[], [], ['property/protected'], ['export/licence']],
    stdout,
  );
});

test('what the image of a server inherits refuses nothing where nobody knows it', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'openstack' }, '--speed', '1000000');
  const to = onEmulator(emulator);
  mkdirSync(join(cli.workspace, 'exports'));
  makeDisk(join(cli.workspace, 'exports', 'web.vhd'), 'linux');
  const distro = importOf.replace('name: Web', 'name: Web, os_distro: debian');
  const first = cli.write('a.image-import.yaml', `${distro}---\nserver: { name: web, flavorRef: "1" }\n`);
  const built = await cli.run(['apply', first, to, '--yes', '--json']);
  const [imported] = JSON.parse(built.stdout).done;
  const second = cli.write(
    'b.server-image.yaml',
    'createImage: { name: of web }\nserver: { name: web }\n---\n[{ op: remove, path: /os_distro }]\n',
  );
  const refusalsOf = async (): Promise<unknown> => {
    const { steps } = JSON.parse((await cli.run(['plan', second, to, '--json'])).stdout);
    return steps.flatMap(({ refusals }: { refusals: { rule: string }[] }) =>
      refusals.map(({ rule }) => rule),
    );
  };
  assert.deepEqual(await refusalsOf(), []);
  const { status } = await owner.ask('DELETE', `/regionone/image/v2/images/${imported.result}`);
  assert.equal(status, 204);
  assert.deepEqual(await refusalsOf(), []);
  const applied = await cli.run(['apply', second, to, '--yes']);
  assert.equal(applied.code, 0, applied.stdout);
  const wrong = cli.write(
    'c.server-image.yaml',
    'createImage: { name: of web }\nserver: { name: web }\n---\n[{ op: remove, path: /name }]\n',
  );
  assert.match((await cli.run(['plan', wrong, to])).stdout, /refused: 403 .*patch\/not-removable/);
});
