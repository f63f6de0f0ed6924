/** A cloud as data: what it offers, where its limits are, who may do what. Code asks for a capability, never for a name. */

import type { Policy } from '../policies/policy.ts';
import type { Release } from './releases.ts';
import type { CloudVocabulary } from './vocabulary.ts';

export const profileNames = ['rackspace', 'openstack'] as const;

export type ProfileName = (typeof profileNames)[number];

/** Where nothing says which cloud it is. */
export const defaultProfile: ProfileName = 'rackspace';

export interface Profile {
  readonly name: ProfileName;
  /** What its services run: later ones know more properties and formats, and inspect more. Of `openstack` alone. */
  readonly release: Release;
  /** The clouds whose own restrictions hold, besides those that every cloud has. */
  readonly restrictions: readonly ProfileName[];
  readonly limits: Limits;
  readonly offers: Readonly<Record<Verb, boolean>>;
  readonly identity: Identity;
  readonly images: ImageService;
  /** Custom properties that customers may not touch. */
  readonly protectedPrefixes: readonly string[];
  readonly protectedNames: readonly string[];
  /** The properties that the operator protects, by role; without it none are. */
  readonly propertyProtection?: readonly ProtectionRule[];
  /** What every new image must have by the operator's image schema; releases before 2026.1 have none (SOURCES: glance §14). */
  readonly requiredProperties?: readonly string[];
  /** Prefixes that are accepted and discouraged. */
  readonly discouragedPrefixes: readonly string[];
  /** Properties that the service sets; whether customers may change them is not known, so it is not refused. */
  readonly serviceNames: readonly string[];
  /** Prefix proposed for properties of one's own. */
  readonly ownPrefix: string;
  readonly compute: ComputeService;
  /** What the project asks of its images beside the cloud. */
  readonly policies?: readonly Policy[];
  /** What the cloud of the manifests told of itself. */
  readonly vocabulary?: CloudVocabulary;
  /** Undefined: the flavors are each cloud's own. */
  readonly flavors?: readonly Flavor[];
  /** Flavor classes decide how a server boots and which images it takes. */
  readonly restrictsFlavorClasses: boolean;
  /** Servers that boot from a volume can be imaged. */
  readonly imagesVolumeServers: boolean;
  /** How long images of servers take, where that is stated. */
  readonly imaging?: ImagingPace;
  /** Bytes that each segment of a static large object but the last must have. */
  readonly leastSegmentBytes: number;
}

/** What customers can do with the image service; `importTask` and `exportTask` are the tasks of Cloud Files. */
export type Verb =
  | 'create'
  | 'upload'
  | 'download'
  | 'stage'
  | 'importMethod'
  | 'deactivate'
  | 'metadefs'
  | 'stores'
  | 'importTask'
  | 'exportTask'
  | 'share'
  | 'tag'
  | 'patch'
  /** The operator can protect properties. */
  | 'propertyProtection';

/**
 * Actions that a role may allow (SOURCES: rackspace §3, DECISIONS 13). `tag`: PUT and DELETE of a tag; `share`: adding a
 * member; `administer`: everything else that changes.
 */
export type Action = 'read' | 'tag' | 'share' | 'administer';
export type Service = 'images' | 'files' | 'servers' | 'volumes';
/** By role; `*` is any. */
export type RoleTable = ReadonlyMap<string, readonly Action[]>;

export interface Identity {
  /** As they stand in URLs. */
  readonly regions: readonly string[];
  /** In the service catalog, by type. */
  readonly serviceNames: Readonly<
    Record<'identity' | 'image' | 'object-store' | 'compute' | 'volume' | 'network', string>
  >;
  /** Of the service that publishes containers of files, where there is one. */
  readonly cdnName?: string;
  /** Users sign in to files with their API key at `/v1.0`, too. */
  readonly hasV1?: boolean;
  /** Before the account in Swift paths. */
  readonly accountPrefix: string;
  readonly roles: Readonly<Record<Service, RoleTable>>;
  /** Roles of the cloud's own administrators, who may change what is not theirs. */
  readonly adminRoles: readonly string[];
  /** The role of each demo user. */
  readonly demoRoles: Readonly<Record<DemoRole, string>>;
}

export type DemoRole = 'owner' | 'admin' | 'observer' | 'imagesAdmin' | 'creator' | 'imagesObserver';

export interface ImageService {
  readonly visibilities: readonly string[];
  readonly defaultVisibility: string;
  /** Visibilities of images that have no members. */
  readonly withoutMembers: readonly string[];
  /** Values of the list filter `visibility`; `shared` means "shared with me" where it is no visibility. */
  readonly visibilityFilters: readonly string[];
  readonly diskFormats: readonly string[];
  readonly containerFormats: readonly string[];
  /** Images have the hashes of Glance since Rocky, and `stores`. */
  readonly hasHashes: boolean;
  /** Names may have characters outside the Basic Multilingual Plane. */
  readonly wideNames: boolean;
  /** A colon in the list filters `name` and `id` belongs to the value, and is no operator. */
  readonly colonsInNames: boolean;
  /** A list filter that is neither `true` nor `false` is refused; otherwise it matches nothing. */
  readonly refusesOtherFlags: boolean;
  /** Roles are checked in front of the service, before it reads a request; otherwise once the image is found. */
  readonly checksRolesFirst: boolean;
  /** An image manifest that fits no image makes one, and may choose its id. */
  readonly madeByManifests: boolean;
  /** `auto_disk_config: disabled` can be set by the service alone. */
  readonly reservesDiskConfig: boolean;
  /** Servers built from a shared image are never managed by the provider. */
  readonly sharedAreUnmanaged: boolean;
  /** The cloud's own images carry the properties of their release, `com.rackspace__1__…`. */
  readonly releaseProperties: boolean;
}

export interface ComputeService {
  /** Nova's API 2.1 with microversions and schemas; otherwise the API v2 that was before it. */
  readonly hasMicroversions: boolean;
  /** It makes images of servers every day or week where that is asked for. */
  readonly schedulesImages: boolean;
  /** Milliseconds that a state lasts at least: a build, an image of a server before its upload and in it (DECISIONS 26). */
  readonly least: Readonly<Record<'build' | 'imaging' | 'upload', number>>;
}

export interface Limits {
  readonly tagLength: number;
  readonly tags: number;
  readonly properties: number;
  readonly members: number;
  /** Length of an image's name and of a property's name. */
  readonly nameLength: number;
  readonly importVirtualBytes: number;
  readonly importPhysicalBytes: number;
  /** All VHDs of a server's disk that an image is made of, but of Standard servers and Windows. */
  readonly serverImageBytes: number;
  /** Properties given to an image when it is made of a server. */
  readonly imageMetadata: number;
  /** Largest system volumes (not of Windows) that General Purpose and I/O servers are built from, whatever their own disk; 0: no limit (DECISIONS 2). */
  readonly generalPurposeDiskBytes: number;
  readonly ioDiskBytes: number;
  /** Largest image that a bootable volume is made from. */
  readonly volumeImageBytes: number;
}

export type PropertyAction = 'create' | 'read' | 'update' | 'delete';

/** Roles that may do something with the properties whose name begins as the pattern says; `@`: all, `!`: none. */
export interface PropertyProtection extends Readonly<Record<PropertyAction, readonly string[]>> {
  /** A regular expression, matched at the beginning of the name. */
  readonly match: string;
}

/** Such a rule, ready for use. */
export interface ProtectionRule extends PropertyProtection {
  matches(name: string): boolean;
}

export interface Flavor {
  readonly id: string;
  /** Of `OS-FLV-WITH-EXT-SPECS:extra_specs`: `general1`, `onmetal`, … */
  readonly class: string;
  /** MB. */
  readonly ram: number;
  /** System disk in GB; 0: it boots from volumes only. */
  readonly disk: number;
  /** Data disks in GB. */
  readonly ephemeral: number;
  readonly vcpus: number;
  readonly name?: string;
  /** What it asks of hosts beyond memory and processors, where that is known. */
  readonly extra_specs?: Readonly<Record<string, string>>;
}

export interface Caller {
  /** Account number (tenant, project). */
  readonly account: string;
  /** Empty: not known. */
  readonly roles: readonly string[];
}

/**
 * How long an image of a server takes (DECISIONS 15): first the chain of VHDs is coalesced, then the disk is saved,
 * compressed and uploaded. Minutes; GB are 2^30 bytes.
 */
export interface ImagingPace {
  /** Saving and uploading, for each GB that the file system ever held. "Cloud image creation format and process": 2. */
  readonly perGb: number;
  /** Coalescing at least; ours. */
  readonly coalesce: number;
  /** For each GB written, changed or deleted since the last image, reads not counted; ours. */
  readonly perWrittenGb: number;
  /** Coalescing and again saving, for each GB written while they go on; ours. */
  readonly perWrittenDuringGb: number;
  /** For each day since the last image; ours. */
  readonly perDay: number;
  /** By flavor class, what all of it is multiplied with: older flavors have slower networks. Ours. */
  readonly factors: Readonly<Record<string, number>>;
  /** A coalesce that takes longer is given up; ours. */
  readonly mostCoalesce: number;
  /** From a failure on, until what could be reclaimed is. "Cloud server image limitations": about half an hour. */
  readonly cleanup: number;
  /** More files are not imaged; ours, since the articles give no number. */
  readonly mostFiles: number;
  /** Flavor classes whose servers have no limits on size and files. */
  readonly withoutLimits: readonly string[];
  readonly growth: DiskGrowth;
}

/** How the VHD of a server's disk grows beyond the most that its file system held (DECISIONS 16). GB are 2^30 bytes. */
export interface DiskGrowth {
  /** What every VHD has. */
  readonly baseGb: number;
  /** For each GB ever written, and ever deleted: the change is noted. */
  readonly perWrittenGb: number;
  readonly perDeletedGb: number;
  /** For each image taken. */
  readonly perImageGb: number;
}
