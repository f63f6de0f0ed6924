import { writeFileSync } from 'node:fs';
import { openstackProfile, refused, session, silent } from './session.ts';

const key =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl someone@somewhere\n';

session(
  'openstack makes flavors, key pairs and server groups, and reads limits and quotas',
  openstackProfile,
  async ({ as, file }) => {
    const [owner, admin] = [as('owner').openstack, as('admin').openstack];
    await owner('flavor show m1.small', { id: '2', ram: 2048, properties: {}, rxtx_factor: 1 });
    await admin(
      'flavor create --ram 64 --disk 1 --vcpus 1 --id s --private --property hw:cpu_policy=shared small',
      {
        id: 's',
        properties: { 'hw:cpu_policy': 'shared' },
      },
    );
    await owner('flavor show small', refused(/No Flavor found for small/));
    await admin('flavor set --project 100001 small', silent);
    await owner('flavor show small', { 'os-flavor-access:is_public': false });
    await owner('flavor delete small', refused(/403/));
    writeFileSync(file('k.pub'), key);
    await owner(`keypair create --public-key ${file('k.pub')} k`, { name: 'k', type: 'ssh' });
    await owner('keypair list', [{ Name: 'k' }]);
    await admin('quota set --instances 3 100001', silent);
    await owner('limits show --absolute', /maxTotalInstances +\| +3 /);
    await owner('availability zone list --compute', [{ 'Zone Name': 'nova', 'Zone Status': 'available' }]);
    await owner('server group create --policy affinity g', { policy: 'affinity', members: [] });
    await admin('compute service list --service nova-compute', [{ State: 'up' }]);
  },
);

session('nova reads and makes the same by the latest version', openstackProfile, async ({ as, file }) => {
  const [owner, admin] = [as('owner').nova, as('admin').nova];
  await owner('flavor-show m1.tiny', { id: '1', ram: '512', rxtx_factor: '1.0', extra_specs: '{}' });
  await admin('flavor-key m1.tiny set mine=yes', silent);
  await owner('flavor-show 1', { extra_specs: '{"mine": "yes"}' });
  writeFileSync(file('k.pub'), key);
  await owner(`keypair-add --pub-key ${file('k.pub')} k`, silent);
  await owner('keypair-show k', /ssh-ed25519/);
  await owner('quota-show', /instances +\| 10 /);
  await owner('server-group-create g anti-affinity', /anti-affinity/);
  await admin('hypervisor-list', /up/);
});
