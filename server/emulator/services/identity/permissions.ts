import type { Action, Caller, Profile } from '../../../rules/profile/profile.ts';
import { allows } from '../../../rules/profile/roles.ts';
import { refuseRole } from '../../../rules/service/changes.ts';
import { ApiError, toApiError } from '../../kernel/apiError.ts';

export type { Action } from '../../../rules/profile/profile.ts';

/** Throws 403 unless one of the caller's roles allows the action on Cloud Images. */
export function requireImages(profile: Profile, caller: Caller, action: Action, policy: string): void {
  const refused = refuseRole(profile, caller, action, policy);
  if (refused) throw toApiError(refused);
}

/** The same for Cloud Files; `account` is the one that the path names. */
export function requireFiles(
  profile: Profile,
  caller: Caller,
  action: 'read' | 'administer',
  account: string,
): void {
  const isOwn = caller.account === account || caller.roles.includes('ResellerAdmin');
  if (!isOwn || !allows(profile, 'files', caller.roles, action))
    throw new ApiError('role/files', 'Access was denied to this resource.');
}

/** In plain OpenStack `admin` is the cloud's administrator; at Rackspace it is a role of customers. */
export function isCloudAdmin(profile: Profile, { roles }: Caller): boolean {
  return roles.some((role) => profile.identity.adminRoles.includes(role));
}
