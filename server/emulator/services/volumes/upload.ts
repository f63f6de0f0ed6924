import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { ApiError } from '../../kernel/apiError.ts';
import { findObject } from '../../kernel/body.ts';
import type { JobState, Run } from '../../kernel/jobs.ts';
import type { Piece } from '../../store/pieces.ts';
import type { EmulatorContext } from '../context.ts';
import { chooseDefaultStore } from '../images/imports/stores.ts';
import type { ImageRow } from '../images/view.ts';
import { inspectImage } from '../images/virtualSize.ts';
import { close, withFiles } from '../tasks/steps.ts';
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
  const formats = { disk_format: order.diskFormat, container_format: order.containerFormat };
  if (!isAsStored(row, formats) && !(isWritten(order.diskFormat) && order.containerFormat === 'bare'))
    throw new ApiError(
      'emulator/not-yet',
      `A volume becomes a bare image in raw, qcow2 or vhd, or one like its own, not ${order.diskFormat} in ${order.containerFormat}.`,
    );
  const image = context.images.create({
    region: row.region,
    id: randomUUID(),
    owner: row.account,
    name: order.name,
    visibility: order.visibility,
    protected: order.isProtected ? 1 : 0,
    ...formats,
    properties: listImageProperties(row),
    tags: [],
  });
  context.volumes.change(row, { status: 'uploading', previous_status: row.status });
  beginJob(context, row, { action: 'upload', image: image.key });
  return image;
}

/** Simulated milliseconds: saving and uploading, per byte. Ours. */
const timeOf = (bytes: number) => 10_000 + (60_000 * bytes) / 2 ** 30;

/** A step of the job: the image is saving, and its data is made of what the volume holds. */
export async function saveUpload(context: EmulatorContext, job: JobState, run: Run): Promise<void> {
  const { blobs, images, jobs, store, volumes } = context;
  const image = findImage(context, job);
  await store.write(() => {
    if (image?.status === 'queued') images.change(image, { status: 'saving' });
  });
  const row = volumes.byKey(Number(job.data['key']));
  if (!row || !image) return store.write(() => jobs.moveTo(job.id, 'uploaded', job.data));
  const target = blobs.incoming();
  try {
    const data = isAsStored(row, image)
      ? await measure(context, row)
      : await convert(context, row, { image, target, run });
    await store.write(() => {
      if (data.blob !== row.blob) blobs.adopt(target, data.blob, data.size);
      jobs.hold(job.id, data.blob);
      jobs.moveTo(job.id, 'uploaded', { ...job.data, made: { ...data } });
    });
  } finally {
    blobs.discard(target); // what was adopted is no longer there
  }
}

/** The last step: the image is active after its time. */
export async function finishUpload(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  const { size } = findObject(job.data, 'made');
  await context.clock.work(timeOf(Number(size ?? 0)), signal);
  await context.store.write(() => endUpload(context, job));
}

interface Data {
  readonly blob: string;
  readonly size: number;
  readonly md5: string;
  readonly virtualSize: number | null;
}

/** Inside `store.write`: the image is active, or gone where there is no data for it; the volume is as before. */
export function endUpload(context: EmulatorContext, job: JobState): void {
  const { images, volumes } = context;
  const row = volumes.byKey(Number(job.data['key']));
  if (row?.status === 'uploading') volumes.change(row, restoreStatus(row));
  const image = findImage(context, job);
  const { blob, size, md5, virtualSize } = findObject(job.data, 'made');
  if (image && ['queued', 'saving'].includes(image.status)) {
    if (typeof blob === 'string')
      images.change(image, {
        status: 'active',
        blob,
        size: Number(size),
        virtual_size: virtualSize === null ? null : Number(virtualSize),
        checksum: String(md5),
        os_hash_value: blob,
        stores: chooseDefaultStore(context),
      });
    else images.remove(image);
  }
  close(context, job);
}

function isAsStored(
  row: VolumeRow,
  image: Pick<ImageRow, 'disk_format' | 'container_format'>,
): row is VolumeRow & { blob: string } {
  return (
    row.blob !== null &&
    row.disk_format === image.disk_format &&
    row.container_format === image.container_format
  );
}

/** Sums up what a volume holds. */
async function measure(
  context: EmulatorContext,
  { blob, ...formats }: VolumeRow & { readonly blob: string },
): Promise<Data> {
  return withFiles(context, listPieces(context, blob), async (files) => {
    const md5 = createHash('md5');
    for (const { path, start, length } of files)
      for await (const chunk of createReadStream(path, { start, end: start + length - 1 })) md5.update(chunk);
    const size = files.reduce((sum, { length }) => sum + length, 0);
    const virtualSize = await inspectImage(context, formats, files);
    return { blob, size, md5: md5.digest('hex'), virtualSize };
  });
}

/** Writes what a volume holds in another format. A raw image ends where the volume's own image does. */
function convert(
  context: EmulatorContext,
  row: VolumeRow,
  { image, target, run }: { image: ImageRow; target: string; run: Run },
): Promise<Data> {
  const { disk_format: format, id } = image;
  if (!isWritten(format)) throw new Error(`Images in the format ${format} are not written.`);
  return withFiles(context, listPieces(context, row.blob), async (base) => {
    const { size, md5, sha512, virtualSize } = await context.lane.snapshot(
      {
        base,
        diskFormat: row.disk_format ?? 'raw',
        writes: [],
        diskBytes: format === 'raw' && row.blob !== null ? 0 : row.size * 2 ** 30,
        scratch: target,
        target,
        as: format,
        compression: 'deflate',
        uuid: id,
        time: context.clock.now(),
      },
      { signal: run.signal, progress: run.report },
    );
    return { blob: sha512, size, md5, virtualSize };
  });
}

function listPieces({ store }: EmulatorContext, blob: string | null): Piece[] {
  if (blob === null) return [];
  const found = store.get<{ size: number }>('SELECT size FROM blobs WHERE hash = ?', blob);
  return [{ blob, start: 0, length: found?.size ?? 0 }];
}

function isWritten(format: string | null): format is 'raw' | 'qcow2' | 'vhd' {
  return format === 'raw' || format === 'qcow2' || format === 'vhd';
}

function findImage({ store }: EmulatorContext, { data }: JobState): ImageRow | undefined {
  return store.get<ImageRow>('SELECT * FROM images WHERE key = ?', Number(data['image']));
}
