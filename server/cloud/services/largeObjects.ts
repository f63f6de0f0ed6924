import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
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
  if (!isCut(size, upload.segmentBytes)) {
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

/** Removes the segments that an upload of a file left behind, but for those of an object that is there. Throws CloudError. */
export async function discardUpload(
  objects: Objects,
  container: string,
  name: string,
  path: string,
): Promise<void> {
  const { size, mtimeMs } = await stat(path);
  const of = `${container}_segments`;
  const used = (await readSegments(objects, container, name))?.segments ?? [];
  const kept = new Set(used.map((one) => one.name));
  for (const one of (await unlessMissing(objects.list(of, `${name}/${mtimeMs}/${size}/`))) ?? [])
    if (!kept.has(one.name)) await objects.deleteObject(of, one.name);
}

/** Tells whether a file is cut into segments, so that an upload that stops can go on where it was. */
export function isCut(size: number, segmentBytes: number | undefined): boolean {
  return size > (segmentBytes ?? largestObject);
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
