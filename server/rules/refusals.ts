import type { Facts, Kind } from './facts.ts';
import { asText, isObject, type Json, type JsonObject, pointerTo, tokensOf } from './json.ts';
import { refuseForm } from './nova/refuseForm.ts';
import { createImageSchema, createSchema } from './nova/servers.ts';
import { allows } from './profile/roles.ts';
import { answers } from './service/answers.ts';
import { classOf, show, uuid } from './service/attributes.ts';
import { serverRefusals } from './service/buildServer.ts';
import { type Refusal, refusal, refuseForeign, refuseRole } from './service/changes.ts';
import { imagedServer, refuseMissingServer, serverImageRefusals } from './service/createImage.ts';
import { diff } from './service/differences.ts';
import { serverOf } from './service/imageReferences.ts';
import { diffStated } from './service/importedImage.ts';
import { refuseNewImage } from './service/newImage.ts';
import {
  applyOperation,
  isRefusal,
  type Operation,
  type PatchContext,
  refuseList,
  refuseOperation,
  refuseStoring,
} from './service/patchBody.ts';
import { withTagsOnce } from './service/tagNames.ts';
import { withoutSource } from './source/source.ts';
import { formOf, knownImages, type PlacedOperation, type Refused, readOperations } from './subject.ts';

/** The refusals of a manifest's request, in the order in which the cloud looks, each at its place. */
export function refusalsOf(
  kind: Kind,
  manifest: Json,
  facts: Facts,
  read = kind === 'patch' ? readOperations(manifest) : [],
): Refused[] {
  if (kind === 'image')
    return knownImages(manifest, facts).flatMap(({ pointer, image, facts: known }) =>
      refusedOfImage(pointer, image, known),
    );
  if (kind === 'patch') return refusedOfPatch(manifest, read, facts);
  return kind === 'server' || kind === 'server-image' ? refusedOfServer(kind, manifest, facts) : [];
}

/** Nova reads the body by its schema before it looks for the server and at roles. */
function refusedOfServer(kind: 'server' | 'server-image', manifest: Json, facts: Facts): Refused[] {
  const { profile } = facts;
  const { server, ...action } = isObject(manifest) ? manifest : {};
  const isBuild = kind === 'server';
  const form = profile.compute.hasMicroversions
    ? isBuild
      ? refuseForm(manifest, createSchema(1))
      : refuseForm(action, createImageSchema())
    : undefined;
  const body = isBuild ? server : action['createImage'];
  const isAsked = isObject(manifest) && Object.keys(manifest).length > 0;
  const found = [
    ...(form ? [form] : []),
    ...(isBuild ? [] : refuseMissingServer(facts.server, asText(serverOf(manifest)['id'] ?? ''))),
    ...(isAsked ? refuseServerRole(isBuild ? 'servers:create' : 'servers:create_image', facts) : []),
    ...(isObject(body) ? refuseServer(isBuild, body, manifest, facts) : []), // else its shape is what is wrong
  ];
  return found.map((refusal) => ({ refusal, whole: refusal.pointer }));
}

function refuseServer(isBuild: boolean, body: JsonObject, manifest: Json, facts: Facts): Refusal[] {
  if (isBuild)
    return serverRefusals(body, {
      ...facts,
      image: facts.image,
      imageFollows: facts.made !== undefined || facts.described === true,
    });
  const server = facts.server === null ? null : imagedServer({ manifest, facts });
  return serverImageRefusals(body, { ...facts, server });
}

function refuseServerRole(policy: string, { profile, caller }: Facts): Refusal[] {
  return !caller || allows(profile, 'servers', caller.roles, 'administer')
    ? []
    : [refusal('role/servers', answers.computePolicy(policy), '')];
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
  const { members: _, ...stated } = withoutSource(image); // `share` has those
  if (facts.image === null && facts.profile.images.madeByManifests)
    return refuseNewImage(withTagsOnce(stated), facts).map((refusal) => placeInImage(base, refusal));
  const forbidden = refuseForeign(facts.image?.get('owner'), 'modify', facts);
  const operations = listChanges(new Map(Object.entries(stated)), facts);
  const [read, unread] = [new Map(facts.image ?? []), [] as Refusal[]];
  const refused: Refusal[] = [];
  for (const operation of operations) {
    const found = refuseOperation(operation, 0, facts);
    if (found) unread.push(atName(found));
    else if (!refused.some((one) => one === forbidden)) {
      const refusal = applyOperation(read, operation, 0, { ...facts, forbidden });
      if (refusal) refused.push(refusal === forbidden ? refusal : atName(refusal));
    }
  }
  // Of an image of another account this stands whatever is mended, and tags by their addresses meet it first.
  if (forbidden && operations.length > 0 && refused.length === 0) refused.push(forbidden);
  const unstored = refused.some((one) => one === forbidden) ? [] : refuseStoring(read, operations, facts);
  return [...unread, ...refused, ...unstored.map(atName)].map((refusal) => placeInImage(base, refusal));
}

/** In an image each name has its own value. */
function atName(refusal: Refusal): Refusal {
  return refusal.name === undefined ? refusal : { ...refusal, pointer: pointerTo(refusal.name) };
}

function placeInImage(base: string, refusal: Refusal): Refused {
  const pointer = base + refusal.pointer;
  return { refusal: { ...refusal, pointer }, whole: refusal.rule.endsWith('/count') ? base : pointer };
}

/** The changes that an image manifest asks for. */
function listChanges(wanted: ReadonlyMap<string, Json>, { image, caller, opened }: Facts): Operation[] {
  if (image) return opened ? diff(image, wanted) : diffStated(image, wanted);
  // Of an image that is not known, what only the service sets may be stated as it is; so may one's own account.
  const restates = (name: string, value: Json): boolean =>
    classOf(name) === 'read-only' || (name === 'owner' && (!caller || value === caller.account));
  const stated = [...wanted].filter(([name, value]) => !restates(name, value));
  return diff(new Map(), new Map(stated));
}

/** A manifest whose id is that of no image, or that is opened from the address of none. */
function refuseMissing({ id }: JsonObject, { image, opened, id: address }: Facts): Refusal | undefined {
  if (opened && image === null) return refusal('image/visible', answers.noImage(address ?? ''), '');
  if (id === undefined || (image && image.get('id') === id)) return undefined;
  const isNone = image === null || !(typeof id === 'string' && uuid.test(id));
  return isNone
    ? refusal('image/visible', answers.noImage(typeof id === 'string' ? id : show(id)), '/id')
    : undefined;
}

/**
 * As the service looks at a patch: it reads all operations, finds the image, and then each operation asks whether the
 * image may be changed, and is applied; what comes of it is stored at the end (SOURCES: glance §4).
 */
function refusedOfPatch(patch: Json, read: readonly (Operation | Refusal)[], facts: Facts): Refused[] {
  const form = formOf(patch);
  const role = refuseRole(facts.profile, facts.caller, 'administer', 'modify_image');
  const { checksRolesFirst } = facts.profile.images;
  const found: Refusal[] = role && checksRolesFirst ? [role] : [];
  const operations: ReadOperation[] = [];
  for (const [at, operation] of read.entries()) {
    const refused = isRefusal(operation) ? operation : refuseOperation(operation, at, facts);
    if (refused) found.push(refused);
    else if (!isRefusal(operation)) operations.push({ at, operation });
  }
  if (!Array.isArray(patch)) found.push(refuseList(patch));
  if (facts.image === null) found.push(refusal('image/visible', answers.noImage(facts.id ?? ''), ''));
  else if (Array.isArray(patch)) {
    const forbidden =
      (checksRolesFirst ? undefined : role) ?? refuseForeign(facts.image?.get('owner'), 'modify', facts);
    for (const one of refuseApplying(operations, facts.image, { ...facts, form, forbidden })) found.push(one);
  }
  return found.map((one) => {
    const [at] = tokensOf(one.pointer);
    return at === undefined
      ? { refusal: one, whole: '' }
      : { refusal: inForm(one, patch), whole: pointerTo(at) };
  });
}

type ReadOperation = Omit<PlacedOperation, 'name'>;

/** What refuses operations that were read, in order; what comes of them is stored where none is refused. */
function refuseApplying(
  operations: readonly ReadOperation[],
  before: ReadonlyMap<string, Json> | undefined,
  context: PatchContext,
): Refusal[] {
  const image = before && new Map(before);
  const found: Refusal[] = [];
  for (const { at, operation } of operations) {
    const refused = applyOperation(image, operation, at, context);
    if (refused) found.push(refused);
    if (refused && refused === context.forbidden) return found;
  }
  const isRead = operations.every(({ at }, index) => at === index);
  if (found.length > 0 || !image || !isRead) return found;
  const all = operations.map(({ operation }) => operation);
  return refuseStoring(image, all, context);
}

/** In the v2.0 form the path stands under the operation's name. */
function inForm(refusal: Refusal, patch: Json): Refusal {
  const [at = '', member] = tokensOf(refusal.pointer);
  const item = Array.isArray(patch) ? patch[Number(at)] : undefined;
  if (member !== 'path' || !isObject(item) || Object.hasOwn(item, 'path')) return refusal;
  const op = ['add', 'replace', 'remove'].find((name) => Object.hasOwn(item, name));
  return op ? { ...refusal, pointer: pointerTo(at, op) } : refusal;
}
