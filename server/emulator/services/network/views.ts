import type { JsonObject } from '../../../rules/json.ts';
import { seconds } from '../../kernel/clock.ts';
import { makeStableId, makeStableUuid } from '../../kernel/stableId.ts';
import type { ServerRow } from '../compute/servers/rows.ts';
import { describeRange, type NetworkRow } from './records.ts';

/** Neutron's documents, with their members in its order (SOURCES: neutron §1). */

/** Shared networks are a project's that is nobody's here. */
const owner = makeStableId('network owner');

export function renderNetwork({ id, name, created }: NetworkRow, isAdmin: boolean): JsonObject {
  return {
    id,
    name,
    tenant_id: owner,
    admin_state_up: true,
    mtu: 1450,
    status: 'ACTIVE',
    subnets: [subnetOf(id)],
    shared: true,
    availability_zone_hints: [],
    availability_zones: ['nova'],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    'router:external': false,
    description: '',
    port_security_enabled: true,
    ...(isAdmin
      ? {
          'provider:network_type': 'flat',
          'provider:physical_network': 'public',
          'provider:segmentation_id': null,
        }
      : {}),
    ...standard(owner, created, 2),
  };
}

export function renderSubnet(network: NetworkRow): JsonObject {
  const { gateway, start, end } = describeRange(network);
  return {
    id: subnetOf(network.id),
    name: network.name === 'shared-net' ? 'shared-subnet' : `${network.name}-subnet`,
    tenant_id: owner,
    network_id: network.id,
    ip_version: 4,
    subnetpool_id: null,
    enable_dhcp: true,
    ipv6_ra_mode: null,
    ipv6_address_mode: null,
    gateway_ip: gateway,
    cidr: network.cidr,
    allocation_pools: [{ start, end }],
    host_routes: [],
    dns_nameservers: [],
    description: '',
    service_types: [],
    ...standard(owner, network.created, 0),
  };
}

export type PortRow = Pick<
  ServerRow,
  | 'region'
  | 'id'
  | 'account'
  | 'network'
  | 'address'
  | 'mac'
  | 'created'
  | 'zone'
  | 'host'
  | 'security_groups'
>;

/** The port of a server. */
export function renderPort(row: PortRow, isAdmin: boolean): JsonObject {
  return {
    id: portOf(row.id),
    name: '',
    network_id: row.network,
    tenant_id: row.account,
    mac_address: row.mac,
    admin_state_up: true,
    status: row.host === null ? 'DOWN' : 'ACTIVE',
    device_id: row.id,
    device_owner: `compute:${row.zone ?? 'nova'}`,
    fixed_ips: [{ subnet_id: subnetOf(row.network ?? ''), ip_address: row.address }],
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    security_groups: JSON.parse(row.security_groups),
    description: '',
    'binding:vnic_type': 'normal',
    port_security_enabled: true,
    ...(isAdmin ? { 'binding:host_id': row.host ?? '', 'binding:profile': {} } : {}),
    ...standard(row.account, row.created, 1),
  };
}

function standard(project: string, created: number, revision: number): JsonObject {
  return { tags: [], ...describeTimes(project, { created, updated: created, revision }) };
}

export function describeTimes(
  project: string,
  { created, updated, revision }: { created: number; updated: number; revision: number },
): JsonObject {
  return {
    created_at: seconds(created),
    updated_at: seconds(updated),
    revision_number: revision,
    project_id: project,
  };
}

export function subnetOf(network: string): string {
  return makeStableUuid(`subnet of ${network}`);
}

export function portOf(server: string): string {
  return makeStableUuid(`port of ${server}`);
}
