import type { Release } from '../profile/releases.ts';

/** Who acts on a property: a service, or people and their tools alone. */
export type Reader = 'nova' | 'glance' | 'cinder' | 'ironic' | 'scs' | 'people';

/**
 * What a property's text stands for. `boolean`: a word of which Nova takes six for true and all others for false;
 * `cpus`: a list such as `0-1,3`; `predicate`: versions such as `>=2.6`; `list`: JSON.
 */
export type PropertyKind = 'enum' | 'boolean' | 'integer' | 'text' | 'uuid' | 'cpus' | 'predicate' | 'list';

/** A property of images as OpenStack's services know it (SOURCES: properties §1). */
export interface Property {
  /** As it stands on an image. `N` and `NAME` in `hw_numa_mem.N` and `trait:NAME` stand for what varies. */
  readonly name: string;
  /** A noun phrase, such as `Disk bus`. */
  readonly title: string;
  /** A sentence. */
  readonly description: string;
  readonly kind: PropertyKind;
  /** First the one that decides over the value; none but `people` read what only informs. */
  readonly readers: readonly Reader[];
  /** Of an enum: all that it takes. Of a text: what is common. */
  readonly values?: readonly string[];
  /** Letters of either case mean the same. */
  readonly anyCase?: true;
  /** Other spellings, in lower case, and the value that each becomes. */
  readonly spellings?: Readonly<Record<string, string>>;
  /** What Nova calls the value where it refuses it: `Architecture name`. */
  readonly called?: string;
  /** Those of its values that KVM takes, where these are not all. */
  readonly kvm?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** The first release that knows it, where the oldest supported one (Zed) does not. */
  readonly since?: Release;
  /** The same of single values. */
  readonly valuesSince?: Readonly<Record<string, Release>>;
  /** The flavor's extra spec that asks for the same. */
  readonly flavorSpec?: string;
  /** Without these it has no effect, or the server does not boot. */
  readonly needs?: readonly Need[];
  /** Who writes it; by hand it is wrong or of no use. */
  readonly setBy?: string;
  /** Why it is of no use any more; a whole sentence. */
  readonly retired?: string;
  /** The same of single values. */
  readonly retiredValues?: Readonly<Record<string, string>>;
  /** The public document or module that says so. */
  readonly source: string;
}

/** What a property needs beside it. */
export interface Need {
  readonly property: string;
  /** Any of these; absent: whatever value. */
  readonly values?: readonly string[];
  /** Only for these values of the property that needs it. */
  readonly when?: readonly string[];
}

export const fieldsSource = 'nova/objects/fields.py';
export const metaSource = 'nova/objects/image_meta.py';
export const hardwareSource = 'nova/virt/hardware.py';
export const guideSource = 'Glance administration guide, "Useful image properties"';
export const scsSource = 'Sovereign Cloud Stack, SCS-0102';
export const encryptionSource = 'glance-specs 2025.1, "Standardize image encryption"';
/** Of rules: what is released, how Nova reads an image, and how it holds it against a flavor. */
export const releasedSource = 'Nova and Glance as released (SOURCES: properties §1)';
export const readingSource = 'Nova, ImageMetaProps (SOURCES: properties §2)';
export const checksSource = 'Nova, checks of image and flavor (SOURCES: properties §3)';
