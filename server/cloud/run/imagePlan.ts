import type { Kind } from '../../rules/facts.ts';
import { describeSameName } from '../../rules/imageList.ts';
import { asText, type Json, type JsonObject } from '../../rules/json.ts';
import type { Action } from '../../rules/profile/profile.ts';
import { tagsByRoute } from '../../rules/profile/roles.ts';
import { refusalsOf } from '../../rules/refusals.ts';
import { answers } from '../../rules/service/answers.ts';
import { classOf } from '../../rules/service/attributes.ts';
import { type Refusal, refuseRole } from '../../rules/service/changes.ts';
import { diff, sameValue } from '../../rules/service/differences.ts';
import { diffStated } from '../../rules/service/importedImage.ts';
import { createdImage, readNewImage } from '../../rules/service/newImage.ts';
import { applyPatch, isRefusal, nameOf, type Operation, readPatch } from '../../rules/service/patchBody.ts';
import { areTexts, hasTagRoute, listTexts, withTagsOnce } from '../../rules/service/tagNames.ts';
import { withoutSource } from '../../rules/source/source.ts';
import { formOf } from '../../rules/subject.ts';
import type { Image } from '../services/images.ts';
import type { Call, ImageState, PlanContext, PlanRefusal } from './calls.ts';
import { keepSharing, planSharing } from './sharingPlan.ts';

/** One thing that becomes different: `old` absent: it is new; `new` absent: it goes. */
export interface Difference {
  readonly name: string;
  readonly old?: Json;
  readonly new?: Json;
}

/**
 * The state that an image returns to: attributes and properties by name, `null` of `absent` ones being taken away.
 * `left` is what the same names had after the calls that this takes back.
 */
export interface Restore {
  readonly image: string;
  readonly set: JsonObject;
  readonly absent: readonly string[];
  readonly members?: readonly string[];
  readonly left: { readonly set: JsonObject; readonly members?: readonly string[] };
}

/** What is new is deleted; what was deleted cannot be had again. */
export type Undo =
  | Restore
  | { readonly image: string; readonly delete: true }
  | { readonly server: string; readonly name: string; readonly delete: true }
  | 'cannot';

/** Adds what is judged beside a plan: its refusals, and notes for a person. */
export function withJudged(
  plan: ImagePlan,
  { refusals, notes }: Pick<ImagePlan, 'refusals' | 'notes'>,
): ImagePlan {
  return { ...plan, refusals: [...plan.refusals, ...refusals], notes: [...plan.notes, ...notes] };
}

/** The calls that a manifest asks for of one image, planned against the live one. */
export interface ImagePlan {
  readonly image: string;
  readonly name: string;
  readonly isNew: boolean;
  readonly calls: readonly Call[];
  readonly differences: readonly Difference[];
  readonly refusals: readonly PlanRefusal[];
  /** Takes the calls back. */
  readonly undo: Undo;
  /** The image, and whom it is shared with, once the calls are made. */
  readonly after: ImageState;
  readonly notes: readonly string[];
}

/** The smallest calls from the live image to what an image manifest says of it: only the keys that it states count. */
export function planImage(manifest: JsonObject, live: ImageState, context: PlanContext): ImagePlan {
  const { members, ...stated } = withoutSource(manifest);
  const wanted = new Map(Object.entries(stated));
  const refused = refusalsOf('image', manifest, { ...context, image: live.image });
  const operations = diffStated(live.image, wanted);
  return buildPlan(
    operations,
    members,
    live,
    context,
    refused.map(({ refusal }) => refusal),
  );
}

/** A patch as it is written. What it makes of the image is found by running it. */
export function planPatch(patch: Json, live: ImageState, context: PlanContext): ImagePlan {
  const form = formOf(patch);
  const operations = readPatch(patch, form, context);
  const image = idOf(live);
  const [refused] = refusalsOf('patch', patch, { ...context, image: live.image });
  const result =
    isRefusal(operations) || refused ? undefined : applyPatch(live.image, operations, { ...context, form });
  const after = result && 'image' in result ? result.image : live.image;
  const calls: Call[] = [{ type: 'patch', image, form, body: patch }];
  const refusals = refused ? [toPlanRefusal(refused.refusal)] : [];
  return { ...finishPlan(calls, live, { ...live, image: after }, context, [], []), refusals }; // the role among them
}

/** A change of an image that is not there. */
export function planMissing(kind: Kind, data: Json, id: string, context: PlanContext): ImagePlan {
  const [refused] = refusalsOf(kind, data, { ...context, image: null, id });
  const none: ImageState = { image: new Map<string, Json>([['id', id]]) };
  const refusals = refused ? [toPlanRefusal(refused.refusal)] : [];
  return finishPlan([{ type: 'get', image: id }], none, none, context, refusals, []);
}

/** A new image, with an id of our choice so that what is begun can be found again and taken back. */
export function planNew(manifest: JsonObject, id: string, context: PlanContext): ImagePlan {
  const { members, ...body } = withoutSource(manifest);
  const image = { ...withTagsOnce(body), id };
  const read = readNewImage(image, context);
  const empty: ImageState = { image: new Map<string, Json>([['id', id]]) };
  if (isRefusal(read)) {
    const calls: Call[] = [{ type: 'create', image: id, body: image }];
    return {
      ...finishPlan(
        calls,
        empty,
        { image: new Map(Object.entries(image)) },
        context,
        [toPlanRefusal(read)],
        [],
      ),
      isNew: true,
    };
  }
  const made: ImageState = {
    image: createdImage(read.image, context).set('id', id),
    members: [],
  };
  const shares = buildPlan([], members, made, context, []);
  const calls: Call[] = [{ type: 'create', image: id, body: image }, ...shares.calls];
  const whole = finishPlan(calls, empty, shares.after, context, shares.refusals, shares.notes);
  return { ...whole, isNew: true, undo: { image: id, delete: true } };
}

/** From what is live back to what was. */
export function planRestore(restore: Restore, live: ImageState, context: PlanContext): ImagePlan {
  const changed = [
    ...Object.keys({ ...restore.set, ...restore.left.set }).filter((name) => {
      const was = restore.left.set[name];
      const is = live.image.get(name);
      return was === undefined || is === undefined ? was !== is : !sameValue(name, was, is);
    }),
    ...(restore.left.members && !sameSet(restore.left.members, live.members ?? []) ? ['members'] : []),
  ];
  const wanted = new Map([...live.image, ...Object.entries(restore.set)]);
  for (const name of restore.absent) wanted.delete(name);
  const members = restore.members ? [...restore.members] : undefined;
  const plan = buildPlan(diff(live.image, wanted), members, live, context, []);
  const warnings = changed.map((name) => `${name} has changed since the apply. Undo resets it all the same.`);
  return { ...plan, notes: [...warnings, ...plan.notes] };
}

/** Deletes an image that a run has made. */
export function planDeletion(live: ImageState, context: PlanContext): ImagePlan {
  const call: Call = { type: 'delete', image: idOf(live) };
  const notes = ['The image is deleted with its data. This cannot be undone.'];
  const after: ImageState = { image: new Map<string, Json>([['id', idOf(live)]]) };
  const name = asText(live.image.get('name') ?? call.image);
  return { ...finishPlan([call], live, after, context, [], notes), name, differences: [], undo: 'cannot' };
}

/** The one image that a manifest without an id means, of those that bear its name. */
export type NamedImage =
  | { readonly id: string }
  | { readonly none: string }
  | { readonly impossible: string };

export function chooseByName(
  name: string,
  found: readonly Image[],
  { caller, profile }: PlanContext,
): NamedImage {
  const own = found.filter((image) => (image.get('owner') ?? caller.account) === caller.account);
  const ids = own.map((image) => String(image.get('id')));
  const [only] = ids;
  if (ids.length > 1)
    return {
      impossible: describeSameName(name, ids),
    };
  if (only !== undefined) return { id: only };
  const remedy = profile.offers.importTask
    ? ': Rackspace makes images by imports and of servers. Import its disk first, or name the image by its id.'
    : '.';
  return { none: `You have no image named '${name}'${remedy}` };
}

function buildPlan(
  operations: readonly Operation[],
  members: Json | undefined,
  live: ImageState,
  context: PlanContext,
  refused: readonly Refusal[],
): ImagePlan {
  const id = idOf(live);
  const isTags = (operation: Operation): boolean => nameOf(operation) === 'tags';
  const byRoute =
    tagsByRoute(context.profile, context.caller) &&
    operations.some((one) => isTags(one) && areTexts(one.value));
  const patch = byRoute ? operations.filter((operation) => !isTags(operation)) : [...operations];
  const result = applyPatch(live.image, operations, context);
  const image = 'image' in result ? result.image : new Map(live.image);
  const refusals = refused.map(toPlanRefusal);
  if (!('image' in result) && refusals.length === 0) refusals.push(toPlanRefusal(result));
  const shares = members === undefined ? keepSharing(live) : planSharing(members, live, image, context);
  const calls: Call[] = [
    ...shares.before,
    ...(patch.length > 0
      ? [{ type: 'patch', image: id, form: 'v2.1', body: patch.map(toBody) } as const]
      : []),
    ...(byRoute ? planTagCalls(id, live.image.get('tags'), operations.find(isTags)?.value) : []),
    ...shares.calls,
  ];
  const after: ImageState = shares.members ? { image, members: shares.members } : { image };
  const notes =
    shares.before.length > 0 ? ['Undo shares it again; those accounts then have to accept it again.'] : [];
  return finishPlan(calls, live, after, context, [...refusals, ...shares.refusals], notes);
}

function toBody({ op, path, value }: Operation): JsonObject {
  return op === 'remove' ? { op, path } : { op, path, value: value ?? null };
}

/** Tags by route, for roles that may tag and not patch. */
export function planTagCalls(image: string, before: Json | undefined, after: Json | undefined): Call[] {
  const [old, wanted] = [listTexts(before), listTexts(after)];
  return [
    ...old.filter((tag) => !wanted.includes(tag)).map((tag): Call => ({ type: 'remove-tag', image, tag })),
    ...wanted.filter((tag) => !old.includes(tag)).map((tag): Call => ({ type: 'add-tag', image, tag })),
  ];
}

/** Tells whether a change is one of tags alone that goes by their addresses, for who may not patch. */
export function isTagChange(
  operations: readonly Operation[],
  { profile, caller }: Pick<PlanContext, 'profile' | 'caller'>,
): boolean {
  const [first] = operations;
  return (
    operations.length === 1 &&
    first?.path === '/tags' &&
    first.op !== 'remove' &&
    areTexts(first.value) &&
    tagsByRoute(profile, caller)
  );
}

function finishPlan(
  calls: readonly Call[],
  before: ImageState,
  after: ImageState,
  context: PlanContext,
  refusals: readonly PlanRefusal[],
  notes: readonly string[],
): ImagePlan {
  const changes = diff(before.image, after.image).map(nameOf);
  const shares = before.members && after.members && !sameSet(before.members, after.members);
  const differences = [
    ...changes.map((name) => toDifference(name, before.image.get(name), after.image.get(name))),
    ...(shares ? [toDifference('members', [...(before.members ?? [])], [...(after.members ?? [])])] : []),
  ];
  const image = idOf(before);
  return {
    image,
    name: asText(after.image.get('name') ?? before.image.get('name') ?? image),
    isNew: false,
    calls,
    differences,
    refusals: [...findRoleRefusals(calls, context), ...refusals, ...findTagRefusals(calls)],
    undo: {
      image,
      set: pick(before.image, changes),
      absent: changes.filter((name) => !before.image.has(name)),
      ...(shares ? { members: before.members ?? [] } : {}),
      left: { set: pick(after.image, changes), ...(shares ? { members: after.members ?? [] } : {}) },
    },
    after,
    notes,
  };
}

function pick(image: Image, names: readonly string[]): JsonObject {
  return Object.fromEntries([...image].filter(([name]) => names.includes(name)));
}

function toDifference(name: string, old: Json | undefined, value: Json | undefined): Difference {
  return { name, ...(old === undefined ? {} : { old }), ...(value === undefined ? {} : { new: value }) };
}

const actions: Readonly<Record<Call['type'], readonly [Action, string]>> = {
  create: ['administer', 'add_image'],
  patch: ['administer', 'modify_image'],
  delete: ['administer', 'delete_image'],
  'add-tag': ['tag', 'modify_image'],
  'remove-tag': ['tag', 'modify_image'],
  'add-member': ['share', 'add_member'],
  'remove-member': ['administer', 'delete_member'],
  'answer-share': ['administer', 'modify_member'],
  get: ['read', 'get_image'],
  fill: ['administer', 'upload_image'],
};

/** Finds what the caller's roles do not allow, each kind of call once. */
function findRoleRefusals(calls: readonly Call[], context: PlanContext): PlanRefusal[] {
  const refused = new Map<string, PlanRefusal>();
  for (const { type } of calls) {
    const [action, policy] = actions[type];
    const refusal = refuseRole(context.profile, context.caller, action, policy);
    if (refusal) refused.set(policy, toPlanRefusal(refusal));
  }
  return [...refused.values()];
}

/** Tags without an address are patched, which the roles that have addresses alone may not do. */
function findTagRefusals(calls: readonly Call[]): PlanRefusal[] {
  const isPatched = calls.some((call) => 'tag' in call && !hasTagRoute(call.tag));
  return isPatched ? [{ ...answers.policy('modify_image'), rule: 'role/images', pointer: '/tags' }] : [];
}

function toPlanRefusal({ status, text, rule, pointer }: Refusal): PlanRefusal {
  return { status, text, rule, pointer };
}

function idOf({ image }: ImageState): string {
  return String(image.get('id') ?? '');
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item) => other.includes(item));
}

/** The names that a customer may set on another image: what a copy takes with it. */
export function isOwn(name: string): boolean {
  const kind = classOf(name);
  return kind === 'custom' || kind === 'writable';
}
