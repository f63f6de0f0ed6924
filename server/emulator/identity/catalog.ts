import { createHash } from 'node:crypto';
import type { Profile } from '../../rules/types.ts';

/** What is served where. A region's name is upper case as in Rackspace's catalogue; its URLs are lower case. */
export interface Endpoint {
  readonly id: string;
  readonly region: string;
  readonly url: string;
}

export interface Service {
  readonly id: string;
  readonly type: 'image' | 'object-store';
  /** The service's name in Rackspace's v2.0 catalogue, or the project's in OpenStack. */
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
}

/** In URLs. */
export function regionsOf(profile: Profile): readonly string[] {
  return profile.name === 'rackspace' ? ['dfw', 'ord', 'iad', 'lon', 'syd', 'hkg'] : ['regionone'];
}

/** In catalogues. */
export function regionName(region: string): string {
  return region === 'regionone' ? 'RegionOne' : region.toUpperCase();
}

/** The account's name in Swift paths; the bare account is understood too. */
export function storageAccount(profile: Profile, account: string): string {
  return `${profile.name === 'rackspace' ? 'MossoCloudFS_' : 'AUTH_'}${account}`;
}

/** `base`: the URL that the caller used. v3 clients discover the version themselves; v2.0's catalogue names it. */
export function servicesOf(
  profile: Profile,
  base: string,
  account: string,
  imageVersion: '' | '/v2',
): Service[] {
  const service = (type: Service['type'], name: string, path: string): Service => ({
    id: stableId(type),
    type,
    name,
    endpoints: regionsOf(profile).map((region) => ({
      id: stableId(`${type} ${region}`),
      region: regionName(region),
      url: `${base}/${region}/${path}`,
    })),
  });
  const rackspace = profile.name === 'rackspace';
  return [
    service('image', rackspace ? 'cloudImages' : 'glance', `image${imageVersion}`),
    service(
      'object-store',
      rackspace ? 'cloudFiles' : 'swift',
      `object-store/v1/${storageAccount(profile, account)}`,
    ),
  ];
}

/** An id that stays the same from start to start: 32 hex digits. */
export function stableId(text: string): string {
  return createHash('md5').update(`cloud-images ${text}`).digest('hex');
}
