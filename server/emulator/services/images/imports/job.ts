import { randomUUID } from 'node:crypto';
import type { Json } from '../../../../rules/json.ts';
import { asText, findObject } from '../../../kernel/body.ts';
import type { JobKind, JobState, Run } from '../../../kernel/jobs.ts';
import { fullDisk } from '../../../store/dataProblem.ts';
import type { EmulatorContext } from '../../context.ts';
import { close, endFailed, findTask, tasksOfAccount, withFiles } from '../../tasks/steps.ts';
import { newImage } from '../create.ts';
import { failedProperty, type ImageRow, importingProperty, propertiesOf, taskProperty } from '../view.ts';
import { inspectImage } from '../virtualSize.ts';
import { fetchImage } from './webDownload.ts';

/** Simulated milliseconds: in the queue, and per byte. Ours. */
const queueTime = 5_000;
const timeOf = (bytes: number) => 5_000 + (60_000 * bytes) / 2 ** 30;

/**
 * Data becomes an image's: what was staged, what a URI leads to, or its own, in further stores. Without an image
 * (`POST /v2/tasks` of an administrator) one is made of it.
 */
export function imageImportJob(context: EmulatorContext): JobKind {
  return {
    queue: tasksOfAccount,
    steps: {
      start: (job, run) => begin(context, job, run),
      fetch: (job, run) => fetchData(context, job, run),
      enter: (job, run) => enter(context, job, run),
    },
    failed: (job, error) =>
      fail(
        context,
        job,
        fullDisk(error) ?? (error instanceof Error ? error.message : 'The import broke off.'),
      ),
  };
}

async function begin(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  await context.clock.work(queueTime, signal);
  const { refused } = job.data;
  if (typeof refused === 'string') throw new Error(refused);
  await context.store.write(() => {
    context.tasks.move(job.id, { status: 'processing' });
    const row = findRow(context, job);
    if (row) {
      if (job.data['method'] !== 'copy-image') context.images.change(row, { status: 'importing' });
      context.images.setProperty(row, importingProperty, readTexts(job.data['stores']).join(','));
      context.images.setProperty(row, failedProperty, '');
    }
    context.jobs.moveTo(job.id, typeof job.data['uri'] === 'string' ? 'fetch' : 'enter', job.data);
  });
}

async function fetchData(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  const file = await fetchImage(context, String(job.data['uri']), signal);
  try {
    await context.store.write(() => {
      context.blobs.adopt(file.file, file.hash, file.size);
      context.jobs.hold(job.id, file.hash);
      const fetched = { sha512: file.hash, md5: file.md5, size: file.size };
      context.jobs.moveTo(job.id, 'enter', { ...job.data, fetched });
    });
  } finally {
    context.blobs.discard(file.file); // what was adopted is no longer there
  }
}

interface Data {
  readonly blob: string;
  readonly md5: string;
  readonly size: number;
}

async function enter(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  const row = findRow(context, job);
  const remote =
    job.data['method'] === 'glance-download'
      ? await context.store.write(() => {
          const found = findRemote(context, job);
          context.jobs.hold(job.id, found.blob); // its own image may be deleted meanwhile
          return found;
        })
      : undefined;
  const data = remote ?? (row ? findData(job, row) : readFetched(job));
  await context.clock.work(timeOf(data?.size ?? 0), signal);
  const formats = remote?.row ??
    row ?? {
      disk_format: asText(job.data['import_from_format']) ?? null,
      container_format: asText(findObject(job.data, 'image')['container_format']) ?? null,
    };
  const virtualSize = data && (await inspectBlob(context, formats, data));
  await context.store.write(() => {
    if (remote && row) takeOver(context, row, remote.row);
    const image = finished(context, job, data, virtualSize ?? null);
    if (!image) return endFailed(context, job, { message: 'The image was deleted.' });
    close(context, job);
    const message = `Copied ${Math.floor((data?.size ?? 0) / 2 ** 20)} MiB`;
    context.tasks.move(job.id, { status: 'success', result: { image_id: image }, message });
  });
}

/** Inside `store.write`: the image with its data. Answers its id; undefined where it is gone. */
function finished(
  context: EmulatorContext,
  job: JobState,
  data: Data | undefined,
  virtualSize: number | null,
): string | undefined {
  const { images } = context;
  const stores = readTexts(job.data['stores']);
  const columns = data && {
    status: 'active',
    blob: data.blob,
    checksum: data.md5,
    os_hash_value: data.blob,
    size: data.size,
    virtual_size: virtualSize,
    staged: null,
    staged_md5: null,
    stores: stores.join(','),
  };
  const key = job.data['key'];
  if (key === undefined) {
    const task = findTask(context, job);
    if (!task || !columns) return undefined;
    const wanted = new Map(Object.entries(findObject(job.data, 'image')));
    const made = images.create(newImage(context.profile, task.region, randomUUID(), task.account, wanted));
    images.change(made, columns);
    return made.id;
  }
  const row = findRow(context, job);
  if (!row) return undefined;
  if (job.data['method'] === 'copy-image')
    images.change(row, { stores: [...new Set([...(row.stores?.split(',') ?? []), ...stores])].join(',') });
  else if (columns) images.change(row, columns);
  settleProperties(context, row, '');
  return row.id;
}

/** What `glance-download` takes over beside the formats, by the beginning of its name (Glance's own choice, 25.1). */
const takenOver = ['hw_', 'trait:', 'os_distro', 'os_secure_boot', 'os_type'];

/** The image of another region that an import copies. Throws where it is not there for the account, or not active. */
function findRemote(context: EmulatorContext, job: JobState): Data & { readonly row: ImageRow } {
  const wanted = findObject(job.data, 'remote');
  const [region, id] = [String(wanted['region']), String(wanted['image'])];
  if (!context.regions.includes(region))
    throw new Error(`There is no image service in the region ${region}.`);
  const row = context.images.find(region, id);
  const account = findTask(context, job)?.account;
  if (!row || !(row.owner === account || row.visibility === 'public' || row.visibility === 'community'))
    throw new Error(`There is no image ${id} in the region ${region}.`);
  const { status, blob, checksum, size } = row;
  if (status !== 'active' || blob === null)
    throw new Error(`Source image status should be active instead of ${status}`);
  return { row, blob, md5: checksum ?? '', size: size ?? 0 };
}

function takeOver({ images }: EmulatorContext, row: ImageRow, source: ImageRow): void {
  const { disk_format, container_format } = source;
  images.change(row, { disk_format, container_format });
  for (const [name, value] of propertiesOf(images.view(source)))
    if (takenOver.some((start) => name.startsWith(start)) && typeof value === 'string')
      images.setProperty(row, name, value);
}

/** Finds the data of an import: staged, fetched or the image's own. */
function findData(job: JobState, row: ImageRow): Data | undefined {
  if (job.data['method'] === 'glance-direct')
    return row.staged === null
      ? undefined
      : { blob: row.staged, md5: row.staged_md5 ?? '', size: row.size ?? 0 };
  return readFetched(job);
}

function readFetched(job: JobState): Data | undefined {
  const fetched = findObject(job.data, 'fetched');
  const blob = asText(fetched['sha512']);
  return blob === undefined
    ? undefined
    : { blob, md5: String(fetched['md5']), size: Number(fetched['size']) };
}

function inspectBlob(
  context: EmulatorContext,
  formats: Pick<ImageRow, 'disk_format' | 'container_format'>,
  { blob, size }: Data,
): Promise<number | null> {
  return withFiles(context, [{ blob, start: 0, length: size }], (files) =>
    inspectImage(context, formats, files),
  );
}

/** An import that fails leaves the image queued, without data; a copy leaves it as it was. */
async function fail(context: EmulatorContext, job: JobState, message: string): Promise<void> {
  await context.store.free(() => {
    const row = findRow(context, job);
    if (row) {
      if (job.data['method'] !== 'copy-image') {
        const { staged } = row;
        context.images.change(row, { status: 'queued', staged: null, staged_md5: null, size: null });
        if (staged !== null) context.blobs.release(staged);
      }
      settleProperties(context, row, readTexts(job.data['stores']).join(','));
    }
    endFailed(context, job, { message });
  });
}

/** The lists stay as empty texts when an import has ended. */
function settleProperties({ images }: EmulatorContext, row: ImageRow, failed: string): void {
  images.setProperty(row, taskProperty, undefined);
  images.setProperty(row, importingProperty, '');
  images.setProperty(row, failedProperty, failed);
}

/** By key: an image with the same id that came later is another. */
function findRow(context: EmulatorContext, job: JobState): ImageRow | undefined {
  return context.store.get<ImageRow>('SELECT * FROM images WHERE key = ?', Number(job.data['key'] ?? -1));
}

function readTexts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
