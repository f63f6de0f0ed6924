import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Json } from '../../server/rules/json.ts';
import { control } from '../emulator/compute/living.ts';
import { type Caller, logIn } from '../emulator/harness.ts';
import { imageNow, onEmulator, openPlace } from './cli.ts';

/** `cloud-images copy`: an own image of a shared or public one. */

interface Named {
  readonly id: string;
  readonly name: string;
}

function namedOf(list: Json | undefined): Named[] {
  return JSON.parse(JSON.stringify(list));
}

async function publicImage(owner: Caller, name: RegExp): Promise<Named> {
  const { json } = await owner.ask('GET', '/dfw/image/v2/images?visibility=public&limit=100');
  const found = namedOf(json['images']).find((one) => name.test(one.name));
  assert.ok(found, JSON.stringify(json));
  return found;
}

async function serversOf(owner: Caller): Promise<Named[]> {
  const { json } = await owner.ask('GET', '/dfw/compute/v2/100001/servers');
  return namedOf(json['servers']);
}

const copied = (stdout: string): string => /Copied as (\S+)/.exec(stdout)?.[1] ?? assert.fail(stdout);

test('a public image is copied by way of a server, and the copy is exported', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '1000000');
  const to = onEmulator(emulator);
  const base = await publicImage(owner, /Ubuntu|Debian/);
  const refused = await cli.run(['export', base.id, '--container', 'exports', to, '--yes']);
  assert.equal(refused.code, 1, refused.stdout + refused.stderr);
  assert.match(refused.stdout, new RegExp(`cloud-images copy ${base.id}`));

  const dry = await cli.run(['copy', base.name, '--dry-run', to]);
  assert.equal(dry.code, 0, dry.stdout + dry.stderr);
  assert.match(dry.stdout, /Plan: 1 server, 1 image of a server/);
  const done = await cli.run(['copy', base.name, '--name', 'Mine', '--yes', to]);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  const copy = await imageNow(owner, 'dfw', copied(done.stdout));
  assert.deepEqual(
    ['name', 'owner', 'status', 'base_image_ref'].map((name) => copy[name]),
    ['Mine', '100001', 'active', base.id],
  );
  assert.deepEqual(await serversOf(owner), []);
  await owner.ask('PUT', '/dfw/object-store/v1/MossoCloudFS_100001/exports');
  const exported = await cli.run(['export', 'Mine', '--container', 'exports', to, '--yes']);
  assert.equal(exported.code, 0, exported.stdout + exported.stderr);
});

test('licences stay with the copy, which says so', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '1000000');
  const to = onEmulator(emulator);
  const windows = await publicImage(owner, /Windows/);
  const done = await cli.run(['copy', windows.id, '--yes', to]);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /so it cannot be exported either/);
  const copy = await imageNow(owner, 'dfw', copied(done.stdout));
  assert.notEqual(copy['com.rackspace__1__options'], '0');
  const exported = await cli.run(['export', String(copy['id']), '--container', 'exports', to, '--yes']);
  assert.equal(exported.code, 1, exported.stdout);
  assert.match(exported.stdout, /licensing or billing restrictions/);
});

for (const phase of ['the build', 'the imaging'] as const)
  test(`an interrupt deletes the server and leaves no image: in ${phase}`, async () => {
    const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '20');
    const to = onEmulator(emulator);
    const base = await publicImage(owner, /Ubuntu|Debian/);
    const run = cli.start(['copy', base.id, '--name', 'Mine', '--yes', to]);
    await run.said(phase === 'the build' ? /^ {2}server \S+/m : /^ {2}image \S+/m);
    run.kill('SIGINT');
    const { code, stdout } = await run.ended;
    assert.equal(code, 130, stdout);
    assert.match(stdout, /interrupted: its server was deleted/);
    while ((await serversOf(owner)).length > 0) await wait(5); // it is deleted in its own time
    const { json } = await owner.ask('GET', '/dfw/image/v2/images?name=Mine');
    assert.deepEqual(json['images'], []);
  });

test('the server goes though the image that was begun cannot be deleted', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '20');
  const base = await publicImage(owner, /Ubuntu|Debian/);
  const fault = { method: 'DELETE', path: '/dfw/image/v2/images/*', status: 403, count: 100 };
  await control(emulator, 'POST', '/faults', fault);
  const run = cli.start(['copy', base.id, '--name', 'Mine', '--yes', onEmulator(emulator)]);
  await run.said(/^ {2}image \S+/m);
  run.kill('SIGINT');
  assert.notEqual((await run.ended).code, 0);
  while ((await serversOf(owner)).length > 0) await wait(5); // it is deleted in its own time
});

test('a shared image is copied whatever was answered to it, and the copy is the taker’s', async () => {
  const configuration = { profile: 'rackspace', emulator: { open: ['create', 'upload'] } };
  const { emulator, owner, cli } = await openPlace(configuration, '--speed', '1000000');
  const partner = await logIn(emulator.url, 'partner');
  const images = '/dfw/image/v2/images';
  const wanted = { name: 'theirs', disk_format: 'raw', container_format: 'bare' };
  const id = String((await partner.ask('POST', images, wanted)).json['id']);
  await partner.ask('PUT', `${images}/${id}/file`, Buffer.from('a small disk'), {
    'content-type': 'application/octet-stream',
  });
  await partner.ask('POST', `${images}/${id}/members`, { member: '100001' });
  for (const status of ['pending', 'accepted', 'rejected']) {
    await owner.ask('PUT', `${images}/${id}/members/100001`, { status });
    const done = await cli.run(['copy', id, '--name', status, '--yes', onEmulator(emulator)]);
    assert.equal(done.code, 0, done.stdout + done.stderr);
    const copy = await imageNow(owner, 'dfw', copied(done.stdout));
    assert.deepEqual([copy['owner'], copy['base_image_ref'], copy['status']], ['100001', id, 'active']);
  }
});
