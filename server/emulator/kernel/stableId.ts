import { createHash } from 'node:crypto';

/** Makes an id that stays the same from start to start: 32 hex digits. */
export function makeStableId(text: string): string {
  return createHash('md5').update(`cloud-images ${text}`).digest('hex');
}

/** The same as a UUID. */
export function makeStableUuid(text: string): string {
  return makeStableId(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
