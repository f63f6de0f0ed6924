import type { JsonObject } from '../../../../rules/json.ts';
import { groupOf, renderRules } from '../../network/views.ts';

/** The one security group of an account, as Nova shows those of Neutron: what its servers may receive of each other. */
export function describeDefaultGroup(account: string): JsonObject {
  const id = groupOf(account);
  const received = renderRules(account, 0).filter(({ direction }) => direction === 'ingress');
  const rules = received.map((rule) => ({
    id: rule['id'] ?? null,
    parent_group_id: id,
    ip_protocol: null,
    from_port: null,
    to_port: null,
    group: { name: 'default', tenant_id: account },
    ip_range: {},
  }));
  return { id, description: 'Default security group', name: 'default', tenant_id: account, rules };
}
