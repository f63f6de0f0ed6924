import type { EmulatorContext } from '../../../context.ts';
import { portOf, subnetOf } from '../../../network/views.ts';
import type { ComputeRequest, OnCompute } from '../../api/compute.ts';
import { itemNotFound } from '../../api/refuse.ts';
import { viewGroups } from '../../network/securityGroups.ts';
import { findServer } from '../find.ts';
import type { ServerRow } from '../rows.ts';
import { addressesOf } from '../view.ts';

/** What a server has of the network: addresses, its port, its security groups. */
export function serverNetworkRoutes(on: OnCompute, context: EmulatorContext): void {
  const listAddresses = (asked: ComputeRequest) => {
    const row = findServer(context, asked);
    const network = row.network === null ? undefined : context.networks.find(row.network);
    return addressesOf(row, network?.name, false);
  };
  on('GET', '/servers/:id/ips', (asked) => ({
    status: 200,
    body: { addresses: listAddresses(asked) },
  }));
  on('GET', '/servers/:id/ips/:name', (asked) => {
    const name = asked.param('name');
    const addresses = listAddresses(asked);
    if (!Object.hasOwn(addresses, name)) throw itemNotFound('Instance is not a member of specified network');
    return { status: 200, body: { [name]: addresses[name] } };
  });
  on('GET', '/servers/:id/os-interface', (asked) => ({
    status: 200,
    body: { interfaceAttachments: listPorts(findServer(context, asked), asked.version) },
  }));
  on('GET', '/servers/:id/os-interface/:port', (asked) => {
    const port = asked.param('port');
    const found = listPorts(findServer(context, asked), asked.version).find(({ port_id: id }) => id === port);
    if (!found) throw itemNotFound(`Port id ${port} could not be found.`);
    return { status: 200, body: { interfaceAttachment: found } };
  });
  on('GET', '/servers/:id/os-security-groups', (asked) => {
    const { address, region, security_groups: ids } = findServer(context, asked);
    const groups: string[] = address === null ? [] : JSON.parse(ids);
    const rows = groups.flatMap((id) => context.securityGroups.find(region, id) ?? []);
    return { status: 200, body: { security_groups: viewGroups(context, rows) } };
  });
}

function listPorts({ id, network, address, mac }: ServerRow, version: number) {
  if (network === null || address === null) return [];
  return [
    {
      net_id: network,
      port_id: portOf(id),
      mac_addr: mac,
      port_state: 'ACTIVE',
      fixed_ips: [{ subnet_id: subnetOf(network), ip_address: address }],
      ...(version >= 70 ? { tag: null } : {}),
    },
  ];
}
