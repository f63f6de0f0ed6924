import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { logIn, type Running, taskEnd, withEmulator } from '../emulator/harness.ts';
import { ensureDebian } from '../tools/debian.ts';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = promisify(execFile);

/** The real client, as the user `owner` in a region; never throws. */
async function openstack({ url }: Running, region: string, ...args: string[]): Promise<Ran> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    LC_ALL: 'C.UTF-8',
    OS_AUTH_TYPE: 'password',
    OS_AUTH_URL: `${url}/identity/v3`,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: 'owner',
    OS_PASSWORD: 'emulator',
    OS_PROJECT_NAME: '100001',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: region,
  };
  try {
    return { code: 0, ...(await run('openstack', args, { env })) };
  } catch (error) {
    const { code, stdout, stderr } = Object(error);
    return { code: Number(code), stdout: String(stdout), stderr: String(stderr) };
  }
}

test('the openstack client works with an image that came from a disk of qemu-img', async () => {
  ensureDebian(['python3-openstackclient'], 'openstack');
  ensureDebian(['qemu-utils'], 'qemu-img');
  await withEmulator([], async (emulator) => {
    const disk = join(emulator.data, 'qemu.vhd');
    execFileSync('qemu-img', [
      'create',
      '-q',
      '-f',
      'vpc',
      '-o',
      'subformat=dynamic,force_size=on',
      disk,
      '64M',
    ]);
    const owner = await logIn(emulator.url, 'owner');
    const put = await owner.ask('PUT', '/dfw/object-store/v1/100001/exports/qemu.vhd', readFileSync(disk));
    assert.equal(put.status, 201);
    const input = { import_from: 'exports/qemu.vhd', image_properties: { name: 'from-qemu' } };
    const created = await owner.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
    const task = await taskEnd(emulator, owner, 'dfw', String(created.json['id']));
    assert.equal(task['status'], 'success', String(task['message']));

    const token = await openstack(emulator, 'DFW', 'token', 'issue', '-f', 'json');
    assert.equal(JSON.parse(token.stdout).project_id, '100001', token.stderr);
    const list = await openstack(emulator, 'DFW', 'image', 'list', '--private', '-f', 'json');
    assert.deepEqual(
      JSON.parse(list.stdout).map(({ Name, Status }: Record<string, string>) => [Name, Status]),
      [['from-qemu', 'active']],
    );

    const set = await openstack(
      emulator,
      'DFW',
      'image',
      'set',
      '--property',
      'vm_mode=hvm',
      '--tag',
      'web',
      'from-qemu',
    );
    assert.deepEqual([set.code, set.stderr], [0, '']);
    const refused = await openstack(
      emulator,
      'DFW',
      'image',
      'set',
      '--property',
      'com.rackspace__1__options=1',
      'from-qemu',
    );
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /403/);
    // This client shows no more of a plain-text fault than the status; the emulator's request log says why.
    const log = await owner.ask('GET', '/emulator/requests', undefined, {
      authorization: `Bearer ${emulator.token}`,
    });
    const { status, rule } = JSON.parse(log.text).requests.findLast(
      ({ method }: { method: string }) => method === 'PATCH',
    );
    assert.deepEqual([status, rule], [403, 'property/protected']);

    const shown = JSON.parse(
      (await openstack(emulator, 'DFW', 'image', 'show', 'from-qemu', '-f', 'json')).stdout,
    );
    assert.equal(shown.properties.vm_mode, 'hvm');
    assert.equal(shown.properties['com.rackspace__1__options'], '0');
    assert.deepEqual(shown.tags, ['web']);
    assert.equal(shown.disk_format, 'vhd');

    // A region's name is upper case, as in Rackspace's catalogue; the client compares it letter by letter.
    const elsewhere = await openstack(emulator, 'ORD', 'image', 'list', '--private', '-f', 'json');
    assert.deepEqual(JSON.parse(elsewhere.stdout), []);
    const lower = await openstack(emulator, 'dfw', 'image', 'list');
    assert.notEqual(lower.code, 0);
    assert.match(lower.stderr, /dfw region not found/);
    const containers = await openstack(emulator, 'DFW', 'object', 'list', 'exports', '-f', 'json');
    assert.deepEqual(JSON.parse(containers.stdout), [{ Name: 'qemu.vhd' }], containers.stderr);
  });
});
