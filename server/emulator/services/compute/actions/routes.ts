import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { requireWriter } from '../api/permissions.ts';
import { badRequest, itemNotFound, refuseAction, refusePolicy } from '../api/refuse.ts';
import { findServer, requireHost, requireState, requireUnlocked } from '../servers/find.ts';
import type { Action } from './action.ts';
import { changeActions } from './change.ts';
import { consoleActions } from './consoles.ts';
import { floatingIpActions } from './floatingIps.ts';
import { imageActions } from './images.ts';
import { otherActions } from './other.ts';
import { powerActions } from './power.ts';
import { securityGroupActions } from './securityGroups.ts';

/** `POST /servers/ID/action` (SOURCES: nova §7). */
export function actionRoutes(on: OnCompute, context: EmulatorContext): void {
  const { hasMicroversions } = context.profile.compute;
  const actions: Readonly<Record<string, Action>> = {
    ...powerActions,
    ...changeActions,
    ...imageActions(hasMicroversions),
    ...consoleActions,
    ...otherActions,
    ...securityGroupActions,
    ...floatingIpActions,
  };
  on('POST', '/servers/:id/action', async (asked) => {
    const body = await asked.readAny();
    const name = readName(body);
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action) throw refuseAction(name);
    const { from = 1, until = Number.POSITIVE_INFINITY } = action;
    if (asked.version < from || asked.version > until) throw itemNotFound();
    asked.require(body, action.schema(asked.version, asked.isLegacy));
    return context.store.write(() => perform(context, asked, name, action, asObject(body)));
  });
}

function perform(
  context: EmulatorContext,
  asked: ComputeRequest,
  name: string,
  action: Action,
  body: JsonObject,
) {
  const row = findServer(context, asked, action.existence);
  if (action.policy !== undefined && !asked.isAdmin) throw refusePolicy(action.policy);
  requireWriter(context, asked, action.policy ?? `servers:${namePolicy(name)}`);
  const doing = { context, asked, row, body };
  action.check?.(doing);
  if (!action.ignoresLock) requireUnlocked(row, asked, action.hidesLock ? name : undefined);
  if (action.needsHost) requireHost(row);
  if (action.vm || !action.anyTask)
    requireState(row, action.method ?? name, action.vm ?? 'any', action.anyTask);
  return action.run(doing);
}

/** `createImage` is `create_image`, and `os-stop` is `stop`. */
function namePolicy(action: string): string {
  return action.replace(/^os-/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function readName(body: Json): string {
  const names = isObject(body) ? Object.keys(body) : [];
  const [name] = names;
  if (name === undefined || names.length > 1) throw badRequest('Malformed request body');
  return name;
}

function asObject(body: Json): JsonObject {
  return isObject(body) ? body : {};
}
