import type { Json } from '../../../rules/json.ts';
import type { EmulatorContext } from '../context.ts';
import type { Asked } from './api.ts';
import { type Attributes, ids, readChange } from './attributes.ts';
import { fault } from './faults.ts';
import { findGroup } from './groups/orders.ts';
import { type PortRow, portOf } from './views.ts';

/** Servers that have an address, of the caller's account or, for an administrator, of all; `of`: of this one. */
export function listPorts({ account, context, isAdmin, query, region }: Asked, of?: string): PortRow[] {
  const devices = query.getAll('device_id');
  const whose = of ?? (isAdmin ? null : account.id);
  return context.store.all<PortRow>(
    `SELECT key, region, id, account, network, address, mac, created, zone, host, security_groups FROM servers
     WHERE region = ?1 AND ended IS NULL AND address IS NOT NULL AND (?2 IS NULL OR account = ?2)
       AND (?3 = '[]' OR id IN (SELECT value FROM json_each(?3)))
     ORDER BY key`,
    region,
    whose,
    JSON.stringify(devices),
  );
}

/** What else of a port could be changed is the server's here. */
const portAttributes: Attributes = {
  ...Object.fromEntries(
    `name description admin_state_up device_id device_owner fixed_ips mac_address allowed_address_pairs
     port_security_enabled tenant_id project_id network_id status id`
      .split(/\s+/)
      .map((name) => [name, { isFixed: true }]),
  ),
  security_groups: { read: ids },
};

/** Inside `store.write`: gives a port other groups. Answers it as it is then. */
export function changePort(asked: Asked, body: Json): PortRow {
  const { context } = asked;
  const port = asked.param('id');
  const row = listPorts(asked).find(({ id }) => portOf(id) === port);
  if (!row) throw fault('PortNotFound', port);
  const { security_groups: groups } = readChange(body, 'port', portAttributes);
  if (!Array.isArray(groups)) return row;
  for (const id of groups) findGroup({ ...asked, account: { id: row.account }, isAdmin: false }, String(id));
  setGroups(context, row, groups.map(String));
  return { ...row, security_groups: JSON.stringify(groups) };
}

/** Inside `store.write`. */
export function setGroups(
  { servers }: EmulatorContext,
  { region, id }: Pick<PortRow, 'region' | 'id'>,
  groups: readonly string[],
): void {
  const row = servers.find(region, id);
  if (row) servers.change(row, { security_groups: JSON.stringify([...new Set(groups)].sort()) });
}
