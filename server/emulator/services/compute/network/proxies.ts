import type { JsonObject } from '../../../../rules/json.ts';
import type { EmulatorContext } from '../../context.ts';
import type { OnCompute } from '../api/compute.ts';
import { itemNotFound } from '../api/refuse.ts';

const versions = { until: 35 };

/** What Nova shows of the network service until 2.35. Changes are made there. */
export function networkProxyRoutes(on: OnCompute, { networks }: EmulatorContext): void {
  for (const path of ['/os-networks', '/os-tenant-networks']) {
    const view = ({ id, name }: { id: string; name: string }, isAdmin: boolean): JsonObject =>
      path === '/os-networks' ? viewNetwork(id, name, isAdmin) : { id, cidr: 'None', label: name };
    on(
      'GET',
      path,
      ({ isAdmin }) => ({
        status: 200,
        body: { networks: networks.list().map((network) => view(network, isAdmin)) },
      }),
      versions,
    );
    on(
      'GET',
      `${path}/:id`,
      ({ isAdmin, param }) => {
        const network = networks.find(param('id'));
        if (!network) throw itemNotFound('Network not found');
        return { status: 200, body: { network: view(network, isAdmin) } };
      },
      versions,
    );
  }
  on('GET', '/os-floating-ips', () => ({ status: 200, body: { floating_ips: [] } }), versions);
  on('GET', '/os-floating-ip-pools', () => ({ status: 200, body: { floating_ip_pools: [] } }), versions);
  for (const method of ['GET', 'DELETE'] as const)
    on(
      method,
      '/os-floating-ips/:id',
      ({ param }) => {
        throw itemNotFound(`Floating IP not found for ID ${param('id')}`);
      },
      versions,
    );
  on(
    'POST',
    '/os-floating-ips',
    () => {
      throw itemNotFound('Floating IP pool not found.');
    },
    versions,
  );
}

/** Of thirty members two are left. */
function viewNetwork(id: string, label: string, isAdmin: boolean): JsonObject {
  const names = `id cidr netmask gateway broadcast dns1 dns2 cidr_v6 gateway_v6 label netmask_v6${
    isAdmin
      ? ' created_at updated_at deleted_at deleted injected bridge vlan vpn_public_address vpn_public_port vpn_private_address dhcp_start project_id host bridge_interface multi_host priority rxtx_base mtu dhcp_server enable_dhcp share_address'
      : ''
  }`;
  const empty = Object.fromEntries(names.split(' ').map((name) => [name, null]));
  return { ...empty, id, label };
}
