import type { Profile } from '../../../rules/profile/profile.ts';
import { formatRegion, listRegions } from '../../kernel/regions.ts';
import { makeStableId } from '../../kernel/stableId.ts';

export type CatalogVersion = 'v2.0' | 'v3';

export interface CatalogEntry {
  readonly type: string;
  /** Undefined: the profile has no such service. */
  readonly name: (profile: Profile) => string | undefined;
  /** Below the region's address; a leading slash: below the emulator's. v3 clients discover versions, v2.0's do not. */
  readonly path: (account: string, version: CatalogVersion, profile: Profile) => string;
  /** Where it is in one of the catalogues only. */
  readonly only?: CatalogVersion;
  readonly accountPrefix?: (profile: Profile) => string;
}

export interface Endpoint {
  readonly id: string;
  readonly region: string;
  readonly url: string;
}

/** A service as a token's catalogue shows it. */
export interface CatalogService {
  readonly id: string;
  readonly type: string;
  /** The service's name in Rackspace's v2.0 catalogue, or the project's in OpenStack. */
  readonly name: string;
  /** The account as this service's URLs name it. */
  readonly tenant: string;
  readonly endpoints: readonly Endpoint[];
}

/** `base`: the URL that the caller used. Without an account, only services whose addresses name none. */
export function renderCatalog(
  { catalog, profile }: { readonly catalog: readonly CatalogEntry[]; readonly profile: Profile },
  base: string,
  account: string | undefined,
  version: CatalogVersion,
): CatalogService[] {
  return catalog
    .filter(({ only }) => only === undefined || only === version)
    .filter(
      ({ path }) => account !== undefined || path('a', version, profile) === path('b', version, profile),
    )
    .flatMap(({ type, name: nameOf, path, accountPrefix }): CatalogService[] => {
      const name = nameOf(profile);
      if (name === undefined) return [];
      const tenant = `${accountPrefix?.(profile) ?? ''}${account ?? ''}`;
      const below = path(tenant, version, profile);
      return [
        {
          id: makeStableId(type),
          type,
          name,
          tenant,
          endpoints: listRegions(profile).map((region) => ({
            id: makeStableId(`${type} ${region}`),
            region: formatRegion(region),
            url: below.startsWith('/') ? `${base}${below}` : `${base}/${region}/${below}`,
          })),
        },
      ];
    });
}
