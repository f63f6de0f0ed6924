import { defineVerb } from './definition.ts';
import { commonOptions, rulesOptions } from './options.ts';

export const execVerb = defineVerb({
  name: 'exec',
  brief: { takes: '-- COMMAND…', does: 'runs a command in a cloud of its own' },
  forms: [{ takes: '[options] -- COMMAND [ARGUMENT…]', does: 'runs a command in a cloud of its own' }],
  description: [
    'The command finds the cloud by OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME, OS_REGION_NAME and their like; other OS_* variables are not passed on. CLOUD_IMAGES_EMULATOR_URL and CLOUD_IMAGES_EMULATOR_TOKEN lead to its control service. When the command ends the cloud is gone.',
  ],
  positionals: [{ name: 'COMMAND' }],
  options: {
    ...rulesOptions,
    profile: { ...rulesOptions.profile, help: 'rackspace (default) or openstack' },
    config: {
      type: 'string',
      value: 'FILE',
      completes: 'file',
      help: 'a .cloud-images.json: profile, release, limits, and what the emulated service offers',
    },
    seed: {
      type: 'string',
      value: 'SEED',
      completes: 'file',
      help: 'what it begins with: demo (default), empty, a seed file, or the data folder of an ended emulator',
    },
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
    speed: {
      type: 'string',
      value: 'N',
      help: 'simulated work takes its real time divided by N; default 1000000',
    },
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
