import { isObject } from '../../../../rules/json.ts';
import type { EmulatorContext } from '../../context.ts';
import { ids as readIds } from '../../network/attributes.ts';
import { findOwnGroup } from '../../network/groups/orders.ts';
import { setGroups } from '../../network/ports.ts';
import { badRequest, itemNotFound } from '../api/refuse.ts';
import { ordererOf, passOn } from '../network/securityGroups.ts';
import { type Action, accepted, type Doing } from './action.ts';

/** Actions that change the groups of a server's port, whatever is done to the server. */
export const securityGroupActions: Readonly<Record<string, Action>> = {
  addSecurityGroup: {
    ...{ schema: () => ({}), anyTask: true, ignoresLock: true },
    run: (doing) =>
      change(doing, 'addSecurityGroup', (groups, id) =>
        passOn(doing.asked, {}, () => readIds([...groups, id], 'security_groups')),
      ),
  },
  removeSecurityGroup: {
    ...{ schema: () => ({}), anyTask: true, ignoresLock: true },
    run: (doing) =>
      change(doing, 'removeSecurityGroup', (groups, id, word) => {
        if (!groups.includes(id))
          throw itemNotFound(`Security group ${word} not associated with the instance ${doing.row.id}`);
        return groups.filter((group) => group !== id);
      }),
  },
};

function change(
  doing: Doing,
  action: string,
  changeGroups: (groups: readonly string[], id: string, word: string) => string[],
) {
  const { context, row } = doing;
  const word = readWord(doing, action);
  const id = findGroupId(context, doing, word);
  if (row.address === null)
    throw itemNotFound(`instance_id ${row.id} could not be found as device id on any ports`);
  setGroups(context, row, changeGroups(JSON.parse(row.security_groups), id, word));
  return accepted;
}

function readWord({ body }: Doing, action: string): string {
  const wanted = body[action];
  if (!isObject(wanted)) throw badRequest('Missing parameter dict');
  const name = wanted['name'];
  if (name === undefined) throw badRequest('Security group not specified');
  if (typeof name !== 'string' || name.trim() === '') throw badRequest('Security group name cannot be empty');
  return name;
}

/** Of the caller's project, whosever the server is. */
function findGroupId(context: EmulatorContext, { asked }: Doing, word: string): string {
  context.securityGroups.ensureDefault(asked.region, asked.account.id);
  const group = findOwnGroup(ordererOf(context, asked), word);
  if (!group) throw itemNotFound(`Security group ${word} is not found for project ${asked.account.id}`);
  return group.id;
}
