import { profileNames } from '../rules/profile/profile.ts';
import { defaultRelease, releases } from '../rules/profile/releases.ts';
import { defineVerb } from './definition.ts';
import { commonOptions } from './options.ts';

/** How many times faster than the cloud its work goes, where nothing says it. */
export const defaultSpeed = 600;

export const emulatorVerb = defineVerb({
  name: 'emulator',
  brief: { takes: '[options]', does: 'a cloud of your own' },
  forms: [
    { takes: '[--host 127.0.0.1] [--port 0] [--data DIR] [--profile rackspace|openstack] [--seed SEED] …' },
    { takes: '--check [--deep] [--data DIR]' },
  ],
  description: [],
  positionals: [],
  options: {
    host: {
      type: 'string',
      value: 'HOST',
      default: '127.0.0.1',
      help: 'where it listens; only on this machine unless told',
    },
    port: { type: 'string', value: 'PORT', default: '0', help: 'by default a free one' },
    data: {
      type: 'string',
      value: 'DIR',
      completes: 'folder',
      help: 'where the cloud is kept; default ~/.cloud-images/emulator',
    },
    speed: {
      type: 'string',
      value: 'N',
      help: `simulated work takes its real time divided by N; default ${defaultSpeed}, or as it was left`,
    },
    profile: { type: 'string', value: 'PROFILE', choices: profileNames, help: 'rackspace or openstack' },
    config: {
      type: 'string',
      value: 'FILE',
      completes: 'file',
      help: 'a .cloud-images.json: profile, release, limits, and what the emulated service offers',
    },
    release: {
      type: 'string',
      value: 'NAME',
      choices: releases,
      help: `the OpenStack release that it answers as: ${releases.join(', ')}; default ${defaultRelease}`,
    },
    seed: {
      type: 'string',
      value: 'SEED',
      default: 'demo',
      completes: 'file',
      help: 'what a new data folder begins with: demo, empty or a file; default demo',
    },
    'allow-host': {
      type: 'string',
      value: 'NAME',
      multiple: true,
      help: 'another name that may stand in the Host header; may be repeated',
    },
    linger: { type: 'string', value: 'SECONDS', help: 'end so long after the last window has gone' },
    recover: {
      type: 'boolean',
      help: 'where the records of the data folder are lost or damaged: moves all of it aside, and starts anew',
    },
    check: {
      type: 'boolean',
      help: 'proves that every record has its content and every file its record, and ends',
    },
    deep: {
      type: 'boolean',
      help: 'with --check: reads all content, and repairs what is damaged from a copy',
    },
    json: { type: 'boolean', help: 'with --check: for machines, one JSON, by schemas/output/emulator.json' },
    ...commonOptions,
  },
  examples: [
    'cloud-images emulator --port 9292 --data /tmp/cloud            # then: OS_AUTH_URL=http://127.0.0.1:9292/identity/v3',
    'cloud-images emulator --profile openstack --seed empty',
  ],
});
