import type { JsonObject } from '../../../../rules/json.ts';
import type { EmulatorContext } from '../../context.ts';
import type { Asked, Collection, OnNetwork } from '../api.ts';
import {
  changeGroup,
  changeRule,
  deleteGroup,
  deleteRule,
  findRule,
  orderGroups,
  orderRules,
} from './orders.ts';
import type { GroupRow } from './records.ts';
import { renderGroup, renderRule } from './views.ts';

/** Security groups and their rules, which accounts make by themselves (SOURCES: neutron §2). */
export const groupCollections: Readonly<Record<string, Collection>> = {
  'security-groups': {
    single: 'security_group',
    missing: 'SecurityGroupNotFound',
    list: (asked) => describe(asked.context, listGroups(asked)),
  },
  'security-group-rules': {
    single: 'security_group_rule',
    missing: 'SecurityGroupRuleNotFound',
    list: ({ context, ...asked }) => {
      const groups = listGroups({ context, ...asked });
      return context.securityGroups.rules(groups.map(({ id }) => id)).map((row) => renderRule(row));
    },
    find: (asked) => renderRule(findRule(asked, asked.param('id'))),
  },
};

function listGroups({ context, region, account, isAdmin }: Asked): GroupRow[] {
  return context.securityGroups.list(region, isAdmin ? undefined : account.id);
}

function describe({ securityGroups: groups }: EmulatorContext, rows: readonly GroupRow[]): JsonObject[] {
  const rules = Map.groupBy(groups.rules(rows.map(({ id }) => id)), ({ of_group: id }) => id);
  return rows.map((row) => renderGroup(row, rules.get(row.id) ?? []));
}

/** What changes them. */
export function groupRoutes(on: OnNetwork, context: EmulatorContext): void {
  const { store } = context;
  const [groups, rules] = ['/security-groups', '/security-group-rules'];
  const show = (row: GroupRow) => describe(context, [row])[0] ?? {};
  /** The answer has the form of the request: one, or a list. */
  const answerNew = (single: string, body: unknown, made: readonly JsonObject[]) =>
    Object.hasOwn(Object(body), `${single}s`) ? { [`${single}s`]: [...made] } : { [single]: made[0] ?? {} };

  on('POST', groups, async (asked) => {
    const body = await asked.read();
    const made = await store.write(() => orderGroups(asked, body).map(show));
    return answerNew('security_group', body, made);
  });
  on('PUT', `${groups}/:id`, async (asked) => {
    const body = await asked.read();
    return { security_group: await store.write(() => show(changeGroup(asked, asked.param('id'), body))) };
  });
  on('DELETE', `${groups}/:id`, async (asked) => {
    await store.write(() => deleteGroup(asked, asked.param('id')));
    return undefined;
  });
  on('POST', rules, async (asked) => {
    const body = await asked.read();
    const made = await store.write(() => orderRules(asked, body).map((row) => renderRule(row)));
    return answerNew('security_group_rule', body, made);
  });
  on('PUT', `${rules}/:id`, async (asked) => {
    const body = await asked.read();
    const row = await store.write(() => changeRule(asked, asked.param('id'), body));
    return { security_group_rule: renderRule(row) };
  });
  on('DELETE', `${rules}/:id`, async (asked) => {
    await store.write(() => deleteRule(asked, asked.param('id')));
    return undefined;
  });
}
