import { exportedObject } from '../../rules/families/export.ts';
import type { JsonObject } from '../../rules/json.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import { importFailures } from '../../rules/service/answers.ts';
import { refuseChange } from '../../rules/service/changes.ts';
import { systemDiskOf } from '../../rules/service/imageSizes.ts';
import type { Cloud } from '../cloud.ts';
import { verifyStream } from '../services/downloads.ts';
import { type Image, toImage } from '../services/images.ts';
import { readExportedSegments } from '../services/largeObjects.ts';
import { unlessMissing } from '../session/errors.ts';
import { makeCall } from './call.ts';
import { isOwn, planImage } from './imagePlan.ts';
import { findTaskSince, listNewestTasks, type Waiting, waitForTask } from './waiting.ts';

/** The progress of an image's transfer to another region; kept after every step, so that another run resumes it. */
export interface TransferState {
  readonly version: 1;
  /** The source image as it was when the transfer began. */
  readonly image: JsonObject;
  readonly from: string;
  readonly to: string;
  readonly account: string;
  readonly container: string;
  readonly step: TransferStep;
  /** Of the source's and of the target's region: made for the transfer. */
  readonly madeContainers?: readonly ('from' | 'to')[];
  /** The tasks that were the newest before ours was asked for. */
  readonly before?: readonly string[];
  readonly task?: string;
  /** The image in the target region. */
  readonly made?: string;
  /** What could not be taken along, as `name: the cloud's words`. */
  readonly left?: readonly string[];
}

export const transferSteps = ['export', 'copy', 'import', 'properties', 'cleanup', 'done'] as const;
export type TransferStep = (typeof transferSteps)[number];

export interface Transfer {
  readonly source: Cloud;
  readonly target: Cloud;
  readonly profile: Profile;
  readonly waiting: Waiting;
  readonly cleanup: boolean;
  /** Keeps the state; when it returns the state is safe. */
  save(state: TransferState): void;
  say(text: string): void;
  readonly progress?: (done: number, total: number) => void;
}

/** A transfer that cannot go on; what is where is said by `whereabouts`. */
export class TransferFailed extends Error {}

/** Carries a transfer on until it is done. Throws TransferFailed, CloudError, and the signal's reason. */
export async function continueTransfer(state: TransferState, transfer: Transfer): Promise<TransferState> {
  let now = state;
  while (now.step !== 'done') {
    now = await steps[now.step](now, transfer);
    transfer.save(now);
  }
  return now;
}

const steps: Readonly<
  Record<Exclude<TransferStep, 'done'>, (state: TransferState, transfer: Transfer) => Promise<TransferState>>
> = { export: exportImage, copy, import: importImage, properties, cleanup };

/** Says why the target region would refuse to import the image, in its words; undefined where it takes it. */
export function refuseImport(image: Image, profile: Profile): string | undefined {
  const size = systemDiskOf(image);
  return size !== undefined && size > profile.limits.importVirtualBytes
    ? importFailures.virtualSize(profile.limits)
    : undefined;
}

async function exportImage(state: TransferState, transfer: Transfer): Promise<TransferState> {
  const { source } = transfer;
  const input = { image_uuid: imageId(state), receiving_swift_container: state.container };
  const prepared = await withContainer(state, transfer, 'from');
  const result = await runTask('export', input, prepared, source, transfer);
  const object = `${state.container}/${exportedObject(imageId(state))}`;
  if (result['export_location'] !== object)
    throw new TransferFailed(`The export went to ${String(result['export_location'])} instead of ${object}.`);
  return advance(prepared, 'copy');
}

async function copy(state: TransferState, transfer: Transfer): Promise<TransferState> {
  const { source, target, waiting, progress } = transfer;
  const object = exportedObject(imageId(state));
  const prepared = await withContainer(state, transfer, 'to');
  const segments = await readExportedSegments(source.objects, state.container, object);
  const there = new Map((await target.objects.list(state.container, object)).map((one) => [one.name, one]));
  const total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const [at, segment] of segments.entries()) {
    const known = there.get(segment.name);
    if (known?.bytes === segment.bytes && known.etag === segment.etag) {
      transfer.say(`segment ${at + 1} of ${segments.length} exists already`);
    } else {
      const from = done;
      const open = async function* (): AsyncGenerator<Uint8Array, void> {
        yield* verifyStream(
          await source.objects.getObject(segment.container, segment.name, withSignal(waiting)),
          segment,
        );
      };
      await target.objects.putContent(
        state.container,
        segment.name,
        { size: segment.bytes, open },
        { progress: (sent) => progress?.(from + sent, total), ...withSignal(waiting) },
      );
      transfer.say(`segment ${at + 1} of ${segments.length} copied`);
    }
    done += segment.bytes;
  }
  await target.objects.putDynamic(state.container, object, `${state.container}/${object}-`);
  return advance(prepared, 'import');
}

async function importImage(state: TransferState, transfer: Transfer): Promise<TransferState> {
  const name = state.image['name'];
  const input = {
    import_from: `${state.container}/${exportedObject(imageId(state))}`,
    image_properties: typeof name === 'string' && name !== '' ? { name } : {},
  };
  const result = await runTask('import', input, state, transfer.target, transfer);
  const made = result['image_id'];
  if (typeof made !== 'string') throw new TransferFailed('The import ended without an image.');
  return { ...advance(state, 'properties'), made };
}

/** Gives the new image what its owner may set. What only the service sets is named and left. */
async function properties(state: TransferState, transfer: Transfer): Promise<TransferState> {
  const { target, profile, waiting } = transfer;
  const { account, roles } = { account: target.session.account.id, roles: target.session.roles };
  const context = { profile, caller: { account, roles } };
  const live = await unlessMissing(target.images.get(state.made ?? ''));
  if (!live) throw new TransferFailed(`The new image ${state.made} is gone.`);
  const kept = ['owner', 'visibility', 'disk_format', 'container_format'];
  const wanted: JsonObject = {};
  const left: string[] = [];
  for (const [name, value] of Object.entries(state.image)) {
    if (!isOwn(name) || kept.includes(name) || value === null) continue;
    const refused = refuseChange({ op: 'add', name, value }, context);
    if (!refused) wanted[name] = value;
    else if (live.get(name) !== value) left.push(`${name}: ${refused.answer.text}`);
  }
  const plan = planImage(wanted, { image: live }, context);
  const [refusal] = plan.refusals;
  if (refusal) throw new TransferFailed(`The properties cannot be set: ${refusal.status} ${refusal.text}`);
  const { length } = plan.differences;
  if (length > 0)
    transfer.say(`setting ${length} ${length === 1 ? 'property' : 'properties'} of image ${state.made}`);
  for (const call of plan.calls) {
    waiting.signal?.throwIfAborted();
    await makeCall(target, call);
  }
  return { ...advance(state, 'cleanup'), left };
}

/** Removes the exported object from both regions, and the containers that were made for it. */
async function cleanup(state: TransferState, transfer: Transfer): Promise<TransferState> {
  if (!transfer.cleanup) return advance(state, 'done');
  const { container, madeContainers = [] } = state;
  transfer.say('removing the exported objects');
  const object = exportedObject(imageId(state));
  for (const [side, { objects }] of [
    ['from', transfer.source],
    ['to', transfer.target],
  ] as const) {
    const found = (await unlessMissing(objects.list(container, object))) ?? [];
    // The manifest goes last, so that a break leaves something that says what the segments are.
    for (const { name } of found.toReversed()) await objects.deleteObject(container, name);
    if (madeContainers.includes(side)) await objects.deleteContainer(container);
  }
  return advance(state, 'done');
}

/** The container that the transfer goes through, made where it is missing; that it was is kept before. */
async function withContainer(
  state: TransferState,
  { source, target, save }: Transfer,
  side: 'from' | 'to',
): Promise<TransferState> {
  const { objects } = side === 'from' ? source : target;
  if (await unlessMissing(objects.list(state.container, exportedObject(imageId(state))))) return state;
  const noted = { ...state, madeContainers: [...new Set([...(state.madeContainers ?? []), side])] };
  save(noted);
  await objects.putContainer(state.container);
  return noted;
}

/**
 * Asks for a task once, whatever breaks: the newest tasks are noted before, so that one that was asked for just before a
 * crash is found again by its input. Answers the task's result.
 */
async function runTask(
  type: 'import' | 'export',
  input: JsonObject,
  state: TransferState,
  cloud: Cloud,
  { save, say, waiting }: Transfer,
): Promise<JsonObject> {
  let { task: id } = state;
  if (id === undefined) {
    const found = state.before && (await findTaskSince(cloud.tasks, type, input, state.before));
    const before = state.before ?? (await listNewestTasks(cloud.tasks, type));
    save({ ...state, before });
    ({ id } = found ?? (await cloud.tasks.create(type, input)));
    save({ ...state, before, task: id });
  }
  say(`${type} task ${id} in ${cloud.region}`);
  const task = await waitForTask(cloud.tasks, id, waiting);
  if (task.status === 'success' && task.result) return task.result;
  const { before: _, task: __, ...again } = state;
  save(again); // another run asks for another task
  throw new TransferFailed(`The ${type} failed: ${task.message ?? 'without a message'}`);
}

function advance({ task: _, before: __, ...state }: TransferState, step: TransferStep): TransferState {
  return { ...state, step };
}

/** Describes what lies where, for a person who wants to go on or to give up. */
export function describeRemains(state: TransferState, byTasks: boolean): string[] {
  const { container, from, to, step, made, task } = state;
  const object = `${container}/${exportedObject(imageId(state))}`;
  const at = byTasks ? transferSteps.indexOf(step) : -1;
  return [
    `${from}: image ${imageId(state)}, unchanged`,
    ...(at >= transferSteps.indexOf('copy') ? [`${from}: object ${object} with its segments`] : []),
    ...(at === transferSteps.indexOf('copy') ? [`${to}: some or none of the segments of ${object}`] : []),
    ...(at > transferSteps.indexOf('copy') ? [`${to}: object ${object} with its segments`] : []),
    ...(made === undefined ? [] : [`${to}: image ${made}`]),
    ...(task === undefined ? [] : [`${step === 'export' ? from : to}: ${step} task ${task}, which goes on`]),
  ];
}

function imageId({ image }: TransferState): string {
  return String(toImage(image).get('id'));
}

function withSignal({ signal }: Waiting): { readonly signal?: AbortSignal } {
  return signal ? { signal } : {};
}
