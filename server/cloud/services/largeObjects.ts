import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { unlessMissing } from '../session/errors.ts';
import type { ListedObject, Objects, PlacedObject, Upload } from './objects.ts';
import { readPieces } from './objects.ts';

/** Swift's largest object in one piece, and the size of segments of what is larger (SOURCES: rackspace §6). */
const largestObject = 5 * 2 ** 30;
const segmentSize = 2 ** 30;

export interface FileUpload extends Upload {
  /** Bytes; what is larger is cut into segments of this size, or of 1 GB. */
  readonly segmentBytes?: number | undefined;
  /** Told what is being done: `comparing`, `uploading`. */
  readonly doing?: (what: 'comparing' | 'uploading') => void;
  /** Where the signal ends it, its segments are removed, instead of being kept for another upload to go on from. */
  readonly discards?: boolean;
}

/**
 * Makes a file an object, where the container does not hold an equal one already: in one piece, or above 5 GB as a
 * static large object over segments in `CONTAINER_segments`. What an interrupted upload left there is not sent again; the
 * segments of an object that is replaced stay until it is, and are removed then. Answers what was sent, in bytes. Throws
 * CloudError, and the signal's reason.
 */
export async function uploadFile(
  objects: Objects,
  container: string,
  name: string,
  path: string,
  upload: FileUpload = {},
): Promise<number> {
  const { size, mtimeMs } = await stat(path);
  const of = `${container}_segments`;
  const before = (await readSegments(objects, container, name))?.segments ?? [];
  const removeOf = async (found: readonly PlacedObject[], but: readonly ListedObject[]): Promise<void> => {
    const kept = new Set(but.map((one) => one.name));
    for (const one of found)
      if (one.container === of && one.name.startsWith(`${name}/`) && !kept.has(one.name))
        await objects.deleteObject(of, one.name);
  };
  if (size <= (upload.segmentBytes ?? largestObject)) {
    const sent = await uploadWhole(objects, container, name, path, size, upload);
    if (sent > 0) await removeOf(before, []);
    return sent;
  }
  const each = upload.segmentBytes ?? segmentSize;
  // A file that was changed has other segments, so that those of the object that it replaces stay as they are.
  const beginning = `${name}/${mtimeMs}/${size}/${each}/`;
  const isNew = (await unlessMissing(objects.list(of, beginning))) === undefined;
  try {
    await objects.putContainer(container);
    await objects.putContainer(of);
    const known = before.map((one) => (one.container === of ? one : undefined));
    const file = { path, size, each, beginning };
    const { sent, segments } = await uploadSegments(objects, { container, name, of, known }, file, upload);
    await removeOf(before, segments);
    return sent;
  } catch (error) {
    if (upload.discards && upload.signal?.aborted) {
      const left = (await unlessMissing(objects.list(of, beginning))) ?? [];
      await removeOf(
        left.map((one) => ({ ...one, container: of })),
        before,
      );
      if (isNew) await objects.deleteContainer(of);
    }
    throw error;
  }
}

async function uploadWhole(
  objects: Objects,
  container: string,
  name: string,
  path: string,
  size: number,
  upload: FileUpload,
): Promise<number> {
  const there = await objects.details(container, name);
  if (there?.bytes === size && !there.isStatic && there.dynamic === undefined) {
    upload.doing?.('comparing');
    if ((await md5Of(path, 0, size, upload)) === there.etag) return 0;
  }
  upload.doing?.('uploading');
  await objects.putContainer(container);
  await objects.putObject(container, name, path, upload);
  return size;
}

interface CutFile {
  readonly path: string;
  readonly size: number;
  readonly each: number;
  /** Of the names of its segments. */
  readonly beginning: string;
}

interface LargeObject {
  readonly container: string;
  readonly name: string;
  /** The container of its segments. */
  readonly of: string;
  /** The segments that it has now, in order, where they are there. */
  readonly known: readonly (ListedObject | undefined)[];
}

async function uploadSegments(
  objects: Objects,
  { container, name, of, known: now }: LargeObject,
  { path, size, each, beginning }: CutFile,
  upload: FileUpload,
): Promise<{ sent: number; segments: readonly ListedObject[] }> {
  const there = new Map((await objects.list(of, beginning)).map((one) => [one.name, one]));
  const segments: ListedObject[] = [];
  let sent = 0;
  for (let at = 0, start = 0; start < size; at++, start += each) {
    const end = Math.min(start + each, size);
    const segment = `${beginning}${String(at).padStart(5, '0')}`;
    const progress = (done: number): void => upload.progress?.(start + done, size);
    const signal = upload.signal ? { signal: upload.signal } : {};
    const known = there.get(segment) ?? now[at];
    const etag =
      known?.bytes === end - start ? await md5Of(path, start, end, { progress, ...signal }) : undefined;
    if (!known || etag !== known.etag) {
      upload.doing?.('uploading');
      const content = { size: end - start, open: () => readPieces(path, { start, end }) };
      const head = await objects.putContent(of, segment, content, { progress, ...signal });
      segments.push({ ...head, name: segment });
      sent += end - start;
    } else segments.push(known);
  }
  const whole = createHash('md5')
    .update(segments.map((one) => one.etag).join(''))
    .digest('hex');
  const made = await objects.details(container, name);
  if (!made?.isStatic || made.etag !== whole || made.bytes !== size)
    await objects.putStatic(container, name, segments, of);
  return { sent, segments };
}

/** The MD5 of a part of a file, in hex. */
async function md5Of(
  path: string,
  start: number,
  end: number,
  { progress, signal }: Upload,
): Promise<string> {
  const hash = createHash('md5');
  let done = 0;
  for await (const piece of readPieces(path, { start, end })) {
    signal?.throwIfAborted();
    hash.update(piece);
    done += piece.length;
    progress?.(done, end - start);
  }
  return hash.digest('hex');
}

/** The segments of an object. */
export interface Segmented {
  /** The object itself lists them; otherwise their names do. */
  readonly isStatic: boolean;
  readonly segments: readonly PlacedObject[];
  /** Numbers that lack among the segments' names: the cloud would answer with less, and say nothing. */
  readonly missing: readonly number[];
}

/** The segments of a large object; undefined where there is no such object, or it is in one piece. Throws CloudError. */
export async function readSegments(
  objects: Objects,
  container: string,
  name: string,
): Promise<Segmented | undefined> {
  const details = await objects.details(container, name);
  if (details?.isStatic)
    return { isStatic: true, segments: await objects.staticSegments(container, name), missing: [] };
  if (details?.dynamic === undefined) return undefined;
  const [of, beginning] = splitDynamicManifest(details.dynamic);
  const segments = (await unlessMissing(objects.list(of, beginning))) ?? [];
  return {
    isStatic: false,
    segments: segments.map((one) => ({ ...one, container: of })),
    missing: findMissingNumbers(segments.map((one) => one.name.slice(beginning.length))),
  };
}

/**
 * The segments of a static large object, by their place, that are gone or have become other content: the object still lists
 * them. Throws CloudError.
 */
export async function findLost(
  objects: Objects,
  segments: readonly PlacedObject[],
): Promise<ReadonlyMap<PlacedObject, 'missing' | 'replaced'>> {
  const lost = new Map<PlacedObject, 'missing' | 'replaced'>();
  for (const [container, named] of Map.groupBy(segments, (one) => one.container)) {
    const beginning = findCommonBeginning(named.map(({ name }) => name));
    const listed = (await unlessMissing(objects.list(container, beginning))) ?? [];
    const there = new Map(listed.map((one) => [one.name, one]));
    for (const segment of named) {
      const found = there.get(segment.name);
      if (!found) lost.set(segment, 'missing');
      else if (found.bytes !== segment.bytes || found.etag !== segment.etag) lost.set(segment, 'replaced');
    }
  }
  return lost;
}

function findCommonBeginning(names: readonly string[]): string {
  const [first = '', ...others] = names;
  let length = first.length;
  for (const name of others) while (!name.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}

/** The container, and how the names of the segments in it begin. */
export function splitDynamicManifest(dynamic: string): [container: string, beginning: string] {
  const slash = dynamic.indexOf('/');
  return [dynamic.slice(0, slash), dynamic.slice(slash + 1)];
}

/**
 * The numbers that lack among numbered names. Exports count from 1, Swift's own client from 0. Of names that are no numbers
 * nothing is known.
 */
export function findMissingNumbers(names: readonly string[]): number[] {
  if (!names.every((name) => /^\d{1,15}$/.test(name))) return [];
  const missing: number[] = [];
  let next = Number(names[0]) === 0 ? 0 : 1;
  for (const number of names.map(Number)) {
    for (; next < number && missing.length < 1000; next++) missing.push(next);
    next = number + 1;
  }
  return missing;
}

/**
 * The segments of an object that is to be downloaded; one in one piece is its only one. A segment that is missing would
 * make the download short in silence, so a gap in the numbers is an error. Throws CloudError too.
 */
export async function readExportedSegments(
  objects: Objects,
  container: string,
  name: string,
): Promise<readonly PlacedObject[]> {
  const large = await readSegments(objects, container, name);
  if (!large) {
    const head = await objects.headObject(container, name);
    if (!head) throw new Error(`There is no object ${container}/${name}.`);
    return [{ ...head, container, name }];
  }
  const [gap] = large.missing;
  if (gap !== undefined)
    throw new Error(
      `${container}/${name} has a gap: segment ${gap} is missing, and the download would be short. Export the image anew.`,
    );
  if (large.segments.length === 0)
    throw new Error(`${container}/${name} has no segments any more. Export the image anew.`);
  return large.segments;
}

/** Downloads an object into a file, each segment checked. Throws as `written`. */
export async function downloadSegments(
  objects: Objects,
  segments: readonly PlacedObject[],
  path: string,
  { progress, signal }: Upload = {},
): Promise<void> {
  const total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  await written(path, total, progress, async function* () {
    for (const segment of segments) {
      const stream = await objects.getObject(segment.container, segment.name, signal ? { signal } : {});
      yield* verifyStream(stream, segment);
    }
  });
}

/** The numbers of the segments do not tell that the last ones are missing; the end of a VHD does. Throws where it is not there. */
export async function requireFooter(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, Math.max(0, size - 512));
    if (buffer.toString('latin1') !== 'conectix')
      throw new Error(
        `${path} has no footer of a VHD: its last segments are missing. Export the image anew.`,
      );
  } finally {
    await file.close();
  }
}

/** Saves a stream as a file, checked by size and MD5. Throws as `written`. */
export async function saveStream(
  stream: AsyncIterable<Uint8Array>,
  expected: ListedObject,
  path: string,
  progress?: Upload['progress'],
): Promise<void> {
  await written(path, expected.bytes, progress, () => verifyStream(stream, expected));
}

/**
 * Writes a file that gets its name when it is whole and on the disk. Throws CloudError, the signal's reason, and where
 * the bytes are not those that were listed; then nothing is left.
 */
async function written(
  path: string,
  total: number,
  progress: Upload['progress'],
  content: () => AsyncIterable<Uint8Array>,
): Promise<void> {
  // Made anew: what lies there under that name, or leads elsewhere, is nobody's to write to.
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  const file = await open(part, 'wx');
  try {
    let done = 0;
    for await (const piece of content()) {
      await file.write(piece);
      done += piece.length;
      progress?.(done, total);
    }
    await file.sync();
    await file.close();
    await rename(part, path);
  } catch (error) {
    await file.close();
    await rm(part, { force: true });
    throw error;
  }
}

/** Bytes as they come; throws at their end where they are not those that were listed. */
export async function* verifyStream(
  stream: AsyncIterable<Uint8Array>,
  { name, bytes, etag }: ListedObject,
): AsyncGenerator<Uint8Array, void> {
  const hash = createHash('md5');
  let read = 0;
  for await (const piece of stream) {
    hash.update(piece);
    read += piece.length;
    if (read > bytes)
      throw new Error(`${name} is longer than the ${bytes} bytes that were announced. Try again.`);
    yield piece;
  }
  if (read !== bytes) throw new Error(`${name} ended after ${read} of ${bytes} bytes. Try again.`);
  const md5 = hash.digest('hex');
  if (md5 !== etag) throw new Error(`${name} arrived with MD5 ${md5} instead of ${etag}. Try again.`);
}
