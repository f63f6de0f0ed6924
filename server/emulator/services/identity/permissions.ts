import type { Action, Caller, Profile } from '../../../rules/profile/profile.ts';
import { allows } from '../../../rules/profile/roles.ts';
import { refuseRole } from '../../../rules/service/changes.ts';
import { toApiError } from '../../kernel/apiError.ts';

export type { Action } from '../../../rules/profile/profile.ts';

/** Throws 403 unless one of the caller's roles allows the action on Cloud Images. */
export function requireImages(profile: Profile, caller: Caller, action: Action, policy: string): void {
  const refused = refuseRole(profile, caller, action, policy);
  if (refused) throw toApiError(refused);
}

/** Tells whether one of the caller's roles allows the action on the files of an account. */
export function isAllowedFiles(
  profile: Profile,
  caller: Caller,
  action: 'read' | 'administer',
  account: string,
): boolean {
  const isOwn = caller.account === account || caller.roles.includes('ResellerAdmin');
  return isOwn && allows(profile, 'files', caller.roles, action);
}

/** Only the cloud's own people say how much an account may store. */
export function mayGrantQuota(profile: Profile, caller: Caller): boolean {
  return caller.roles.includes('ResellerAdmin') || isCloudAdmin(profile, caller);
}

/** In plain OpenStack `admin` is the cloud's administrator; at Rackspace it is a role of customers. */
export function isCloudAdmin(profile: Profile, { roles }: Caller): boolean {
  return roles.some((role) => profile.identity.adminRoles.includes(role));
}
