import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../../../rules/json.ts';
import { formatMicroseconds, seconds } from '../../../kernel/clock.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { flavorOf, readObject, type ServerRow, statusOf } from './rows.ts';
import { listAttached } from './volumes.ts';

/** What of a server is shown besides its row. */
export interface Shown {
  readonly row: ServerRow;
  readonly tags: readonly string[];
  /** The names of its security groups. */
  readonly groups: readonly string[];
  /** The name of its network, where it has one. */
  readonly network: string | undefined;
  readonly volumes: readonly { readonly id: string; readonly delete_on_termination: boolean }[];
}

type Asking = Pick<ComputeRequest, 'version' | 'root' | 'base' | 'isAdmin'>;

const progressing = new Set(['ACTIVE', 'BUILD', 'REBUILD', 'RESIZE', 'VERIFY_RESIZE', 'MIGRATING']);
const faulty = new Set(['ERROR', 'DELETED']);

/** Loads what is shown of servers, with one query a table. */
export function loadShown(context: EmulatorContext, rows: readonly ServerRow[]): Shown[] {
  const keys = JSON.stringify(rows.map(({ key }) => key));
  const tags = Map.groupBy(
    context.store.all<{ server: number; tag: string }>(
      'SELECT server, tag FROM server_tags WHERE server IN (SELECT value FROM json_each(?)) ORDER BY tag',
      keys,
    ),
    ({ server }) => server,
  );
  const attached = listAttached(
    context,
    rows[0]?.region ?? '',
    rows.map(({ id }) => id),
  );
  const volumes = Map.groupBy(attached, ({ server }) => server);
  const networks = new Map(context.networks.list().map(({ id, name }) => [id, name]));
  const namesOf = rememberGroupNames(context);
  return rows.map((row) => ({
    row,
    groups: namesOf(row),
    network: row.network === null ? undefined : networks.get(row.network),
    tags: (tags.get(row.key) ?? []).map(({ tag }) => tag),
    volumes: (volumes.get(row.id) ?? []).map(({ volume: id, delete_on_termination }) => ({
      id,
      delete_on_termination,
    })),
  }));
}

export function viewBasic({ id, name }: Pick<ServerRow, 'id' | 'name'>, asking: Asking): JsonObject {
  return { id, name, links: linksOf(id, 'servers', asking) };
}

/** A server in every detail, in the order of Nova's keys (SOURCES: nova §3). */
function viewServer(shown: Shown, asking: Asking): JsonObject {
  const { row } = shown;
  const { version } = asking;
  return {
    ...viewBody(shown, asking),
    'OS-EXT-AZ:availability_zone': row.zone ?? '',
    config_drive: row.config_drive === 1 ? 'True' : '',
    key_name: row.key_name,
    'OS-SRV-USG:launched_at': row.launched === null ? null : formatMicroseconds(wholeSecond(row.launched)),
    'OS-SRV-USG:terminated_at': row.ended === null ? null : formatMicroseconds(wholeSecond(row.ended)),
    ...(hasNetwork(row) && shown.groups.length > 0
      ? { security_groups: shown.groups.map((name) => ({ name })) }
      : {}),
    ...(asking.isAdmin ? viewPlacement(row, version) : {}),
    'OS-EXT-STS:task_state': row.task_state,
    'OS-EXT-STS:vm_state': row.vm_state,
    'OS-EXT-STS:power_state': row.power_state,
    'os-extended-volumes:volumes_attached': shown.volumes.map(({ id, delete_on_termination }) =>
      version >= 3 ? { id, delete_on_termination } : { id },
    ),
    ...(version >= 16 && asking.isAdmin ? { host_status: row.host === null ? '' : 'UP' } : {}),
    ...viewAdditions(shown, asking),
  };
}

/** A server in a list in every detail, which leaves out its groups. */
export function viewListed(shown: Shown, asking: Asking): JsonObject {
  const { server_groups: _, ...listed } = viewServer(shown, asking);
  return listed;
}

/** The answer to an update and a rebuild, which is shorter until 2.75. */
export function viewChanged(shown: Shown, asking: Asking): JsonObject {
  return asking.version >= 75
    ? viewServer(shown, asking)
    : { ...viewBody(shown, asking, true), ...viewAdditions(shown, asking) };
}

function viewBody({ row, network }: Shown, asking: Asking, plainAddresses = false): JsonObject {
  const status = statusOf(row);
  return {
    id: row.id,
    name: row.name,
    status,
    tenant_id: row.account,
    user_id: row.user,
    metadata: JSON.parse(row.metadata),
    hostId: hostIdOf(row),
    image: row.image === null ? '' : { id: row.image, links: [bookmark(row.image, 'images', asking)] },
    flavor: viewFlavor(row, asking),
    created: seconds(row.created),
    updated: seconds(row.updated),
    addresses: addressesOf(row, network, !plainAddresses),
    accessIPv4: row.access4 ?? '',
    accessIPv6: row.access6 ?? '',
    links: linksOf(row.id, 'servers', asking),
    'OS-DCF:diskConfig': row.disk_config,
    ...(faulty.has(status) && row.fault !== null ? { fault: viewFault(row.fault, asking) } : {}),
    ...(progressing.has(status) ? { progress: row.progress } : {}),
  };
}

/** Nova tells the cause to administrators alone. */
function viewFault(text: string, { isAdmin }: Asking): Json {
  const { details, ...fault } = readObject(text);
  return isAdmin && details !== undefined ? { ...fault, details } : fault;
}

function viewPlacement(row: ServerRow, version: number): JsonObject {
  const name = `instance-${row.key.toString(16).padStart(8, '0')}`;
  return {
    'OS-EXT-SRV-ATTR:host': row.host,
    'OS-EXT-SRV-ATTR:instance_name': name,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': row.host,
    ...(version < 3
      ? {}
      : {
          'OS-EXT-SRV-ATTR:reservation_id': row.reservation,
          'OS-EXT-SRV-ATTR:launch_index': row.launch_index,
          'OS-EXT-SRV-ATTR:hostname': row.hostname,
          'OS-EXT-SRV-ATTR:kernel_id': '',
          'OS-EXT-SRV-ATTR:ramdisk_id': '',
          'OS-EXT-SRV-ATTR:root_device_name': row.root_device,
          'OS-EXT-SRV-ATTR:user_data': row.user_data,
        }),
  };
}

function viewAdditions(
  { row, tags }: Shown,
  { version, isAdmin }: Pick<Asking, 'version' | 'isAdmin'>,
): JsonObject {
  return {
    ...(version >= 9 ? { locked: row.locked !== null } : {}),
    ...(version >= 73 ? { locked_reason: row.locked_reason } : {}),
    ...(version >= 19 ? { description: row.description } : {}),
    ...(version >= 26 ? { tags: [...tags] } : {}),
    ...(version >= 63
      ? { trusted_image_certificates: row.trusted_certs === null ? null : JSON.parse(row.trusted_certs) }
      : {}),
    ...(version >= 90 && !isAdmin ? { 'OS-EXT-SRV-ATTR:hostname': row.hostname } : {}),
    ...(version >= 71 ? { server_groups: row.server_group === null ? [] : [row.server_group] } : {}),
  };
}

function viewFlavor(row: ServerRow, asking: Asking): JsonObject {
  const { id, name, ram, disk, ephemeral, swap, vcpus, extra_specs } = flavorOf(row);
  if (asking.version < 47) return { id, links: [bookmark(id, 'flavors', asking)] };
  return { vcpus, ram, disk, ephemeral, swap, original_name: name, extra_specs: { ...extra_specs } };
}

/** Addresses by network. Without the extension the answer is only version and address. */
export function addressesOf(row: ServerRow, network: string | undefined, extended: boolean): JsonObject {
  if (network === undefined || !hasNetwork(row) || row.vm_state === 'building') return {};
  const address: JsonObject = { version: 4, addr: row.address };
  return {
    [network]: [
      extended ? { ...address, 'OS-EXT-IPS:type': 'fixed', 'OS-EXT-IPS-MAC:mac_addr': row.mac } : address,
    ],
  };
}

function hasNetwork(row: ServerRow): boolean {
  return row.network !== null && row.address !== null && row.ended === null;
}

/** Looks up the names of groups once for servers that have the same. */
function rememberGroupNames({ securityGroups }: EmulatorContext) {
  const known = new Map<string, string[]>();
  return ({ security_groups: ids }: ServerRow): string[] => {
    const names = known.get(ids) ?? securityGroups.names(JSON.parse(ids));
    known.set(ids, names);
    return names;
  };
}

/** What an owner sees of a host. */
export function hostIdOf({ host, account }: Pick<ServerRow, 'host' | 'account'>): string {
  return host === null
    ? ''
    : createHash('sha224')
        .update(account + host)
        .digest('hex');
}

export function linksOf(id: string, collection: string, { root, base }: Pick<Asking, 'root' | 'base'>): Json {
  return [
    { rel: 'self', href: `${root}/${collection}/${id}` },
    { rel: 'bookmark', href: `${base}${projectOf(root)}/${collection}/${id}` },
  ];
}

function bookmark(id: string, collection: string, { base, root }: Pick<Asking, 'root' | 'base'>): JsonObject {
  return { rel: 'bookmark', href: `${base}${projectOf(root)}/${collection}/${id}` };
}

/** Bookmarks have no version, but the project where the request had it. */
function projectOf(root: string): string {
  return /\/v2(?:\.1)?(\/[^/]+)?$/.exec(root)?.[1] ?? '';
}

function wholeSecond(time: number): number {
  return Math.floor(time / 1000) * 1000;
}
