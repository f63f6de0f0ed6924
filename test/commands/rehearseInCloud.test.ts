import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDisk } from '../tools/disks.ts';
import { openPlace } from './cli.ts';

/** An emulator, named in clouds.yaml as any cloud is. */
const place = await openPlace({ profile: 'openstack' }, '--seed', 'empty', '--speed', '1e9');
const { cli, owner, emulator } = place;
const images = '/regionone/image/v2/images';
cli.write(
  'clouds.yaml',
  `clouds:
  disposable:
    auth: { auth_url: "${emulator.url}/identity/v3", username: owner, password: emulator, project_name: "100001", user_domain_name: Default, project_domain_name: Default }
    region_name: RegionOne
`,
);
cli.write('.cloud-images.json', '{ "profile": "openstack" }');

async function listImages(): Promise<string[]> {
  const { json } = await owner.ask('GET', images);
  return (json['images'] as { id: string }[]).map(({ id }) => id);
}

interface Journal {
  readonly entries: readonly { readonly type: string; readonly id?: string }[];
}

function readJournal(): Journal | undefined {
  if (!existsSync(join(cli.home, '.cloud-images', 'rehearsals'))) return undefined;
  const [file] = cli.kept('rehearsals');
  return file === undefined ? undefined : JSON.parse(readFileSync(file, 'utf8'));
}

const many = Array.from({ length: 600 }, (_, at) => `name: image ${at}\n`);
cli.write('many.image.yaml', many.slice(0, 60).join('---\n'));
cli.write('long.image.yaml', many.join('---\n'));

const rehearse = ['rehearse', '--cloud', 'disposable'];

test('what is rehearsed in a cloud is gone afterwards, and nothing else', async () => {
  makeDisk(join(cli.workspace, 'web.vhd'), 'linux');
  cli.write(
    'whole.image.yaml',
    'name: whole\ndisk_format: vhd\ncontainer_format: bare\nprotected: true\nsource: { file: web.vhd }\n---\nname: second\n---\nname: whole\ntags: [blue]\n',
  );
  cli.write('bad.image.yaml', 'name: bad\nmin_disk: -1\n');
  const { code, stdout, stderr } = await cli.run([...rehearse, 'whole.image.yaml', 'bad.image.yaml']);
  assert.equal(code, 1, stdout + stderr);
  assert.match(stdout, /^whole\.image\.yaml, document 1: accepted/m);
  assert.match(stdout, /^bad\.image\.yaml: refused/m);
  assert.match(stdout, /3 accepted, 1 refused/);
  assert.deepEqual(await listImages(), []);
  assert.equal(readJournal(), undefined);
});

test('a project that holds anything is refused, and nothing is made there', async () => {
  const { json } = await owner.ask('POST', images, { name: 'mine' });
  const id = String(json['id']);
  const { code, stderr } = await cli.run([...rehearse, 'whole.image.yaml']);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`The project 100001 holds image ${id}\\. .*\\(rehearse/not-empty\\)`));
  assert.deepEqual(await listImages(), [id]);
  await owner.ask('DELETE', `${images}/${id}`);
  const hidden = String((await owner.ask('POST', images, { name: 'mine', os_hidden: true })).json['id']);
  assert.match(
    (await cli.run([...rehearse, 'whole.image.yaml'])).stderr,
    new RegExp(`holds image ${hidden}`),
  );
  await owner.ask('DELETE', `${images}/${hidden}`);
  const container = '/regionone/object-store/v1/AUTH_100001/used';
  await owner.ask('PUT', container);
  assert.match((await cli.run([...rehearse, 'whole.image.yaml'])).stderr, /holds container used\./);
  await owner.ask('DELETE', container);
});

test('what a run that was killed has left, and that alone, the next one or --clean removes', async () => {
  for (const again of [
    [...rehearse, '--clean'],
    [...rehearse, 'whole.image.yaml'],
  ]) {
    const run = cli.start([...rehearse, 'many.image.yaml']);
    await run.said('document 3: accepted');
    run.kill('SIGKILL');
    assert.equal((await run.ended).code, null);
    const left = await listImages();
    assert.ok(left.length >= 3);
    const kept = readJournal()?.entries.flatMap(({ id }) => id ?? []) ?? [];
    for (const id of left) assert.ok(kept.includes(id), 'each is kept before it is made');
    const { json } = await owner.ask('POST', images, { name: 'made by somebody else meanwhile' });
    const foreign = String(json['id']);
    const cleaned = await cli.run(again);
    assert.deepEqual(await listImages(), [foreign], cleaned.stdout + cleaned.stderr);
    assert.equal(readJournal(), undefined);
    assert.equal(
      cleaned.code,
      again.includes('--clean') ? 0 : 1,
      'the other is refused, since that one is there',
    );
    await owner.ask('DELETE', `${images}/${foreign}`);
  }
});

test('an image whose answer broke off is removed too', async () => {
  cli.write('lost.image.yaml', 'name: lost\n');
  const fault = await fetch(`${emulator.url}/emulator/faults`, {
    method: 'POST',
    headers: { authorization: `Bearer ${emulator.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ method: 'POST', path: images, cut: true, count: 1 }),
  });
  assert.equal(fault.status, 201);
  const { stdout, stderr } = await cli.run([...rehearse, 'lost.image.yaml']);
  assert.doesNotMatch(stdout, /accepted\b.*lost/, stdout + stderr);
  const { json } = await owner.ask('GET', '/regionone/image/v2/images');
  assert.deepEqual(json['images'], []);
  const asked = await fetch(`${emulator.url}/emulator/requests?method=POST&path=${images}&limit=1`, {
    headers: { authorization: `Bearer ${emulator.token}` },
  });
  const { requests } = (await asked.json()) as { requests: { status: number; fault?: string }[] };
  assert.deepEqual([requests[0]?.status, requests[0]?.fault !== undefined], [201, true], 'it was made');
});

test('one that goes on keeps others from its project, and removes what it made where it is interrupted', async () => {
  const run = cli.start([...rehearse, 'long.image.yaml']);
  await run.said('document 2: accepted');
  for (const more of [['whole.image.yaml'], ['--clean']]) {
    const second = await cli.run([...rehearse, ...more]);
    assert.equal(second.code, 1, second.stdout);
    assert.match(
      second.stderr,
      /The project 100001 is in use: process \d+ rehearses there.*rehearse\/under-way/,
    );
  }
  run.kill('SIGINT');
  assert.equal((await run.ended).code, 130);
  assert.deepEqual(await listImages(), []);
  assert.equal(readJournal(), undefined);
});

test('an interrupt while it removes what it made does not keep it from that', async () => {
  const run = cli.start([...rehearse, 'many.image.yaml']);
  await run.said('60 accepted');
  run.kill('SIGINT');
  const { code, stderr } = await run.ended;
  assert.equal(code, 130, stderr);
  assert.deepEqual(await listImages(), []);
  assert.equal(readJournal(), undefined);
});

test('options of an emulator do not go with a cloud', async () => {
  for (const more of [
    ['--keep', 'here'],
    ['--data-from', 'empty'],
    ['--release', '2025.1'],
  ])
    assert.equal((await cli.run([...rehearse, 'whole.image.yaml', ...more])).code, 64);
  assert.equal((await cli.run(['rehearse', '--clean'])).code, 64);
  const nothing = await cli.run([...rehearse, '--clean']);
  assert.deepEqual([nothing.code, nothing.stdout], [0, 'There is nothing to clean.\n']);
});
