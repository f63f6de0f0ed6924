import { isObject, type Json } from '../../../../rules/json.ts';
import { isUuidLike } from '../../../../rules/nova/formats.ts';
import { formatPlain, formatPython } from '../../../../rules/nova/python.ts';
import type { Store } from '../../../store/store.ts';
import type { EmulatorContext } from '../../context.ts';
import { findOwnGroup } from '../../network/groups/orders.ts';
import { countAddresses, holdsAddress, type NetworkRow, nthAddress } from '../../network/records.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { badRequest } from '../api/refuse.ts';
import type { ServerRow } from './rows.ts';

/** A network that a new server is attached to, at this address where one is asked for. */
export interface Attachment {
  readonly network: NetworkRow;
  readonly address?: string;
}

/** Reads `networks` of a new server; undefined: none. Throws 400 in Nova's words. */
export function readNetworks(
  { networks }: Pick<EmulatorContext, 'networks'>,
  asked: Json | undefined,
  { version }: Pick<ComputeRequest, 'version'>,
): Attachment | undefined {
  const known = networks.list();
  const [shared] = known;
  if (asked === 'none' || !shared) return undefined;
  if (!Array.isArray(asked) || asked.length === 0) return { network: shared };
  const attachments = asked.map((item) => readNetwork(item, version, known, shared));
  return attachments[0];
}

function readNetwork(
  item: Json,
  version: number,
  known: readonly NetworkRow[],
  shared: NetworkRow,
): Attachment {
  const { uuid, port, fixed_ip: address } = isObject(item) ? item : {};
  if (typeof port === 'string') {
    if (address !== undefined)
      throw badRequest(
        `Specified Fixed IP '${formatPlain(address)}' cannot be used with port '${port}': the two cannot be specified together.`,
      );
    throw badRequest(`Port ${port} could not be found.`);
  }
  if (uuid === undefined) throw badRequest("Bad network format: missing 'uuid'");
  if (typeof uuid !== 'string' || (version < 37 && !isUuidLike(uuid)))
    throw badRequest(`Bad networks format: network uuid is not in proper format (${formatPlain(uuid)})`);
  const isRackspaces = uuid === rackspaceNetworks.public || uuid === rackspaceNetworks.private;
  const network = known.find(({ id }) => id === uuid) ?? (isRackspaces ? shared : undefined);
  if (!network) throw badRequest(`Network ${uuid} could not be found.`);
  if (typeof address !== 'string') return { network };
  if (!holdsAddress(network, address))
    throw badRequest(`Fixed IP ${address} is not a valid ip address for network ${uuid}.`);
  return { network, address };
}

/** PublicNet and ServiceNet have ids that everybody knows. */
const rackspaceNetworks = {
  public: '00000000-0000-0000-0000-000000000000',
  private: '11111111-1111-1111-1111-111111111111',
} as const;

/** Inside `store.write`: an address and a MAC that only the `number`th server has. Throws 400 where the one asked for is taken. */
export function allocateAddress(
  { store }: EmulatorContext,
  number: number,
  attachment: Attachment | undefined,
): Pick<ServerRow, 'network' | 'address' | 'mac'> {
  if (!attachment) return { network: null, address: null, mac: null };
  const hex = (number % 0x1_000_000).toString(16).padStart(6, '0');
  return {
    network: attachment.network.id,
    address: findAddress(store, number, attachment),
    mac: `fa:16:3e:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`,
  };
}

function findAddress(store: Store, number: number, { network, address: wanted }: Attachment): string {
  const holder = (address: string) =>
    store.get<{ id: string }>(
      'SELECT id FROM servers WHERE network = ? AND address = ? AND ended IS NULL',
      network.id,
      address,
    );
  if (wanted !== undefined) {
    const taken = holder(wanted);
    if (taken) throw badRequest(`Fixed IP address ${wanted} is already in use on instance ${taken.id}.`);
    return wanted;
  }
  const count = countAddresses(network);
  for (let step = 0; step < count; step++) {
    const address = nthAddress(network, number + step);
    if (!holder(address)) return address;
  }
  throw badRequest(`No fixed IP addresses available for network: ${network.id}`);
}

/** The ids of the groups of a new server, `default` where none are named, sorted. Throws 400 and 409. */
export function readSecurityGroups(
  context: EmulatorContext,
  asked: ComputeRequest,
  wanted: Json | undefined,
): string[] {
  const usual = context.securityGroups.ensureDefault(asked.region, asked.account.id);
  const words = (Array.isArray(wanted) ? wanted : []).flatMap((group) =>
    isObject(group) && typeof group['name'] === 'string' ? [group['name']] : [],
  );
  const ids = words.map((word) => {
    const id = word === 'default' ? usual : findOwnGroup({ context, ...asked }, word)?.id;
    if (id === undefined)
      throw badRequest(`Unable to find security_group with name or id ${formatPython(word)}`);
    return id;
  });
  return ids.length === 0 ? [usual] : [...new Set(ids)].sort();
}
