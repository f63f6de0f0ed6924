import type { Profile } from '../../rules/rule.ts';
import type { Account, NewUser } from '../services/identity/identity.ts';

export const demoAccounts: readonly Account[] = [
  { id: '100001', name: '100001' },
  { id: '100002', name: '100002' },
];

/** Users of the demo, with their role in each profile. Every password is `emulator`, every key `emulator-USER`. */
const people: readonly { name: string; account: string; rackspace: string; openstack: string }[] = [
  { name: 'owner', account: '100001', rackspace: 'identity:user-admin', openstack: 'member' },
  { name: 'admin', account: '100001', rackspace: 'admin', openstack: 'admin' },
  { name: 'observer', account: '100001', rackspace: 'observer', openstack: 'reader' },
  { name: 'images-admin', account: '100001', rackspace: 'cloudImages:admin', openstack: 'member' },
  { name: 'creator', account: '100001', rackspace: 'cloudImages:creator', openstack: 'member' },
  { name: 'images-observer', account: '100001', rackspace: 'cloudImages:observer', openstack: 'reader' },
  { name: 'partner', account: '100002', rackspace: 'identity:user-admin', openstack: 'member' },
];

export function demoUsers(profile: Profile): NewUser[] {
  return people.map(({ name, account, ...roles }) => ({
    name,
    account,
    password: 'emulator',
    roles: [roles[profile.name]],
  }));
}
