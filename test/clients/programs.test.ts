import { join } from 'node:path';
import { clientSession } from './programs.ts';

const folder = join(import.meta.dirname, 'programs');
const python = '/usr/lib/python3/dist-packages';

clientSession(
  'openstacksdk',
  { packages: ['python3-openstacksdk'], has: `${python}/openstack` },
  async ({ program }) => {
    await program(['/usr/bin/python3', join(folder, 'openstacksdk.py')]);
  },
);

for (const [driver, profiles] of [
  ['OPENSTACK_SWIFT', ['rackspace', 'openstack']],
  ['CLOUDFILES', ['rackspace']],
] as const)
  clientSession(
    `libcloud's ${driver}`,
    { packages: ['python3-libcloud'], has: `${python}/libcloud`, profiles },
    async ({ program }) => {
      await program(['/usr/bin/python3', join(folder, 'apacheLibcloud.py')], { DRIVER: driver });
    },
  );

clientSession(
  'fog',
  {
    packages: ['ruby', 'ruby-fog-openstack'],
    has: '/usr/share/rubygems-integration/all/gems/fog-openstack-*',
  },
  async ({ program }) => {
    await program(['/usr/bin/ruby', join(folder, 'fog.rb')]);
  },
);
