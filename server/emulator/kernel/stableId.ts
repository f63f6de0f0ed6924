import { createHash } from 'node:crypto';

/** Makes an id that stays the same from start to start: 32 hex digits. */
export function makeStableId(text: string): string {
  return createHash('md5').update(`cloud-images ${text}`).digest('hex');
}

/** The same as a UUID. */
export function makeStableUuid(text: string): string {
  const hex = makeStableId(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
