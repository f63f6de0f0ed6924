import { cloudAnswer } from '../../rules/evaluate.ts';
import { exportedObject } from '../../rules/families/export.ts';
import { imagesOf, isObject } from '../../rules/families/subjects.ts';
import { offers } from '../../rules/profile/verbs.ts';
import type { ContainerFacts, DiskFacts, Facts, Finding, Json, JsonObject, Kind } from '../../rules/rule.ts';
import { refuseChange } from '../../rules/service/changes.ts';
import { inputOf, propertiesOf } from '../../rules/service/importBody.ts';
import type { Cloud } from '../cloud.ts';
import { imageDataOf } from '../services/imageData.ts';
import type { Image } from '../services/images.ts';
import { type FileUpload, uploadFile } from '../services/largeObjects.ts';
import type { Task } from '../services/tasks.ts';
import { CloudError, orNone } from '../session/errors.ts';
import { makeCall } from './calls.ts';
import type { Call, Plan, PlanRefusal, Undo } from './plan.ts';
import { taskEnd, type Waiting } from './waiting.ts';
import {
  changesOf,
  type Impossible,
  type Made,
  type ManifestPart,
  noteImport,
  placeOf,
  targetOfExport,
  type World,
} from './world.ts';

/** What a run needs beside the cloud. */
export interface Ports {
  readonly cloud: Cloud;
  readonly waiting: Waiting;
  /** The file of an import's disk on this machine. */
  disk(part: ManifestPart): Promise<DiskFile | undefined>;
  /** What the rules say of a document. */
  judge(kind: Kind, data: Json, facts: Facts): readonly Finding[];
  readonly upload: FileUpload;
  /** The image that patches and exports without one of their own mean. */
  readonly image?: string;
  /** A container that is made for exports where it is missing. */
  readonly newContainer?: string;
}

export interface DiskFile {
  readonly path: string;
  readonly bytes: number;
  /** What is on it, where that was looked at; `judge` knows it otherwise. */
  readonly facts?: DiskFacts;
}

/** One document, worked out: what would be done. */
export type Step =
  | { readonly is: 'change'; readonly part: ManifestPart; readonly plan: Plan }
  | {
      /** A change of an image that an import makes first. */
      readonly is: 'later';
      readonly part: ManifestPart;
      readonly by: ManifestPart;
      readonly manifest: Json;
      readonly refusals: readonly PlanRefusal[];
    }
  | {
      readonly is: 'import';
      readonly part: ManifestPart;
      readonly made: Made;
      readonly disk?: string;
      readonly bytes?: number;
      readonly refusals: readonly PlanRefusal[];
      readonly notes: readonly string[];
    }
  | {
      readonly is: 'export';
      readonly part: ManifestPart;
      /** Undefined: what the import of its file makes. */
      readonly image?: string;
      readonly refusals: readonly PlanRefusal[];
      readonly notes: readonly string[];
    }
  | { readonly is: 'not-run'; readonly part: ManifestPart; readonly why: string }
  | { readonly is: 'impossible'; readonly part: ManifestPart; readonly why: string };

/** Works out one document of a run. Throws CloudError. */
export async function stepsOf(part: ManifestPart, ports: Ports, world: World): Promise<Step[]> {
  if (part.kind === 'server' || part.kind === 'server-image')
    return [{ is: 'not-run', part, why: 'servers are not among what is run here' }];
  if (part.kind === 'import') return [await importStep(part, ports, world)];
  if (part.kind === 'export') return [await exportStep(part, ports, world)];
  const changes = await changesOf({ part, cloud: ports.cloud, world, only: ports.image });
  return changes.map((change): Step => {
    if ('plan' in change) return { is: 'change', part, plan: change.plan };
    if ('impossible' in change) return impossible(part, change);
    const refusals = refusalsBefore(part, change.manifest, world);
    return { is: 'later', part, by: change.later.by, manifest: change.manifest, refusals };
  });
}

export function refusalsOf(step: Step): readonly PlanRefusal[] {
  if (step.is === 'change') return step.plan.refusals;
  return 'refusals' in step ? step.refusals : [];
}

async function importStep(part: ManifestPart, ports: Ports, world: World): Promise<Step> {
  const { data, following, profile } = part;
  const place = placeOf(data);
  const disk = await ports.disk(part);
  const there = !disk && place && (await objectAt(ports.cloud, place));
  const facts: Facts = {
    profile,
    caller: world.caller,
    following,
    ...(disk?.facts ? { disk: disk.facts } : disk || there ? {} : { disk: 'missing' }),
  };
  const findings = ports.judge('import', data, facts);
  const made = noteImport(part, world);
  const refusals = refusalIn(findings);
  if (refusals.length > 0) made.failed = true;
  return {
    is: 'import',
    part,
    made,
    ...(disk ? { disk: disk.path, bytes: disk.bytes } : {}),
    refusals,
    notes: warningsIn(findings),
  };
}

async function objectAt(
  { objects }: Cloud,
  { container, object }: { readonly container: string; readonly object: string },
): Promise<boolean> {
  return (await objects.headObject(container, object)) !== undefined;
}

async function exportStep(part: ManifestPart, ports: Ports, world: World): Promise<Step> {
  const { cloud, judge, image, newContainer } = ports;
  if (!offers(part.profile, 'exportTask'))
    return impossible(part, {
      impossible:
        'Plain OpenStack has no export task: an image is downloaded. Run cloud-images export IMAGE --download FILE.',
    });
  const target = targetOfExport(part, world, image);
  if ('impossible' in target) return impossible(part, target);
  const id = 'id' in target ? target.id : undefined;
  const data = id === undefined ? part.data : withImage(part.data, id);
  const live = id === undefined ? undefined : ((await orNone(cloud.images.get(id))) ?? null);
  const receiving = inputOf(data)['receiving_swift_container'];
  const found = await containerFacts(cloud, receiving, id ?? '');
  const isMade = found === 'missing' && receiving === newContainer;
  const container = isMade ? { objects: [] } : found;
  const findings = judge('export', data, {
    profile: part.profile,
    caller: world.caller,
    ...(live === undefined ? {} : { image: live }),
    ...(container === undefined ? {} : { container }),
    ...('later' in target ? { made: { kind: 'import', data: target.later.by.data } } : {}),
  });
  return {
    is: 'export',
    part,
    ...(id === undefined ? {} : { image: id }),
    refusals: refusalIn(findings),
    notes: [...(isMade ? [`The container ${newContainer} is made.`] : []), ...warningsIn(findings)],
  };
}

async function containerFacts(
  { objects }: Cloud,
  container: Json | undefined,
  image: string,
): Promise<ContainerFacts | undefined> {
  if (typeof container !== 'string' || container === '' || container.includes('/')) return undefined;
  const listed = await orNone(objects.list(container, exportedObject(image)));
  return listed ? { objects: listed.map(({ name }) => name) } : 'missing';
}

function withImage(data: Json, image: string): Json {
  return isObject(data) ? { ...data, input: { ...inputOf(data), image_uuid: image } } : data;
}

/** What no image would accept, told before there is one. */
function refusalsBefore({ kind, profile }: ManifestPart, manifest: Json, { caller }: World): PlanRefusal[] {
  if (kind !== 'image') return [];
  return imagesOf(manifest).flatMap(({ image }) =>
    Object.entries(image).flatMap(([name, value]): PlanRefusal[] => {
      // What the import gives it may be stated again.
      const refused = refuseChange({ op: 'add', name, value }, { profile, caller });
      const given = refused?.rule === 'property/protected' || refused?.rule === 'image/read-only';
      return !refused || given || name === 'members'
        ? []
        : [{ ...refused.answer, rule: refused.rule, pointer: `/${name}` }];
    }),
  );
}

function refusalIn(findings: readonly Finding[]): PlanRefusal[] {
  const found = cloudAnswer(findings);
  if (!found?.answer) return [];
  const { rule, pointer, answer } = found;
  return [
    'task' in answer
      ? { status: 0, text: answer.task, rule, pointer }
      : { status: answer.status, text: answer.text, rule, pointer },
  ];
}

function warningsIn(findings: readonly Finding[]): string[] {
  const shown = ['warning', 'information'];
  return findings.filter(({ severity }) => shown.includes(severity)).map(({ message }) => message);
}

function impossible(part: ManifestPart, { impossible: why }: Impossible): Step {
  return { is: 'impossible', part, why };
}

/** What a step that was done leaves: how to take it back, and what to say of it. */
export interface Done {
  readonly refused?: { readonly status: number; readonly text: string; readonly rule?: string };
  readonly undo?: Undo;
  /** An image that was made, or the place of an export. */
  readonly result?: string;
  /** Of a step that a person stopped: how far it got. */
  readonly interrupted?: string;
}

/**
 * Makes the calls of one step. A refusal is a value, and so is a stop by `waiting.signal`; a cloud that cannot be reached
 * throws CloudError.
 */
export async function perform(step: Step, ports: Ports): Promise<Done> {
  const { signal } = ports.waiting;
  try {
    if (step.is === 'change') return await performChange(step, ports);
    if (step.is === 'import') return await performImport(step, ports);
    if (step.is === 'export') return await performExport(step, ports);
    return {};
  } catch (error) {
    if (signal?.aborted && !(error instanceof CloudError))
      return { interrupted: step.is === 'import' ? noImage : 'nothing of it was done' };
    if (!(error instanceof CloudError) || error.status < 400 || error.status >= 500) throw error;
    if (step.is === 'import') step.made.failed = true;
    const { status, text, rule } = error;
    return { refused: { status, text, ...(rule === undefined ? {} : { rule }) } };
  }
}

/** A call that is made is answered before it stops. */
async function performChange(
  { plan: { calls, image } }: Extract<Step, { is: 'change' }>,
  { cloud, waiting }: Ports,
): Promise<Done> {
  for (const [made, call] of calls.entries()) {
    if (waiting.signal?.aborted) return { interrupted: `${made} of its ${calls.length} calls were made` };
    await makeCall(cloud, call);
  }
  return { result: image };
}

/** Where no task was asked for yet. */
const noImage = 'its disk was not uploaded whole, and no image is made';

async function performImport(step: Extract<Step, { is: 'import' }>, ports: Ports): Promise<Done> {
  const { part, made, disk } = step;
  const { cloud, upload, waiting } = ports;
  const place = placeOf(part.data);
  if (!offers(part.profile, 'importTask')) return uploadImage(step, ports);
  if (disk !== undefined && place)
    await uploadFile(cloud.objects, place.container, place.object, disk, upload);
  const { id: asked } = await cloud.tasks.create('import', inputOf(part.data));
  const task = await endUnlessStopped(cloud, asked, waiting);
  if (!task) return { interrupted: goesOn('import', asked) };
  const id = task.result?.['image_id'];
  if (typeof id !== 'string') {
    made.failed = true;
    return { refused: { status: 0, text: task.message ?? 'The task failed without a message.' } };
  }
  made.id = id;
  return { result: id, undo: { image: id, delete: true } };
}

/** Undefined where a person does not wait for the end. */
async function endUnlessStopped({ tasks }: Cloud, id: string, waiting: Waiting): Promise<Task | undefined> {
  try {
    return await taskEnd(tasks, id, waiting);
  } catch (error) {
    if (waiting.signal?.aborted) return undefined;
    throw error;
  }
}

function goesOn(type: Task['type'], id: string): string {
  return `its ${type} task ${id} goes on in the cloud, which cannot be stopped`;
}

/** Plain OpenStack imports by creating an image and sending its data (decision 21). */
async function uploadImage(
  { part, made, disk }: Extract<Step, { is: 'import' }>,
  { cloud, upload }: Ports,
): Promise<Done> {
  if (disk === undefined) throw new Error(`${part.path}: the disk of the import is not on this machine.`);
  const data = imageDataOf(cloud.session, cloud.region);
  const name = placeOf(part.data)?.object ?? part.path;
  const body: JsonObject = { name, ...propertiesOf(part.data), disk_format: 'vhd', container_format: 'bare' };
  const image: Image = await data.create(body);
  const id = String(image.get('id'));
  try {
    await data.upload(id, disk, upload);
  } catch (error) {
    await cloud.images.delete(id); // an image without its data is of no use to anybody
    throw error;
  }
  made.id = id;
  return { result: id, undo: { image: id, delete: true } };
}

async function performExport(
  step: Extract<Step, { is: 'export' }>,
  { cloud, waiting, newContainer }: Ports,
): Promise<Done> {
  if (step.image === undefined) throw new Error('The export has no image.');
  const input = inputOf(withImage(step.part.data, step.image));
  if (newContainer !== undefined && input['receiving_swift_container'] === newContainer)
    await cloud.objects.putContainer(newContainer);
  const { id } = await cloud.tasks.create('export', input);
  const task = await endUnlessStopped(cloud, id, waiting);
  if (!task) return { interrupted: goesOn('export', id) };
  const location = task.result?.['export_location'];
  return typeof location === 'string'
    ? { result: location }
    : { refused: { status: 0, text: task.message ?? 'The task failed without a message.' } };
}

/** Whether two workings-out of a document ask for the same calls. */
export function sameStep(one: Step, other: Step): boolean {
  const callsOf = (step: Step): readonly Call[] => (step.is === 'change' ? step.plan.calls : []);
  return one.is === other.is && JSON.stringify(callsOf(one)) === JSON.stringify(callsOf(other));
}
