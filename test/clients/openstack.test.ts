import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { logIn, taskEnd } from '../emulator/harness.ts';
import { ensureDebian } from '../tools/debian.ts';
import { emulatorSession, rackspaceProfile, refused, silent } from './session.ts';

emulatorSession(
  'the openstack client works with an image that came from a disk of qemu-img',
  rackspaceProfile(),
  'imports of Cloud Images',
  async ({ as, emulator, file }) => {
    ensureDebian(['qemu-utils'], 'qemu-img');
    const disk = file('qemu.vhd');
    const options = 'subformat=dynamic,force_size=on';
    execFileSync('qemu-img', ['create', '-q', '-f', 'vpc', '-o', options, disk, '64M']);
    const owner = await logIn(emulator.url, 'owner');
    const put = await owner.ask('PUT', '/dfw/object-store/v1/100001/exports/qemu.vhd', readFileSync(disk));
    assert.equal(put.status, 201);
    const input = { import_from: 'exports/qemu.vhd', image_properties: { name: 'from-qemu' } };
    const created = await owner.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
    const task = await taskEnd(emulator, owner, 'dfw', String(created.json['id']));
    assert.equal(task['status'], 'success', String(task['message']));

    const { openstack } = as('owner');
    await openstack('token issue', { project_id: '100001' });
    await openstack('image list --private', [{ Name: 'from-qemu', Status: 'active' }]);
    await openstack('image set --property vm_mode=hvm --tag web from-qemu', silent);
    await openstack('image set --property com.rackspace__1__options=1 from-qemu', refused(/403/));
    // This client shows no more of a plain-text fault than the status; the emulator's request log says why.
    const log = await owner.ask('GET', '/emulator/requests', undefined, {
      authorization: `Bearer ${emulator.token}`,
    });
    const { status, rule } = JSON.parse(log.text).requests.findLast(
      ({ method }: { method: string }) => method === 'PATCH',
    );
    assert.deepEqual([status, rule], [403, 'property/protected']);
    await openstack('image show from-qemu', {
      properties: { vm_mode: 'hvm', 'com.rackspace__1__options': '0' },
      tags: ['web'],
      disk_format: 'vhd',
    });

    // A region's name is upper case, as in Rackspace's catalogue; the client compares it letter by letter.
    const inRegion = (name: string) => ({ env: { OS_REGION_NAME: name } });
    await openstack('image list --private', [], inRegion('ORD'));
    await openstack('image list', refused(/dfw region not found/), inRegion('dfw'));
    await openstack('object list exports', [{ Name: 'qemu.vhd' }]);
  },
);
