import type { JobKind, JobState, Run } from '../../kernel/jobs.ts';
import type { EmulatorContext } from '../context.ts';
import { restoreStatus } from './rows.ts';
import { endUpload, finishUpload, saveUpload } from './upload.ts';

/** Simulated milliseconds. Ours. */
const times: Readonly<Record<string, number>> = {
  create: 4_000,
  extend: 3_000,
  delete: 3_000,
  'create-snapshot': 4_000,
  'delete-snapshot': 3_000,
};
const timeOf = (bytes: number) => 4_000 + (30_000 * bytes) / 2 ** 30;
const keyOf = ({ data }: JobState) => Number(data['key']);

/**
 * What is done to a volume or a snapshot in its time: created, enlarged, deleted, uploaded as an image. Each ends with one
 * change, and finds its row by key: one with the same id that came later is another.
 */
export function volumeJob(context: EmulatorContext): JobKind {
  return {
    queue: { atOnce: 20, group: ({ account }) => `volumes of ${account}` },
    steps: {
      start: (job) => begin(context, job),
      upload: (job, run) => saveUpload(context, job, run),
      uploaded: (job, run) => finishUpload(context, job, run),
      finish: (job, run) => finish(context, job, run),
    },
    failed: (job) => fail(context, job),
  };
}

async function begin({ store, jobs, volumes }: EmulatorContext, job: JobState): Promise<void> {
  await store.write(() => {
    const row = volumes.byKey(keyOf(job));
    if (job.data['action'] === 'create' && row?.status === 'creating' && Number(job.data['bytes']) > 0)
      volumes.change(row, { status: 'downloading' });
    jobs.moveTo(job.id, job.data['action'] === 'upload' ? 'upload' : 'finish', job.data);
  });
}

async function finish(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  const action = String(job.data['action']);
  const bytes = Number(job.data['bytes'] ?? 0);
  await context.clock.work(bytes > 0 ? timeOf(bytes) : (times[action] ?? 0), signal);
  await context.store.write(() => {
    context.jobs.finish(job.id);
    if (action.endsWith('snapshot')) finishSnapshot(context, job);
    else finishVolume(context, job);
  });
}

function finishVolume(context: EmulatorContext, job: JobState): void {
  const { volumes } = context;
  const row = context.volumes.byKey(keyOf(job));
  if (!row) return;
  if (job.data['action'] === 'delete') {
    for (const snapshot of volumes.snapshotsOf(row)) volumes.removeSnapshot(snapshot);
    volumes.remove(row);
  } else if (job.data['action'] === 'extend') {
    if (row.status === 'extending')
      volumes.change(row, { size: Number(job.data['size']), ...restoreStatus(row) });
  } else if (row.status === 'creating' || row.status === 'downloading')
    volumes.change(row, {
      status: 'available',
      bootable: row.bootable === 1 || Number(job.data['bytes']) > 0 ? 1 : 0,
    });
}

function finishSnapshot(context: EmulatorContext, job: JobState): void {
  const row = context.volumes.snapshotByKey(keyOf(job));
  if (!row) return;
  if (job.data['action'] === 'delete-snapshot') context.volumes.removeSnapshot(row);
  else if (row.status === 'creating') context.volumes.changeSnapshot(row, { status: 'available' });
}

const failedStatus: Readonly<Record<string, string>> = {
  create: 'error',
  extend: 'error_extending',
  delete: 'error_deleting',
  'create-snapshot': 'error',
  'delete-snapshot': 'error_deleting',
};

async function fail(context: EmulatorContext, job: JobState): Promise<void> {
  const action = String(job.data['action']);
  await context.store.free(() => {
    if (action === 'upload') return endUpload(context, job);
    context.jobs.finish(job.id);
    const status = failedStatus[action] ?? 'error';
    if (action.endsWith('snapshot')) {
      const row = context.volumes.snapshotByKey(keyOf(job));
      if (row) context.volumes.changeSnapshot(row, { status });
    } else {
      const row = context.volumes.byKey(keyOf(job));
      if (row) context.volumes.change(row, { status });
    }
  });
}
