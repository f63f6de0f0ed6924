import { randomUUID } from 'node:crypto';
import { imagesOf, isObject } from '../../rules/families/subjects.ts';
import { offers } from '../../rules/profile/verbs.ts';
import type { Caller, Json, JsonObject, Kind, Profile } from '../../rules/rule.ts';
import { imageIdOf } from '../../rules/service/imageReferences.ts';
import { inputOf, propertiesOf } from '../../rules/service/importBody.ts';
import type { Cloud } from '../cloud.ts';
import type { Image } from '../services/images.ts';
import { orNone } from '../session/errors.ts';
import { chooseByName, type Plan, planImage, planNew, planPatch, type State } from './plan.ts';

/** A document of a manifest file, to be run. */
export interface ManifestPart {
  readonly path: string;
  /** From 0, in its file; `of`: how many there are. */
  readonly index: number;
  readonly of: number;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly kind: Kind;
  readonly data: Json;
  /** The rules that hold for its file. */
  readonly profile: Profile;
  /** Of a patch: the image manifest beside it, `web.image.yaml` of `web.image-patch.yaml`. */
  readonly beside?: JsonObject;
  /** Documents that follow in the same file. */
  readonly following: readonly { readonly kind: Kind; readonly data: Json }[];
}

/** What earlier documents of a run have made, or will make: by file, and by name. */
export interface World {
  readonly caller: Caller;
  /** Images as planned calls will leave them; undefined where the calls are made, so that the live image tells. */
  readonly planned?: Map<string, State>;
  /** Ids of images that are to be made, by document. */
  readonly newIds: Map<string, string>;
  /** The last image that a file's imports make. */
  readonly madeByFile: Map<string, Made>;
  readonly madeByName: Map<string, Made>;
  /** The image that the last image document of a file is about. */
  readonly describedByFile: Map<string, Target>;
}

/** The image of an import: `id` once it is there; `failed`: it will not be. */
export interface Made {
  readonly by: ManifestPart;
  id?: string;
  failed?: true;
}

export type Target =
  | { readonly id: string }
  | { readonly later: Made }
  | { readonly fresh: true }
  | Impossible;

/** Why a document cannot be run, for a person. */
export interface Impossible {
  readonly impossible: string;
}

/** The world before a run. With `after` the calls of a plan are made, and get the ids that it chose. */
export function newWorld(caller: Caller, after?: World): World {
  return {
    caller,
    ...(after ? {} : { planned: new Map() }),
    newIds: after?.newIds ?? new Map(),
    madeByFile: new Map(),
    madeByName: new Map(),
    describedByFile: new Map(),
  };
}

/** What a change of one image comes to: a plan, or, where an import makes the image first, what it will be given. */
export type Change = { readonly plan: Plan } | { readonly later: Made; readonly manifest: Json } | Impossible;

/** A document, and where it is asked for. */
export interface Asked {
  readonly part: ManifestPart;
  readonly cloud: Cloud;
  readonly world: World;
  /** The image that is meant, whatever the document says. */
  readonly only?: string | undefined;
}

/** The changes that an image manifest or a patch asks for. Throws CloudError. */
export async function changesOf(asked: Asked): Promise<Change[]> {
  const { part, world } = asked;
  if (part.kind === 'patch') return [await changeOf(asked, part.data, await targetOfPatch(asked))];
  const changes: Change[] = [];
  for (const { image } of imagesOf(part.data)) {
    const target = await targetOfImage(image, asked);
    const change = await changeOf(asked, image, target);
    changes.push(change);
    world.describedByFile.set(part.path, 'plan' in change ? { id: change.plan.image } : target);
  }
  return changes;
}

async function changeOf({ part, cloud, world }: Asked, data: Json, target: Target): Promise<Change> {
  const { path, index, kind, profile } = part;
  if ('impossible' in target) return target;
  const context = { profile, caller: world.caller };
  if ('fresh' in target) {
    const key = `${path} ${index} ${isObject(data) ? data['name'] : ''}`;
    const id = world.newIds.get(key) ?? randomUUID();
    world.newIds.set(key, id);
    return remember(planNew(isObject(data) ? data : {}, id, context), world);
  }
  if ('later' in target) {
    const { later } = target;
    if (later.id === undefined) return { later, manifest: data };
  }
  const id = 'id' in target ? target.id : (target.later.id ?? '');
  const live =
    world.planned?.get(id) ?? (await stateOf(cloud, profile, id, isObject(data) && 'members' in data));
  if (!live) return { impossible: `There is no image ${id} in ${cloud.region} that you see.` };
  const plan =
    kind === 'patch' ? planPatch(data, live, context) : planImage(isObject(data) ? data : {}, live, context);
  return remember(plan, world);
}

function remember(plan: Plan, world: World): Change {
  world.planned?.set(plan.image, plan.after);
  return { plan };
}

/** A live image, and whom it is shared with where that is asked and can be told. */
export async function stateOf(
  { images, members, session }: Cloud,
  profile: Profile,
  id: string,
  withMembers: boolean,
): Promise<State | undefined> {
  const image = await orNone(images.get(id));
  if (!image) return undefined;
  const visibility = image.get('visibility');
  const mayHave = profile.name === 'openstack' ? visibility === 'shared' : visibility !== 'public';
  const owns = image.get('owner') === undefined || image.get('owner') === session.account.id;
  if (!withMembers) return { image };
  return { image, members: mayHave && owns ? (await members.list(id)).map(({ account }) => account) : [] };
}

async function targetOfImage(image: JsonObject, { part, cloud, world, only }: Asked): Promise<Target> {
  if (only !== undefined) return { id: only };
  if (typeof image['id'] === 'string') return { id: image['id'] };
  const made = world.madeByFile.get(part.path);
  return made ? targetOf(made) : targetByName(image['name'], part.profile, cloud, world);
}

async function targetOfPatch({ part, cloud, world, only }: Asked): Promise<Target> {
  if (only !== undefined) return { id: only };
  const described = world.describedByFile.get(part.path);
  if (described) return described;
  const made = world.madeByFile.get(part.path);
  if (made) return targetOf(made);
  const { beside, profile } = part;
  if (typeof beside?.['id'] === 'string') return { id: beside['id'] };
  const target = beside && (await targetByName(beside['name'], profile, cloud, world));
  if (target && !('fresh' in target)) return target;
  return {
    impossible:
      'Which image? Put the patch after an image document of its file, or beside an image manifest of its name, or say --image ID.',
  };
}

async function targetByName(
  name: Json | undefined,
  profile: Profile,
  cloud: Cloud,
  world: World,
): Promise<Target> {
  if (typeof name !== 'string' || name === '')
    return { impossible: 'Which image? The manifest says neither the id nor the name of one.' };
  const made = world.madeByName.get(name);
  if (made && !made.failed) return targetOf(made);
  for (const [id, { image }] of world.planned ?? []) if (image.get('name') === name) return { id };
  const found: Image[] = [];
  for await (const page of cloud.images.list({ name, owner: world.caller.account }))
    for (const image of page) found.push(image);
  const chosen = chooseByName(name, found, { profile, caller: world.caller });
  if ('id' in chosen || 'impossible' in chosen) return chosen;
  return offers(profile, 'importTask') ? { impossible: chosen.none } : { fresh: true };
}

function targetOf(made: Made): Target {
  if (made.failed) return { impossible: 'The import that makes its image failed.' };
  return made.id === undefined ? { later: made } : { id: made.id };
}

/** Notes that an import of this file makes an image, which later documents mean. */
export function noteImport(part: ManifestPart, world: World): Made {
  const made: Made = { by: part };
  const { name } = propertiesOf(part.data);
  world.madeByFile.set(part.path, made);
  if (typeof name === 'string') world.madeByName.set(name, made);
  return made;
}

/** The image that an export means: the one it names, or what the file's import makes. */
export function targetOfExport(part: ManifestPart, world: World, only?: string): Target {
  const id = only ?? imageIdOf('export', part.data);
  if (id !== undefined) return { id };
  const made = world.madeByFile.get(part.path);
  if (made) return targetOf(made);
  return { impossible: "Which image? Write its UUID as 'image_uuid', or put the export after its import." };
}

/** `container/object` of an import; undefined where it names none. */
export function placeOf(data: Json): { readonly container: string; readonly object: string } | undefined {
  const from = inputOf(data)['import_from'];
  const [, container, object] = typeof from === 'string' ? (/^([^/]+)\/(.+)$/s.exec(from) ?? []) : [];
  return container !== undefined && object !== undefined ? { container, object } : undefined;
}
