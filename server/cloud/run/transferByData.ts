import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import type { Json, JsonObject } from '../../rules/json.ts';
import { saveStream } from '../services/downloads.ts';
import { openImageData } from '../services/imageData.ts';
import { readPieces } from '../services/objects.ts';
import { unlessMissing } from '../session/errors.ts';
import { isOwn } from './imagePlan.ts';
import { type Transfer, TransferFailed, type TransferState } from './transfer.ts';

/**
 * A transfer without Rackspace's tasks: the data is downloaded to `file`, and an image is created with the id `id` and
 * uploaded. Each part is looked for before it is done, so that another run goes on. Throws TransferFailed, CloudError.
 */
export async function transferByData(
  state: TransferState,
  { file, id }: { readonly file: string; readonly id: string },
  { source, target, waiting: { signal }, save, say, progress }: Transfer,
): Promise<TransferState> {
  const { image } = state;
  const data = openImageData(target.session, target.region);
  const there = await unlessMissing(target.images.get(id));
  if (there?.get('status') === 'active') return { ...state, made: id, step: 'done' };
  const expected = {
    name: `image ${image['id']}`,
    bytes: Number(image['size']),
    etag: String(image['checksum']),
  };
  if (!(await isDownloaded(file, expected))) {
    say(`downloading ${expected.bytes.toLocaleString('en-US')} bytes from ${source.region}`);
    const stream = await openImageData(source.session, source.region).download(String(image['id']), signal);
    await saveStream(stream, expected, file, progress);
  }
  save({ ...state, step: 'import', made: id });
  if (!there) await data.create({ ...pickCopied(image), id });
  say(`uploading to ${target.region}`);
  await data.upload(id, file, { ...(progress ? { progress } : {}), ...(signal ? { signal } : {}) });
  const made = await target.images.get(id);
  if (made.get('checksum') !== expected.etag)
    throw new TransferFailed(
      `The image arrived with MD5 ${String(made.get('checksum'))} instead of ${expected.etag}.`,
    );
  await rm(file, { force: true });
  return { ...state, made: id, step: 'done' };
}

/** Picks what a new image is created with: what its owner may set, without account and visibility. */
function pickCopied(image: JsonObject): JsonObject {
  const left = ['owner', 'visibility'];
  return Object.fromEntries(
    Object.entries(image).filter(
      ([name, value]: [string, Json]) => isOwn(name) && !left.includes(name) && value !== null,
    ),
  );
}

async function isDownloaded(
  file: string,
  { bytes, etag }: { bytes: number; etag: string },
): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (found?.size !== bytes) return false;
  const hash = createHash('md5');
  for await (const piece of readPieces(file, { end: bytes })) hash.update(piece);
  return hash.digest('hex') === etag;
}
