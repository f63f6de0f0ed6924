import { randomUUID } from 'node:crypto';
import type { ContainerFacts } from '../../../rules/facts.ts';
import { exportedObject } from '../../../rules/families/export.ts';
import type { JsonObject } from '../../../rules/json.ts';
import { exportFailures } from '../../../rules/service/answers.ts';
import type { Segment } from '../../diskWorker/protocol.ts';
import { asText, findObject } from '../../kernel/body.ts';
import type { JobKind, JobState, Run } from '../../kernel/jobs.ts';
import { fullDisk } from '../../store/dataProblem.ts';
import type { EmulatorContext } from '../context.ts';
import { canSee } from '../images/access.ts';
import type { ImageRow } from '../images/view.ts';
import { writeText } from '../objects/transfer/files.ts';
import type { TaskRow } from './records.ts';
import {
  close,
  endFailed,
  type Failure,
  fail,
  findTask,
  judgeTask,
  readInput,
  reportProgress,
  tasksOfAccount,
  withFiles,
} from './steps.ts';

/**
 * The export of an image: its OVA's disks become one VHD with a header and a footer of its own, cut into segments, which
 * a manifest object of no bytes joins (FAQ, "Where is my exported image?"). What the rules refuse is looked at twice: when
 * the job begins, and with the change that enters the objects.
 */
export function exportJob(context: EmulatorContext): JobKind {
  return {
    queue: tasksOfAccount,
    steps: {
      start: (job, run) => begin(context, job, run),
      merge: (job, run) => merge(context, job, run),
      enter: (job, run) => enter(context, job, run),
    },
    failed: (job, error) => fail(context, job, { message: fullDisk(error) ?? exportFailures.image() }),
  };
}

/** Simulated milliseconds: what an export waits in the queue, and what it takes per byte. Ours (DECISIONS 15). */
const queueTime = 15_000;
const timeOf = (bytes: number) => 30_000 + (120_000 * bytes) / 2 ** 30;

async function begin(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  await context.clock.work(queueTime, signal);
  await context.store.write(() => {
    const task = findTask(context, job);
    if (!task) return context.jobs.finish(job.id);
    context.tasks.move(job.id, { status: 'processing' });
    const { failure, image } = judge(context, task);
    const blob = image?.blob;
    if (failure || !blob) return endFailed(context, job, failure ?? { message: exportFailures.image() });
    context.jobs.hold(job.id, blob); // from here on, whatever becomes of the image
    context.tasks.stage(job.id, 'merge');
    context.jobs.moveTo(job.id, 'merge', { blob, size: image.size ?? 0 });
  });
}

async function merge(context: EmulatorContext, job: JobState, run: Run): Promise<void> {
  const { blob, size } = job.data;
  const scratch = context.blobs.incoming();
  try {
    const disk = { blob: String(blob), start: 0, length: Number(size) };
    const merged = await withFiles(context, [disk], (files) =>
      context.lane.unpack(
        {
          ova: files,
          scratch,
          segmentBytes: context.settings.exportSegmentBytes,
          uuid: randomUUID(),
          time: context.clock.now(),
        },
        { signal: run.signal, progress: reportProgress(context, job, run) },
      ),
    );
    await context.store.write(() => {
      for (const { file, hash, size: bytes } of merged.segments) {
        context.blobs.adopt(file, hash, bytes);
        context.jobs.hold(job.id, hash);
      }
      const segments = merged.segments.map(({ hash, md5, size: bytes }) => ({ hash, md5, size: bytes }));
      context.tasks.stage(job.id, 'store');
      context.jobs.moveTo(job.id, 'enter', { segments });
    });
  } finally {
    context.blobs.discard(scratch); // what was adopted is no longer there
  }
}

async function enter(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  const segments = readSegments(job);
  await context.clock.work(timeOf(segments.reduce((sum, { size }) => sum + size, 0)), signal);
  const manifest = writeText(context, '');
  try {
    await context.store.write(() => {
      const task = findTask(context, job);
      if (!task) return close(context, job);
      const { failure, container, object } = judge(context, task, true);
      if (failure) return endFailed(context, job, failure);
      const put = (name: string, blob: string, size: number, md5: string, headers = {}) =>
        context.objects.put(task.region, task.account, container, {
          name,
          blob,
          size,
          md5,
          contentType: 'application/octet-stream',
          headers,
          expires: null,
        });
      for (const [at, { hash, size, md5 }] of segments.entries())
        put(`${object}-${String(at + 1).padStart(5, '0')}`, hash, size, md5);
      context.blobs.adopt(manifest.file, manifest.hash, 0);
      put(object, manifest.hash, 0, manifest.md5, { 'x-object-manifest': `${container}/${object}-` });
      close(context, job);
      context.tasks.move(job.id, {
        status: 'success',
        result: { export_location: `${container}/${object}` },
      });
    });
  } finally {
    context.blobs.discard(manifest.file);
  }
}

interface Judged {
  readonly failure: Failure | undefined;
  readonly image: ImageRow | undefined;
  readonly container: string;
  readonly object: string;
}

/** Judges an export as of now. `made`: the disk is merged already, so the image itself is no longer needed. */
function judge(context: EmulatorContext, task: TaskRow, made = false): Judged {
  const input = readInput(task);
  const id = asText(input['image_uuid']) ?? '';
  const container = asText(input['receiving_swift_container']) ?? '';
  const object = exportedObject(id);
  const row = context.images.find(task.region, id);
  const seen = row && canSee(context, { account: task.account, roles: [] }, row) ? row : undefined;
  const image = seen ? context.images.view(seen) : null;
  const facts: { container: ContainerFacts; image?: typeof image } = {
    container: containerFacts(context, task, container, object),
    ...(made ? {} : { image }),
  };
  return { failure: judgeTask(context, 'export', task, facts), image: seen, container, object };
}

/** Reads the container; of its objects only the one that would be in the way matters. */
function containerFacts(
  context: EmulatorContext,
  { region, account }: TaskRow,
  container: string,
  object: string,
): ContainerFacts {
  if (!context.objects.container(region, account, container)) return 'missing';
  return { objects: context.objects.find(region, account, container, object) ? [object] : [] };
}

function readSegments(job: JobState): Omit<Segment, 'file'>[] {
  const list = job.data['segments'];
  return (Array.isArray(list) ? list : []).map((item) => {
    const { hash, sha512, md5, size }: JsonObject = findObject(item);
    // A job that an earlier version left names them by their SHA-512.
    return { hash: String(hash ?? sha512), md5: String(md5), size: Number(size) };
  });
}
