import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { profileNames } from '../rules/profile/profile.ts';
import { defaultRelease, releases } from '../rules/profile/releases.ts';
import type { Option, Options } from './definition.ts';

/** Those that every verb takes. */
export const commonOptions = {
  quiet: { type: 'boolean', help: 'says only what is wrong, and what was asked for' },
  verbose: { type: 'boolean', help: 'says more: of an error what caused it' },
  help: { type: 'boolean', short: 'h', help: 'shows this help' },
} as const satisfies Options;

/** The option of a verb whose result has a schema. */
export function jsonOption(verb: string) {
  return {
    json: { type: 'boolean', help: `for machines: one JSON, by schemas/output/${verb}.json` },
  } as const satisfies Options;
}

/** Those of verbs that change a cloud. */
export const consentOptions = {
  yes: { type: 'boolean', help: 'without asking' },
  'dry-run': { type: 'boolean', help: 'shows what would be done, changes nothing' },
} as const satisfies Options;

const profileOption = { type: 'string', value: 'PROFILE', choices: profileNames } as const;

/** Which rules hold where no cloud says it. */
export const rulesOptions = {
  profile: { ...profileOption, help: 'rackspace or openstack; by default what .cloud-images.json says' },
  release: {
    type: 'string',
    value: 'NAME',
    choices: releases,
    help: `the OpenStack release, such as 2025.1; by default what .cloud-images.json says, else ${defaultRelease}`,
  },
} as const satisfies Options;

/** What an emulator is, beyond its profile. */
export const configOption = {
  config: {
    type: 'string',
    value: 'FILE',
    completes: 'file',
    help: 'a .cloud-images.json: profile, release, limits, and what the emulated service offers',
  },
} as const satisfies Options;

/** What a throwaway emulator begins with. */
export const beginningOption = {
  type: 'string',
  value: 'SEED',
  completes: 'file',
  help: 'what it begins with: demo (default), empty, a seed file, or the data folder of an ended emulator',
} as const satisfies Option;

/** The slowest and the fastest that simulated work can go. */
export const speeds = [0.001, 1e9] as const;

/** How many times faster than a cloud a throwaway emulator works where nothing is said: nobody waits for it. */
export const throwawaySpeed = 1_000_000;

/** How fast a throwaway emulator works. */
export const throwawaySpeedOption = {
  type: 'string',
  value: 'N',
  help: `simulated work takes its real time divided by N; default ${throwawaySpeed}`,
} as const satisfies Option;

/** Which cloud is meant, and as whom. */
export const connectionOptions = {
  cloud: {
    type: 'string',
    value: 'NAME',
    completes: 'cloud',
    help: 'an entry of clouds.yaml: ./clouds.yaml, ~/.config/openstack, /etc/openstack, or OS_CLIENT_CONFIG_FILE',
  },
  emulator: {
    type: 'string',
    value: 'WHERE',
    takesNext: isEmulatorPlace,
    completes: 'emulator',
    help: 'the running emulator: of its data folder (default ~/.cloud-images/emulator), or its address',
  },
  region: {
    type: 'string',
    value: 'REGION',
    help: 'another region than clouds.yaml or OS_REGION_NAME says',
  },
  user: {
    type: 'string',
    value: 'NAME',
    help: "another user; the password comes from OS_PASSWORD, in the emulator from CLOUD_IMAGES_EMULATOR_PASSWORD, and is 'emulator' without",
  },
  project: { type: 'string', value: 'NAME', help: 'another account' },
  profile: {
    ...profileOption,
    help: 'rackspace or openstack, whatever .cloud-images.json says and the cloud shows',
  },
} as const satisfies Options;

/** What `commonOptions` say, where a cloud is asked. */
export const connectedOptions = {
  ...commonOptions,
  verbose: {
    ...commonOptions.verbose,
    help: 'says which cloud answers, who is signed in, and which profile is assumed, and why; of an error what caused it',
  },
} as const satisfies Options;

/** Behind `connectionOptions`. */
export const connectionNotes = [
  'Without --cloud and --emulator: OS_CLOUD, else the variables OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, …',
  'HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY count as for openstack, and never for this machine itself.',
] as const;

/** `--emulator` takes a value or none: an address or a data folder behind it is meant as one. */
function isEmulatorPlace(argument: string): boolean {
  return /^https?:/.test(argument) || existsSync(join(argument, 'emulator.lock'));
}
