import { randomUUID } from 'node:crypto';
import type { DiskFacts, Facts } from '../../../rules/facts.ts';
import { describeSameName } from '../../../rules/imageList.ts';
import { asText, type Json, type JsonObject } from '../../../rules/json.ts';
import { writeChecksum } from '../../../rules/source/checksum.ts';
import { type Rotation, readRotation } from '../../../rules/source/rotation.ts';
import { type ImageSource, preventsRun, readSource as readWritten } from '../../../rules/source/source.ts';
import { openImageImports } from '../../services/imageImports.ts';
import { type Image, listNamed } from '../../services/images.ts';
import type { FillCall, ImageState, PlanContext } from '../calls.ts';
import { type ImagePlan, planDeletion, planImage, planNew, withJudged } from '../imagePlan.ts';
import { judgeBoot } from '../judged.ts';
import { describedBy, type PlannedChange, readState, type Subject, unnamed } from '../targets.ts';
import { nameBytes, type PublishedBytes, type Reading, SourceError } from './bytes.ts';
import { chooseWay, type Way } from './method.ts';
import { holds, recordProperty, resolveBytes, withOwnChecksum } from './resolve.ts';
import { planRotation } from './rotate.ts';

/** The disks that manifests name as sources, undefined where one cannot be read. */
interface SourceDisks {
  sourceDisk(path: string, file: string): Promise<DiskFacts | undefined>;
}

/** A source, found and with its way into the cloud. */
interface Found {
  readonly source: ImageSource;
  /** The disk in its file, by the file as written. */
  readonly disks: NonNullable<Facts['sourceDisks']>;
  readonly bytes?: PublishedBytes;
  readonly way: Way;
  readonly rotation?: Rotation;
}

/**
 * Plans an image whose manifest says where its bytes come from: a new one with its bytes, one of an earlier try that is taken
 * up again, further stores for one that is there, or a newer one in its place. Throws CloudError.
 */
export async function* planSourced(
  manifest: JsonObject,
  subject: Subject,
  reading: Reading,
  disks: SourceDisks,
): AsyncGenerator<PlannedChange, void> {
  const found = await findSource(manifest, subject, reading, disks);
  if ('impossible' in found) {
    yield { change: found, effects: [] };
    return;
  }
  const targets = await findTargets(manifest, found, subject);
  if ('impossible' in targets) {
    yield { change: targets, effects: [] };
    return;
  }
  const context = { profile: subject.part.profile, caller: subject.world.caller };
  // What was staged cannot be looked at, nor staged again: such an image is made anew.
  for (const live of targets.broken) {
    const plan = planDeletion(live, context);
    const note = `An earlier try left it ${asText(live.image.get('status') ?? '')}, with bytes that cannot be looked at. It is made anew.`;
    yield planned({ ...plan, notes: [note, ...plan.notes] });
  }
  const { current } = targets;
  const change = current
    ? planCurrent(manifest, current, found, context)
    : planFresh(manifest, found, subject, context);
  yield describing(change, subject.part.path);
  if (found.rotation && targets.replaced.length > 0)
    for (const plan of await planRotation(
      found.rotation,
      asText(manifest['name']),
      targets.replaced,
      subject.cloud,
      context,
    ))
      yield planned(plan);
}

/** The documents behind it speak of this image. */
function describing({ change, effects }: PlannedChange, path: string): PlannedChange {
  const target = describedBy({ fresh: true }, change);
  return { change, effects: [...effects, { type: 'described', path, target }] };
}

function planned(plan: ImagePlan): PlannedChange {
  return { change: { plan }, effects: [{ type: 'planned', plan }] };
}

async function findSource(
  manifest: JsonObject,
  { part, cloud }: Subject,
  reading: Reading,
  disks: SourceDisks,
): Promise<Found | { readonly impossible: string }> {
  if (!part.profile.images.madeByManifests)
    return {
      impossible:
        "This cloud makes images by import tasks. Write an import manifest, and remove 'source' and 'rotation'.",
    };
  const read = readWritten(manifest);
  const turn = readRotation(manifest);
  const problem = [...(read?.problems.filter(preventsRun) ?? []), ...(turn?.problems ?? [])][0];
  if (problem) return { impossible: problem.message };
  if (!read?.source) return { impossible: 'The source names no bytes.' };
  const { source } = read;
  const imports = openImageImports(cloud.session, cloud.region);
  const [methods, stores] = await Promise.all([imports.methods(), imports.stores()]);
  const way = chooseWay(source, { methods, stores });
  if ('impossible' in way) return way;
  try {
    const bytes = await resolveBytes(source, part, reading, way.method);
    const known = bytes && turn ? await withOwnChecksum(bytes, reading) : bytes;
    return {
      source,
      way,
      disks: await readDisks(source, part, disks),
      ...(known ? { bytes: known } : {}),
      ...(turn ? { rotation: turn.rotation } : {}),
    };
  } catch (error) {
    if (error instanceof SourceError) return { impossible: error.message };
    throw error;
  }
}

async function readDisks(
  { origin }: ImageSource,
  { file }: Subject['part'],
  disks: SourceDisks,
): Promise<Found['disks']> {
  if (origin.type !== 'file' || file === undefined) return {};
  const disk = await disks.sourceDisk(file, origin.path);
  return disk ? { [origin.path]: disk } : {};
}

interface Targets {
  /** Whose bytes are right, or that waits for them. */
  readonly current?: ImageState;
  /** Those that the current one takes the place of. */
  readonly replaced: readonly ImageState[];
  /** Of earlier tries, to be made anew. */
  readonly broken: readonly ImageState[];
}

const waiting: ReadonlySet<string> = new Set(['queued', 'importing']);
const broken: ReadonlySet<string> = new Set(['uploading', 'killed']);

/** Finds the images that the manifest means: by id, else the account's of its name. */
async function findTargets(
  manifest: JsonObject,
  { bytes, rotation }: Found,
  { part, cloud, world, only }: Subject,
): Promise<Targets | { readonly impossible: string }> {
  const { name } = manifest;
  const id = only ?? manifest['id'];
  const states: ImageState[] = [];
  if (id !== undefined) {
    const state = await readState(cloud, part.profile, asText(id), 'members' in manifest);
    if (!state) return { impossible: `There is no image ${asText(id)}.` };
    states.push(state);
  } else {
    if (typeof name !== 'string' || name === '') return unnamed;
    if (world.plannedByName(name) !== undefined)
      return { impossible: `Another document makes an image named '${name}'. Merge the two.` };
    for (const { id: own } of await listOwn(name, { cloud, world })) {
      const state = await readState(cloud, part.profile, own, 'members' in manifest);
      if (state) states.push(state);
    }
  }
  const saving = states.find(({ image }) => image.get('status') === 'saving');
  if (saving)
    return {
      impossible: `The image ${idOf(saving)} is being uploaded by another run. Wait for its end, or delete it.`,
    };
  const unfinished = states.filter(({ image }) => waiting.has(statusOf(image)));
  const complete = states.filter(
    ({ image }) => !waiting.has(statusOf(image)) && !broken.has(statusOf(image)),
  );
  const left = states.filter(({ image }) => broken.has(statusOf(image)));
  const right = complete.find(({ image }) => bytes && holds(image, bytes) === true);
  const several = (all: readonly ImageState[]): boolean => all.length > 1;
  if (
    several(unfinished) ||
    (several(complete) && !rotation) ||
    (unfinished.length > 0 && complete.length > 0 && !rotation)
  )
    return { impossible: describeSameName(asText(name), states.map(idOf)) };
  if (!rotation) {
    const [current] = [...unfinished, ...complete];
    return { ...(current ? { current } : {}), replaced: [], broken: left };
  }
  // What nothing tells of is taken for right: a rotation replaces only what is surely other.
  const unsure = complete.find(({ image }) => !bytes || holds(image, bytes) === undefined);
  const current = right ?? unfinished[0] ?? unsure;
  return {
    ...(current ? { current } : {}),
    replaced: complete.filter((one) => one !== current),
    broken: left,
  };
}

async function listOwn(
  name: string,
  { cloud, world }: Pick<Subject, 'cloud' | 'world'>,
): Promise<{ id: string }[]> {
  const { account } = world.caller;
  const found = await listNamed(cloud.images, name, account);
  return found
    .filter((image) => (image.get('owner') ?? account) === account)
    .map((image) => ({ id: asText(image.get('id')) }));
}

/** An image that is there: with its bytes, or waiting for them. */
function planCurrent(
  manifest: JsonObject,
  live: ImageState,
  found: Found,
  context: PlanContext,
): PlannedChange {
  const { image } = live;
  const isWaiting = waiting.has(statusOf(image));
  const judged = judgeBoot({ kind: 'image' }, manifest, {
    ...{ ...context, image },
    ...(isWaiting ? { sourceDisks: found.disks } : {}),
  });
  const plan = withJudged(planImage(withRecord(manifest, image, found), live, context), judged);
  if (isWaiting) {
    const isLeft =
      statusOf(image) === 'importing' ? 'is still importing: that is waited for first' : 'has no data yet';
    const note = `The image ${isLeft}. Its bytes are no part of an undo.`;
    return planned(withFill(plan, toFill(found, idOf(live), false), [note, ...noteWay(found)]));
  }
  const missing = listMissingStores(image, found);
  if (missing.length > 0) {
    const call = {
      type: 'fill',
      image: idOf(live),
      method: 'copy-image',
      stores: missing,
      isNew: false,
    } as const;
    const note = `copy-image: the bytes are in the cloud already. Undo leaves them in ${missing.join(', ')}.`;
    return planned(withFill(plan, call, [note]));
  }
  return planned({ ...plan, notes: [...plan.notes, ...noteOther(image, found)] });
}

/** What is known of an active image's bytes beside those of the source. */
function noteOther(image: Image, { bytes, rotation }: Found): string[] {
  if (!bytes) return [];
  const same = holds(image, bytes);
  if (same === true) return [];
  if (same === undefined)
    return [
      `Whether its bytes are those of ${nameBytes(bytes)} cannot be told${bytes.checksum ? '' : ': the source has no checksum'}. They stay as they are.`,
    ];
  return rotation
    ? []
    : [
        "The image has other bytes than the source, and those of an image that is there cannot be changed. Add 'rotation' to replace it by a newer one.",
      ];
}

function listMissingStores(image: Image, { way, source }: Found): string[] {
  if (source.stores === undefined) return [];
  const held = asText(image.get('stores') ?? '').split(',');
  return way.stores.filter((store) => !held.includes(store));
}

function planFresh(
  manifest: JsonObject,
  found: Found,
  subject: Subject,
  context: PlanContext,
): PlannedChange {
  const { part, world } = subject;
  if (found.source.origin.type === 'itself')
    return {
      change: {
        impossible: `There is no image '${asText(manifest['name'])}' to copy to further stores. Name its bytes by 'file' or 'url'.`,
      },
      effects: [],
    };
  const key = `${part.path} ${part.index} ${asText(manifest['name'])}`;
  const id = world.newId(key) ?? randomUUID();
  const judged = judgeBoot(part, manifest, { ...context, sourceDisks: found.disks });
  const plan = withJudged(planNew(withRecord(manifest, undefined, found), id, context), judged);
  const filled = plan.refusals.length > 0 ? plan : withFill(plan, toFill(found, id, true), noteWay(found));
  return {
    change: { plan: filled },
    effects: [
      { type: 'new-id', key, id },
      { type: 'planned', plan: filled },
    ],
  };
}

/** Notes at the image of which file it is made, where it will be of that. */
function withRecord(manifest: JsonObject, image: Image | undefined, { bytes }: Found): JsonObject {
  const isToBe = image === undefined || waiting.has(statusOf(image));
  return bytes?.checksum && isToBe && manifest[recordProperty] === undefined
    ? { ...manifest, [recordProperty]: writeChecksum(bytes.checksum) }
    : manifest;
}

function toFill({ way, bytes, source }: Found, image: string, isNew: boolean): FillCall {
  const { origin } = source;
  return {
    type: 'fill',
    image,
    method: way.method,
    stores: way.stores,
    ...(bytes ? { bytes } : {}),
    ...(origin.type === 'image' ? { remote: { id: origin.id, region: origin.region } } : {}),
    isNew,
  };
}

/** The bytes come right behind what makes the image or changes it; members come after. */
function withFill(plan: ImagePlan, call: FillCall, notes: readonly string[]): ImagePlan {
  const at = plan.calls.findIndex(({ type }) => type === 'create' || type === 'patch') + 1;
  const calls = [...plan.calls.slice(0, at), call, ...plan.calls.slice(at)];
  const after = { ...plan.after, image: new Map<string, Json>([...plan.after.image, ['status', 'active']]) };
  return { ...plan, calls, after, notes: [...notes, ...plan.notes] };
}

/** Says which way the bytes take and why, and what nobody verifies. */
function noteWay({ way, bytes, source }: Found): string[] {
  const { method, reason } = way;
  const notes = [`${method}: ${reason}.`];
  if (bytes?.compression && method !== 'web-download')
    notes.push(`The ${bytes.compression} compression is undone on the way.`);
  if (method === 'web-download') {
    if (bytes?.checksum && bytes.checksum.algorithm !== 'sha512')
      notes.push(
        `By web-download the ${bytes.checksum.algorithm} of the publisher is verified by nobody. Remove 'method', and the bytes are verified on the way.`,
      );
    else if (bytes?.checksum)
      notes.push('Glance verifies nothing of it: the sha512 is compared when the image is active already.');
    else
      notes.push(
        "Nobody verifies the bytes: add the publisher's 'checksum', and they are verified on the way.",
      );
  } else if (bytes && !bytes.checksum && source.origin.type === 'url')
    notes.push("Nobody verifies the bytes: add the publisher's 'checksum'.");
  return notes;
}

function statusOf(image: Image): string {
  return asText(image.get('status') ?? '');
}

function idOf({ image }: ImageState): string {
  return asText(image.get('id') ?? '');
}
