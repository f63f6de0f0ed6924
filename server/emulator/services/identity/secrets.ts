import { createHash, timingSafeEqual } from 'node:crypto';

/** Tokens and secrets of credentials are kept as digests, so that a copy of the data folder does not log anybody in. */
export function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Takes the same time wherever they differ. */
export function isSecret(known: string | undefined, given: string): boolean {
  if (known === undefined) return false;
  const [one, other] = [known, given].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}
