import type { JsonObject } from '../../../../rules/json.ts';
import type { EmulatorContext } from '../../context.ts';
import type { OnCompute } from '../api/compute.ts';
import { requireAdmin } from '../api/permissions.ts';
import { querySchema } from '../schemas/quotas.ts';

/** `GET /limits` (SOURCES: nova §10) */
export function limitRoutes(on: OnCompute, { quotas }: EmulatorContext): void {
  on('GET', '/limits', (asked) => {
    const { version, region, account, query } = asked;
    asked.requireQuery(querySchema(version, ['tenant_id']));
    const project = query.get('tenant_id');
    if (project !== null) requireAdmin(asked, 'limits:other_project');
    const owner = project ?? account.id;
    const limits = quotas.limits(region, owner);
    const used = quotas.usage(region, owner);
    const network: JsonObject = {
      maxTotalFloatingIps: limits.floating_ips,
      maxSecurityGroups: limits.security_groups,
      maxSecurityGroupRules: limits.security_group_rules,
      totalFloatingIpsUsed: 0,
      totalSecurityGroupsUsed: 0,
    };
    const absolute: JsonObject = {
      maxTotalInstances: limits.instances,
      maxTotalCores: limits.cores,
      maxTotalRAMSize: limits.ram,
      maxServerMeta: limits.metadata_items,
      ...(version < 39 ? { maxImageMeta: limits.metadata_items } : {}),
      ...(version < 57
        ? { maxPersonality: limits.injected_files, maxPersonalitySize: limits.injected_file_content_bytes }
        : {}),
      maxTotalKeypairs: limits.key_pairs,
      maxServerGroups: limits.server_groups,
      maxServerGroupMembers: limits.server_group_members,
      ...(version < 36 ? network : {}),
      totalRAMUsed: used.ram,
      totalCoresUsed: used.cores,
      totalInstancesUsed: used.instances,
      totalServerGroupsUsed: used.server_groups,
    };
    return { status: 200, body: { limits: { rate: [], absolute } } };
  });
}
