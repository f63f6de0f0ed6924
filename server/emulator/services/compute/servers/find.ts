import type { RefusalId } from '../../../../rules/ids.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { conflict, serverNotFound } from '../api/refuse.ts';
import type { ServerRow } from './rows.ts';

/** The server that a path names. Throws 404, which `rule` states, where it is not there, or another project's. */
export function findServer(context: EmulatorContext, asked: ComputeRequest, rule?: RefusalId): ServerRow {
  const id = asked.param('id');
  const row = context.servers.find(asked.region, id);
  if (!row || (row.account !== asked.account.id && !asked.isAdmin)) throw serverNotFound(id, rule);
  return row;
}

/** Throws 409 where it is locked; administrators pass. `action`: one whose refusal names it, and not the lock. */
export function requireUnlocked(
  { id, locked }: ServerRow,
  { isAdmin }: ComputeRequest,
  action?: string,
): void {
  if (locked === null || isAdmin) return;
  throw conflict(
    action === undefined
      ? `Instance ${id} is locked`
      : `Instance ${id} is in an invalid state for '${action}'`,
  );
}

/** Throws 409 where no host has it: it is shelved, or found none. */
export function requireHost({ id, host }: ServerRow): void {
  if (host === null) throw conflict(`Instance ${id} is not ready`);
}

/** Throws 409 unless the server is in one of these states and nothing is done to it. */
export function requireState(
  row: ServerRow,
  action: string,
  states: readonly string[] | 'any',
  anyTask = false,
): void {
  const refuse = (attribute: string, state: string) =>
    conflict(`Cannot '${action}' instance ${row.id} while it is in ${attribute} ${state}`);
  if (states !== 'any' && !states.includes(row.vm_state)) throw refuse('vm_state', row.vm_state);
  if (!anyTask && row.task_state !== null) throw refuse('task_state', row.task_state);
}
