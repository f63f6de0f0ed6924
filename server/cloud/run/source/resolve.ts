import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import paths, { basename, dirname, resolve } from 'node:path';
import { findChecksum, writeChecksum } from '../../../rules/source/checksum.ts';
import type { ImageSource, Method } from '../../../rules/source/source.ts';
import { isInside } from '../../../workspace/diskPaths.ts';
import type { ManifestPart } from '../../../workspace/parts.ts';
import type { Image } from '../../services/images.ts';
import { readPieces } from '../../services/objects.ts';
import { measureUrl, type PublishedBytes, type Reading, readList, SourceError } from './bytes.ts';

/** Keeps of which published file an image is made, so that a newer one is noticed (DECISIONS 30). */
export const recordProperty = 'source_checksum';

/** The bytes of a source that are brought by this machine, or by the cloud from an address. Throws SourceError. */
export async function resolveBytes(
  { origin, checksum, compression }: ImageSource,
  { path, file }: Pick<ManifestPart, 'path' | 'file'>,
  reading: Reading,
  method: Method,
): Promise<PublishedBytes | undefined> {
  if (origin.type === 'image' || origin.type === 'itself') return undefined;
  if (reading.within && origin.type === 'url')
    throw new SourceError(
      `Nothing is fetched from ${origin.url} for an agent. Run 'cloud-images apply' on this manifest yourself.`,
    );
  const packed = compression ? { compression } : {};
  const name =
    origin.type === 'file'
      ? basename(origin.path)
      : basename(decodeURIComponent(new URL(origin.url).pathname));
  const stated = checksum && 'list' in checksum ? await lookUp(checksum.list, name, reading) : checksum;
  const known = stated ? { checksum: stated } : {};
  if (origin.type === 'url') {
    // An address that the cloud fetches need not be reached from here.
    const size = method === 'web-download' ? undefined : await measureUrl(origin.url, reading);
    return { from: { url: origin.url }, ...packed, ...known, ...(size === undefined ? {} : { size }) };
  }
  if (file === undefined)
    throw new SourceError(
      `${path} is no file of this machine, so '${origin.path}' has no folder to be looked for in.`,
    );
  const place = resolve(dirname(file), origin.path);
  const found = await stat(place).catch(() => undefined);
  if (reading.within && !(await isWithin(place, reading.within)))
    throw new SourceError(`${origin.path} lies outside of the open folders, and is not read for an agent.`);
  if (!found?.isFile()) throw new SourceError(`There is no file ${place}.`);
  return { from: { file: place }, ...packed, ...known, size: found.size };
}

async function isWithin(place: string, folders: readonly string[]): Promise<boolean> {
  const real = async (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);
  const path = await real(place);
  const all = await Promise.all(folders.map(real));
  return path !== undefined && all.some((folder) => folder !== undefined && isInside(path, folder, paths));
}

async function lookUp(list: string, name: string, reading: Reading) {
  const found = findChecksum(await readList(list, reading), name);
  if (!found) throw new SourceError(`${list} has no checksum of ${name}.`);
  return found;
}

/**
 * Makes sure that a file has a checksum, so that images made of it can be told from those of another: without a publisher's
 * its own. Reads the whole file.
 */
export async function withOwnChecksum(
  bytes: PublishedBytes,
  { signal, progress }: Reading,
): Promise<PublishedBytes> {
  const { from, checksum, size = 0 } = bytes;
  if (checksum || !('file' in from)) return bytes;
  const hash = createHash('sha512');
  let done = 0;
  for await (const piece of readPieces(from.file, { end: size })) {
    signal?.throwIfAborted();
    hash.update(piece);
    done += piece.length;
    progress?.(done, size);
  }
  return { ...bytes, checksum: { algorithm: 'sha512', value: hash.digest('hex') } };
}

/** Tells whether an image holds these bytes; undefined where nothing tells. */
export function holds(image: Image, { checksum, compression, size }: PublishedBytes): boolean | undefined {
  const recorded = image.get(recordProperty);
  if (!checksum) return !compression && size !== undefined && size !== image.get('size') ? false : undefined;
  if (recorded === writeChecksum(checksum)) return true;
  if (!compression && image.get('os_hash_algo') === checksum.algorithm)
    return image.get('os_hash_value') === checksum.value;
  // Recorded by another hash it may be the same file; the size tells what is surely another.
  const sameHash = typeof recorded === 'string' && recorded.startsWith(`${checksum.algorithm}:`);
  if (sameHash) return false;
  return !compression && size !== undefined && size !== image.get('size') ? false : undefined;
}
