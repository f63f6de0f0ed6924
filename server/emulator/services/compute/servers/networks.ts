import type { Json } from '../../../../rules/json.ts';
import { makeStableId } from '../../../kernel/stableId.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { isUuidLike } from '../api/formats.ts';
import { formatPlain, formatPython } from '../api/python.ts';
import { badRequest } from '../api/refuse.ts';
import type { ServerRow } from './rows.ts';

/** The network that every account has (its id is the same in every cloud). */
export const sharedNetwork = {
  name: 'shared-net',
  id: makeStableId('network shared-net'),
  prefix: '10.77',
} as const;

/** A network that a new server is attached to, at this address where one is asked for. */
export interface Attachment {
  readonly network: string;
  readonly address?: string;
}

/** Reads `networks` of a new server; undefined: none. Throws 400 in Nova's words. */
export function readNetworks(
  asked: Json | undefined,
  { version }: Pick<ComputeRequest, 'version'>,
): Attachment | undefined {
  if (asked === 'none') return undefined;
  if (!Array.isArray(asked) || asked.length === 0) return { network: sharedNetwork.id };
  const attachments = asked.map((item) => readNetwork(item, version));
  return attachments[0];
}

function readNetwork(item: Json, version: number): Attachment {
  const {
    uuid,
    port,
    fixed_ip: address,
  } = typeof item === 'object' && item !== null && !Array.isArray(item) ? item : {};
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
  if (uuid !== sharedNetwork.id && uuid !== rackspaceNetworks.public && uuid !== rackspaceNetworks.private)
    throw badRequest(`Network ${uuid} could not be found.`);
  if (typeof address !== 'string') return { network: sharedNetwork.id };
  if (!address.startsWith(`${sharedNetwork.prefix}.`))
    throw badRequest(`Fixed IP ${address} is not a valid ip address for network ${uuid}.`);
  return { network: sharedNetwork.id, address };
}

/** PublicNet and ServiceNet have ids that everybody knows. */
const rackspaceNetworks = {
  public: '00000000-0000-0000-0000-000000000000',
  private: '11111111-1111-1111-1111-111111111111',
} as const;

/** An address and a MAC that only the `number`th server has. */
export function allocateAddress(
  number: number,
  attachment: Attachment | undefined,
): Pick<ServerRow, 'network' | 'address' | 'mac'> {
  if (!attachment) return { network: null, address: null, mac: null };
  const host = 10 + (number % 65_000);
  const hex = (number % 0x1_000_000).toString(16).padStart(6, '0');
  return {
    network: attachment.network,
    address: attachment.address ?? `${sharedNetwork.prefix}.${host >> 8}.${host & 255}`,
    mac: `fa:16:3e:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`,
  };
}

/** Reads `security_groups`: every account has the group `default` and no other. Throws 400. */
export function readSecurityGroups(asked: Json | undefined): string[] {
  if (!Array.isArray(asked) || asked.length === 0) return ['default'];
  const names = asked.map((group) =>
    typeof group === 'object' && group !== null && !Array.isArray(group) ? group['name'] : undefined,
  );
  const unknown = names.find((name) => name !== 'default');
  if (unknown !== undefined)
    throw badRequest(`Unable to find security_group with name or id ${formatPython(unknown)}`);
  return ['default'];
}
