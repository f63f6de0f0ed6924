import { randomUUID } from 'node:crypto';
import type { Kind } from '../../rules/facts.ts';
import { describeRepeated, findRepeated, listItems, notAnImage, refuseItem } from '../../rules/imageList.ts';
import { asText, isObject, type Json, type JsonObject } from '../../rules/json.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import { bootVolumeOf, imageIdOf, serverOf } from '../../rules/service/imageReferences.ts';
import type { ManifestPart } from '../../workspace/parts.ts';
import type { Cloud } from '../cloud.ts';
import { listNamed } from '../services/images.ts';
import { unlessMissing } from '../session/errors.ts';
import type { ImageState, PlanContext } from './calls.ts';
import {
  chooseByName,
  type ImagePlan,
  planImage,
  planMissing,
  planNew,
  planPatch,
  withJudged,
} from './imagePlan.ts';
import { judge, judgeBoot } from './judged.ts';
import type { Effect, Impossible, Target, World } from './world.ts';

/** A change of one image: a plan, of an image that another document makes first where it is `later`. */
export type Change =
  | { readonly plan: ImagePlan }
  | {
      readonly later: ManifestPart;
      readonly manifest: Json;
      readonly plan: ImagePlan | Pick<ImagePlan, 'refusals' | 'notes'>;
    }
  | Impossible;

/** A document, and where it is to be run. */
export interface Subject {
  readonly part: ManifestPart;
  readonly cloud: Cloud;
  readonly world: World;
  /** The image that is meant, whatever the document says. */
  readonly only?: string | undefined;
  /** Plans an image that says where its bytes come from. */
  sourced(image: JsonObject, subject: Subject): AsyncGenerator<PlannedChange, void>;
}

/** A change, and what documents behind it see of it. */
export interface PlannedChange {
  readonly change: Change;
  readonly effects: readonly Effect[];
}

/** Plans the changes that an image manifest or a patch asks for, one image after the other. Throws CloudError. */
export async function* planChanges(subject: Subject): AsyncGenerator<PlannedChange, void> {
  const { part, sourced } = subject;
  if (part.kind === 'patch') {
    yield planChange(subject, part.data, await findPatchTarget(subject));
    return;
  }
  const items = listItems(part.data);
  const repeated = new Map(findRepeated(items).map(({ at, before }) => [at, before]));
  for (const [at, image] of items.entries()) {
    const before = repeated.get(at);
    const impossible = before === undefined ? refuseItem(image, at) : describeRepeated(at, before);
    if (!isObject(image) || impossible !== undefined) {
      yield { change: { impossible: impossible ?? notAnImage }, effects: [] };
      continue;
    }
    if (isObject(image['source']) || isObject(image['rotation'])) {
      yield* sourced(image, subject);
      continue;
    }
    const target = await findImageTarget(image, items.length === 1, subject);
    const { change, effects } = await planChange(subject, image, target);
    const about = describedBy(target, change);
    yield { change, effects: [...effects, { type: 'described', path: part.path, target: about }] };
  }
}

export const unnamed: Impossible = { impossible: "The manifest names no image. Write its 'id' or 'name'." };

/** The image of which the documents behind one speak. */
export function describedBy(target: Target, change: Change): Target {
  if ('later' in target || !('plan' in change) || 'later' in change) return target;
  const { plan } = change;
  return plan.isNew && plan.refusals.length > 0
    ? { impossible: 'The document that makes its image is refused.' }
    : { id: plan.image };
}

async function planChange(
  { part, cloud, world }: Subject,
  data: Json,
  target: Target,
): Promise<PlannedChange> {
  const { path, index, kind, profile } = part;
  if ('impossible' in target) return { change: target, effects: [] };
  const context = { profile, caller: world.caller };
  const manifest = isObject(data) ? data : {};
  if ('fresh' in target) {
    const key = `${path} ${index} ${asText(manifest['name'])}`;
    const id = world.newId(key) ?? randomUUID();
    const plan = withJudged(planNew(manifest, id, context), judgeBoot(part, data, context));
    return {
      change: { plan },
      effects: [
        { type: 'new-id', key, id },
        { type: 'planned', plan },
      ],
    };
  }
  if ('later' in target) {
    const { later: by } = target;
    const expected = world.planned(by);
    if (!expected)
      return { change: { later: by, manifest: data, plan: judge(part, data, context) }, effects: [] };
    const plan = planChanged(kind, data, expected, context);
    return { change: { later: by, manifest: data, plan }, effects: [{ type: 'planned', plan, by }] };
  }
  const { id } = target;
  const live = world.planned(id) ?? (await readState(cloud, profile, id, 'members' in manifest));
  const plan = live ? planChanged(kind, data, live, context) : planMissing(kind, data, id, context);
  return { change: { plan }, effects: live ? [{ type: 'planned', plan }] : [] };
}

function planChanged(kind: Kind, data: Json, live: ImageState, context: PlanContext): ImagePlan {
  const plan =
    kind === 'patch' ? planPatch(data, live, context) : planImage(isObject(data) ? data : {}, live, context);
  return withJudged(plan, judgeBoot({ kind }, data, { ...context, image: live.image }));
}

/** Reads a live image, and whom it is shared with where that is asked and can be told. */
export async function readState(
  { images, members, session }: Cloud,
  profile: Profile,
  id: string,
  withMembers: boolean,
): Promise<ImageState | undefined> {
  const image = await unlessMissing(images.get(id));
  if (!image) return undefined;
  const visibility = image.get('visibility');
  const mayHave = !profile.images.withoutMembers.some((one) => one === visibility);
  const owns = image.get('owner') === undefined || image.get('owner') === session.account.id;
  if (!withMembers) return { image };
  return { image, members: mayHave && owns ? (await members.list(id)).map(({ account }) => account) : [] };
}

/** Finds the image of an image document: of one behind a document that makes an image it is that one, whatever its name. */
async function findImageTarget(
  image: JsonObject,
  isOnly: boolean,
  { part, cloud, world, only }: Subject,
): Promise<Target> {
  if (only !== undefined) return { id: only };
  if (image['id'] !== undefined) return { id: asText(image['id']) };
  const before = isOnly ? world.makerOfFile(part.path) : undefined;
  return before ? resolveMaker(before, world) : findByName(image['name'], part.profile, cloud, world);
}

async function findPatchTarget({ part, cloud, world, only }: Subject): Promise<Target> {
  if (only !== undefined) return { id: only };
  const described = world.described(part.path);
  if (described) return 'later' in described ? resolveMaker(described.later, world) : described;
  const { companion, profile } = part;
  if (typeof companion?.['id'] === 'string') return { id: companion['id'] };
  const target = companion && (await findByName(companion['name'], profile, cloud, world));
  if (target && !('fresh' in target)) return target;
  return {
    impossible:
      'The patch names no image. Put it behind an image document of its file or beside an image manifest of its name, or give --image ID.',
  };
}

async function findByName(
  name: Json | undefined,
  profile: Profile,
  cloud: Cloud,
  world: World,
): Promise<Target> {
  if (typeof name !== 'string' || name === '') return unnamed;
  const before = world.makerByName(name);
  if (before && !world.made(before)?.failed) return resolveMaker(before, world);
  const planned = world.plannedByName(name);
  if (planned !== undefined) return { id: planned };
  const found = await listNamed(cloud.images, name, world.caller.account);
  const chosen = chooseByName(name, found, { profile, caller: world.caller });
  if ('id' in chosen || 'impossible' in chosen) return chosen;
  return profile.offers.importTask ? { impossible: chosen.none } : { fresh: true };
}

/** The image or the server that a document makes. */
export function resolveMaker(part: ManifestPart, world: World): Target {
  const { id, failed } = world.made(part) ?? {};
  if (failed)
    return {
      impossible: `The ${part.kind === 'import' ? 'import' : 'document'} that makes its ${part.kind === 'server' ? 'server' : 'image'} failed.`,
    };
  return id === undefined ? { later: part } : { id };
}

/** Finds the image that an export or a server means: the one it names, or what a document before in its file makes; a server also what one describes. */
export function findUsedImage(
  kind: 'export' | 'server',
  part: ManifestPart,
  world: World,
): Target | undefined {
  const id = imageIdOf(kind, part.data);
  if (id !== undefined) return { id };
  const described = kind === 'server' ? world.described(part.path) : undefined;
  if (described && !('later' in described) && !bootVolumeOf(serverOf(part.data))) return described;
  const before = world.makerOfFile(part.path);
  return before && resolveMaker(before, world);
}

export function findExportTarget(part: ManifestPart, world: World, only?: string): Target {
  if (only !== undefined) return { id: only };
  return (
    findUsedImage('export', part, world) ?? {
      impossible:
        "The export names no image. Write its UUID as 'image_uuid', or put the export behind its import.",
    }
  );
}
