import type { Caller, Profile } from '../../rules/types.ts';
import { Fault } from '../faults.ts';

/**
 * Which role may do what (facts/rackspace.md §3, decision 13). `tag`: PUT and DELETE of a tag; `share`: adding a member;
 * `administer`: everything else that changes.
 */
export type Action = 'read' | 'tag' | 'share' | 'administer';

const everything: readonly Action[] = ['read', 'tag', 'share', 'administer'];

const images: Readonly<Record<Profile['name'], ReadonlyMap<string, readonly Action[]>>> = {
  rackspace: new Map([
    ['identity:user-admin', everything],
    ['admin', everything],
    ['cloudImages:admin', everything],
    ['cloudImages:creator', ['read', 'tag', 'share']],
    ['cloudImages:observer', ['read', 'tag']],
    ['observer', ['read', 'tag']],
  ]),
  openstack: new Map([
    ['admin', everything],
    ['member', everything],
    ['reader', ['read']],
  ]),
};

const files: typeof images = {
  rackspace: new Map([
    ['identity:user-admin', everything],
    ['admin', everything],
    ['observer', ['read']],
  ]),
  openstack: new Map([
    ['admin', everything],
    ['member', everything],
    ['ResellerAdmin', everything],
    ['reader', ['read']],
  ]),
};

/** Throws 403 unless one of the caller's roles allows the action on Cloud Images. */
export function requireImages(profile: Profile, caller: Caller, action: Action, policy: string): void {
  if (!allows(images[profile.name], caller, action))
    throw new Fault(403, `You are not authorized to complete ${policy} action.`, { rule: 'role/images' });
}

/** The same for Cloud Files; `account` is the one that the path names. */
export function requireFiles(
  profile: Profile,
  caller: Caller,
  action: 'read' | 'administer',
  account: string,
): void {
  const isOwn = caller.account === account || caller.roles.includes('ResellerAdmin');
  if (!isOwn || !allows(files[profile.name], caller, action))
    throw new Fault(403, 'Access was denied to this resource.', { rule: 'role/files' });
}

function allows(table: ReadonlyMap<string, readonly Action[]>, { roles }: Caller, action: Action): boolean {
  return roles.some((role) => table.get(role)?.includes(action));
}
