import type { Profile } from '../rule.ts';

/**
 * Which verbs of the image service exist for customers of a profile (decision 21; facts/rackspace.md §1: the public
 * service offers no create, upload or download). `opened`: a cloud's settings may open them there.
 */
const table = {
  create: { rackspace: 'opened', openstack: true },
  upload: { rackspace: 'opened', openstack: true },
  download: { rackspace: 'opened', openstack: true },
  stage: { rackspace: false, openstack: true },
  importMethod: { rackspace: false, openstack: true },
  deactivate: { rackspace: false, openstack: true },
  metadefs: { rackspace: false, openstack: true },
  stores: { rackspace: false, openstack: true },
  importTask: { rackspace: true, openstack: false },
  exportTask: { rackspace: true, openstack: false },
  share: { rackspace: true, openstack: true },
  tag: { rackspace: true, openstack: true },
  patch: { rackspace: true, openstack: true },
} as const satisfies Record<string, Record<Profile['name'], boolean | 'opened'>>;

export type Verb = keyof typeof table;

export function offers(profile: Profile, verb: Verb): boolean {
  const offered: boolean | 'opened' = table[verb][profile.name];
  return offered === 'opened' ? profile.opened?.some((one) => one === verb) === true : offered;
}
