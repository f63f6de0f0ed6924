import { compileExpression } from '../patterns/propertyPattern.ts';
import type { Limits, Profile, PropertyProtection } from '../rule.ts';
import { rackspaceFlavors } from './flavors.ts';

const limits: Limits = {
  tagLength: 255, // FAQ, "What are the restrictions on image tag strings?"
  tags: 128, // Glance's default quota; Rackspace's own is unpublished
  properties: 128,
  members: 128,
  nameLength: 255,
  importVirtualBytes: 42_949_672_960, // 40 GB as the import guide's codes 413 and 609 say; 160 GB since 2019
  importPhysicalBytes: 42_949_672_960,
  imageMetadata: 40, // maxImageMeta of the Compute API
  generalPurposeDiskBytes: 42_949_672_960, // limitations article: 40 GB
  ioDiskBytes: 42_949_672_960,
  volumeImageBytes: 127 * 2 ** 30, // how-to on migrating between flavors
};

export const profiles: Readonly<Record<Profile['name'], Profile>> = {
  rackspace: {
    name: 'rackspace',
    limits,
    protectedPrefixes: ['com.rackspace'],
    protectedNames: ['image_type', 'os_type', 'owner', 'user_id'],
    discouragedPrefixes: ['org.openstack'],
    serviceNames: ['base_image_ref', 'instance_uuid', 'flavor_classes', 'cache_in_nova'],
    ownPrefix: 'com.mycompany', // the guide's example
    flavors: rackspaceFlavors,
    imaging: { perGb: 2, coalesce: 1, perWrittenGb: 0.5, perDay: 0.5, factors: { standard1: 2 } },
  },
  openstack: {
    name: 'openstack',
    limits,
    protectedPrefixes: [],
    protectedNames: [],
    discouragedPrefixes: [],
    serviceNames: [],
    ownPrefix: 'com.mycompany',
  },
};

/** A profile with some limits changed, as `.cloud-images.json` may. */
export function withLimits(profile: Profile, changed: Partial<Limits>): Profile {
  return { ...profile, limits: { ...profile.limits, ...changed } };
}

/** What `.cloud-images.json` says of the cloud. */
export interface CloudConfiguration {
  readonly limits?: Partial<Limits>;
  readonly emulator?: {
    readonly propertyProtection?: readonly PropertyProtection[];
    readonly open?: Profile['opened'];
  };
}

/** A profile as `.cloud-images.json` has it. Throws where a pattern of the property protection cannot be used. */
export function configured(profile: Profile, { limits = {}, emulator = {} }: CloudConfiguration): Profile {
  const { open, propertyProtection } = emulator;
  const rules = propertyProtection?.map((rule) => {
    const { matchesStart } = compileExpression(rule.match);
    return { ...rule, matches: matchesStart };
  });
  return {
    ...withLimits(profile, limits),
    ...(open ? { opened: open } : {}),
    ...(rules && profile.name === 'openstack' ? { propertyProtection: rules } : {}),
  };
}
