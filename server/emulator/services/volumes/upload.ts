import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { ApiError } from '../../kernel/apiError.ts';
import type { JobState, Run } from '../../kernel/jobs.ts';
import type { EmulatorContext } from '../context.ts';
import type { ImageRow } from '../images/view.ts';
import { withFiles } from '../tasks/steps.ts';
import { beginJob, invalidVolume, listImageProperties } from './orders.ts';
import { restoreStatus, type VolumeRow } from './rows.ts';

export interface UploadOrder {
  readonly name: string;
  readonly diskFormat: string;
  readonly containerFormat: string;
  readonly visibility: string;
  readonly isProtected: boolean;
}

/** Inside `store.write`: begins an image of a volume. Throws 400 where the volume is not available. */
export function orderUpload(context: EmulatorContext, row: VolumeRow, order: UploadOrder): ImageRow {
  if (row.status !== 'available') throw invalidVolume(`Volume ${row.id} status must be available`);
  if (!isAsStored(row, order))
    throw new ApiError('emulator/not-yet', 'A volume becomes an image in the format of its own image only.');
  const image = context.images.create({
    region: row.region,
    id: randomUUID(),
    owner: row.account,
    name: order.name,
    visibility: order.visibility,
    protected: order.isProtected ? 1 : 0,
    disk_format: order.diskFormat,
    container_format: order.containerFormat,
    properties: listImageProperties(row),
    tags: [],
  });
  context.volumes.change(row, { status: 'uploading', previous_status: row.status });
  beginJob(context, row, { action: 'upload', image: image.key });
  return image;
}

/** Simulated milliseconds: saving and uploading, per byte. Ours. */
const timeOf = (bytes: number) => 10_000 + (60_000 * bytes) / 2 ** 30;

/** The step of the job: the image is saving while its data is made. */
export async function upload(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  const { clock, images, store, volumes } = context;
  await store.write(() => {
    const image = findImage(context, job);
    if (image?.status === 'queued') images.change(image, { status: 'saving' });
  });
  const row = volumes.byKey(Number(job.data['key']));
  const data = row?.blob ? await measure(context, row.blob) : undefined;
  await clock.work(timeOf(data?.size ?? 0), signal);
  await store.write(() => {
    context.jobs.finish(job.id);
    endUpload(context, job, data);
  });
}

interface Data {
  readonly blob: string;
  readonly size: number;
  readonly md5: string;
}

/** Inside `store.write`: the image is active, or gone where there is no data for it; the volume is as before. */
export function endUpload(context: EmulatorContext, job: JobState, data: Data | undefined): void {
  const { images, volumes } = context;
  const row = volumes.byKey(Number(job.data['key']));
  if (row?.status === 'uploading') volumes.change(row, restoreStatus(row));
  const image = findImage(context, job);
  if (!image || !['queued', 'saving'].includes(image.status)) return;
  if (data)
    images.change(image, {
      status: 'active',
      blob: data.blob,
      size: data.size,
      checksum: data.md5,
      os_hash_value: data.blob,
    });
  else images.remove(image);
}

function isAsStored(row: VolumeRow, { diskFormat, containerFormat }: UploadOrder): boolean {
  return row.blob !== null && row.disk_format === diskFormat && row.container_format === containerFormat;
}

/** Sums up stored content. Undefined where there is none. */
async function measure(context: EmulatorContext, blob: string): Promise<Data | undefined> {
  const size = context.store.get<{ size: number }>('SELECT size FROM blobs WHERE hash = ?', blob)?.size;
  if (size === undefined) return undefined;
  return withFiles(context, [{ blob, start: 0, length: size }], async (files) => {
    const md5 = createHash('md5');
    for (const { path, start, length } of files)
      for await (const chunk of createReadStream(path, { start, end: start + length - 1 })) md5.update(chunk);
    return { blob, size, md5: md5.digest('hex') };
  });
}

function findImage({ store }: EmulatorContext, { data }: JobState): ImageRow | undefined {
  return store.get<ImageRow>('SELECT * FROM images WHERE key = ?', Number(data['image']));
}
