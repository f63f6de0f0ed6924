import type { RefusalId } from '../../../../rules/ids.ts';
import type { JsonObject } from '../../../../rules/json.ts';
import type { Schema } from '../../../../rules/nova/schema.ts';
import type { EmulatorContext } from '../../context.ts';
import type { Answer, ComputeRequest, Versions } from '../api/compute.ts';
import { addLife } from '../life/job.ts';
import type { LifeName } from '../life/stages.ts';
import type { ServerRow, VmState } from '../servers/rows.ts';

/** One of the actions of `POST /servers/ID/action`. */
export interface Action extends Versions {
  /** The form of its body at a minor version. */
  schema(version: number, isLegacy: boolean): Schema;
  /** The states that it begins from; without them any will do. */
  readonly vm?: readonly VmState[];
  /** It may begin whatever is done to the server. */
  readonly anyTask?: boolean;
  /** A locked server takes it all the same. */
  readonly ignoresLock?: boolean;
  /** Its refusal of a locked server names it, and not the lock. */
  readonly hidesLock?: boolean;
  /** It is for servers that a host has. */
  readonly needsHost?: boolean;
  /** The name of the policy that gives it to administrators. */
  readonly policy?: string;
  /** The rule that the server is there, where there is one. */
  readonly existence?: RefusalId;
  /** The name in refusals, where it is another. */
  readonly method?: string;
  /** Throws what is wrong with the request before the server's state counts. */
  check?(doing: Doing): void;
  /** Inside `store.write`. */
  run(doing: Doing): Answer;
}

export interface Doing {
  readonly context: EmulatorContext;
  readonly asked: ComputeRequest;
  readonly row: ServerRow;
  readonly body: JsonObject;
}

export const accepted: Answer = { status: 202 };

/** Changes the row, enters the action, and begins what follows. */
export function begin(
  { context, asked, row }: Doing,
  action: string,
  task: string | null,
  life: LifeName,
  columns: Partial<ServerRow> = {},
): Answer {
  const now = context.servers.change(row, { ...columns, task_state: task });
  context.servers.act(now, {
    action,
    request: asked.request.id,
    user: asked.user.id,
    account: asked.account.id,
  });
  addLife(context, now, life);
  return accepted;
}

/** Enters an action that is done at once. */
export function note({ context, asked, row }: Doing, action: string): void {
  const { user, account, request } = asked;
  context.servers.act(row, { action, request: request.id, user: user.id, account: account.id });
  context.servers.finish(row, action);
}
