import { writeFileSync } from 'node:fs';
import { openstackProfile, type Session } from './session.ts';

/** Servers and images take their time, at a speed at which it is still short. */
export const living = {
  ...openstackProfile,
  args: ['--profile', 'openstack', '--seed', 'empty', '--speed', '600'],
};

/** Makes the image that the servers of a session are built from. */
export async function makeBase({ as, file }: Session): Promise<void> {
  writeFileSync(file('base.raw'), Buffer.alloc(1024, 'b'));
  await as('owner').openstack(
    'image create --file base.raw --disk-format raw --property os_distro=debian base',
    {
      name: 'base',
    },
  );
}
