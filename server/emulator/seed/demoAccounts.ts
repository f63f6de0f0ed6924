import type { DemoRole, Profile } from '../../rules/profile/profile.ts';
import type { Account, NewUser } from '../services/identity/identity.ts';

export const demoAccounts: readonly Account[] = [
  { id: '100001', name: '100001' },
  { id: '100002', name: '100002' },
];

/** Users of the demo, by the role that they have in it. Every password is `emulator`, every key `emulator-USER`. */
const people: readonly { name: string; account: string; role: DemoRole }[] = [
  { name: 'owner', account: '100001', role: 'owner' },
  { name: 'admin', account: '100001', role: 'admin' },
  { name: 'observer', account: '100001', role: 'observer' },
  { name: 'images-admin', account: '100001', role: 'imagesAdmin' },
  { name: 'creator', account: '100001', role: 'creator' },
  { name: 'images-observer', account: '100001', role: 'imagesObserver' },
  { name: 'partner', account: '100002', role: 'owner' },
];

export function demoUsers(profile: Profile): NewUser[] {
  return people.map(({ name, account, role }) => ({
    name,
    account,
    password: 'emulator',
    roles: [profile.identity.demoRoles[role]],
  }));
}
