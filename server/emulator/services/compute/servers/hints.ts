import type { Json, JsonObject } from '../../../../rules/json.ts';
import { findObject } from '../../../kernel/body.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { badRequest } from '../api/refuse.ts';

/** The server group that scheduler hints name. Throws 400 where there is none. */
export function readGroup(
  { store }: EmulatorContext,
  { account, region }: ComputeRequest,
  body: JsonObject,
): string | undefined {
  const hints = {
    ...findObject(body, 'OS-SCH-HNT:scheduler_hints'),
    ...findObject(body, 'os:scheduler_hints'),
  };
  const { group } = hints;
  if (typeof group !== 'string') return undefined;
  const known = 'SELECT 1 FROM server_groups WHERE region = ? AND id = ? AND account = ?';
  if (!store.get(known, region, group, account.id))
    throw badRequest(`Instance group ${group} could not be found.`);
  return group;
}

/** Throws 400 where the user has no key pair of this name. */
export function requireKeypair(
  { keypairs }: EmulatorContext,
  { user }: ComputeRequest,
  name: Json | undefined,
): void {
  if (typeof name === 'string' && !keypairs.has(user.id, name))
    throw badRequest('Invalid key_name provided.');
}
