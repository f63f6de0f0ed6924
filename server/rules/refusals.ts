import type { Facts, Kind } from './facts.ts';
import { isObject, type Json, type JsonObject, pointerTo, tokensOf } from './json.ts';
import { answers } from './service/answers.ts';
import { classOf, show, uuid } from './service/attributes.ts';
import { serverRefusals } from './service/buildServer.ts';
import { type Change, isCloudAdmin, type Refusal, refusal, refuseChange } from './service/changes.ts';
import { imagedServer, serverImageRefusals } from './service/createImage.ts';
import { diff } from './service/differences.ts';
import { diffStated } from './service/importedImage.ts';
import { refuseNewImage } from './service/newImage.ts';
import {
  applyOperation,
  isRefusal,
  nameOf,
  readOperation,
  readPatch,
  refuseOperation,
  refuseQuota,
} from './service/patchBody.ts';
import { formOf, knownImages, type Refused } from './subject.ts';

/** The refusals of a manifest's request, in the order in which the cloud looks, each at its place. */
export function refusalsOf(kind: Kind, manifest: Json, facts: Facts): Refused[] {
  if (kind === 'image')
    return knownImages(manifest, facts).flatMap(({ pointer, image, facts: known }) =>
      refusedOfImage(pointer, image, known),
    );
  if (kind === 'patch') return refusedOfPatch(manifest, facts);
  return kind === 'server' || kind === 'server-image' ? refusedOfServer(kind, manifest, facts) : [];
}

function refusedOfServer(kind: 'server' | 'server-image', manifest: Json, facts: Facts): Refused[] {
  const body = isObject(manifest) ? manifest[kind === 'server' ? 'server' : 'createImage'] : undefined;
  if (!isObject(body)) return []; // its shape is what is wrong
  const found =
    kind === 'server'
      ? serverRefusals(body, { ...facts, image: facts.image, imageFollows: facts.made !== undefined })
      : serverImageRefusals(body, { ...facts, server: imagedServer({ manifest, facts }) });
  return found.map((refusal) => ({ refusal, whole: refusal.pointer }));
}

/** With a live image only what differs from it is asked for; without, every key that a customer may write. */
function refusedOfImage(base: string, image: JsonObject, facts: Facts): Refused[] {
  const missing = refuseMissing(image, facts);
  if (missing) {
    const { id: _, ...others } = image;
    const { image: __, ...unknown } = facts;
    // What is wrong whatever the image is stays so once the id is mended.
    return [placeInImage(base, missing), ...refusedOfImage(base, others, unknown)];
  }
  const { members: _, ...stated } = image; // `share` has those
  if (facts.image === null && facts.profile.images.madeByManifests)
    return refuseNewImage(stated, facts).map((refusal) => placeInImage(base, refusal));
  const changes = listChanges(new Map(Object.entries(stated)), facts);
  const foreign = changes.length > 0 ? refuseForeign(facts) : undefined;
  if (foreign) return [{ refusal: { ...foreign, pointer: base }, whole: base }];
  const result = new Map(facts.image ?? []);
  const refused: { refusal: Refusal; early: boolean }[] = [];
  for (const change of changes) {
    const pointer = pointerTo(change.name);
    const found = refuseChange(change, facts);
    const operation = { op: change.op, path: pointer, value: change.value ?? null };
    const refusal: Refusal | undefined = found
      ? { rule: found.rule, ...found.answer, pointer, name: change.name }
      : applyOperation(result, operation, 0, facts);
    if (refusal) refused.push({ refusal: { ...refusal, pointer }, early: found !== undefined });
  }
  const quota = refuseQuota(result, facts);
  return [
    ...refused.filter(({ early }) => early).map(({ refusal }) => refusal),
    ...refused.filter(({ early }) => !early).map(({ refusal }) => refusal),
    ...(quota ? [quota.name ? { ...quota, pointer: pointerTo(quota.name) } : quota] : []),
  ].map((refusal) => placeInImage(base, refusal));
}

function placeInImage(base: string, refusal: Refusal): Refused {
  const pointer = base + refusal.pointer;
  return { refusal: { ...refusal, pointer }, whole: refusal.rule.endsWith('/count') ? base : pointer };
}

/** The changes that an image manifest asks for. */
function listChanges(wanted: ReadonlyMap<string, Json>, { image, caller, opened }: Facts): Change[] {
  if (image)
    return (opened ? diff(image, wanted) : diffStated(image, wanted)).map((operation) => ({
      ...operation,
      name: nameOf(operation),
    }));
  // Of an image that is not known, what only the service sets may be stated as it is; so may one's own account.
  const restates = (name: string, value: Json): boolean =>
    classOf(name) === 'read-only' || (name === 'owner' && (!caller || value === caller.account));
  return [...wanted]
    .filter(([name, value]) => !restates(name, value))
    .map(([name, value]) => ({ op: 'add', name, value }));
}

/** A manifest whose id is that of no image. */
function refuseMissing({ id }: JsonObject, { image }: Facts): Refusal | undefined {
  if (id === undefined || (image && image.get('id') === id)) return undefined;
  const isNone = image === null || !(typeof id === 'string' && uuid.test(id));
  return isNone
    ? refusal('image/visible', answers.noImage(typeof id === 'string' ? id : show(id)), '/id')
    : undefined;
}

/** Changes of an image that is another's. */
function refuseForeign({ image, caller, profile }: Facts): Refusal | undefined {
  const owner = image?.get('owner');
  if (!caller || typeof owner !== 'string' || owner === caller.account) return undefined;
  return isCloudAdmin({ profile, caller })
    ? undefined
    : refusal('image/owner', answers.notOwner('modify'), '');
}

/**
 * As the service looks at a patch: the form of every operation, the image, the account, what is wrong with an operation
 * whatever the image is, then each in order, and the quotas at the end (SOURCES: glance §4).
 */
function refusedOfPatch(patch: Json, facts: Facts): Refused[] {
  const form = formOf(patch);
  if (!Array.isArray(patch)) {
    const unread = readPatch(patch, form);
    return isRefusal(unread) ? [{ refusal: unread, whole: '' }] : [];
  }
  const [unreadable, unsuited, unapplied]: [Refused[], Refused[], Refused[]] = [[], [], []];
  const missing =
    facts.image === null ? refusal('image/visible', answers.noImage(facts.id ?? ''), '') : undefined;
  const target = missing ?? refuseForeign(facts);
  const image = facts.image ? new Map(facts.image) : undefined;
  for (const [at, item] of patch.entries()) {
    const note = (list: Refused[], found: Refusal | undefined): void => {
      if (found) list.push({ refusal: inForm(found, item), whole: pointerTo(at) });
    };
    const operation = readOperation(item, form, at);
    if (isRefusal(operation)) note(unreadable, operation);
    else if (!target) {
      const found = refuseOperation(operation, at, facts);
      if (found) note(unsuited, found);
      else if (image) note(unapplied, applyOperation(image, operation, at, { ...facts, form }));
    }
  }
  const refused = [
    ...unreadable,
    ...(target ? [{ refusal: target, whole: '' }] : []),
    ...unsuited,
    ...unapplied,
  ];
  const quota = image && refused.length === 0 ? refuseQuota(image, facts) : undefined;
  return quota ? [{ refusal: quota, whole: '' }] : refused;
}

/** In the v2.0 form the path stands under the operation's name. */
function inForm(refusal: Refusal, item: Json): Refusal {
  const [at = '', member] = tokensOf(refusal.pointer);
  if (member !== 'path' || !isObject(item) || Object.hasOwn(item, 'path')) return refusal;
  const op = ['add', 'replace', 'remove'].find((name) => Object.hasOwn(item, name));
  return op ? { ...refusal, pointer: pointerTo(at, op) } : refusal;
}
