import type { Json, JsonObject } from './json.ts';
import type { Caller, Flavor, Profile } from './profile/profile.ts';
import type { ServerQuota } from './service/serverQuota.ts';

/** The manifest kinds that have rules. Each is the body of an API call, or of one document of a file. */
export type Kind = 'image' | 'import' | 'export' | 'patch' | 'server-image' | 'server';

/** What is known of the image that a manifest, or an item of a list, applies to. */
export interface ImageFacts {
  /** The disk that an import names, or that becomes the image. */
  readonly disk?: DiskFacts | 'missing';
  /** The image as it will be when the manifest is run; null: it is known that there is none. */
  readonly image?: ReadonlyMap<string, Json> | null;
  /** What describes `image` where it is not the live one, such as `web.image.yaml`. */
  readonly imageFrom?: string;
  /** The manifest is the text of the opened image: what it does not have is to be removed. */
  readonly opened?: true;
  /** The id that names the image where no manifest says it, such as that of a patch's companion. */
  readonly id?: string;
  /** The ids of several images of the manifest's name, of which none is meant more than another. */
  readonly sameName?: readonly string[];
  /** Why no image of the connected cloud is meant: the manifest names none, or the account has none of the name. */
  readonly unmatched?: 'unnamed' | 'absent';
}

/** What is known from outside the text. A missing fact is unknown, and then nothing is guessed from it. */
export interface Facts extends ImageFacts {
  readonly profile: Profile;
  readonly caller?: Caller;
  /** Of a list of images: what is known of each, by its index among them. */
  readonly images?: readonly ImageFacts[];
  /** The files of sources that are not on this machine: as written → where they were looked for. */
  readonly missingSources?: Readonly<Record<string, string>>;
  /** Of a test of a manifest: there is none that it could be of. */
  readonly isOrphan?: true;
  /** The disks in the files of sources, by the file as written. */
  readonly sourceDisks?: Readonly<Record<string, DiskFacts>>;
  /** The paths at which a disk that is not on this machine was looked for, as a person reads them. */
  readonly diskPlaces?: string;
  /** Scalars whose spelling other YAML readers take for something else, such as `yes`, `012` or `1:30`. */
  readonly words?: readonly Word[];
  /** Documents that follow in the same file and apply to the import's result. */
  readonly following?: readonly { readonly kind: Kind; readonly data: Json }[];
  /** The last document before it in the same file that makes an image; that image is meant where none is named. */
  readonly made?: MadeBefore;
  /** Of a server that names no image: the document before it in the same file describes the one that is meant. */
  readonly described?: true;
  /** The container that an export names. */
  readonly container?: ContainerFacts;
  /** The live server that is imaged, in the shape of `server` in schemas/server-image.json; null: there is none. */
  readonly server?: JsonObject | null;
  /** The flavors of the cloud, where they are not those of the profile. */
  readonly flavors?: readonly Flavor[];
  /** Images that devices of a server are made of and that are not there, beside the one that is built from. */
  readonly missingImages?: readonly string[];
  /** What the account may have of servers, and has once the documents before are run. */
  readonly quota?: ServerQuota;
}

export interface MadeBefore {
  readonly kind: 'import' | 'server-image';
  readonly data: Json;
}

/** `objects`: the names in it, at least those that matter to the manifest. */
export type ContainerFacts = 'missing' | { readonly objects: readonly string[] };

export interface Word {
  readonly pointer: string;
  readonly spelled: string;
  /** What a reader of YAML 1.1 makes of it: `true`, `10`, `90 (base 60)`, `a date`, `text`. */
  readonly elsewhere: string;
  /** It is the key at the pointer, not the value. */
  readonly onKey?: boolean;
}

export type DiskFormat =
  | 'vhd'
  | 'vhdx'
  | 'qcow2'
  | 'qed'
  | 'vmdk'
  | 'vdi'
  | 'iso'
  | 'luks'
  | 'gzip'
  | 'bzip2'
  | 'xz'
  | 'zstd'
  | 'zip'
  | 'tar'
  | 'text'
  | 'empty'
  | 'raw';

/** The formats that OpenStack's inspectors tell apart; `gpt` is any disk with a boot record. */
export type StreamFormat = 'qcow2' | 'qed' | 'vhd' | 'vhdx' | 'vmdk' | 'vdi' | 'iso' | 'luks' | 'gpt';

/** The verdict of OpenStack's inspectors, by the names of their checks (SOURCES: inspectors). */
export interface DiskSafety {
  readonly safe: boolean;
  readonly failed: readonly string[];
}

/** What `server/disks` reads off a disk, for the rules. */
export interface DiskFacts {
  /** `container/object`, or the path, for messages. */
  readonly name: string;
  readonly format: DiskFormat;
  /** Of a VMDK its `createType`, in lower case. */
  readonly subformat?: string;
  /** Bytes of the disk that a server sees, where they are known. */
  readonly virtualSize?: number;
  readonly safety?: DiskSafety;
  /** Which formats OpenStack's inspectors recognise in its bytes; none: it is raw to them. */
  readonly streams?: readonly StreamFormat[];
  /** What is on the disk, where its blocks can be found. */
  readonly guest?: GuestFacts;
  /** Why its blocks cannot be found. */
  readonly unread?: string;
  /** Where it is a file of this machine. */
  readonly path?: string;
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
  /** Of a dynamic disk: how far its blocks reach, in bytes of the virtual disk. */
  readonly contentEnd?: number;
  /** The time at which it says that it was made (ISO 8601), where that is more than a day ahead. */
  readonly madeAhead?: string;
  /** The footer's cylinders, heads and sectors are more than the size has, which Rackspace's own check refuses. */
  readonly geometryTooLarge?: boolean;
  /** Structural damage, each naming the field (`footer checksum`) and what is wrong with it. Any of them is code 111. */
  readonly damage: readonly { readonly field: string; readonly text: string }[];
  /** The damage is such as `cloud-images disk --repair` mends without a guess. */
  readonly mendable?: boolean;
  readonly guest: GuestFacts;
}

/** What the disk's boot sectors, partition table and boot files show. Empty lists where nothing could be recognised. */
export interface GuestFacts {
  /** e.g. `gpt: EFI system (vfat), Linux (ext4)`. */
  readonly layout: string;
  /** Proof of Windows (DECISIONS 4), each a phrase such as `/EFI/Microsoft/Boot/bootmgfw.efi on partition 1`. */
  readonly windows: readonly string[];
  /** Signs that are not proof: NTFS, MSR, LDM or recovery partitions. */
  readonly windowsSigns: readonly string[];
  /** Partitions whose file system Linux alone uses, such as `ext4 on partition 1`. */
  readonly linux?: readonly string[];
  /** Which ways there are to start it; absent where there is no partition table. */
  readonly boot?: BootFacts;
}

export interface BootFacts {
  /** There is an EFI system partition. */
  readonly efi: boolean;
  /** There is code in the boot record, or a partition of boot code for BIOS. */
  readonly bios: boolean;
  /** Folders in `/EFI` of that partition, in lower case: distributions put their loaders there. */
  readonly loaders: readonly string[];
}
