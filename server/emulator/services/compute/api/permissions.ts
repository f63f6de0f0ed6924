import { allows } from '../../../../rules/profile/roles.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest } from './compute.ts';
import { refusePolicy } from './refuse.ts';

/** Throws 403, naming the policy, unless an administrator of the cloud asks. */
export function requireAdmin({ isAdmin }: ComputeRequest, policy: string): void {
  if (!isAdmin) throw refusePolicy(policy);
}

/** Throws 403, naming the policy, unless the caller's roles allow to change servers and what belongs to them. */
export function requireWriter(
  { profile }: EmulatorContext,
  { caller }: ComputeRequest,
  policy: string,
): void {
  if (!allows(profile, 'servers', caller.roles, 'administer')) throw refusePolicy(policy, 'role/servers');
}

/** Throws 403, naming the policy, unless the project is the caller's own, or an administrator asks. */
export function requireProject(asked: ComputeRequest, project: string, policy: string): void {
  if (project !== asked.account.id) requireAdmin(asked, policy);
}
