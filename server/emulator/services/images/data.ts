import { hasReached } from '../../../rules/profile/releases.ts';
import { refuseDownload } from '../../../rules/service/changes.ts';
import { ApiError, toApiError } from '../../kernel/apiError.ts';
import { inside, notAvailable, type Range } from '../../kernel/ranges.ts';
import { type Most, receive, type Upload } from '../../kernel/receiving.ts';
import { readParam, readQuery, requireBytes } from '../../kernel/request.ts';
import type { Reply, Request, Routes } from '../../kernel/routes.ts';
import { sendBody } from '../../kernel/sending.ts';
import type { EmulatorContext } from '../context.ts';
import { isCloudAdmin } from '../identity/permissions.ts';
import { findOwnImage, findVisibleImage } from './access.ts';
import { chooseDefaultStore, countStoredBytes, requireStores } from './imports/stores.ts';
import { allow, identify, requireOffered } from './requests.ts';
import type { ImageRow } from './view.ts';
import { inspectImage } from './virtualSize.ts';

/** An image's data: upload, download, and staging for an import (SOURCES: glance §6, §8). */
export function dataRoutes(routes: Routes, context: EmulatorContext): void {
  for (const region of context.regions) {
    const image = `/${region}/image/v2/images/:id`;
    routes.on('PUT', `${image}/file`, (request, reply) => upload(context, region, request, reply));
    routes.on('GET', `${image}/file`, (request, reply) => download(context, region, request, reply));
    if (context.profile.offers.stage)
      routes.on('PUT', `${image}/stage`, (request, reply) => stage(context, region, request, reply));
  }
}

/**
 * Inside `store.write`: images that a process was receiving when it ended are queued again, since none of their data is
 * there. What is not active has an index, so a start does not read every image.
 */
export function recoverUploads({ images, store }: Pick<EmulatorContext, 'images' | 'store'>): void {
  for (const row of store.all<ImageRow>(
    `SELECT * FROM images WHERE status <> 'active' AND
       ((status = 'saving' AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = images.id))
        OR (status = 'uploading' AND staged IS NULL))`,
  ))
    images.change(row, { status: 'queued' });
}

async function upload(
  context: EmulatorContext,
  region: string,
  request: Request,
  reply: Reply,
): Promise<Reply> {
  const asking = identify(context, request, 'administer', 'upload_image');
  requireOffered(context, 'upload', 'upload_image');
  requireBytes(request);
  const announced = readAnnouncedSize(context, request);
  const target = chooseStore(context, request);
  const begin = () => {
    const row = findOwnImage(
      context.images,
      context.profile,
      asking,
      region,
      readParam(request, 'id'),
      'modify',
    );
    if (row.disk_format === null || row.container_format === null)
      throw new ApiError(
        'image/formats',
        'Properties disk_format, container_format must be set prior to saving data.',
      );
    return row;
  };
  await receiveFor(context, request, begin, 'saving', async (row, file) => {
    refuseOtherSize(announced, file);
    const files = [{ path: file.file, start: 0, length: file.size }];
    const virtualSize = await inspectImage(context, row, files);
    return (found) => {
      context.images.change(found, {
        status: 'active',
        blob: file.hash,
        size: file.size,
        virtual_size: virtualSize,
        checksum: file.md5,
        os_hash_value: file.hash,
        stores: target,
      });
    };
  });
  return reply.code(204).send();
}

async function stage(
  context: EmulatorContext,
  region: string,
  request: Request,
  reply: Reply,
): Promise<Reply> {
  const asking = identify(context, request, 'administer', 'upload_image');
  requireBytes(request);
  const announced = readAnnouncedSize(context, request);
  const begin = () =>
    findOwnImage(context.images, context.profile, asking, region, readParam(request, 'id'), 'modify');
  await receiveFor(context, request, begin, 'uploading', async (_row, file) => {
    refuseOtherSize(announced, file);
    return (found) => {
      context.images.change(found, { staged: file.hash, staged_md5: file.md5, size: file.size });
    };
  });
  return reply.code(204).send();
}

/**
 * Receives the body for an image, which shows it by its status meanwhile; what then counts is entered with one change.
 * Where anything fails, the image is queued again and nothing of the body stays.
 */
async function receiveFor(
  context: EmulatorContext,
  request: Request,
  begin: () => ImageRow,
  during: 'saving' | 'uploading',
  read: (row: ImageRow, file: Upload) => Promise<(row: ImageRow) => void>,
): Promise<void> {
  const { blobs, images, store } = context;
  const row = await store.write(() => {
    const found = begin();
    requireTransition(found, during);
    refuseQuota(context, found, Number(request.headers['content-length'] ?? 0));
    images.change(found, { status: during });
    return found;
  });
  const still = () => {
    const found = images.find(row.region, row.id);
    return found?.key === row.key && found.status === during && found.staged === null ? found : undefined;
  };
  let file: Upload | undefined;
  try {
    file = await receive(request.raw, blobs, 'sha512', limitImage(context));
    const received = file;
    const enter = await read(row, received);
    await store.write(() => {
      const found = still();
      if (!found)
        throw new ApiError(
          'image/gone',
          `Image ${row.id} could not be found after upload. It may have been deleted.`,
        );
      if (during === 'saving') refuseQuota(context, found, received.size);
      blobs.adopt(received.file, received.hash, received.size);
      enter(found);
    });
  } catch (error) {
    if (file) blobs.discard(file.file);
    await store.free(() => {
      const found = still();
      if (found) images.change(found, { status: 'queued' });
    });
    throw error;
  }
}

async function download(
  context: EmulatorContext,
  region: string,
  request: Request,
  reply: Reply,
): Promise<Reply> {
  const { profile } = context;
  const { caller } = allow(context, request, 'read', 'download_image');
  requireOffered(context, 'download', 'download_image');
  const row = findVisibleImage(context.images, profile, caller, region, readParam(request, 'id'));
  if (row.status === 'deactivated' && !isCloudAdmin(profile, caller))
    throw new ApiError(
      'image/deactivated',
      'The requested image has been deactivated. Image data download is forbidden.',
    );
  const refused = refuseDownload(profile, caller);
  if (refused) throw toApiError(refused);
  refusePreferred(context, request);
  const { blob, size } = row;
  if (blob === null || size === null) return reply.code(204).type('text/html; charset=UTF-8').send();
  const range = readRange(request, size);
  reply.header('content-type', 'application/octet-stream').header('content-md5', row.checksum ?? '');
  if (!range) {
    reply.header('content-length', size);
    return sendBody(context, request, reply, size === 0 ? [] : [[{ blob, start: 0, length: size }]]);
  }
  const length = range.end - range.start + 1;
  reply
    .code(206)
    .headers({ 'content-length': length, 'content-range': `bytes ${range.start}-${range.end}/${size}` });
  return sendBody(context, request, reply, [[{ blob, start: range.start, length }]]);
}

/** The size that the client says its data has (Glance since 2025.2). Throws 400. */
function readAnnouncedSize({ profile }: EmulatorContext, { headers }: Request): number | undefined {
  const text = headers['x-openstack-image-size'];
  if (text === undefined || !profile.offers.stores || !hasReached(profile.release, '2025.2'))
    return undefined;
  if (!/^\s*[+-]?\d+\s*$/.test(String(text)))
    throw new ApiError('image/announced-size', 'Invalid or missing image size in request headers.');
  return Number(text) || undefined; // nought: not known
}

/** Throws 400 where the data has another size than was announced. */
function refuseOtherSize(announced: number | undefined, { size }: Upload): void {
  if (announced !== undefined && size !== announced)
    throw new ApiError(
      'image/announced-size',
      size > announced
        ? `Size exceeds: expected ${announced} bytes, got ${size} bytes`
        : `Size mismatch: expected ${announced} bytes, got ${size} bytes`,
    );
}

/** The stores from which the data is best taken (Glance since 2026.2): each must be one. Throws 400. */
function refusePreferred({ profile, settings }: EmulatorContext, request: Request): void {
  if (!profile.offers.stores || !hasReached(profile.release, '2026.2')) return;
  const named = (readQuery(request).get('prefer') ?? '').split(',').map((name) => name.trim());
  const unknown = named.find((name) => name !== '' && !settings.stores.includes(name));
  if (unknown !== undefined)
    throw new ApiError('image/store', `Store '${unknown}' is not configured.`, { status: 400 });
}

/** One range of `Range`, or of a request header `Content-Range`, which Glance takes too. Throws 400, 416. */
function readRange(request: Request, size: number): Range | undefined {
  const { range, 'content-range': content } = request.headers;
  const text =
    range ??
    (typeof content === 'string' ? content.replace(/^bytes /, 'bytes=').replace(/\/.*$/, '') : undefined);
  if (text === undefined) return undefined;
  const found = /^bytes=(\d*)-(\d*)$/.exec(text.trim());
  if (!found || (!found[1] && !found[2]))
    throw new ApiError(
      'request/range-form',
      `Invalid range header: '${text}'. One range of bytes is served.`,
    );
  const [first, last] = [found[1], found[2]].map((digits) => (digits ? Number(digits) : undefined));
  const [part] = inside({ first, last }, size);
  if (!part) throw notAvailable(size);
  return part;
}

/** Throws 409 unless the image waits for data. */
function requireTransition({ status }: ImageRow, to: string): void {
  if (status !== 'queued')
    throw new ApiError('image/transition', `Image status transition from ${status} to ${to} is not allowed`);
}

/** The store that the request names, or the default. Throws 400. */
function chooseStore(context: EmulatorContext, request: Request): string | null {
  const named = request.headers['x-image-meta-store'];
  if (typeof named !== 'string' || !context.profile.offers.stores) return chooseDefaultStore(context);
  try {
    requireStores(context, [named]);
  } catch (error) {
    if (error instanceof ApiError) throw new ApiError('image/store', error.message, { status: 400 });
    throw error;
  }
  return named;
}

/** The cap on one image. */
export function limitImage({ settings }: EmulatorContext): Most {
  return {
    bytes: settings.imageBytes,
    tooLarge: () =>
      new ApiError('image/size', `Denying attempt to upload image larger than ${settings.imageBytes} bytes.`),
  };
}

/** Throws 413 where the account's storage would be more than it may. */
function refuseQuota(context: EmulatorContext, { owner }: Pick<ImageRow, 'owner'>, bytes: number): void {
  const { storageBytes } = context.settings;
  const left = storageBytes - countStoredBytes(context, owner ?? '');
  if (storageBytes > 0 && bytes > left)
    throw new ApiError(
      'image/quota',
      `Denying attempt to upload image because it exceeds the quota: The size of the data ${bytes} will exceed the limit. ${left} bytes remaining.`,
    );
}
