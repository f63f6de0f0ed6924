import { ApiError } from '../../kernel/apiError.ts';

/** Neutron's faults: the status and the message of each type, `%` being what it is about (SOURCES: neutron §1, §2). */
const faults = {
  NetworkNotFound: [404, 'Network % could not be found.'],
  SubnetNotFound: [404, 'Subnet % could not be found.'],
  PortNotFound: [404, 'Port % could not be found.'],
  TenantQuotaNotFound: [404, 'Quota for tenant % could not be found.'],
  AddressGroupNotFound: [404, 'Address group % could not be found.'],
  SecurityGroupRuleNotFound: [404, 'Security group rule % does not exist'],
  SecurityGroupNotFound: [404, 'Security group % does not exist'],
  SecurityGroupInUse: [409, 'Security Group % in use.'],
  SecurityGroupRuleExists: [409, 'Security group rule already exists. Rule id is %.'],
  DuplicateSecurityGroupRuleInPost: [409, 'Duplicate Security Group Rule in POST.'],
  SecurityGroupDefaultAlreadyExists: [409, 'Default security group already exists.'],
  SecurityGroupCannotUpdateDefault: [409, 'Updating default security group not allowed.'],
  SecurityGroupCannotRemoveDefault: [409, 'Insufficient rights for removing default security group.'],
  OverQuota: [409, "Quota exceeded for resources: ['%']."],
  BadRequest: [400, "Bad limit request: Limit must be an integer 0 or greater and not '%'."],
  InvalidInput: [400, 'Invalid input for operation: %'],
  MalformedRequestBody: [400, 'Malformed request body: %.'],
  InvalidCIDR: [400, 'Invalid CIDR % given as IP prefix.'],
  SecurityGroupNotSingleGroupRules: [400, 'Only allowed to update rules for one security profile at a time'],
  SecurityGroupRuleInvalidProtocol: [
    400,
    'Security group rule protocol % not supported. Only protocol values % and integer representations [0 to 255] are supported.',
  ],
  SecurityGroupRuleInvalidEtherType: [
    400,
    "Security group rule for ethertype '%' not supported. Allowed values are ['IPv4', 'IPv6'].",
  ],
  SecurityGroupEthertypeConflictWithProtocol: [400, 'Invalid ethertype % for protocol %.'],
  SecurityGroupRuleParameterConflict: [400, 'Conflicting value ethertype % for CIDR %'],
  SecurityGroupMultipleRemoteEntites: [
    400,
    'Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.',
  ],
  SecurityGroupInvalidPortValue: [400, 'Invalid value for port %'],
  SecurityGroupInvalidPortRange: [400, 'For TCP/UDP protocols, port_range_min must be <= port_range_max'],
  SecurityGroupProtocolRequiredWithPorts: [400, 'Must also specify protocol if port range is given.'],
  SecurityGroupInvalidProtocolForPort: [
    400,
    'Ports cannot be specified for protocol %. Ports are only supported for DCCP, SCTP, TCP, UDP, UDPLITE.',
  ],
  SecurityGroupInvalidIcmpValue: [400, 'Invalid value for ICMP % (%) %. It must be 0 to 255.'],
  SecurityGroupMissingIcmpType: [
    400,
    'ICMP code (port-range-max) % is provided but ICMP type (port-range-min) is missing.',
  ],
} as const satisfies Readonly<Record<string, readonly [status: 400 | 404 | 409, message: string]>>;

export type FaultType = keyof typeof faults;

const rules = { 400: 'network/request', 404: 'network/not-found', 409: 'network/conflict' } as const;

/** `about`: what stands in the gaps of the message. */
export function fault(type: FaultType, ...about: readonly (string | number)[]): ApiError {
  const [status, message] = faults[type];
  const [start = '', ...rest] = message.split('%');
  return new ApiError(rules[status], start + rest.map((part, at) => `${about[at]}${part}`).join(''));
}

/** A fault that Neutron has no type for. */
export function invalid(text: string): ApiError {
  return new ApiError('network/request', text);
}

const patterns = Object.entries(faults).map(([type, [, message]]) => {
  const [start = '', ...rest] = message.split('%').map((part) => part.replaceAll(/[.()[\]]/g, '\\$&'));
  return { type, pattern: new RegExp(`^${[start, ...rest].join('.*')}$`, 's') };
});

const types: Readonly<Record<number, string>> = {
  400: 'HTTPBadRequest',
  403: 'PolicyNotAuthorized',
  404: 'HTTPNotFound',
  405: 'HTTPMethodNotAllowed',
};

/** The type of the fault whose message this is. */
export function typeOf(status: number, text: string): string {
  return (
    patterns.find(({ pattern }) => pattern.test(text))?.type ?? types[status] ?? 'HTTPInternalServerError'
  );
}
