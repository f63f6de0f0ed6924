export type ImportMethod = 'glance-direct' | 'web-download' | 'copy-image' | 'glance-download';

/** Settings of the emulated service beyond its profile: the section `emulator` of `.cloud-images.json`, but for
 * what is the profile's. */
export interface Settings {
  /** The first is the default (openstack profile). */
  readonly stores: readonly string[];
  /** Import methods that the operator enables, in the order in which Glance names them (openstack profile). */
  readonly importMethods: readonly ImportMethod[];
  /** Images are cached beside the API, which then serves the cache API (openstack profile). */
  readonly imageCache: boolean;
  readonly imageBytes: number;
  /** Bytes of image data an account may store; 0: no limit. */
  readonly storageBytes: number;
  /** Bytes of an export's segments, but for the last (DECISIONS 7). */
  readonly exportSegmentBytes: number;
  /** How imports pack (DECISIONS 22): `stored` for quick rehearsals. The container is gzip all the same. */
  readonly ovaCompression: 'deflate' | 'stored';
  /** Quotas of the Compute API where they are not Nova's; -1: no limit. */
  readonly quotas: Readonly<Record<string, number>>;
  readonly webDownload: { readonly ports: readonly number[]; readonly hosts: readonly string[] };
}

/** Glance's defaults (SOURCES: glance §8, §10), and two stores so that their verbs can be tried. */
export const defaultSettings: Settings = {
  stores: ['fast', 'slow'],
  importMethods: ['glance-direct', 'web-download', 'copy-image'],
  imageCache: true,
  imageBytes: 2 ** 40,
  storageBytes: 0,
  exportSegmentBytes: 1_048_576_000,
  ovaCompression: 'deflate',
  quotas: {},
  webDownload: { ports: [80, 443], hosts: [] },
};
