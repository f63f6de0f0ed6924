import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { logIn, taskEnd } from '../emulator/harness.ts';
import { makeDisk } from '../tools/disks.ts';
import { emulatorSession, memberOf, rackspaceProfile, refused, silent } from './session.ts';

const rackspace = rackspaceProfile('--seed', 'empty', '--speed', '1e8');

emulatorSession(
  'rackspace: an import by the glance client, then what the public service offers',
  rackspace,
  'imports of Cloud Images',
  async ({ as, file, emulator }) => {
    const { glance: owner, openstack, swift } = as('owner');
    const { glance: partner } = as('partner', '100002');
    makeDisk(file('disk.vhd'), 'linux');
    await swift('upload exports disk.vhd', /^disk\.vhd\n$/);
    const input = `--input '{"import_from": "exports/disk.vhd", "image_properties": {"name": "web"}}'`;
    const task = memberOf(
      await owner(`task-create --type import ${input}`, { type: 'import', owner: '100001' }),
      'id',
    );
    // Simulated work takes no time at this speed, but the task has steps.
    await taskEnd(emulator, await logIn(emulator.url, 'owner'), 'dfw', task);
    const result = memberOf(await owner(`task-show ${task}`, { status: 'success' }), 'result');
    const id = JSON.parse(result).image_id;
    await owner('task-list', [{ ID: task, Type: 'import', Status: 'success' }]);
    await owner('task-list --type export', []);

    await owner('image-list', [{ ID: id, Name: 'web' }]);
    await owner(`image-show ${id}`, { status: 'active', disk_format: 'vhd', visibility: 'private' });
    await owner(
      'image-create --name x --disk-format vhd --container-format ovf',
      refused(/403 Forbidden.*add_image/),
    );
    await owner(`image-download --file out ${id}`, refused(/403/));
    await owner(`image-update --property vm_mode=hvm --name web2 ${id}`, { vm_mode: 'hvm', name: 'web2' });
    await owner(
      `image-update --property com.rackspace__1__options=1 ${id}`,
      refused(/403 Forbidden: Attribute &#x27;com.rackspace__1__options&#x27; is reserved/),
    );
    await owner(`image-update --visibility public ${id}`, refused(/403|400|Unable to set/));
    await owner(`image-tag-update ${id} blue`, [{ ID: id }]);
    await as('observer').glance(`image-tag-update ${id} seen`, [{ ID: id }]);
    await as('observer').glance(`image-update --name mine ${id}`, refused(/403 Forbidden/));
    await as('creator').glance(`member-create ${id} 100002`, [{ 'Member ID': '100002', Status: 'pending' }]);
    await partner('image-list', []);
    await partner(`member-update ${id} 100002 accepted`, [{ Status: 'accepted' }]);
    await partner('image-list', [{ ID: id }]);
    await partner(`image-update --name mine ${id}`, refused(/403 Forbidden/));
    await partner(`member-update ${id} 100002 rejected`, [{ Status: 'rejected' }]);
    await partner('image-list', []);
    await owner(`member-delete ${id} 100002`, silent);
    await partner(`image-show ${id}`, refused(/404 Not Found/));

    await openstack('image list --private', [{ ID: id, Name: 'web2', Status: 'active' }]);
    await openstack('image set --protected web2', silent);
    await openstack('image delete web2', refused(/403/));
    await openstack('image set --unprotected web2', silent);
    await openstack('image delete web2', silent);
    await openstack('image list --private', []);
  },
);

emulatorSession(
  'rackspace: containers and objects by the openstack client',
  rackspace,
  'Cloud Files, and no Swift is started',
  async ({ as, file }) => {
    const { openstack: owner, swift } = as('owner');
    const bytes = randomBytes(100_000);
    writeFileSync(file('a.bin'), bytes);
    await owner('container create c', [{ container: 'c' }]);
    await owner('container list', [{ Name: 'c' }]);
    await owner('object create c a.bin --name x/a.bin', [{ object: 'x/a.bin', container: 'c' }]);
    await owner('object list c', [{ Name: 'x/a.bin' }]);
    await owner('object show c x/a.bin', { 'content-length': '100000', object: 'x/a.bin' });
    await owner('object set --property team=blue c x/a.bin', silent);
    await owner('object show c x/a.bin', { properties: { Team: 'blue' } });
    await owner('object save --file b.bin c x/a.bin', silent);
    assert.ok(readFileSync(file('b.bin')).equals(bytes));
    await owner('container show c', { object_count: '1', bytes_used: '100000' });
    await owner('container delete c', refused(/409/));
    await owner('object delete c x/a.bin', silent);
    await owner('object show c x/a.bin', refused(/404/));
    await owner('container delete c', silent);
    await owner('object store account show', { Containers: '0' });
    await swift('list', refused(/401|Unauthorized/), { env: { OS_PASSWORD: 'wrong' } });
    await swift('stat nowhere', refused(/not found/));
    await as('observer').swift('post new', refused(/403/));
    await as('observer').swift('list', silent);
  },
);
