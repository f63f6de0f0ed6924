import { compileExpression } from '../patterns/propertyPattern.ts';
import { compilePolicies, type PolicySource } from '../policies/policy.ts';
import { scsPolicies } from '../policies/scs.ts';
import { rackspaceFlavors } from './flavors.ts';
import { hasPreset, type Preset } from './preset.ts';
import type { Action, Limits, Profile, ProfileName, PropertyProtection, RoleTable } from './profile.ts';
import { defaultRelease, hasReached, type Release } from './releases.ts';

const limits: Limits = {
  tagLength: 255, // FAQ, "What are the restrictions on image tag strings?"
  tags: 128, // Glance's default quota; Rackspace's own is unpublished
  properties: 128,
  members: 128,
  nameLength: 255,
  importVirtualBytes: 42_949_672_960, // 40 GB as the import guide's codes 413 and 609 say; 160 GB since 2019
  importPhysicalBytes: 42_949_672_960,
  serverImageBytes: 42_949_672_960, // limitations article, which names no other number
  imageMetadata: 40, // maxImageMeta of the Compute API
  generalPurposeDiskBytes: 42_949_672_960, // limitations article: 40 GB
  ioDiskBytes: 42_949_672_960,
  volumeImageBytes: 127 * 2 ** 30, // how-to on migrating between flavors
};

const everything: readonly Action[] = ['read', 'tag', 'share', 'administer'];

const rackspaceFileRoles: RoleTable = new Map([
  ['identity:user-admin', everything],
  ['admin', everything],
  ['observer', ['read']],
]);

const rackspaceImageRoles: RoleTable = new Map([
  ['identity:user-admin', everything],
  ['admin', everything],
  ['cloudImages:admin', everything],
  ['cloudImages:creator', ['read', 'tag', 'share']],
  ['cloudImages:observer', ['read', 'tag']],
  ['observer', ['read', 'tag']],
]);

const openstackRoles: RoleTable = new Map([
  ['admin', everything],
  ['member', everything],
  ['reader', ['read']],
]);

/** Formats of the guide's image schema (SOURCES: rackspace §1.8), and those that later Glance added (SOURCES: glance §3). */
const oldDiskFormats = ['ami', 'ari', 'aki', 'vhd', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso'];
const oldContainerFormats = ['ami', 'ari', 'aki', 'bare', 'ovf', 'ova'];

const leastStates = { build: 30_000, imaging: 60_000, upload: 90_000 };

const rackspace: Profile = {
  name: 'rackspace',
  release: defaultRelease,
  restrictions: ['rackspace'],
  limits,
  // The public service offers no create, upload or download (DECISIONS 21; SOURCES: rackspace §1); settings may open them.
  offers: {
    create: false,
    upload: false,
    download: false,
    stage: false,
    importMethod: false,
    deactivate: false,
    metadefs: false,
    stores: false,
    importTask: true,
    exportTask: true,
    share: true,
    tag: true,
    patch: true,
    propertyProtection: false,
  },
  identity: {
    regions: ['dfw', 'ord', 'iad', 'lon', 'syd', 'hkg'],
    serviceNames: {
      identity: 'keystone',
      image: 'cloudImages',
      'object-store': 'cloudFiles',
      compute: 'cloudServersOpenStack',
      volume: 'cloudBlockStorage',
      network: 'cloudNetworks',
    },
    cdnName: 'cloudFilesCDN',
    hasV1: true,
    accountPrefix: 'MossoCloudFS_',
    roles: {
      images: rackspaceImageRoles,
      files: rackspaceFileRoles,
      servers: rackspaceFileRoles,
      volumes: rackspaceFileRoles,
    },
    adminRoles: [], // `admin` is a role of customers
    demoRoles: {
      owner: 'identity:user-admin',
      admin: 'admin',
      observer: 'observer',
      imagesAdmin: 'cloudImages:admin',
      creator: 'cloudImages:creator',
      imagesObserver: 'cloudImages:observer',
    },
  },
  images: {
    visibilities: ['public', 'private'],
    defaultVisibility: 'private',
    withoutMembers: ['public'],
    visibilityFilters: ['public', 'private', 'shared'],
    diskFormats: oldDiskFormats,
    containerFormats: oldContainerFormats,
    hasHashes: false,
    wideNames: true,
    colonsInNames: true,
    refusesOtherFlags: false,
    checksRolesFirst: true,
    madeByManifests: false,
    reservesDiskConfig: true,
    sharedAreUnmanaged: true,
    releaseProperties: true,
  },
  protectedPrefixes: ['com.rackspace'],
  protectedNames: ['image_type', 'os_type', 'owner', 'user_id'],
  discouragedPrefixes: ['org.openstack'],
  serviceNames: ['base_image_ref', 'instance_uuid', 'flavor_classes', 'cache_in_nova'],
  ownPrefix: 'com.mycompany', // the guide's example
  compute: { hasMicroversions: false, schedulesImages: true, least: leastStates },
  flavors: rackspaceFlavors,
  restrictsFlavorClasses: true,
  imagesVolumeServers: false,
  imaging: {
    perGb: 2,
    coalesce: 1,
    perWrittenGb: 0.5,
    perWrittenDuringGb: 2,
    perDay: 0.5,
    factors: { standard1: 2 },
    mostCoalesce: 60,
    cleanup: 30,
    mostFiles: 1_000_000,
    withoutLimits: ['standard1'],
    growth: { baseGb: 0.55, perWrittenGb: 0.075, perDeletedGb: 0.075, perImageGb: 0.1 },
  },
  leastSegmentBytes: 2 ** 20,
};

const openstack: Profile = {
  name: 'openstack',
  release: defaultRelease,
  restrictions: ['openstack'],
  limits: { ...limits, imageMetadata: 128 }, // Nova's metadata_items
  offers: {
    create: true,
    upload: true,
    download: true,
    stage: true,
    importMethod: true,
    deactivate: true,
    metadefs: true,
    stores: true,
    importTask: false,
    exportTask: false,
    share: true,
    tag: true,
    patch: true,
    propertyProtection: true,
  },
  identity: {
    regions: ['regionone'],
    serviceNames: {
      identity: 'keystone',
      image: 'glance',
      'object-store': 'swift',
      compute: 'nova',
      volume: 'cinder',
      network: 'neutron',
    },
    accountPrefix: 'AUTH_',
    roles: {
      images: openstackRoles,
      files: new Map([...openstackRoles, ['ResellerAdmin', everything]]),
      servers: new Map([['*', everything]]), // SOURCES: nova §10
      volumes: openstackRoles,
    },
    adminRoles: ['admin'],
    demoRoles: {
      owner: 'member',
      admin: 'admin',
      observer: 'reader',
      imagesAdmin: 'member',
      creator: 'member',
      imagesObserver: 'reader',
    },
  },
  images: {
    visibilities: ['public', 'private', 'shared', 'community'],
    defaultVisibility: 'shared',
    withoutMembers: ['public', 'private', 'community'],
    visibilityFilters: ['public', 'private', 'shared', 'community', 'all'],
    diskFormats: ['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop'],
    containerFormats: [...oldContainerFormats, 'docker', 'compressed'],
    hasHashes: true,
    wideNames: false,
    colonsInNames: false,
    refusesOtherFlags: true,
    checksRolesFirst: false,
    madeByManifests: true,
    reservesDiskConfig: false,
    sharedAreUnmanaged: false,
    releaseProperties: false,
  },
  protectedPrefixes: [],
  protectedNames: [],
  discouragedPrefixes: [],
  serviceNames: [],
  ownPrefix: 'com.mycompany',
  compute: { hasMicroversions: true, schedulesImages: false, least: leastStates },
  restrictsFlavorClasses: false,
  imagesVolumeServers: true,
  leastSegmentBytes: 1,
};

export const profiles: Readonly<Record<ProfileName, Profile>> = { rackspace, openstack };

export function isProfileName(name: string): name is ProfileName {
  return Object.hasOwn(profiles, name);
}

/** A profile with some limits changed, as `.cloud-images.json` may. */
export function withLimits(profile: Profile, changed: Partial<Limits>): Profile {
  return { ...profile, limits: { ...profile.limits, ...changed } };
}

/** Verbs that the settings can open to customers beyond what the public service offers. */
export const openable = ['create', 'upload', 'download'] as const;

/** What `.cloud-images.json` says of the cloud. */
export interface CloudConfiguration {
  readonly limits?: Partial<Limits>;
  readonly release?: Release | undefined;
  readonly policies?: readonly PolicySource[];
  readonly preset?: Preset | readonly Preset[];
  readonly emulator?: {
    readonly propertyProtection?: readonly PropertyProtection[];
    readonly requiredProperties?: readonly string[];
    readonly open?: readonly (typeof openable)[number][];
  };
}

/** A profile as `.cloud-images.json` has it. Throws where a pattern of the property protection or of a policy cannot be used. */
export function configure(
  profile: Profile,
  { limits = {}, release, emulator = {}, policies = [], preset }: CloudConfiguration,
): Profile {
  const { open = [], propertyProtection, requiredProperties = [] } = emulator;
  const requires = profile.images.madeByManifests && hasReached(release ?? profile.release, '2026.1');
  const rules = propertyProtection?.map((rule) => {
    return { ...rule, matches: compileProtection(rule.match) };
  });
  const asked = [
    ...(hasPreset(preset, 'scs') ? compilePolicies(scsPolicies, 'SCS-0102') : []),
    ...compilePolicies(policies, 'This project'),
  ];
  return {
    ...withLimits(profile, limits),
    ...(release ? { release } : {}),
    ...(asked.length > 0 ? { policies: asked } : {}),
    offers: { ...profile.offers, ...Object.fromEntries(open.map((verb) => [verb, true])) },
    ...(rules && profile.offers.propertyProtection ? { propertyProtection: rules } : {}),
    ...(requires && requiredProperties.length > 0 ? { requiredProperties } : {}),
  };
}

function compileProtection(pattern: string): (name: string) => boolean {
  try {
    return compileExpression(pattern).matchesStart;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The property protection cannot be used: ${why}`, { cause: error });
  }
}
