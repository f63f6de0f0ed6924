import { isIPv6 } from 'node:net';

/** An IPv4 network: its first address and how many there are. */
export interface Cidr {
  readonly first: number;
  readonly size: number;
}

/** Reads `10.77.0.0/16`. Undefined where it is none, or not the first address of its network. */
export function parseCidr(text: string): Cidr | undefined {
  const [, address = '', bits = ''] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text) ?? [];
  const first = parseAddress(address);
  const size = 2 ** (32 - Number(bits));
  if (first === undefined || bits === '' || Number(bits) > 32 || first % size !== 0) return undefined;
  return { first, size };
}

export function parseAddress(text: string): number | undefined {
  const parts = text.split('.').map(Number);
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** An address with the length of its network's prefix, of both families: `10.1.2.3/24` is in the network `10.1.2.0/24`. */
export interface Prefix {
  readonly version: 4 | 6;
  readonly text: string;
  readonly network: string;
}

/** Reads a prefix; an address alone is the whole of its network. Undefined where it is none. */
export function readPrefix(text: string): Prefix | undefined {
  const [address = '', length, ...more] = text.split('/');
  const isOfSix = isIPv6(address);
  const [most, number] = isOfSix ? [128, readIPv6(address)] : [32, parseAddress(address)];
  const bits = Number(length ?? most);
  if (number === undefined || more.length > 0 || !/^\d{1,3}$/.test(length ?? '0') || bits > most)
    return undefined;
  const rest = 2n ** BigInt(most - bits);
  const first = (BigInt(number) / rest) * rest;
  return isOfSix
    ? { version: 6, text: `${formatIPv6(BigInt(number))}/${bits}`, network: `${formatIPv6(first)}/${bits}` }
    : { version: 4, text: `${address}/${bits}`, network: `${formatAddress(Number(first))}/${bits}` };
}

function readIPv6(address: string): bigint {
  const [left = '', right] = shorten(address).split('::');
  const [before, after] = [left, right ?? ''].map((half) => (half === '' ? [] : half.split(':')));
  const gap = right === undefined ? 0 : 8 - (before?.length ?? 0) - (after?.length ?? 0);
  const groups = [...(before ?? []), ...Array.from({ length: gap }, () => '0'), ...(after ?? [])];
  return groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

function formatIPv6(number: bigint): string {
  const hex = number.toString(16).padStart(32, '0');
  return shorten((hex.match(/.{4}/g) ?? []).join(':'));
}

/** An IPv6 address in its shortest form, with hexadecimal digits alone. */
function shorten(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
