import { createHash } from 'node:crypto';
import type { Profile } from '../../../rules/profile/profile.ts';
import type { Request } from '../../kernel/http.ts';

/** What is served where. A region's name is upper case as in Rackspace's catalogue; its URLs are lower case. */
export interface Endpoint {
  readonly id: string;
  readonly region: string;
  readonly url: string;
}

export interface Service {
  readonly id: string;
  readonly type: ServiceType;
  /** The service's name in Rackspace's v2.0 catalogue, or the project's in OpenStack. */
  readonly name: string;
  /** The account as this service's URLs name it. */
  readonly tenant: string;
  readonly endpoints: readonly Endpoint[];
}

type ServiceType = 'identity' | 'image' | 'object-store';

interface Entry {
  readonly type: ServiceType;
  /** Below the region's address; a leading slash: below the emulator's. v3 clients discover versions, v2.0's do not. */
  readonly path: (account: string, version: Version) => string;
  /** Where it is in one of the catalogues only. */
  readonly only?: Version;
  readonly accountPrefix?: (profile: Profile) => string;
}

type Version = 'v2.0' | 'v3';

const table: readonly Entry[] = [
  {
    type: 'identity',
    path: () => '/identity',
    only: 'v3',
  },
  {
    type: 'image',
    path: (_account, version) => (version === 'v3' ? 'image' : 'image/v2'),
  },
  {
    type: 'object-store',
    path: (account) => `object-store/v1/${account}`,
    accountPrefix: ({ identity }) => identity.accountPrefix,
  },
];

/** In URLs. */
export function regionsOf(profile: Profile): readonly string[] {
  return profile.identity.regions;
}

/** In catalogues. */
export function regionName(region: string): string {
  return region === 'regionone' ? 'RegionOne' : region.toUpperCase();
}

/** `base`: the URL that the caller used. */
export function servicesOf(profile: Profile, base: string, account: string, version: Version): Service[] {
  return table
    .filter(({ only }) => only === undefined || only === version)
    .map(({ type, path, accountPrefix }) => {
      const tenant = `${accountPrefix?.(profile) ?? ''}${account}`;
      const below = path(tenant, version);
      return {
        id: stableId(type),
        type,
        name: profile.identity.serviceNames[type],
        tenant,
        endpoints: regionsOf(profile).map((region) => ({
          id: stableId(`${type} ${region}`),
          region: regionName(region),
          url: below.startsWith('/') ? `${base}${below}` : `${base}/${region}/${below}`,
        })),
      };
    });
}

/** `http://127.0.0.1:PORT`, under the name that the caller used. */
export function baseOf({ headers }: Request): string {
  return `http://${headers.host ?? ''}`;
}

/** An id that stays the same from start to start: 32 hex digits. */
export function stableId(text: string): string {
  return createHash('md5').update(`cloud-images ${text}`).digest('hex');
}
