import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import { allows } from '../../rules/profile/roles.ts';
import { inputOf, propertiesOf } from '../../rules/service/importBody.ts';
import { type DiskPlace, parseImportFrom } from '../../workspace/diskPaths.ts';
import type { ManifestPart } from '../../workspace/parts.ts';
import type { Cloud } from '../cloud.ts';
import { openImageData } from '../services/imageData.ts';
import { uploadFile } from '../services/largeObjects.ts';
import type { Task } from '../services/tasks.ts';
import { CloudError } from '../session/errors.ts';
import { makeCall } from './call.ts';
import type { Undo } from './imagePlan.ts';
import { buildServer, deleteServer, takeImage } from './servers/perform.ts';
import { rebuildServer } from './servers/rebuild.ts';
import { type FillPorts, fillImage, Stopped } from './source/fill.ts';
import { type Ports, readingOf, type Step, withImage } from './steps.ts';
import { type Waiting, waitForTask } from './waiting.ts';

/** The result of a step: how to take it back, and what to say of it. */
export interface Performed {
  readonly refused?: {
    readonly status: number;
    readonly text: string;
    readonly rule?: string;
    /** What was accepted and fails, where that is no task. */
    readonly what?: string;
  };
  /** The first call of a change was refused: there is nothing to take back. */
  readonly untouched?: true;
  readonly undo?: Undo;
  /** What is to be said of it though it went well. */
  readonly notes?: readonly string[];
  /** An image or a server that was changed or made, or the place of an export. */
  readonly result?: string;
  /** Of a step that a person stopped: how far it got. */
  readonly interrupted?: string;
}

/**
 * Makes the calls of one step; `keep` is told how to take back what takes its time, once it is asked for. A refusal is a value, and so is a stop by `waiting.signal`; a cloud that cannot be reached
 * throws CloudError.
 */
export async function perform(
  step: Step,
  ports: Ports,
  keep: (undo: Undo) => void = () => undefined,
): Promise<Performed> {
  const { cloud, control, waiting } = ports;
  const { signal } = waiting;
  try {
    if (step.type === 'change') return await performChange(step, ports);
    if (step.type === 'import') return await performImport(step, ports);
    if (step.type === 'export') return await performExport(step, ports);
    if (step.type === 'server') return await buildServer(step, { cloud, waiting, keep });
    if (step.type === 'server-image') return await takeImage(step, { cloud, control, waiting, keep });
    if (step.type === 'server-rebuild') return await rebuildServer(step, { cloud, waiting });
    if (step.type === 'server-deletion') {
      await deleteServer(cloud, step.server, waiting);
      return { result: step.server };
    }
    return {};
  } catch (error) {
    if (error instanceof Stopped) return { interrupted: error.message };
    if (signal?.aborted && !(error instanceof CloudError))
      return { interrupted: step.type === 'import' ? noImage : 'nothing was done' };
    return { refused: toRefusal(error) };
  }
}

/** Throws what is no refusal. */
function toRefusal(error: unknown): NonNullable<Performed['refused']> {
  if (!(error instanceof CloudError) || error.status < 400 || error.status >= 500) throw error;
  const { status, text, rule } = error;
  return { status, text, ...(rule === undefined ? {} : { rule }) };
}

/** A call that is made is answered before it stops. */
async function performChange(
  { plan: { calls, image } }: Extract<Step, { type: 'change' }>,
  ports: Ports,
): Promise<Performed> {
  const { cloud, waiting } = ports;
  const notes: string[] = [];
  for (const [made, call] of calls.entries()) {
    if (waiting.signal?.aborted) return { interrupted: `${made} of its ${calls.length} calls were made` };
    if (call.type !== 'fill') {
      try {
        await makeCall(cloud, call);
      } catch (error) {
        if (made > 0) throw error;
        return { refused: toRefusal(error), untouched: true };
      }
      continue;
    }
    const filled = await fillImage(call, toFillPorts(ports));
    if ('failed' in filled)
      return { refused: { status: 0, text: filled.failed, what: 'its bytes did not come' } };
    notes.push(...filled.notes);
  }
  return { result: image, ...(notes.length > 0 ? { notes } : {}) };
}

function toFillPorts(ports: Ports): FillPorts {
  const { cloud, waiting, upload } = ports;
  return { cloud, waiting, reading: readingOf(ports), doing: upload.doing };
}

/** Said where no task was asked for yet. */
const noImage = 'the upload of its disk was not completed, so no image was created';

async function performImport(step: Extract<Step, { type: 'import' }>, ports: Ports): Promise<Performed> {
  const { part, disk } = step;
  const { cloud, upload, waiting } = ports;
  if (!part.profile.offers.importTask) return uploadImage(step, ports);
  const place = readPlace(part);
  const reaches = allows(part.profile, 'files', cloud.session.roles, 'administer');
  // Who does not reach Cloud Files imports what lies there: the task acts for the account (DECISIONS 13).
  if (disk && place && reaches)
    await uploadFile(cloud.objects, place.container, place.object, disk.path, upload);
  const { id: asked } = await cloud.tasks.create(readType(part, 'import'), inputOf(part.data));
  const task = await waitUnlessStopped(cloud, asked, waiting);
  if (!task) return { interrupted: tellTaskContinues('import', asked) };
  const id = task.result?.['image_id'];
  return typeof id === 'string'
    ? { result: id, undo: { image: id, delete: true } }
    : { refused: toFailure(task) };
}

/** The type as it is written, which the cloud judges. */
function readType({ data }: ManifestPart, usual: Task['type']): Json {
  return (isObject(data) ? data['type'] : undefined) ?? usual;
}

function readPlace({ data }: ManifestPart): DiskPlace | undefined {
  const importFrom = inputOf(data)['import_from'];
  return typeof importFrom === 'string' ? parseImportFrom(importFrom) : undefined;
}

/** Waits for a task; undefined where a person does not wait for its end. */
async function waitUnlessStopped({ tasks }: Cloud, id: string, waiting: Waiting): Promise<Task | undefined> {
  try {
    return await waitForTask(tasks, id, waiting);
  } catch (error) {
    if (waiting.signal?.aborted) return undefined;
    throw error;
  }
}

function tellTaskContinues(type: Task['type'], id: string): string {
  return `its ${type} task ${id} continues in the cloud; tasks cannot be stopped`;
}

/** Says why a task failed, in its words. */
export function toFailure({ message }: Task): { status: number; text: string } {
  return { status: 0, text: message ?? 'The task failed without a message.' };
}

/** Imports where there are no tasks: creates an image and sends its data (DECISIONS 21). */
async function uploadImage(
  { part, disk }: Extract<Step, { type: 'import' }>,
  { cloud, upload }: Ports,
): Promise<Performed> {
  if (!disk) throw new Error(`${part.path}: the disk is gone since the plan.`);
  const data = openImageData(cloud.session, cloud.region);
  const name = readPlace(part)?.object ?? part.path;
  const body: JsonObject = { name, ...propertiesOf(part.data), disk_format: 'vhd', container_format: 'bare' };
  const image = await data.create(body);
  const id = String(image.get('id'));
  try {
    await data.upload(id, disk.path, upload);
  } catch (error) {
    await cloud.images.delete(id); // an image without its data is of no use to anybody
    throw error;
  }
  return { result: id, undo: { image: id, delete: true } };
}

async function performExport(
  step: Extract<Step, { type: 'export' }>,
  { cloud, waiting, newContainer }: Ports,
): Promise<Performed> {
  if (step.image === undefined) throw new Error('The export has no image.');
  const input = inputOf(withImage(step.part.data, step.image));
  if (newContainer !== undefined && input['receiving_swift_container'] === newContainer)
    await cloud.objects.putContainer(newContainer);
  const { id } = await cloud.tasks.create(readType(step.part, 'export'), input);
  const task = await waitUnlessStopped(cloud, id, waiting);
  if (!task) return { interrupted: tellTaskContinues('export', id) };
  const location = task.result?.['export_location'];
  return typeof location === 'string' ? { result: location } : { refused: toFailure(task) };
}
