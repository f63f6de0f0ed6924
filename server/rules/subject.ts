import type { Facts, Kind } from './facts.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { allows } from './profile/roles.ts';
import type { PropertySet } from './properties/propertySet.ts';
import type { Refusal } from './service/changes.ts';
import {
  isRefusal,
  nameOf,
  type Operation,
  type PatchForm,
  readOperation,
  readPath,
} from './service/patchBody.ts';

/** A manifest as the rules look at it: its images, its operations, and the refusals of its request. */
export interface Subject {
  readonly kind: Kind;
  readonly manifest: Json;
  readonly facts: Facts;
  /** What the request would be refused for; worked out once, when the first rule asks. */
  refusals(): readonly Refused[];
  /** The images of an image manifest, each with what is known of it; found once. */
  images(): readonly KnownImage[];
  /** The well-formed operations of a patch, found once. */
  operations(): readonly PlacedOperation[];
  /** The custom properties of the images that the manifest makes or changes, found once. */
  properties(): readonly PropertySet[];
}

export interface PlacedImage {
  readonly pointer: string;
  readonly image: JsonObject;
}

/** An image of a manifest, with the facts that hold for it alone. */
export interface KnownImage extends PlacedImage {
  readonly facts: Facts;
}

/** Gives each image of a manifest its own facts: those of the manifest, where it is the only one. */
export function knownImages(manifest: Json, facts: Facts): KnownImage[] {
  const images = imagesOf(manifest);
  if (images.length === 1 && !facts.images) return images.map((image) => ({ ...image, facts }));
  const { profile, caller, images: known } = facts;
  // Roles decide over changes, which are known once the image is; who may not read is refused all.
  const reads = !caller || allows(profile, 'images', caller.roles, 'read');
  const unknown: Facts = reads ? { profile } : { profile, caller };
  return images.map((image, at) => {
    const own = known?.[at];
    const asked = caller && (own?.image !== undefined || !reads) ? { caller } : {};
    return { ...image, facts: own ? { profile, ...asked, ...own } : unknown };
  });
}

/** The images of an image manifest: one, a list, or the API's list body. */
export function imagesOf(manifest: Json): PlacedImage[] {
  const listed = isObject(manifest) && Array.isArray(manifest['images']) ? manifest['images'] : undefined;
  const items = Array.isArray(manifest) ? manifest : listed;
  if (!items) return isObject(manifest) ? [{ pointer: '', image: manifest }] : [];
  const base = listed ? '/images' : '';
  return items.flatMap((item, at) => (isObject(item) ? [{ pointer: `${base}/${at}`, image: item }] : []));
}

/** Tells which of the two forms a patch is written in. */
export function formOf(patch: Json): PatchForm {
  if (!Array.isArray(patch) || patch.some((item) => isObject(item) && Object.hasOwn(item, 'op')))
    return 'v2.1';
  return patch.some(
    (item) => isObject(item) && ['add', 'replace', 'remove'].some((op) => Object.hasOwn(item, op)),
  )
    ? 'v2.0'
    : 'v2.1';
}

export interface PlacedOperation {
  readonly at: number;
  /** The attribute or property that it means. */
  readonly name: string;
  readonly operation: Operation;
}

/** The operations of a patch, each as it reads or why it does not. */
export function readOperations(patch: Json): (Operation | Refusal)[] {
  if (!Array.isArray(patch)) return [];
  const form = formOf(patch);
  return patch.map((item, at) => readOperation(item, form, at));
}

/** The well-formed operations of a patch, with their index and name. */
export function operationsOf(patch: Json, read = readOperations(patch)): PlacedOperation[] {
  return read.flatMap((operation, at) =>
    isRefusal(operation) ? [] : [{ at, name: nameOf(operation), operation }],
  );
}

/** The names that a patch speaks of, those of operations that are refused too. */
export function patchedNames({ manifest }: Subject): ReadonlySet<string> {
  const items = Array.isArray(manifest) ? manifest.filter(isObject) : [];
  const paths = items.flatMap((item) => ['path', 'add', 'replace', 'remove'].map((member) => item[member]));
  return new Set(
    paths.flatMap((path) => (typeof path === 'string' && path.startsWith('/') ? [readPath(path)] : [])),
  );
}

/** The lists of tags that a manifest sets. */
export function tagListsOf({ kind, manifest, operations }: Subject): { pointer: string; tags: Json[] }[] {
  if (kind === 'image') {
    return imagesOf(manifest).flatMap(({ pointer, image }) =>
      Array.isArray(image['tags']) ? [{ pointer: `${pointer}/tags`, tags: image['tags'] }] : [],
    );
  }
  if (kind !== 'patch') return [];
  return operations().flatMap(({ at, name, operation }) =>
    name === 'tags' && Array.isArray(operation.value)
      ? [{ pointer: `/${at}/value`, tags: operation.value }]
      : [],
  );
}

/** A refusal whose pointer leads into the manifest. */
export interface Refused {
  readonly refusal: Refusal;
  /** What to take away so that it is no longer asked for. */
  readonly whole: string;
}
