import type { Profile } from '../../../rules/profile/profile.ts';
import { hasReached } from '../../../rules/profile/releases.ts';
import type { EmulatorContext } from '../context.ts';

/** `[first, …, last]`, downwards. */
const downFrom = (first: number, last: number): number[] =>
  Array.from({ length: first - last + 1 }, (_, at) => first - at);

/**
 * Minor versions of the API v2 that are served, in the order in which Glance names them (`api/versions.py`): those of a
 * cache with one alone, and 2.17 behind those of several stores where it is the newest.
 */
export function listMinorVersions({
  profile,
  settings,
}: Pick<EmulatorContext, 'profile' | 'settings'>): readonly number[] {
  if (!profile.offers.stores) return downFrom(9, 0);
  const cached = settings.imageCache ? [...(hasCacheUpkeep(profile) ? [18, 17] : []), 16, 15, 14] : [15];
  const added = hasReached(profile.release, '2024.2') && !cached.includes(17) ? [17] : [];
  return [...cached, ...downFrom(13, 8), ...added, ...downFrom(7, 0)];
}

/** The cache can be cleaned and pruned, and tells which nodes have an image (2.18). */
export function hasCacheUpkeep({ release }: Profile): boolean {
  return hasReached(release, '2026.2');
}
