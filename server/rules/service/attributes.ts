import type { Json } from '../json.ts';
import type { Profile } from '../profile/profile.ts';

/** The attributes of an image that are not custom properties, and which values the service takes for them. */
interface Attribute {
  /** Why `value` is refused, as the tail of a sentence about it; undefined where it is accepted. */
  refuse(value: Json, profile: Profile): string | undefined;
}

/** The form of an image's id. */
export const uuid = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;
export const maximumInteger = 2 ** 31 - 1;

/** Writable attributes of the image itself (SOURCES: glance §3). */
const writable: ReadonlyMap<string, Attribute> = new Map(
  Object.entries({
    name: { refuse: (value, profile) => textOrNull(value, profile.limits.nameLength) },
    visibility: { refuse: (value, profile) => oneOf(value, choicesOf('visibility', profile)) },
    protected: { refuse: isBoolean },
    os_hidden: { refuse: isBoolean },
    min_disk: { refuse: isCount },
    min_ram: { refuse: isCount },
    disk_format: {
      refuse: (value, profile) =>
        value === null ? undefined : oneOf(value, choicesOf('disk_format', profile)),
    },
    container_format: {
      refuse: (value, profile) =>
        value === null ? undefined : oneOf(value, choicesOf('container_format', profile)),
    },
    owner: { refuse: (value) => textOrNull(value, 255) },
    tags: { refuse: isListOfText },
  } satisfies Record<string, Attribute>),
);

/** Set by the service alone; a change answers 403 (SOURCES: glance §4, rackspace §1.4). */
const readOnly = [
  'id',
  'status',
  'checksum',
  'size',
  'virtual_size',
  'created_at',
  'updated_at',
  'self',
  'file',
  'schema',
  'direct_url',
  'os_hash_algo',
  'os_hash_value',
  'stores',
  'locations',
];

const reserved = ['location', 'deleted', 'deleted_at'];

/** Custom properties whose value the image schema narrows: the id of another image, or null. */
export const imageReferences: ReadonlySet<string> = new Set(['kernel_id', 'ramdisk_id']);

export type AttributeClass = 'writable' | 'read-only' | 'reserved' | 'custom';

const classes: ReadonlyMap<string, AttributeClass> = new Map([
  ...reserved.map((name) => [name, 'reserved'] as const),
  ...readOnly.map((name) => [name, 'read-only'] as const),
  ...[...writable.keys()].map((name) => [name, 'writable'] as const),
]);

export function classOf(name: string): AttributeClass {
  return classes.get(name) ?? (name.startsWith('os_glance') ? 'reserved' : 'custom');
}

/** Tells whether customers of this profile are kept from a custom property (DECISIONS 9). */
export function isProtected(name: string, profile: Profile): boolean {
  return (
    profile.protectedNames.includes(name) ||
    profile.protectedPrefixes.some((prefix) => name.startsWith(prefix))
  );
}

/** Says why the service refuses `value` for `name` (400), as a sentence's tail; undefined where it is accepted. */
export function refuseValue(name: string, value: Json, profile: Profile): string | undefined {
  return (
    refuseBySchema(name, value, profile) ??
    (isInRange(name, value) ? undefined : `${show(value)} is not between 0 and ${maximumInteger}`)
  );
}

/** The same by the image schema alone, which does not say how large a number is. */
export function refuseBySchema(name: string, value: Json, profile: Profile): string | undefined {
  const attribute = writable.get(name);
  if (attribute) return attribute.refuse(value, profile);
  if (imageReferences.has(name)) {
    return value === null || (typeof value === 'string' && uuid.test(value))
      ? undefined
      : `${show(value)} is not an image id (UUID)`;
  }
  const choices = profile.images.hasHashes ? narrowedChoices(name) : undefined;
  if (choices) return oneOf(value, choices);
  return typeof value === 'string' ? undefined : notText(value);
}

/** The values to which the image schema of later Glance narrows a custom property (SOURCES: properties §1). */
export function narrowedChoices(name: string): readonly string[] | undefined {
  return name === 'cinder_encryption_key_deletion_policy'
    ? ['on_image_deletion', 'do_not_delete']
    : undefined;
}

function isInRange(name: string, value: Json): boolean {
  return typeOf(name) !== 'integer' || typeof value !== 'number' || (value >= 0 && value <= maximumInteger);
}

/** The words that an attribute takes, where they are a table; undefined where they are not. */
export function choicesOf(name: string, { images }: Profile): readonly string[] | undefined {
  if (name === 'visibility') return images.visibilities;
  if (name === 'disk_format') return images.diskFormats;
  return name === 'container_format' ? images.containerFormats : undefined;
}

/** The type of an attribute of the image itself. */
export function typeOf(name: string): 'string' | 'integer' | 'boolean' | 'array' | undefined {
  if (!writable.has(name)) return undefined;
  if (name === 'tags') return 'array';
  if (name === 'protected' || name === 'os_hidden') return 'boolean';
  return name === 'min_disk' || name === 'min_ram' ? 'integer' : 'string';
}

/** The names of the attributes that a customer may write. */
export function writableNames(): readonly string[] {
  return [...writable.keys()].filter((name) => name !== 'owner');
}

/** Length in Unicode code points, as the service counts (DECISIONS 10). */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

export function show(value: Json): string {
  const text = typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
  return codePoints(text) > 60 ? `${[...text].slice(0, 57).join('')}…` : text;
}

/** Tells whether a text has characters outside the Basic Multilingual Plane. */
export function isWide(value: Json): boolean {
  return typeof value === 'string' && /[\u{10000}-\u{10ffff}]/u.test(value);
}

/** Says what is wrong with such a text. */
export function explainWide(what: string): string {
  return `${what} has a character of four bytes, such as an emoji, which this service does not store. Use others.`;
}

function textOrNull(value: Json, maximum: number): string | undefined {
  if (value === null) return undefined;
  if (typeof value !== 'string') return notText(value);
  return codePoints(value) > maximum ? `${show(value)} is longer than ${maximum} characters` : undefined;
}

function oneOf(value: Json, accepted: readonly string[] = []): string | undefined {
  return typeof value === 'string' && accepted.includes(value)
    ? undefined
    : `${show(value)} is not one of ${accepted.join(', ')}`;
}

function isBoolean(value: Json): string | undefined {
  return typeof value === 'boolean' ? undefined : `${show(value)} is not of type 'boolean'`;
}

function isCount(value: Json): string | undefined {
  return Number.isInteger(value) ? undefined : `${show(value)} is not of type 'integer'`;
}

function isListOfText(value: Json): string | undefined {
  if (!Array.isArray(value)) return notList(value);
  const wrong = value.find((item) => typeof item !== 'string');
  return wrong === undefined ? undefined : notText(wrong);
}

/** A value where a list belongs, as the tail of a sentence. */
export function notList(value: Json): string {
  return `${show(value)} is not of type 'array'`;
}

/** A value where a text belongs, as the tail of a sentence. */
export function notText(value: Json): string {
  return `${show(value)} is not of type 'string'`;
}
