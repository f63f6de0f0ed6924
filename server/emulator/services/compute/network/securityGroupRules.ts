import type { Json, JsonObject } from '../../../../rules/json.ts';
import { formatPlain } from '../../../../rules/nova/python.ts';
import type { EmulatorContext } from '../../context.ts';
import { readPrefix } from '../../network/cidr.ts';
import { deleteRule, findGroup, findRule, orderRules } from '../../network/groups/orders.ts';
import type { RuleRow } from '../../network/groups/records.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { badRequest } from '../api/refuse.ts';
import { ordererOf, passOn, portsOf, readId, readMember, viewRule } from './securityGroups.ts';

const versions = { until: 35 };

/** `/os-security-group-rules`: rules of what servers may receive (SOURCES: nova §10). */
export function securityGroupRuleRoutes(on: OnCompute, context: EmulatorContext): void {
  const path = '/os-security-group-rules';
  on(
    'POST',
    path,
    async (asked) => {
      const wanted = readMember(await asked.readAny(), 'security_group_rule');
      return context.store.write(() => createRule(context, asked, wanted));
    },
    versions,
  );
  on(
    'DELETE',
    `${path}/:id`,
    async (asked) => {
      const id = readId(asked.param('id'));
      const orderer = ordererOf(context, asked);
      await context.store.write(() => {
        passOn(asked, {}, () => findRule(orderer, id));
        deleteRule(orderer, id);
      });
      return { status: 202 };
    },
    versions,
  );
}

function createRule(context: EmulatorContext, asked: ComputeRequest, wanted: JsonObject) {
  const orderer = ordererOf(context, asked);
  const find = (id: string) => passOn(asked, {}, () => findGroup(orderer, id));
  const group = find(readId(wanted['parent_group_id']));
  const from = wanted['group_id'] ?? null;
  const remote = from === null ? undefined : find(readId(from));
  const cidr = remote ? undefined : readCidr(wanted['cidr'] ?? null);
  const ports = readPorts(wanted, remote !== undefined);
  if (!ports && !remote) throw badRequest('Not enough parameters to build a valid rule.');
  if (cidr !== undefined && /\/0$/.test(cidr) && !/^(?:0\.0\.0\.0|::)\//.test(cidr))
    throw badRequest(`Bad prefix for network in cidr ${cidr}`);
  const isSame = (row: RuleRow) =>
    row.direction === 'ingress' &&
    row.remote_group === null &&
    (row.prefix ?? '0.0.0.0/0') === cidr &&
    row.protocol === ports?.protocol &&
    portsOf(row).join() === [ports?.from, ports?.to].join();
  // Rules of other groups are compared by Neutron.
  if (context.securityGroups.rules([group.id]).some(isSame))
    throw badRequest(`This rule already exists in group ${group.id}`);
  const rule: JsonObject = {
    direction: 'ingress',
    protocol: ports?.protocol ?? null,
    ethertype: cidr !== undefined && readPrefix(cidr)?.version === 6 ? 'IPv6' : 'IPv4',
    remote_ip_prefix: cidr ?? null,
    security_group_id: group.id,
    remote_group_id: remote?.id ?? null,
    ...(ports && ports.from !== -1 ? { port_range_min: ports.from } : {}),
    ...(ports && ports.to !== -1 ? { port_range_max: ports.to } : {}),
  };
  const [row] = passOn(asked, { 409: 403 }, () => orderRules(orderer, { security_group_rule: rule }));
  if (!row) throw new Error('A rule was asked for and none was made.');
  return { status: 200, body: { security_group_rule: viewRule(context, asked.region, row) } };
}

function readCidr(value: Json): string {
  if (value === null || value === '') return '0.0.0.0/0';
  const text = formatPlain(value);
  if (!text.includes('/') || !readPrefix(text)) throw badRequest(`${text} is not a valid IP network.`);
  return text;
}

interface Ports {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
}

/** Protocol and ports; undefined: any. From another group all ports are meant where none are given. Throws 400. */
function readPorts(wanted: JsonObject, isFromGroup: boolean): Ports | undefined {
  const protocol = formatPlain(wanted['ip_protocol'] ?? '');
  const name = protocol.toUpperCase();
  let [first, last] = [wanted['from_port'] ?? null, wanted['to_port'] ?? null];
  if (isFromGroup && first === null && last === null) {
    if (name === 'ICMP') [first, last] = [-1, -1];
    if (name === 'TCP' || name === 'UDP') [first, last] = [1, 65_535];
  }
  if (protocol === '' || first === null || last === null) return undefined;
  if (![first, last].every((port) => /^[+-]?\d+$/.test(formatPlain(port))))
    throw badRequest(
      `Invalid input received: ${name === 'ICMP' ? 'Type and Code must be integers for ICMP protocol type' : 'To and From ports must be integers'}`,
    );
  const [from, to] = [Number(first), Number(last)];
  const isOf = name === 'TCP' || name === 'UDP';
  if (!isOf && name !== 'ICMP') throw badRequest(`Invalid IP protocol ${protocol}.`);
  const refuse = (why: string) => badRequest(`Invalid port range ${from}:${to}. ${why}`);
  if (isOf && from > to) throw refuse('Former value cannot be greater than the later');
  if (isOf && (from < 1 || to > 65_535)) throw refuse(`Valid ${name} ports should be between 1-65535`);
  if (!isOf && (from < -1 || from > 255 || to < -1 || to > 255))
    throw refuse('For ICMP, the type:code must be valid');
  return { protocol, from, to };
}
