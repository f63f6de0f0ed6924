import type { PlacedImage, PlacedOperation, Refused } from './families/subjects.ts';
import type { ImagingPace } from './service/imagingTime.ts';

/** What the rules speak of: plain data, no positions, no I/O. Sizes are bytes; lengths of text are Unicode code points. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** The manifest kinds that have rules. Each is the body of an API call, or of one document of a file. */
export type Kind = 'image' | 'import' | 'export' | 'patch' | 'server-image' | 'server';

/** error: the cloud refuses it · warning: accepted, hurts later · information, hint: worth knowing. */
export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** The very words of the cloud: an HTTP answer, or the `message` of a task that fails (VHD codes: `CODE: sentence`). */
export type Answer = { readonly status: number; readonly text: string } | { readonly task: string };

/** What a rule found, before the runner adds the rule's id and severity. */
export interface Observation {
  /** JSON Pointer (RFC 6901) into the manifest. */
  readonly pointer: string;
  /** Mark the key instead of the value. */
  readonly onKey?: boolean;
  /** Says what is wrong, where, and the remedy. */
  readonly message: string;
  readonly answer?: Answer;
  readonly fixes?: readonly Fix[];
  /** Only where it differs from the rule's own. */
  readonly severity?: Severity;
}

export interface Finding extends Observation {
  readonly rule: string;
  readonly severity: Severity;
}

/** A repair, as edits of the data; the language service turns them into text. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly DataEdit[];
  /** The one to take without asking (fix on save, fix all). Never set where meaning would be lost. */
  readonly safe?: boolean;
}

export type DataEdit =
  | { readonly do: 'set'; readonly pointer: string; readonly value: Json }
  | { readonly do: 'remove'; readonly pointer: string }
  /** Makes a scalar text, spelled as it is: `012` → `"012"`. */
  | { readonly do: 'quote'; readonly pointer: string }
  | { readonly do: 'rename'; readonly pointer: string; readonly name: string };

export interface Rule {
  /** `family/name`: stable, shown with every finding and sent by the emulator with every refusal. */
  readonly id: string;
  readonly severity: Severity;
  readonly kinds: readonly Kind[];
  /** The article or guide section that states the restriction. */
  readonly source: string;
  /** One sentence: what the service does. */
  readonly summary: string;
  /** Manifests that the rule marks and leaves alone; its page and its test are made from them. */
  readonly example: Example;
  /** Where the restriction exists; everywhere when absent. */
  readonly profile?: Profile['name'];
  check(subject: Subject): Iterable<Observation>;
}

export interface Example {
  readonly kind: Kind;
  /** YAML. */
  readonly bad: string;
  readonly good: string;
  /** The disk that the bad one names, and the good one. */
  readonly disk?: DiskFacts;
  readonly goodDisk?: DiskFacts;
  /** The live image that both apply to, or the bad one alone where `goodImage` is given; null: there is none. */
  readonly image?: JsonObject | null;
  readonly goodImage?: JsonObject;
  /** Words of the bad one. */
  readonly words?: readonly Word[];
  /** Who asks, in both. */
  readonly caller?: Caller;
  /** The container that the bad one names, and the good one. */
  readonly container?: ContainerFacts;
  readonly goodContainer?: ContainerFacts;
  /** What an earlier document of both files makes. */
  readonly made?: MadeBefore;
}

/** What a rule looks at. */
export interface Subject {
  readonly kind: Kind;
  readonly manifest: Json;
  readonly facts: Facts;
  /** What the request would be refused for; worked out once, when the first rule asks. */
  refusals(): readonly Refused[];
  /** The images of an image manifest, found once. */
  images(): readonly PlacedImage[];
  /** The well-formed operations of a patch, found once. */
  operations(): readonly PlacedOperation[];
}

/** What is known from outside the text. A missing fact is unknown, and then nothing is guessed from it. */
export interface Facts {
  readonly profile: Profile;
  readonly caller?: Caller;
  /** The live image that the manifest applies to; null: it is known that there is none. */
  readonly image?: ReadonlyMap<string, Json> | null;
  /** What describes `image` where it is not the live one, such as `web.image.yaml`. */
  readonly imageFrom?: string;
  /** The disk that an import names. */
  readonly disk?: DiskFacts | 'missing';
  /** Scalars whose spelling other YAML readers take for something else, such as `yes`, `012` or `1:30`. */
  readonly words?: readonly Word[];
  /** Documents that follow in the same file and apply to the import's result. */
  readonly following?: readonly { readonly kind: Kind; readonly data: Json }[];
  /** The last document before it in the same file that makes an image; that image is meant where none is named. */
  readonly made?: MadeBefore;
  /** The container that an export names. */
  readonly container?: ContainerFacts;
  /** What is known of the server that is imaged, in the shape of `server` in schemas/server-image.json. */
  readonly server?: JsonObject;
  /** The flavors of the cloud, where they are not those of the profile. */
  readonly flavors?: readonly Flavor[];
}

export interface MadeBefore {
  readonly kind: 'import' | 'server-image';
  readonly data: Json;
}

/** `objects`: the names in it, at least those that matter to the manifest. */
export type ContainerFacts = 'missing' | { readonly objects: readonly string[] };

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
}

export interface Word {
  readonly pointer: string;
  readonly spelled: string;
  /** What a reader of YAML 1.1 makes of it: `true`, `10`, `90 (seconds)`, `a date`. */
  readonly elsewhere: string;
}

export interface Caller {
  /** Account number (tenant, project). */
  readonly account: string;
  /** Empty: not known. */
  readonly roles: readonly string[];
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
  /** Properties given to an image when it is made of a server. */
  readonly imageMetadata: number;
  /** Largest system volumes (not of Windows) that General Purpose and I/O servers are built from, whatever their own disk; 0: no limit (decision 2). */
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

export interface Profile {
  readonly name: 'rackspace' | 'openstack';
  readonly limits: Limits;
  /** Custom properties that customers may not touch. */
  readonly protectedPrefixes: readonly string[];
  readonly protectedNames: readonly string[];
  /** What the operator of a plain OpenStack protects, by role; without it nothing is. */
  readonly propertyProtection?: readonly ProtectionRule[];
  /** Prefixes that are accepted and discouraged. */
  readonly discouragedPrefixes: readonly string[];
  /** Properties that the service sets; whether customers may change them is not known, so it is not refused. */
  readonly serviceNames: readonly string[];
  /** Prefix proposed for properties of one's own. */
  readonly ownPrefix: string;
  /** Undefined: the flavors are each cloud's own. */
  readonly flavors?: readonly Flavor[];
  /** How long images of servers take, where that is stated. */
  readonly imaging?: ImagingPace;
  /** Verbs that the settings open to customers beyond what the public service offers. */
  readonly opened?: readonly ('create' | 'upload' | 'download')[];
}

export type DiskFormat =
  | 'vhd'
  | 'vhdx'
  | 'qcow2'
  | 'qed'
  | 'vmdk'
  | 'vdi'
  | 'iso'
  | 'gzip'
  | 'tar'
  | 'text'
  | 'empty'
  | 'raw';

/** What `server/disks` reads off a disk, for the import rules. */
export interface DiskFacts {
  /** `container/object`, or the path, for messages. */
  readonly name: string;
  readonly format: DiskFormat;
  /** Bytes of the file or object. */
  readonly physicalSize: number;
  /** All below is present when format is 'vhd'. */
  readonly vhd?: VhdFacts;
}

export interface VhdFacts {
  /** The footer's disk type: 2 fixed, 3 dynamic, 4 differencing, others as found. */
  readonly type: number;
  /** The footer's current size. */
  readonly virtualSize: number;
  /** Footers, header, BAT and bitmaps that a VHD of this kind and virtual size has at most. */
  readonly metadataSize: number;
  /** Creator application, trimmed: `tap`, `qemu`, `win`, … */
  readonly creator: string;
  readonly zeroUuid: boolean;
  /** Structural damage, each naming the field (`footer checksum`) and what is wrong with it. Any of them is code 111. */
  readonly damage: readonly { readonly field: string; readonly text: string }[];
  readonly guest: GuestFacts;
}

/** What the disk's boot sectors, partition table and boot files show. Empty lists where nothing could be recognised. */
export interface GuestFacts {
  /** e.g. `gpt: EFI system (vfat), Linux (ext4)`. */
  readonly layout: string;
  /** Proof of Windows (decision 4), each a phrase such as `/EFI/Microsoft/Boot/bootmgfw.efi on partition 1`. */
  readonly windows: readonly string[];
  /** Signs that are not proof: NTFS, MSR, LDM or recovery partitions. */
  readonly windowsSigns: readonly string[];
}
