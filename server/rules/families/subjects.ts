import { pointerTo, tokensOf, unescapeToken } from '../pointers.ts';
import type { Facts, Json, JsonObject, Kind, Observation, Subject } from '../rule.ts';
import { classOf } from '../service/attributes.ts';
import { type Change, type Refusal, refuseChange } from '../service/changes.ts';
import { diff } from '../service/differences.ts';
import {
  applyOperation,
  isRefusal,
  nameOf,
  type Operation,
  type PatchForm,
  readOperation,
  readPatch,
  refuseOperation,
  refuseQuota,
} from '../service/patchBody.ts';

/** Readings of a manifest that several rules share: its images, its operations, its tags, and what the cloud refuses. */

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface PlacedImage {
  readonly pointer: string;
  readonly image: JsonObject;
}

/** The images of an image manifest: one, a list, or the API's list body. */
export function imagesOf(manifest: Json): PlacedImage[] {
  const listed = isObject(manifest) && Array.isArray(manifest['images']) ? manifest['images'] : undefined;
  const items = Array.isArray(manifest) ? manifest : listed;
  if (!items) return isObject(manifest) ? [{ pointer: '', image: manifest }] : [];
  const base = listed ? '/images' : '';
  return items.flatMap((item, at) => (isObject(item) ? [{ pointer: `${base}/${at}`, image: item }] : []));
}

/** Which of the two forms a patch is written in. */
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
  readonly operation: Operation;
}

/** The well-formed operations of a patch, with their index. */
export function operationsOf(patch: Json): PlacedOperation[] {
  if (!Array.isArray(patch)) return [];
  const form = formOf(patch);
  return patch.flatMap((item, at) => {
    const operation = readOperation(item, form, at);
    return isRefusal(operation) ? [] : [{ at, operation }];
  });
}

/** The names that a patch speaks of, those of operations that are refused too. */
export function patchedNames({ manifest }: Subject): ReadonlySet<string> {
  const items = Array.isArray(manifest) ? manifest.filter(isObject) : [];
  const paths = items.flatMap((item) => ['path', 'add', 'replace', 'remove'].map((member) => item[member]));
  return new Set(
    paths.flatMap((path) =>
      typeof path === 'string' && path.startsWith('/') ? [unescapeToken(path.slice(1))] : [],
    ),
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
  return operations().flatMap(({ at, operation }) =>
    nameOf(operation) === 'tags' && Array.isArray(operation.value)
      ? [{ pointer: `/${at}/value`, tags: operation.value }]
      : [],
  );
}

/** A refusal whose pointer leads into the manifest. */
export interface Refused {
  readonly refusal: Refusal;
  /** The key is what is wrong, not the value. */
  readonly onKey: boolean;
  /** What to take away so that it is no longer asked for. */
  readonly whole: string;
}

/** Everything in an image manifest or a patch that the Images API would refuse, each at its place. */
export function refusalsOf(kind: Kind, manifest: Json, facts: Facts): Refused[] {
  if (kind === 'image') {
    const images = imagesOf(manifest);
    const known = images.length === 1 ? facts : { profile: facts.profile };
    return images.flatMap(({ pointer, image }) => refusedOfImage(pointer, image, known));
  }
  return kind === 'patch' ? refusedOfPatch(manifest, facts) : [];
}

/** Turns the refusals of one rule into observations; `explain` adds what the person needs beyond the cloud's words. */
export function* observe(
  subject: Subject,
  rule: string,
  explain: (refused: Refused) => Pick<Observation, 'message' | 'fixes'>,
): Generator<Observation> {
  for (const refused of subject.refusals()) {
    if (refused.refusal.rule !== rule) continue;
    const { pointer, status, text } = refused.refusal;
    yield { pointer, onKey: refused.onKey, answer: { status, text }, ...explain(refused) };
  }
}

/** With a live image only what differs from it is asked for; without, every key that a customer may write. */
function refusedOfImage(base: string, image: JsonObject, facts: Facts): Refused[] {
  const wanted = new Map(Object.entries(image).filter(([name]) => name !== 'members')); // `share` has those
  const changes: Change[] = facts.image
    ? diff(facts.image, new Map([...facts.image, ...wanted])).map((operation) => ({
        ...operation,
        name: nameOf(operation),
      }))
    : [...wanted]
        .filter(([name]) => classOf(name) !== 'read-only')
        .map(([name, value]) => ({ op: 'add', name, value }));
  const result = new Map(facts.image ?? []);
  const refused: Refused[] = [];
  for (const change of changes) {
    const pointer = base + pointerTo(change.name);
    const found = refuseChange(change, facts);
    const operation = { op: change.op, path: pointerTo(change.name), value: change.value ?? null };
    const refusal: Refusal | undefined = found
      ? { rule: found.rule, ...found.answer, pointer, name: change.name }
      : applyOperation(result, operation, 0, facts);
    if (!refusal) continue;
    const onKey = ['image/read-only', 'property/protected', 'property/name'].includes(refusal.rule);
    refused.push({ refusal: { ...refusal, pointer }, onKey, whole: pointer });
  }
  const quota = refuseQuota(result, facts);
  if (quota)
    refused.push({
      refusal: { ...quota, pointer: quota.name ? `${base}/${quota.name}` : base },
      onKey: false,
      whole: base,
    });
  return refused;
}

function refusedOfPatch(patch: Json, facts: Facts): Refused[] {
  const form = formOf(patch);
  if (!Array.isArray(patch)) {
    const refusal = readPatch(patch, form);
    return isRefusal(refusal) ? [{ refusal, onKey: false, whole: '' }] : [];
  }
  const image = facts.image ? new Map(facts.image) : undefined;
  const refused: Refused[] = [];
  for (const [at, item] of patch.entries()) {
    const operation = readOperation(item, form, at);
    const refusal = isRefusal(operation)
      ? operation
      : (refuseOperation(operation, at, facts) ??
        (image && applyOperation(image, operation, at, { ...facts, form })));
    if (refusal) refused.push({ refusal: inForm(refusal, item), onKey: false, whole: pointerTo(at) });
  }
  const quota = image && refused.length === 0 ? refuseQuota(image, facts) : undefined;
  if (quota) refused.push({ refusal: quota, onKey: false, whole: '' });
  return refused;
}

/** In the v2.0 form the path stands under the operation's name. */
function inForm(refusal: Refusal, item: Json): Refusal {
  const [at = '', member] = tokensOf(refusal.pointer);
  if (member !== 'path' || !isObject(item) || Object.hasOwn(item, 'path')) return refusal;
  const op = ['add', 'replace', 'remove'].find((name) => Object.hasOwn(item, name));
  return op ? { ...refusal, pointer: pointerTo(at, op) } : refusal;
}
