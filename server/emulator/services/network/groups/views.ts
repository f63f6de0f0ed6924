import type { JsonObject } from '../../../../rules/json.ts';
import { readPrefix } from '../cidr.ts';
import { describeTimes } from '../views.ts';
import type { GroupRow, RuleRow } from './records.ts';

/** Neutron's documents of groups and rules, with their members in its order (SOURCES: neutron §2). */

export function renderGroup(row: GroupRow, rules: readonly RuleRow[]): JsonObject {
  return {
    id: row.id,
    name: row.name,
    stateful: row.stateful === 1,
    tenant_id: row.account,
    description: row.description,
    shared: false,
    security_group_rules: rules.map((rule) => renderRule(rule, { tags: [] })),
    tags: [],
    ...describeTimes(row.account, row),
  };
}

/** `more`: what stands there within its group. */
export function renderRule(row: RuleRow, more: JsonObject = {}): JsonObject {
  return {
    id: row.id,
    tenant_id: row.account,
    security_group_id: row.of_group,
    ethertype: row.ethertype,
    direction: row.direction,
    protocol: row.protocol,
    port_range_min: row.port_min,
    port_range_max: row.port_max,
    remote_ip_prefix: row.prefix,
    remote_address_group_id: null,
    normalized_cidr: row.prefix === null ? null : (readPrefix(row.prefix)?.network ?? null),
    remote_group_id: row.remote_group,
    description: row.description,
    ...more,
    ...describeTimes(row.account, row),
  };
}
