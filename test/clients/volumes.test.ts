import { writeFileSync } from 'node:fs';
import { emulatorSession, memberOf, openstackProfile, refused, session, silent } from './session.ts';

emulatorSession(
  'the openstack client works with volumes, their snapshots and images of them',
  openstackProfile,
  'no Cinder is started',
  async ({ as, file }) => {
    const { openstack } = as('owner');
    writeFileSync(file('disk.raw'), Buffer.alloc(4096, 'd'));
    await openstack('image create --file disk.raw --property os_distro=debian --min-disk 2 base', {
      min_disk: 2,
    });
    await openstack('volume create --size 1 a', { name: 'a', status: 'creating', size: 1 });
    await openstack(
      'volume create --size 1 --image base small',
      refused(/smaller than the image minDisk size 2GB/),
    );
    await openstack('volume create --size 2 --image base boot', { size: 2, bootable: 'false' });
    const shown = await openstack('volume show boot', {
      status: 'available',
      bootable: 'true',
      volume_image_metadata: { image_name: 'base', os_distro: 'debian', min_disk: '2' },
    });
    await openstack('volume create --source boot clone', { source_volid: memberOf(shown, 'id'), size: 2 });
    await openstack('volume snapshot create --volume boot snap', { name: 'snap', status: 'creating' });
    await openstack('volume create --snapshot snap --size 3 restored', { size: 3 });
    await openstack('volume list --long --name restored', [
      { Name: 'restored', Status: 'available', Size: 3, Type: '__DEFAULT__', Bootable: 'true' },
    ]);
    await openstack('volume set --size 4 clone', silent);
    // A command of its own: what is being extended cannot be made read only.
    await openstack('volume set --property rack=1 --description data --read-only clone', silent);
    await openstack('volume show clone', {
      size: 4,
      description: 'data',
      properties: { rack: '1', readonly: 'True' },
    });
    await openstack('volume unset --property rack clone', silent);
    await openstack('volume delete boot', refused(/have snapshots/));
    await openstack('volume snapshot list --long', [{ Name: 'snap', Status: 'available', Size: 2 }]);
    await openstack('image delete base', silent);
    await openstack('volume snapshot delete snap', silent);
    await openstack('volume delete boot a', silent);
    await openstack('image create --volume clone taken', { image_name: 'taken', disk_format: 'raw' });
    await openstack('image show taken', {
      status: 'active',
      size: 4096,
      properties: { os_distro: 'debian' },
    });
    await openstack('volume type list', [{ Name: '__DEFAULT__', 'Is Public': true }]);
    await openstack('volume service list', refused(/Policy doesn't allow volume_extension:services:index/));
  },
);

session(
  'the openstack client finds the shared network and the quotas of all services',
  openstackProfile,
  async ({ as, onEmulator }) => {
    const { openstack } = as('owner');
    await openstack('network list', [{ Name: 'shared-net' }]);
    await openstack('network show shared-net', { shared: true, status: 'ACTIVE' });
    await openstack('subnet list --network shared-net', [{ Subnet: '10.77.0.0/16' }]);
    await openstack('security group list', [{ Name: 'default', Project: '100001' }]);
    await openstack('quota show', { networks: 100, cores: 20 });
    await onEmulator('Neutron lets projects make networks, and no Cinder is started', async () => {
      await openstack('network create mine', refused(/rule:create_network is disallowed by policy/));
      await openstack('quota show', { volumes: 10, gigabytes: 1000 });
    });
  },
);
