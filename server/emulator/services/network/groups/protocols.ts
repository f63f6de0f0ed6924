/** Protocols of a rule by the names that Neutron knows, in its order (SOURCES: neutron §2). */
export const protocolNumbers: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  hopopt: 0,
  icmp: 1,
  igmp: 2,
  ip: 0,
  ipip: 4,
  'ipv6-encap': 41,
  'ipv6-frag': 44,
  'ipv6-icmp': 58,
  icmpv6: 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  'ipv6-route': 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
};

/** Those that have ports. */
const withPorts: readonly (number | undefined)[] = [33, 132, 6, 17, 136];
const icmp: readonly (number | undefined)[] = [1, 58];

export function numberOf(protocol: string): number {
  return protocolNumbers[protocol] ?? Number(protocol);
}

export function hasPorts(protocol: string): boolean {
  return withPorts.includes(numberOf(protocol));
}

export function isIcmp(protocol: string): boolean {
  return icmp.includes(numberOf(protocol));
}

/** It makes sense with IPv6 alone. */
export function isOfIPv6(protocol: string): boolean {
  return [41, 44, 58, 59, 60, 43].includes(numberOf(protocol));
}
