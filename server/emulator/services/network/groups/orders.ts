import type { Json, JsonObject } from '../../../../rules/json.ts';
import { ApiError, notFound } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import { type Attributes, readChange, readNew, text } from '../attributes.ts';
import { fault } from '../faults.ts';
import { requireQuota } from '../quotas.ts';
import type { GroupRow, RuleRow } from './records.ts';
import { keyOf, makeRule, requireOwnProject, ruleAttributes } from './rules.ts';

/** Who orders a change of security groups, and where. */
export interface Orderer {
  readonly context: EmulatorContext;
  readonly region: string;
  readonly account: { readonly id: string };
  readonly isAdmin: boolean;
}

const groupAttributes: Attributes = {
  id: { isShown: true },
  name: { otherwise: '', read: readName },
  tenant_id: { otherwise: null, isFixed: true },
  security_group_rules: { isShown: true },
  description: { otherwise: '', read: text() },
  stateful: { otherwise: true, read: readSwitch },
  project_id: { otherwise: null, isFixed: true },
};

function readName(value: Json, name: string): Json {
  const read = text()(value, name);
  if (String(read).toLowerCase() === 'default') throw fault('SecurityGroupDefaultAlreadyExists');
  return read;
}

function readSwitch(value: Json): Json {
  if (typeof value === 'boolean') return value;
  const word = String(value).toLowerCase();
  if (word !== 'true' && word !== 'false' && word !== '0' && word !== '1')
    throw fault('InvalidInput', `'${String(value)}' cannot be converted to boolean.`);
  return word === 'true' || word === '1';
}

// All of what follows runs inside `store.write`, and throws in Neutron's words.

/** Makes the groups of a body. */
export function orderGroups(orderer: Orderer, body: Json): GroupRow[] {
  const { context, region, account } = orderer;
  const { securityGroups: groups } = context;
  const wanted = readNew(body, 'security_group', groupAttributes);
  for (const each of wanted) requireOwnProject(each, orderer);
  groups.ensureDefault(region, account.id);
  requireQuota(context, region, account.id, 'security_group', wanted.length);
  requireQuota(context, region, account.id, 'security_group_rule', 2 * wanted.length);
  return wanted.map(({ name = '', description = '', stateful = true }) =>
    groups.create(region, account.id, {
      name: String(name),
      description: String(description),
      stateful: stateful === true ? 1 : 0,
    }),
  );
}

export function changeGroup(orderer: Orderer, id: string, body: Json): GroupRow {
  const row = findGroup(orderer, id);
  const { securityGroups: groups } = orderer.context;
  const { name, description, stateful } = readChange(body, 'security_group', groupAttributes);
  if (stateful !== undefined && (stateful === true ? 1 : 0) !== row.stateful && groups.isUsed(row))
    throw fault('SecurityGroupInUse', id);
  if (name !== undefined && row.name === 'default') throw fault('SecurityGroupCannotUpdateDefault');
  return groups.change(row, {
    ...(name === undefined ? {} : { name: String(name) }),
    ...(description === undefined ? {} : { description: String(description) }),
    ...(stateful === undefined ? {} : { stateful: stateful === true ? 1 : 0 }),
  });
}

export function deleteGroup(orderer: Orderer, id: string): void {
  const row = findGroup(orderer, id);
  const { securityGroups: groups } = orderer.context;
  if (groups.isUsed(row)) throw fault('SecurityGroupInUse', id);
  if (row.name === 'default' && !orderer.isAdmin) throw fault('SecurityGroupCannotRemoveDefault');
  groups.remove(row);
}

/** Makes the rules of a body, all of one group. */
export function orderRules(orderer: Orderer, body: Json): RuleRow[] {
  const { context, region, account } = orderer;
  const { securityGroups: groups } = context;
  const wanted = readNew(body, 'security_group_rule', ruleAttributes);
  for (const each of wanted) requireOwnProject(each, orderer);
  const ids = [...new Set(wanted.map((each) => String(each['security_group_id'])))];
  if (ids.length > 1) throw fault('SecurityGroupNotSingleGroupRules');
  const group = findGroup(orderer, ids[0] ?? '');
  requireQuota(context, region, account.id, 'security_group_rule', wanted.length);
  const rules = wanted.map((each) => {
    const rule = makeRule(each);
    if (rule.remote_group !== null) findGroup(orderer, rule.remote_group);
    refuseAddresses(each);
    return rule;
  });
  if (new Set(rules.map(keyOf)).size < rules.length) throw fault('DuplicateSecurityGroupRuleInPost');
  const known = new Map(groups.rules([group.id]).map((row) => [keyOf(row), row.id]));
  for (const rule of rules) {
    const same = known.get(keyOf(rule));
    if (same !== undefined) throw fault('SecurityGroupRuleExists', same);
  }
  return rules.map((rule) => groups.addRule(group, account.id, rule));
}

/** Nobody makes groups of addresses here. */
function refuseAddresses({ remote_address_group_id: id }: JsonObject): void {
  if (id !== undefined && id !== null) throw fault('AddressGroupNotFound', String(id));
}

export function changeRule(orderer: Orderer, id: string, body: Json): RuleRow {
  const row = findRule(orderer, id);
  const { description } = readChange(body, 'security_group_rule', ruleAttributes);
  return description === undefined
    ? row
    : orderer.context.securityGroups.describeRule(row, String(description));
}

export function deleteRule(orderer: Orderer, id: string): void {
  orderer.context.securityGroups.removeRule(findRule(orderer, id));
}

/** One that the caller may see. */
export function findGroup({ context, region, account, isAdmin }: Orderer, id: string): GroupRow {
  const row = context.securityGroups.find(region, id);
  if (!row || (row.account !== account.id && !isAdmin)) throw fault('SecurityGroupNotFound', id);
  return row;
}

/** Another's rule is refused in other words than one that is not there. */
export function findRule({ context, region, account, isAdmin }: Orderer, id: string): RuleRow {
  const row = context.securityGroups.rule(region, id);
  if (!row) throw fault('SecurityGroupRuleNotFound', id);
  if (row.account !== account.id && !isAdmin) throw notFound('network/not-found');
  return row;
}

/** The group of the caller's project with this id, else with this name. Undefined: none. Throws 409 where several have it. */
export function findOwnGroup({ context, region, account }: Orderer, word: string): GroupRow | undefined {
  const own = context.securityGroups.list(region, account.id);
  const byId = own.find(({ id }) => id === word);
  const [named, another] = own.filter(({ name }) => name === word);
  if (!byId && another)
    throw new ApiError(
      'network/conflict',
      `Multiple security_group matches found for name '${word}', use an ID to be more specific.`,
    );
  return byId ?? named;
}
