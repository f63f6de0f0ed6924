import type { Json, JsonObject } from '../../../../rules/json.ts';
import type { SnapshotTaken } from '../../../diskWorker/protocol.ts';
import { findObject } from '../../../kernel/body.ts';
import type { JobKind, JobState, Run } from '../../../kernel/jobs.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ImageRow } from '../../images/view.ts';
import { keepGuest } from '../life/guests.ts';
import type { ServerRow } from '../servers/rows.ts';
import { captureDisk, fillImage } from './capture.ts';
import { describeDiskFault, findLastWrite } from './disk.ts';
import { findImagingFault, noteFailure, noteImage, paceOf } from './pace.ts';

/**
 * An image of a server: it waits for its turn on its host, its chain is coalesced, the disk is saved, packed and uploaded.
 * The server's task state tells of it, and so does the image's status: queued, saving, active.
 */
export function imagingJob(context: EmulatorContext): JobKind {
  return {
    queue: { atOnce, group: ({ data }) => `host ${String(data['host'])}` },
    steps: {
      start: (job) => start(context, job),
      coalesce: (job, run) => coalesce(context, job, run),
      save: (job, run) => save(context, job, run),
      upload: (job, run) => upload(context, job, run),
      enter: (job, run) => enter(context, job, run),
    },
    failed: (job, error) => fail(context, job, describeDiskFault(error)),
  };
}

/** Images that are made at once on one group of hosts (DECISIONS 14). */
const atOnce = 3;

interface Imaged {
  readonly server: ServerRow;
  readonly image: ImageRow;
}

/** Inside `store.write`: the server and its image. Where one is gone, the job ends and the other is settled. */
function find(context: EmulatorContext, job: JobState): Imaged | undefined {
  const server = findServer(context, job);
  const image = context.images.find(String(job.data['region']), String(job.data['image']));
  if (server && isImaging(server) && image) return { server, image };
  end(context, job);
  if (image) context.images.remove(image);
  if (server && isImaging(server)) {
    const now = context.servers.change(server, { task_state: null });
    context.servers.finish(now, String(job.data['action']));
  }
  return undefined;
}

function isImaging({ task_state: task }: ServerRow): boolean {
  return task?.startsWith('image_') === true;
}

function findServer(context: EmulatorContext, job: JobState): ServerRow | undefined {
  return context.servers.find(String(job.data['region']), String(job.data['server']));
}

/** Inside `store.write`: ends the job and frees what only it held. */
function end(context: EmulatorContext, job: JobState): void {
  const held = context.jobs.held(job.id);
  context.jobs.finish(job.id);
  for (const blob of held) context.blobs.release(blob);
}

function move(
  context: EmulatorContext,
  job: JobState,
  task: string,
  step: string,
  learn: (server: ServerRow) => JsonObject = () => ({}),
): Promise<void> {
  return context.store.write(() => {
    const found = find(context, job);
    if (!found) return;
    context.servers.change(found.server, { task_state: task });
    context.jobs.moveTo(job.id, step, { ...job.data, ...learn(found.server) });
  });
}

async function start(context: EmulatorContext, job: JobState): Promise<void> {
  const server = findServer(context, job);
  const fault = server && findImagingFault(context, server, 'begin');
  if (fault === undefined) await move(context, job, 'image_snapshot', 'coalesce');
  else await fail(context, job, fault);
}

async function coalesce(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  const server = findServer(context, job);
  if (server) await context.clock.work(paceOf(context, server).before, signal);
  const fault = server && findImagingFault(context, server, 'coalesced');
  // What is written from now on is not in the image.
  const note = (row: ServerRow) => ({ lastWrite: findLastWrite(context, row) });
  if (fault === undefined) await move(context, job, 'image_pending_upload', 'save', note);
  else await fail(context, job, fault);
}

/** The moment in which the disk is read and nothing is sent yet. */
async function save(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  const server = findServer(context, job);
  if (server) await context.clock.work(paceOf(context, server).upload / 10, signal);
  await context.store.write(() => {
    const found = find(context, job);
    if (!found) return;
    context.servers.change(found.server, { task_state: 'image_uploading' });
    context.images.change(found.image, { status: 'saving' });
    context.jobs.moveTo(job.id, 'upload', job.data);
  });
}

async function upload(context: EmulatorContext, job: JobState, { signal, report }: Run): Promise<void> {
  const server = findServer(context, job);
  if (!server) return void (await context.store.write(() => find(context, job)));
  const image = String(job.data['image']);
  const { lastWrite } = job.data;
  const how = { signal, progress: report, ...(typeof lastWrite === 'number' ? { lastWrite } : {}) };
  await captureDisk(context, server, image, how, (taken) => {
    context.jobs.hold(job.id, taken.sha512);
    context.jobs.moveTo(job.id, 'enter', { ...job.data, taken: { ...taken } });
  });
}

async function enter(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  const server = findServer(context, job);
  if (server) await context.clock.work(paceOf(context, server).upload * 0.9, signal);
  await context.store.write(() => {
    const found = find(context, job);
    if (!found) return;
    fillImage(context, found.server, found.image, readTaken(job.data['taken']));
    keepGuest(context, found.server, found.image.id);
    end(context, job);
    const now = context.servers.change(found.server, {
      task_state: null,
      ...noteImage(context, found.server),
    });
    context.servers.finish(now, String(job.data['action']));
  });
}

/** The image fails, for a reason that the server's action tells. Nova removes it; the API before shows it in ERROR. */
async function fail(context: EmulatorContext, job: JobState, message: string): Promise<void> {
  await context.store.free(() => {
    const found = find(context, job);
    if (!found) return;
    end(context, job);
    if (context.profile.compute.hasMicroversions) context.images.remove(found.image);
    else context.images.change(found.image, { status: 'killed' });
    const now = context.servers.change(found.server, {
      task_state: null,
      ...noteFailure(context, found.server),
    });
    context.servers.finish(now, String(job.data['action']), message);
  });
}

function readTaken(value: Json | undefined): SnapshotTaken {
  const { size, md5, sha512, virtualSize } = findObject(value);
  return { size: Number(size), md5: String(md5), sha512: String(sha512), virtualSize: Number(virtualSize) };
}
