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
  'id' | 'account' | 'network' | 'address' | 'mac' | 'created' | 'zone' | 'host'
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
    security_groups: [groupOf(row.account)],
    description: '',
    'binding:vnic_type': 'normal',
    port_security_enabled: true,
    ...(isAdmin ? { 'binding:host_id': row.host ?? '', 'binding:profile': {} } : {}),
    ...standard(row.account, row.created, 1),
  };
}

/** The group `default`, the only one of an account: out to everywhere, in from its own servers. */
export function renderGroup(account: string, created: number): JsonObject {
  return {
    id: groupOf(account),
    name: 'default',
    stateful: true,
    tenant_id: account,
    description: 'Default security group',
    shared: false,
    security_group_rules: renderRules(account, created).map((rule) => ({ ...rule, tags: [] })),
    ...standard(account, created, 1),
  };
}

export function renderRules(account: string, created: number): JsonObject[] {
  const group = groupOf(account);
  return (['egress', 'ingress'] as const).flatMap((direction) =>
    ['IPv4', 'IPv6'].map((ethertype) => ({
      id: makeStableUuid(`rule ${direction} ${ethertype} ${account}`),
      tenant_id: account,
      security_group_id: group,
      ethertype,
      direction,
      protocol: null,
      port_range_min: null,
      port_range_max: null,
      remote_ip_prefix: null,
      remote_address_group_id: null,
      normalized_cidr: null,
      remote_group_id: direction === 'ingress' ? group : null,
      description: null,
      ...describeTimes(account, created, 0),
    })),
  );
}

function standard(project: string, created: number, revision: number): JsonObject {
  return { tags: [], ...describeTimes(project, created, revision) };
}

function describeTimes(project: string, created: number, revision: number): JsonObject {
  const time = seconds(created);
  return { created_at: time, updated_at: time, revision_number: revision, project_id: project };
}

export function subnetOf(network: string): string {
  return makeStableUuid(`subnet of ${network}`);
}

export function portOf(server: string): string {
  return makeStableUuid(`port of ${server}`);
}

export function groupOf(account: string): string {
  return makeStableUuid(`security group of ${account}`);
}

export function describeMissingGroup(id: string): string {
  return `Security group ${id} does not exist`;
}
