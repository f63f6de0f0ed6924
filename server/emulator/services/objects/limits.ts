import type { Profile } from '../../../rules/profile/profile.ts';

/** Swift's limits, as its `/info` tells them (SOURCES: rackspace §6). */
export const limits = {
  metadataItems: 90,
  metadataName: 128,
  metadataValue: 256,
  metadataTotal: 4096,
  accountName: 256,
  containerName: 256,
  objectName: 1024,
  objectBytes: 5 * 2 ** 30,
  listing: 10_000,
  /** Segments of one static large object. */
  segments: 1000,
  manifestBytes: 8 * 2 ** 20,
  /** Names in one bulk delete. */
  deletes: 10_000,
  /** Names that could not be deleted, after which a bulk delete gives up. */
  failedDeletes: 1000,
  /** Ranges of one `Range` header; more are answered 416. */
  ranges: 50,
} as const;

/** Bytes that each segment of a static large object but the last must have. */
export function leastSegment(profile: Profile): number {
  return profile.leastSegmentBytes;
}

export const temporaryUrlMethods = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] as const;

const digests = ['sha1', 'sha256', 'sha512'];

/** The answer of `/info`, which asks for no token. */
export function info(profile: Profile, version: string): object {
  return {
    swift: {
      version,
      strict_cors_mode: true,
      policies: [{ name: 'Policy-0', default: true, aliases: 'Policy-0' }],
      max_file_size: limits.objectBytes,
      max_meta_name_length: limits.metadataName,
      max_meta_value_length: limits.metadataValue,
      max_meta_count: limits.metadataItems,
      max_meta_overall_size: limits.metadataTotal,
      max_account_name_length: limits.accountName,
      max_container_name_length: limits.containerName,
      max_object_name_length: limits.objectName,
      max_header_size: 8192,
      extra_header_count: 0,
      account_autocreate: true,
      allow_account_management: false,
      account_listing_limit: limits.listing,
      container_listing_limit: limits.listing,
    },
    account_quotas: {},
    bulk_delete: { max_deletes_per_request: limits.deletes, max_failed_deletes: limits.failedDeletes },
    bulk_upload: {
      max_containers_per_extraction: limits.deletes,
      max_failed_extractions: limits.failedDeletes,
    },
    container_quotas: {},
    crossdomain: {},
    dlo: { max_segments_per_get: null },
    formpost: { allowed_digests: digests, deprecated_digests: ['sha1'] },
    object_versioning: {},
    slo: {
      max_manifest_segments: limits.segments,
      max_manifest_size: limits.manifestBytes,
      min_segment_size: leastSegment(profile),
    },
    staticweb: {},
    symlink: { symloop_max: 2, static_links: true },
    tempurl: {
      methods: temporaryUrlMethods,
      allowed_digests: digests,
      deprecated_digests: ['sha1'],
      incoming_remove_headers: ['x-timestamp'],
      incoming_allow_headers: [],
      outgoing_remove_headers: ['x-object-meta-*'],
      outgoing_allow_headers: ['x-object-meta-public-*'],
    },
    versioned_writes: { allowed_flags: ['x-versions-location', 'x-history-location'] },
  };
}
