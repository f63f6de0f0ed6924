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
