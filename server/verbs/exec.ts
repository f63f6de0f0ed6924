import { defineVerb } from './definition.ts';
import {
  beginningOption,
  commonOptions,
  configOption,
  rulesOptions,
  throwawaySpeedOption,
} from './options.ts';

const does = 'runs a command in a cloud of its own';

export const execVerb = defineVerb({
  name: 'exec',
  brief: { takes: '-- COMMAND…', does },
  forms: [{ takes: '[options] -- COMMAND [ARGUMENT…]', does }],
  description: [
    'The command finds the cloud by OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME, OS_REGION_NAME and their like; other OS_* variables are not passed on. CLOUD_IMAGES_EMULATOR_URL and CLOUD_IMAGES_EMULATOR_TOKEN lead to its control service. When the command ends the cloud is gone.',
  ],
  positionals: [{ name: 'COMMAND' }],
  options: {
    ...rulesOptions,
    profile: { ...rulesOptions.profile, help: 'rackspace (default) or openstack' },
    ...configOption,
    seed: beginningOption,
    snapshot: {
      type: 'string',
      value: 'FILE',
      completes: 'file',
      help: 'a snapshot that it begins with instead, with its profile and release',
    },
    user: {
      type: 'string',
      value: 'NAME',
      help: "who the variables name, of the demo's users (default owner) or those of SEED (default the first); the password of a user of a snapshot comes from CLOUD_IMAGES_EMULATOR_PASSWORD, and is 'emulator' without",
    },
    region: { type: 'string', value: 'REGION', help: 'default DFW, or RegionOne' },
    speed: throwawaySpeedOption,
    ...commonOptions,
  },
  notes: [
    "Ends as the command does; with 128 and the signal's number where a signal ended it, 126 where it cannot be run, 127 where it is not there. Before: 1 where the cloud does not start, 64 where the command line is wrong.",
  ],
  examples: [
    'cloud-images exec -- openstack image list',
    "cloud-images exec --profile openstack --seed empty -- sh -c 'glance image-create --name x && npm test'",
  ],
});
