import type { Profile } from '../../rules/profile/profile.ts';

/** A region's name is upper case as in Rackspace's catalogue; its URLs are lower case. */

/** In URLs. */
export function listRegions(profile: Profile): readonly string[] {
  return profile.identity.regions;
}

/** In catalogues. */
export function formatRegion(region: string): string {
  return region === 'regionone' ? 'RegionOne' : region.toUpperCase();
}
