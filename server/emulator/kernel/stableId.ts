import { createHash } from 'node:crypto';

/** Makes an id that stays the same from start to start: 32 hex digits. */
export function makeStableId(text: string): string {
  return createHash('md5').update(`cloud-images ${text}`).digest('hex');
}
