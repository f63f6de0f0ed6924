import { profileNames } from '../rules/profile/profile.ts';
import { defaultRelease, releases } from '../rules/profile/releases.ts';
import { defineVerb } from './definition.ts';
import { commonOptions, configOption, connectionOptions } from './options.ts';

/** How many times faster than the cloud its work goes, where nothing says it. */
export const defaultSpeed = 600;

export const emulatorVerb = defineVerb({
  name: 'emulator',
  brief: { takes: '[options]', does: 'a cloud of your own' },
  forms: [
    { takes: '[--host 127.0.0.1] [--port 0] [--data DIR] [--profile rackspace|openstack] [--seed SEED] …' },
    { takes: '--check [--deep] [--data DIR]' },
    { takes: 'snapshot save|restore FILE [--emulator DIR]' },
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
    ...configOption,
    release: {
      type: 'string',
      value: 'NAME',
      choices: releases,
      help: `the OpenStack release that it answers as: ${releases.join(', ')}; default ${defaultRelease}`,
    },
    seed: {
      type: 'string',
      value: 'SEED',
      completes: 'file',
      help: 'what a new data folder begins with: demo, empty or a file; default demo',
    },
    snapshot: {
      type: 'string',
      value: 'FILE',
      completes: 'file',
      help: 'a snapshot that it begins with instead, with its profile and release; emulator snapshot --help says how to save one',
    },
    'allow-host': {
      type: 'string',
      value: 'NAME',
      multiple: true,
      help: 'another name that may stand in the Host header; may be repeated',
    },
    linger: { type: 'string', value: 'SECONDS', help: 'end so long after the last window has gone' },
    discard: { type: 'boolean', help: 'removes its data at the end' },
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

export const snapshotVerb = defineVerb({
  name: 'emulator snapshot',
  brief: { takes: 'save FILE', does: 'keeps the whole cloud in a file, and brings it back' },
  forms: [
    { takes: 'save FILE', does: 'saves the whole running cloud into a file' },
    { takes: 'restore FILE', does: 'brings the running cloud back to a file' },
  ],
  description: [
    'A file holds records and content, the clock and running tasks, and passwords and keys: keep it as you keep those. An emulator of this version or a later one, on any machine, takes it, also to begin with: cloud-images emulator --snapshot FILE.',
  ],
  positionals: [
    { name: 'WHAT', choices: ['save', 'restore'] },
    { name: 'FILE', completes: 'file' },
  ],
  options: {
    emulator: {
      ...connectionOptions.emulator,
      help: 'the running emulator of this data folder; default ~/.cloud-images/emulator',
    },
    name: {
      type: 'string',
      value: 'NAME',
      help: 'save: a snapshot that was taken before, in place of the cloud as it is now; restore: keeps it in the emulator under this name',
    },
    force: { type: 'boolean', help: 'save: writes over a file that is there' },
    ...commonOptions,
  },
  examples: [
    'cloud-images emulator snapshot save before.snapshot',
    'cloud-images exec --snapshot before.snapshot -- npm test',
  ],
});
