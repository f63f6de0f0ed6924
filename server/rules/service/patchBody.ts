import { asText, isObject, type Json, type JsonObject, pointerTo, unescapeToken } from '../json.ts';
import { permits } from '../profile/propertyProtection.ts';
import type { HttpAnswer } from './answers.ts';
import { answers } from './answers.ts';
import { classOf, notList, show } from './attributes.ts';
import {
  type ChangeContext,
  type ChangeRefusal,
  type Refusal,
  refusal,
  refuseNumber,
  refusePolicy,
  refuseRead,
  refuseRemoval,
  refuseStored,
} from './changes.ts';
import { eachTagOnce } from './tagNames.ts';

/** The one interpreter of image patches: read, apply. Diff and merge are in `differences.ts`. */

export interface Operation {
  readonly op: 'add' | 'replace' | 'remove';
  /** JSON Pointer of one token: `/name`. */
  readonly path: string;
  readonly value?: Json;
}

/** v2.1: `{op, path, value}`; v2.0 (deprecated): `{"add": path, value}`, and `add` of something present is refused. */
export type PatchForm = 'v2.1' | 'v2.0';

export type ImageView = ReadonlyMap<string, Json>;

/** The attribute or property that a path means. */
export function nameOf({ path }: Operation): string {
  return isLocation(path) ? 'locations' : readPath(path);
}

/** Of two tokens the service knows this one alone, and its locations are hidden (SOURCES: glance §4). */
function isLocation(path: string): boolean {
  return (
    path.startsWith(locations) && path.length > locations.length && !path.includes('/', locations.length)
  );
}

const locations = '/locations/';

/** The name that a path of one token means: slashes before it and spaces around it do not count, as in Glance. */
export function readPath(path: string): string {
  return unescapeToken(path.slice(startOf(path))).trim();
}

function startOf(path: string): number {
  let start = 0;
  while (path[start] === '/') start++;
  return start;
}

export function isRefusal(value: object): value is Refusal {
  return 'rule' in value && 'status' in value;
}

/**
 * Reads a PATCH body, operation by operation: its form, its name and its value. The first that is wrong refuses the
 * whole, before any image is looked at (SOURCES: glance §4).
 */
export function readPatch(body: Json, form: PatchForm, context: ChangeContext): Operation[] | Refusal {
  if (!Array.isArray(body)) return refuseList(body);
  const operations: Operation[] = [];
  for (const [at, item] of body.entries()) {
    const operation = readOperation(item, form, at);
    if (isRefusal(operation)) return operation;
    const refused = refuseOperation(operation, at, context);
    if (refused) return refused;
    operations.push(operation);
  }
  return operations;
}

/** A body that is no list. */
export function refuseList(body: Json): Refusal {
  return refusal('patch/shape', isObject(body) ? answers.patchBody() : answers.body(), '');
}

/** Reads one operation of a body; `at` is its index, for the refusal's pointer. */
export function readOperation(item: Json, form: PatchForm, at: number): Operation | Refusal {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return refusal('patch/shape', answers.patchObject(), pointerTo(at));
  }
  const named = form === 'v2.0' ? namedByMember(item, at) : namedByOp(item, at);
  if ('rule' in named) return named;
  const { op, path, pathMember } = named;
  const wrongPath = op !== 'replace' && isLocation(path) ? undefined : refusePath(path);
  if (wrongPath) return refusal('patch/pointer', wrongPath, pointerTo(at, pathMember));
  if (op === 'remove') return { op, path };
  if (!Object.hasOwn(item, 'value')) return refusal('patch/shape', answers.patchValue(op), pointerTo(at));
  return { op, path, value: item['value'] ?? null };
}

export interface PatchContext extends ChangeContext {
  readonly form?: PatchForm;
}

/** Applies all operations or none: each in order; at the end properties are counted, and what has changed is stored. */
export function applyPatch(
  image: ImageView,
  operations: readonly Operation[],
  context: PatchContext,
): { image: Map<string, Json> } | Refusal {
  const result = new Map(image);
  for (const [at, operation] of operations.entries()) {
    const refused = applyOperation(result, operation, at, context);
    if (refused) return refused;
  }
  return refuseStoring(result, operations, context)[0] ?? { image: result };
}

/** What storing an image refuses that all operations have changed: too many properties, then characters. */
export function refuseStoring(
  image: ImageView,
  operations: readonly Operation[],
  context: ChangeContext,
): Refusal[] {
  const full = operations.length > 0 ? refuseProperties(image, context) : undefined;
  const wide = operations.flatMap((operation, at) => {
    const name = nameOf(operation);
    const value = image.get(name);
    const found = value === undefined ? undefined : refuseStored(name, value, context);
    return found ? [toRefusal(found, operation, at)] : [];
  });
  return [...(full ? [full] : []), ...wide];
}

/** What reading an operation refuses, whatever the image is. */
export function refuseOperation(
  operation: Operation,
  at: number,
  context: ChangeContext,
): Refusal | undefined {
  const name = nameOf(operation);
  const refused =
    name === 'locations' ? refuseLocations(operation) : refuseRead({ ...operation, name }, context);
  return refused && toRefusal(refused, operation, at);
}

/** Locations are read by the schema, and added and removed one by one. */
function refuseLocations({ op, path, value = null }: Operation): ChangeRefusal | undefined {
  const rule = 'image/read-only';
  if (op !== 'replace' && !isLocation(path)) return { rule, answer: answers.pointerDepth(path) };
  const list = isLocation(path) ? [value] : value;
  if (op === 'remove') return undefined;
  if (!Array.isArray(list)) return { rule, answer: answers.schema(notList(list)) };
  const wrong = list.find(
    (one) => !isObject(one) || typeof one['url'] !== 'string' || !isObject(one['metadata']),
  );
  return wrong === undefined
    ? undefined
    : { rule, answer: answers.schema(`${show(wrong)} is no object with 'url' and 'metadata'`) };
}

function toRefusal(refused: ChangeRefusal, operation: Operation, at: number): Refusal {
  const member =
    refused.rule.startsWith('property/protected') ||
    refused.rule.includes('read-only') ||
    operation.op === 'remove'
      ? 'path'
      : 'value';
  return refusal(refused.rule, refused.answer, pointerTo(at, member), nameOf(operation));
}

/**
 * Applies one operation that was read to `image` in place, or says why it is refused. Of an image that is not known only
 * what holds for every image is.
 */
export function applyOperation(
  image: Map<string, Json> | undefined,
  operation: Operation,
  at: number,
  context: PatchContext,
): Refusal | undefined {
  const name = nameOf(operation);
  if (!image && !context.forbidden && classOf(name) === 'custom') return undefined; // nothing holds for every image
  const change = { ...operation, name };
  const hidden = name === 'locations' ? hideLocations(operation) : undefined;
  const denied = operation.op === 'remove' ? undefined : (hidden ?? refusePolicy(change, context));
  if (denied) return toRefusal(denied, operation, at);
  if (context.forbidden) return context.forbidden;
  const kept = hidden ?? refuseRemoval(change);
  if (kept) return toRefusal(kept, operation, at);
  const unfit = image && refuseOfImage(image, operation, at, context);
  if (unfit) return unfit;
  const value = operation.value ?? null;
  const full = name === 'tags' ? refuseTags(value, context, pointerTo(at, 'value')) : undefined;
  if (full) return full;
  const negative = refuseNumber(name, value);
  if (negative) return toRefusal(negative, operation, at);
  if (operation.op === 'remove') image?.delete(name);
  else image?.set(name, eachTagOnce(name, value));
  return undefined;
}

function hideLocations({ op, value }: Operation): ChangeRefusal {
  const isEmpty = op === 'replace' && Array.isArray(value) && value.length === 0;
  return {
    rule: 'image/read-only',
    answer: isEmpty ? answers.locationsEmpty() : answers.locationsHidden(op),
  };
}

/** Why this image does not take an operation. */
function refuseOfImage(
  image: ImageView,
  operation: Operation,
  at: number,
  context: PatchContext,
): Refusal | undefined {
  const name = nameOf(operation);
  const path = pointerTo(at, 'path');
  const present = image.has(name) || classOf(name) === 'writable';
  const seen = present && permits(context, name, 'read');
  if (operation.op !== 'add' && !seen) return refusal('patch/missing', answers.missing(name), path, name);
  const action = operation.op === 'remove' ? 'delete' : present ? 'update' : 'create';
  if (!permits(context, name, action) || (present && !seen))
    return refusal('property/protected', answers.reserved(name), path, name);
  if (operation.op === 'add' && present && context.form === 'v2.0')
    return refusal('patch/present', answers.present(name), path, name);
  const isFormat = name === 'disk_format' || name === 'container_format';
  const isLocked = isFormat && image.has('status') && image.get('status') !== 'queued';
  return isLocked ? refusal('image/locked-format', answers.lockedFormat(name), path, name) : undefined;
}

/** More tags or custom properties than the account may have on one image. */
export function refuseQuota(image: ImageView, context: ChangeContext): Refusal | undefined {
  return refuseTags(image.get('tags') ?? null, context) ?? refuseProperties(image, context);
}

/** Tags are counted as they are sent, those that stand twice too (SOURCES: glance §10). */
export function refuseTags(tags: Json, { profile }: ChangeContext, pointer = ''): Refusal | undefined {
  const count = Array.isArray(tags) ? tags.length : 0;
  return count > profile.limits.tags
    ? refusal('tag/count', answers.quota('tags', count, profile.limits.tags), pointer, 'tags')
    : undefined;
}

export function refuseProperties(image: ImageView, { profile }: ChangeContext): Refusal | undefined {
  const properties = [...image.keys()].filter((name) => classOf(name) === 'custom').length;
  const maximum = profile.limits.properties;
  return properties > maximum
    ? refusal('property/count', answers.quota('properties', properties, maximum), '')
    : undefined;
}

interface Named {
  readonly op: Operation['op'];
  readonly path: string;
  /** The member that holds the path. */
  readonly pathMember: string;
}

function namedByOp(item: JsonObject, at: number): Named | Refusal {
  if (!Object.hasOwn(item, 'op')) return refusal('patch/shape', answers.patchMember('op'), pointerTo(at));
  if (!Object.hasOwn(item, 'path')) return refusal('patch/shape', answers.patchMember('path'), pointerTo(at));
  const op = item['op'];
  const path = item['path'];
  if (op !== 'add' && op !== 'replace' && op !== 'remove') {
    return refusal('patch/shape', answers.patchOperation(asText(op ?? null)), pointerTo(at, 'op'));
  }
  if (typeof path !== 'string')
    return refusal('patch/pointer', answers.pointerStart(JSON.stringify(path)), pointerTo(at, 'path'));
  return { op, path, pathMember: 'path' };
}

function namedByMember(item: JsonObject, at: number): Named | Refusal {
  const ops = (['add', 'remove', 'replace'] as const).filter((op) => Object.hasOwn(item, op));
  const [op] = ops;
  if (ops.length !== 1 || op === undefined)
    return refusal('patch/shape', answers.patchOneOperation(ops.length === 0 ? 0 : 2), pointerTo(at));
  const path = item[op];
  if (typeof path !== 'string')
    return refusal('patch/pointer', answers.pointerStart(JSON.stringify(path)), pointerTo(at, op));
  return { op, path, pathMember: op };
}

/** Glance's pointers: one token, but exactly `/` names the property "" (SOURCES: glance §4). */
function refusePath(path: string): HttpAnswer | undefined {
  if (!path.startsWith('/')) return answers.pointerStart(path);
  if (/\/\s*\//.test(path.slice(1))) return answers.pointerAdjacent(path);
  if (path.length > 1 && path.endsWith('/')) return answers.pointerEnd(path);
  if (/~(?![01])/.test(path)) return answers.pointerEscape(path);
  return path.includes('/', startOf(path)) ? answers.pointerDepth(path) : undefined;
}
