import { isObject, type Json, type JsonObject } from '../../../rules/json.ts';
import { classOf } from '../../../rules/service/attributes.ts';
import { sourceOf } from '../../../rules/source/source.ts';

/** An image manifest that cannot be said in another tool's form at all. The message names what that form needs. */
export class UnwritableImage extends Error {}

/** An image manifest in parts, as writers need them. */
export interface ImageParts {
  readonly image: JsonObject;
  readonly name: string;
  readonly diskFormat: string;
  readonly source: JsonObject;
  readonly tags: readonly Json[];
  /** What is no attribute. */
  readonly properties: Readonly<Record<string, string>>;
}

/** Takes an image apart. Throws UnwritableImage where the tools' forms need what it does not say. */
export function partsOf(image: JsonObject, tool: string): ImageParts {
  const { name, disk_format: diskFormat, tags } = image;
  if (typeof name !== 'string' || name === '') throw new UnwritableImage(`${tool} needs a 'name'.`);
  if (typeof diskFormat !== 'string')
    throw new UnwritableImage(
      `${tool} needs the 'disk_format', which an image manifest may leave to the disk.`,
    );
  const properties = Object.entries(image).flatMap(([key, value]) =>
    classOf(key) === 'custom' && typeof value === 'string' ? [[key, value] as const] : [],
  );
  return {
    image,
    name,
    diskFormat,
    source: sourceOf(image) ?? {},
    tags: Array.isArray(tags) ? tags : [],
    properties: Object.fromEntries(properties),
  };
}

/** Without the members that say nothing. */
export function defined(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter(
      (member): member is [string, Json] =>
        member[1] !== undefined && !(isObject(member[1]) && Object.keys(member[1]).length === 0),
    ),
  );
}

/** A name as tools take it that have their own rules for names: letters and digits of ASCII, and a character between words. */
export function toSlug(name: string, between: '-' | '_'): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const slug = words
    .join(between)
    .slice(0, 63)
    .replace(/[-_]+$/, '');
  return /^[a-z]/.test(slug) ? slug : `image${slug === '' ? '' : between}${slug}`;
}
