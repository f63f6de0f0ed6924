import type { ContainerFacts, DiskFacts, Facts } from '../../rules/facts.ts';
import { exportedObject } from '../../rules/families/export.ts';
import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import { inputOf, propertiesOf } from '../../rules/service/importBody.ts';
import { importedImage } from '../../rules/service/importedImage.ts';
import { parseImportFrom } from '../../workspace/diskPaths.ts';
import { type ManifestPart, makePart } from '../../workspace/parts.ts';
import type { Cloud } from '../cloud.ts';
import type { EmulatorControl } from '../services/emulatorControl.ts';
import type { FileUpload } from '../services/largeObjects.ts';
import { CloudError, unlessMissing } from '../session/errors.ts';
import type { Call, PlanRefusal } from './calls.ts';
import type { ImagePlan } from './imagePlan.ts';
import { type Judged, judge } from './judged.ts';
import { planServer, planServerImage, type ServerStep, toMade } from './servers/plan.ts';
import type { RebuildStep } from './servers/rebuild.ts';
import type { Reading } from './source/bytes.ts';
import { planSourced } from './source/plan.ts';
import { type Change, findExportTarget, planChanges } from './targets.ts';
import type { Waiting } from './waiting.ts';
import type { Effect, World } from './world.ts';

/** The surroundings of a run. */
export interface Ports {
  readonly cloud: Cloud;
  readonly waiting: Waiting;
  readonly disks: LocalDisks;
  readonly upload: FileUpload;
  /** For addresses that sources name; Node's own where none is given. */
  readonly fetch?: typeof fetch;
  /** Folders outside which no bytes are brought for images, links followed, nor from addresses; anything goes where undefined. */
  readonly within?: readonly string[];
  /** The emulator's control, where the cloud is one: guests of servers write by it. */
  readonly control?: Pick<EmulatorControl, 'changeDisk'>;
  /** The image that patches and exports without one of their own mean. */
  readonly image?: string;
  /** A container that is made for exports where it is missing. */
  readonly newContainer?: string;
}

/** The disks of imports on this machine. */
export interface LocalDisks {
  diskOf(part: ManifestPart): Promise<DiskFile | undefined>;
  /** The paths at which a disk is looked for. */
  diskPlacesOf(part: ManifestPart): Promise<readonly string[]>;
  /** What is on the disk that a manifest at a path names as its source; undefined where it cannot be read. */
  sourceDisk(path: string, file: string): Promise<DiskFacts | undefined>;
}

/** For runs that import nothing. */
export const noDisks: LocalDisks = {
  diskOf: async () => undefined,
  diskPlacesOf: async () => [],
  sourceDisk: async () => undefined,
};

export interface DiskFile {
  readonly path: string;
  readonly bytes: number;
  /** What is on it; undefined where it cannot be read. */
  readonly facts?: DiskFacts;
}

/** One thing to do for a document, or for one image of it. */
export type Step =
  | { readonly type: 'change'; readonly part: ManifestPart; readonly plan: ImagePlan }
  | {
      /** A change of an image that another document makes first. */
      readonly type: 'later';
      readonly part: ManifestPart;
      readonly by: ManifestPart;
      readonly manifest: Json;
      /** The calls, of an image without its id, where it is known what is made. */
      readonly plan?: ImagePlan;
      readonly refusals: readonly PlanRefusal[];
      readonly notes: readonly string[];
    }
  | ({
      readonly type: 'import';
      readonly part: ManifestPart;
      readonly disk?: DiskFile;
    } & Judged)
  | ({
      readonly type: 'export';
      readonly part: ManifestPart;
      /** Undefined: what `by` makes. */
      readonly image?: string;
      readonly by?: ManifestPart;
    } & Judged)
  | ServerStep
  | RebuildStep
  | {
      readonly type: 'server-deletion';
      readonly part: ManifestPart;
      readonly server: string;
      readonly name: string;
      readonly notes: readonly string[];
    }
  | { readonly type: 'not-run'; readonly part: ManifestPart; readonly reason: string }
  | { readonly type: 'impossible'; readonly part: ManifestPart; readonly reason: string };

/** Tells whether a step asks the cloud for anything. */
export function hasCalls(step: Step): boolean {
  return step.type === 'change' ? step.plan.calls.length > 0 : step.type !== 'not-run';
}

export interface PlannedStep {
  readonly step: Step;
  /** What documents behind it see of it; to be noted in the world before the next step is asked for. */
  readonly effects: readonly Effect[];
}

/** Plans one document, image by image. Reads the cloud and the world, and changes neither. Throws CloudError. */
export async function* planPart(part: ManifestPart, ports: Ports, world: World): AsyncGenerator<PlannedStep> {
  const { kind } = part;
  if (kind === 'import') yield await planImport(part, ports, world);
  else if (kind === 'server') yield await planServer(part, ports.cloud, world);
  else if (kind === 'server-image') yield await planServerImage(part, ports, world);
  else if (kind === 'export') yield { step: await planExport(part, ports, world), effects: [] };
  else {
    for await (const { change, effects } of planChanges({
      part,
      cloud: ports.cloud,
      world,
      only: ports.image,
      sourced: (image, subject) => planSourced(image, subject, readingOf(ports), ports.disks),
    }))
      yield { step: changeStep(part, change), effects };
  }
}

/** How bytes of files and addresses are read. */
export function readingOf({ fetch: fetchBy = fetch, waiting, upload, within }: Ports): Reading {
  return { fetch: fetchBy, signal: waiting.signal, progress: upload.progress, ...(within ? { within } : {}) };
}

/** The refusals that the cloud would answer a step with. */
export function listRefusals(step: Step): readonly PlanRefusal[] {
  if (step.type === 'change') return step.plan.refusals;
  return 'refusals' in step ? step.refusals : [];
}

/** Tells whether a later plan of a document asks for what an earlier one did: the same calls, disk and server. */
export function sameStep(earlier: Step, later: Step): boolean {
  if (earlier.type !== later.type) return false;
  if (earlier.type === 'server-image' && earlier.by) return true; // its server was not built yet
  return JSON.stringify(describeTarget(earlier)) === JSON.stringify(describeTarget(later));
}

function describeTarget(step: Step): readonly Call[] | readonly (string | number)[] | string | undefined {
  if (step.type === 'change') return step.plan.calls;
  if (step.type === 'import') return step.disk && [step.disk.path, step.disk.bytes];
  return step.type === 'server-image' ? step.server : undefined;
}

function changeStep(part: ManifestPart, change: Change): Step {
  if ('impossible' in change) return { type: 'impossible', part, reason: change.impossible };
  if (!('later' in change)) return { type: 'change', part, plan: change.plan };
  const { later: by, manifest, plan } = change;
  const { refusals, notes } = plan;
  return { type: 'later', part, by, manifest, ...('calls' in plan ? { plan } : {}), refusals, notes };
}

async function planImport(part: ManifestPart, ports: Ports, world: World): Promise<PlannedStep> {
  const { data, following, profile } = part;
  const disk = await ports.disks.diskOf(part);
  const uploaded = disk ? false : await isUploaded(ports.cloud, data);
  const places = (disk ? [] : await ports.disks.diskPlacesOf(part)).join(' and ');
  const facts: Facts = {
    profile,
    caller: world.caller,
    following,
    ...(places === '' ? {} : { diskPlaces: places }),
    ...(disk?.facts ? { disk: disk.facts } : disk || uploaded !== false ? {} : { disk: 'missing' }),
  };
  const judged = judge(part, data, facts);
  const absence = disk || uploaded !== false ? undefined : describeAbsence(places);
  const isImpossible = absence !== undefined && !profile.offers.importTask;
  const { name } = propertiesOf(data);
  const state = judged.refusals.length > 0 || isImpossible ? { failed: true as const } : {};
  const image = importedImage(data, profile, world.caller);
  const effects: readonly Effect[] = [
    { type: 'made', part, state, image, ...(typeof name === 'string' ? { name } : {}) },
  ];
  if (isImpossible) return { step: { type: 'impossible', part, reason: absence }, effects };
  return {
    step: {
      type: 'import',
      part,
      ...(disk ? { disk } : {}),
      ...judged,
      notes: [...judged.notes, ...(absence === undefined ? [] : [absence])],
    },
    effects,
  };
}

function describeAbsence(places: string): string {
  return places === ''
    ? 'The disk of the import is not on this machine.'
    : `The disk of the import is not on this machine: looked for at ${places}.`;
}

/** Undefined where the caller may not look into Cloud Files; the task itself acts for the account (DECISIONS 13). */
async function isUploaded({ objects }: Cloud, data: Json): Promise<boolean | undefined> {
  const importFrom = inputOf(data)['import_from'];
  const place = typeof importFrom === 'string' ? parseImportFrom(importFrom) : undefined;
  if (!place) return false;
  const head = await unlessForbidden(objects.headObject(place.container, place.object));
  return head === forbidden ? undefined : head !== undefined;
}

async function planExport(part: ManifestPart, ports: Ports, world: World): Promise<Step> {
  const { cloud, image, newContainer } = ports;
  if (!part.profile.offers.exportTask)
    return {
      type: 'impossible',
      part,
      reason:
        'Plain OpenStack has no export task: an image is downloaded. Run cloud-images export IMAGE --download FILE.',
    };
  const target = findExportTarget(part, world, image);
  if ('impossible' in target) return { type: 'impossible', part, reason: target.impossible };
  const id = 'id' in target ? target.id : undefined;
  const data = id === undefined ? part.data : withImage(part.data, id);
  const live =
    'later' in target
      ? world.planned(target.later)?.image
      : id === undefined
        ? undefined
        : ((await unlessMissing(cloud.images.get(id))) ?? null);
  const receiving = inputOf(data)['receiving_swift_container'];
  const found = await readContainer(cloud, receiving, id ?? '');
  const isMade = found === 'missing' && receiving === newContainer;
  const container = isMade ? { objects: [] } : found;
  const { refusals, notes } = judge(part, data, {
    profile: part.profile,
    caller: world.caller,
    ...(live === undefined ? {} : { image: live }),
    ...(container === undefined ? {} : { container }),
    ...('later' in target ? { made: toMade(target.later) } : {}),
  });
  return {
    type: 'export',
    part,
    ...(id === undefined ? {} : { image: id }),
    ...('later' in target ? { by: target.later } : {}),
    refusals,
    notes: [...(isMade ? [`The container '${newContainer}' is made for it.`] : []), ...notes],
  };
}

const forbidden = Symbol('forbidden');

async function unlessForbidden<T>(request: Promise<T>): Promise<T | typeof forbidden> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof CloudError && error.status === 403) return forbidden;
    throw error;
  }
}

async function readContainer(
  { objects }: Cloud,
  container: Json | undefined,
  image: string,
): Promise<ContainerFacts | undefined> {
  if (typeof container !== 'string' || container === '' || container.includes('/')) return undefined;
  const listed = await unlessForbidden(unlessMissing(objects.list(container, exportedObject(image))));
  if (listed === forbidden) return undefined;
  return listed ? { objects: listed.map(({ name }) => name) } : 'missing';
}

/** A task as a document of its own, which people know as `path`. */
export function taskPart(
  { type, input }: { readonly type: 'import' | 'export'; readonly input: JsonObject },
  profile: Profile,
  path: string,
): ManifestPart {
  return makePart(path, { kind: type, data: { type, input }, profile });
}

/** The export of one image into a container. */
export function exportPart(image: string, container: string, profile: Profile, path = image): ManifestPart {
  const input = { image_uuid: image, receiving_swift_container: container };
  return taskPart({ type: 'export', input }, profile, path);
}

/** An export's body with the image that it means. */
export function withImage(data: Json, image: string): Json {
  return isObject(data) ? { ...data, input: { ...inputOf(data), image_uuid: image } } : data;
}
