import type { Json, JsonObject } from '../../../../rules/json.ts';
import { formatPlain, formatPython } from '../../../../rules/nova/python.ts';
import { type Attributes, among, text } from '../attributes.ts';
import { readPrefix } from '../cidr.ts';
import { fault, invalid } from '../faults.ts';
import { hasPorts, isIcmp, isOfIPv6, numberOf, protocolNumbers } from './protocols.ts';
import type { Rule } from './records.ts';

const fixed = { isFixed: true } as const;

/** What a body says of a rule (SOURCES: neutron §2). */
export const ruleAttributes: Attributes = {
  id: { isShown: true },
  security_group_id: { ...fixed, read: text(36) },
  remote_group_id: { ...fixed, otherwise: null },
  direction: { ...fixed, read: among(['ingress', 'egress']) },
  protocol: { ...fixed, otherwise: null, read: readProtocol },
  port_range_min: { ...fixed, otherwise: null, read: readPort },
  port_range_max: { ...fixed, otherwise: null, read: readPort },
  ethertype: { ...fixed, otherwise: 'IPv4', read: readFamily },
  remote_ip_prefix: { ...fixed, otherwise: null, read: readNetwork },
  tenant_id: { ...fixed, otherwise: null },
  project_id: { ...fixed, otherwise: null },
  remote_address_group_id: { ...fixed, otherwise: null },
  description: { otherwise: '', read: text() },
};

function readProtocol(value: Json): Json {
  if (value === null) return null;
  const word = formatPlain(value);
  const isNumber = /^\s*[+-]?\d+\s*$/.test(word);
  const isKnown = isNumber
    ? Number(word) >= 0 && Number(word) <= 255
    : Object.hasOwn(protocolNumbers, word.toLowerCase());
  if (isKnown && typeof value !== 'object') return word.toLowerCase();
  const known = `[None, ${Object.keys(protocolNumbers).map(formatPython).join(', ')}]`;
  throw fault('SecurityGroupRuleInvalidProtocol', word, known);
}

function readPort(value: Json): Json {
  if (value === null) return null;
  const word = formatPlain(value);
  if (/^\s*\+?\d+\s*$/.test(word) && Number(word) <= 65_535) return Number(word);
  throw fault('SecurityGroupInvalidPortValue', word);
}

function readFamily(value: Json): Json {
  const family = ['IPv4', 'IPv6'].find((each) => each.toLowerCase() === String(value).toLowerCase());
  if (family === undefined) throw fault('SecurityGroupRuleInvalidEtherType', formatPlain(value));
  return family;
}

function readNetwork(value: Json): Json {
  if (value === null || value === '') return null;
  const found = typeof value === 'string' ? readPrefix(value) : undefined;
  if (!found) throw fault('InvalidCIDR', formatPlain(value));
  return found.text;
}

/** The rule that attributes describe, as Neutron keeps it. Throws 400 where they contradict each other. */
export function makeRule(attributes: JsonObject): Rule {
  const textOf = (name: string) => {
    const value = attributes[name];
    return typeof value === 'string' ? value : null;
  };
  const portOf = (name: string) => (typeof attributes[name] === 'number' ? attributes[name] : null);
  const ethertype = textOf('ethertype') ?? 'IPv4';
  const protocol = ofFamily(textOf('protocol'), ethertype);
  const [min, max] = [portOf('port_range_min'), portOf('port_range_max')];
  const isWhole = min === 1 && max === 65_535;
  const rule: Rule = {
    direction: textOf('direction') ?? 'ingress',
    ethertype,
    protocol,
    port_min: isWhole ? null : min,
    port_max: isWhole ? null : max,
    prefix: textOf('remote_ip_prefix'),
    remote_group: textOf('remote_group_id'),
    description: textOf('description') ?? '',
  };
  checkPorts(rule);
  if (rule.prefix !== null && `IPv${readPrefix(rule.prefix)?.version}` !== ethertype)
    throw fault('SecurityGroupRuleParameterConflict', ethertype, rule.prefix);
  if (protocol !== null && ethertype === 'IPv4' && isOfIPv6(protocol))
    throw fault('SecurityGroupEthertypeConflictWithProtocol', ethertype, protocol);
  const remotes = [rule.prefix, rule.remote_group, textOf('remote_address_group_id')];
  if (remotes.filter((remote) => remote !== null).length > 1)
    throw fault('SecurityGroupMultipleRemoteEntites');
  return rule;
}

/** ICMP of IPv6 has a name and a number of its own. */
function ofFamily(protocol: string | null, ethertype: string): string | null {
  if (ethertype !== 'IPv6' || protocol === null) return protocol;
  if (protocol === '1') return '58';
  return protocol === 'icmp' || protocol === 'icmpv6' ? 'ipv6-icmp' : protocol;
}

function checkPorts({ protocol, port_min: min, port_max: max }: Rule): void {
  if (min === null && max === null) return;
  if (protocol === null) throw fault('SecurityGroupProtocolRequiredWithPorts');
  if (isIcmp(protocol)) {
    checkIcmp(min, max);
    return;
  }
  if (!hasPorts(protocol)) throw fault('SecurityGroupInvalidProtocolForPort', numberOf(protocol));
  if (min === 0 || max === 0) throw fault('SecurityGroupInvalidPortValue', 0);
  if (min === null || max === null || min > max) throw fault('SecurityGroupInvalidPortRange');
}

/** Type and code stand in the place of ports. */
function checkIcmp(type: number | null, code: number | null): void {
  if (type !== null && type > 255)
    throw fault('SecurityGroupInvalidIcmpValue', 'type', 'port_range_min', type);
  if (code !== null && code > 255)
    throw fault('SecurityGroupInvalidIcmpValue', 'code', 'port_range_max', code);
  if (type === null && code !== null) throw fault('SecurityGroupMissingIcmpType', code);
}

/** The same for rules that mean the same. */
export function keyOf(rule: Rule): string {
  const { direction, ethertype, protocol, port_min: min, port_max: max, prefix, remote_group: group } = rule;
  const isEverywhere = prefix === '0.0.0.0/0' || prefix === '::/0';
  const number = protocol === null ? null : numberOf(protocol);
  return JSON.stringify([direction, ethertype, number, min, max, isEverywhere ? null : prefix, group]);
}

/** Throws 400 where a request names another project than its own, and does not come from an administrator. */
export function requireOwnProject(
  wanted: JsonObject,
  { account, isAdmin }: { readonly account: { readonly id: string }; readonly isAdmin: boolean },
): void {
  const others = [wanted['tenant_id'], wanted['project_id']].filter(
    (project) => project !== undefined && project !== account.id,
  );
  if (others.length > 0 && !isAdmin)
    throw invalid(
      "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges",
    );
}
