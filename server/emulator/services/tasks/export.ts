import { randomUUID } from 'node:crypto';
import { exportedObject } from '../../../rules/families/export.ts';
import type { ContainerFacts, JsonObject } from '../../../rules/rule.ts';
import { exportFailures } from '../../../rules/service/answers.ts';
import type { Segment } from '../../diskWorker/protocol.ts';
import { objectAt, textOf } from '../../kernel/body.ts';
import type { Cloud } from '../../kernel/cloud.ts';
import { fullDisk } from '../../kernel/errorBody.ts';
import type { JobKind, JobState, Run } from '../../kernel/jobs.ts';
import { visibleTo } from '../images/access.ts';
import type { ImageRow } from '../images/view.ts';
import { writeText } from '../objects/put.ts';
import type { TaskRow } from './records.ts';
import {
  close,
  endFailed,
  type Failure,
  fail,
  inputOf,
  judgement,
  taskOf,
  tellProgress,
  withFiles,
} from './steps.ts';

/**
 * The export of an image: its OVA's disks become one VHD with a header and a footer of its own, cut into segments, which
 * a manifest object of no bytes joins (FAQ, "Where is my exported image?"). What the rules refuse is looked at twice: when
 * the job begins, and with the change that enters the objects.
 */
export function exportJob(cloud: Cloud): JobKind {
  return {
    steps: {
      start: (job, run) => begin(cloud, job, run),
      merge: (job, run) => merge(cloud, job, run),
      enter: (job, run) => enter(cloud, job, run),
    },
    failed: (job, error) => fail(cloud, job, { message: fullDisk(error) ?? exportFailures.image() }),
  };
}

/** Simulated milliseconds: what an export waits in the queue, and what it takes per byte. Ours (decision 15). */
const queueTime = 15_000;
const timeOf = (bytes: number) => 30_000 + (120_000 * bytes) / 2 ** 30;

async function begin(cloud: Cloud, job: JobState, { signal }: Run): Promise<void> {
  await cloud.clock.work(queueTime, signal);
  await cloud.store.write(() => {
    const task = taskOf(cloud, job);
    if (!task) return cloud.jobs.finish(job.id);
    cloud.tasks.move(job.id, { status: 'processing' });
    const { failure, image } = judge(cloud, task);
    const blob = image?.blob;
    if (failure || !blob) return endFailed(cloud, job, failure ?? { message: exportFailures.image() });
    cloud.jobs.hold(job.id, blob); // from here on, whatever becomes of the image
    cloud.jobs.moveTo(job.id, 'merge', { blob, size: image.size ?? 0 });
  });
}

async function merge(cloud: Cloud, job: JobState, run: Run): Promise<void> {
  const { blob, size } = job.data;
  const scratch = cloud.blobs.incoming();
  try {
    const disk = { blob: String(blob), start: 0, length: Number(size) };
    const merged = await withFiles(cloud, [disk], (files) =>
      cloud.lane.unpack(
        {
          ova: files,
          scratch,
          segmentBytes: cloud.settings.exportSegmentBytes,
          uuid: randomUUID(),
          time: cloud.clock.now(),
        },
        { signal: run.signal, progress: tellProgress(cloud, job, run) },
      ),
    );
    await cloud.store.write(() => {
      for (const { file, hash, size: bytes } of merged.segments) {
        cloud.blobs.adopt(file, hash, bytes);
        cloud.jobs.hold(job.id, hash);
      }
      const segments = merged.segments.map(({ hash, md5, size: bytes }) => ({ hash, md5, size: bytes }));
      cloud.jobs.moveTo(job.id, 'enter', { segments });
    });
  } finally {
    cloud.blobs.discard(scratch); // what was adopted is no longer there
  }
}

async function enter(cloud: Cloud, job: JobState, { signal }: Run): Promise<void> {
  const segments = segmentsOf(job);
  await cloud.clock.work(timeOf(segments.reduce((sum, { size }) => sum + size, 0)), signal);
  const manifest = writeText(cloud, '');
  try {
    await cloud.store.write(() => {
      const task = taskOf(cloud, job);
      if (!task) return close(cloud, job);
      const { failure, container, object } = judge(cloud, task, true);
      if (failure) return endFailed(cloud, job, failure);
      const put = (name: string, blob: string, size: number, md5: string, headers = {}) =>
        cloud.objects.put(task.region, task.account, container, {
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
      cloud.blobs.adopt(manifest.file, manifest.hash, 0);
      put(object, manifest.hash, 0, manifest.md5, { 'x-object-manifest': `${container}/${object}-` });
      close(cloud, job);
      cloud.tasks.move(job.id, {
        status: 'success',
        result: { export_location: `${container}/${object}` },
      });
    });
  } finally {
    cloud.blobs.discard(manifest.file);
  }
}

interface Judged {
  readonly failure: Failure | undefined;
  readonly image: ImageRow | undefined;
  readonly container: string;
  readonly object: string;
}

/** What the rules say of the task now. `made`: the disk is merged already, so the image itself is no longer needed. */
function judge(cloud: Cloud, task: TaskRow, made = false): Judged {
  const input = inputOf(task);
  const id = textOf(input['image_uuid']) ?? '';
  const container = textOf(input['receiving_swift_container']) ?? '';
  const object = exportedObject(id);
  const row = cloud.images.find(task.region, id);
  const seen = row && visibleTo(cloud, { account: task.account, roles: [] }, row) ? row : undefined;
  const image = seen ? cloud.images.view(seen) : null;
  const facts: { container: ContainerFacts; image?: typeof image } = {
    container: containerFacts(cloud, task, container, object),
    ...(made ? {} : { image }),
  };
  return { failure: judgement(cloud, 'export', task, facts), image: seen, container, object };
}

/** Of the container's objects only the one that would be in the way matters. */
function containerFacts(
  cloud: Cloud,
  { region, account }: TaskRow,
  container: string,
  object: string,
): ContainerFacts {
  if (!cloud.objects.container(region, account, container)) return 'missing';
  return { objects: cloud.objects.find(region, account, container, object) ? [object] : [] };
}

function segmentsOf(job: JobState): Omit<Segment, 'file'>[] {
  const list = job.data['segments'];
  return (Array.isArray(list) ? list : []).map((item) => {
    const { hash, sha512, md5, size }: JsonObject = objectAt(item);
    // A job that an earlier version left names them by their SHA-512.
    return { hash: String(hash ?? sha512), md5: String(md5), size: Number(size) };
  });
}
