import type { Json } from '../../../../rules/json.ts';

/** Said where a key in the path is not the one in the body. */
export const keyMismatch = 'Request body and URI mismatch';

/** Words that Python's services take for true and false, in any case. */
const truths: readonly string[] = ['1', 't', 'true', 'on', 'y', 'yes'];
const untruths: readonly string[] = ['0', 'f', 'false', 'off', 'n', 'no'];

export function isTrue(value: Json | undefined): boolean {
  return value === true || (typeof value === 'string' && truths.includes(value.trim().toLowerCase()));
}

export function isFalse(value: Json | undefined): boolean {
  return value === false || (typeof value === 'string' && untruths.includes(value.trim().toLowerCase()));
}

/** An IPv6 address in its shortest form, as Nova stores it. Empty: none. */
export function shortenIPv6(address: string | null): string | null {
  return address === null || address === '' ? null : new URL(`http://[${address}]`).hostname.slice(1, -1);
}
