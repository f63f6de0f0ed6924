import { createHash, randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { system } from '../../system.ts';
import { type ListedObject, type Objects, type PlacedObject, readPieces, type Upload } from './objects.ts';

export interface Download extends Upload {
  /** A file that keeps what has arrived where the download stops, and from whose end the next one goes on. */
  readonly part?: string;
}

/** Downloads an object into a file, each segment checked. Throws as `written`. */
export async function downloadSegments(
  objects: Objects,
  segments: readonly PlacedObject[],
  path: string,
  { progress, signal, part }: Download = {},
): Promise<void> {
  const total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  if (part !== undefined) {
    await completePart(objects, segments, part, {
      total,
      ...(progress ? { progress } : {}),
      ...(signal ? { signal } : {}),
    });
    await system.replaceFile(part, path);
    return;
  }
  await written(path, total, progress, async function* () {
    for (const segment of segments) {
      const stream = await objects.getObject(segment.container, segment.name, signal ? { signal } : {});
      yield* verifyStream(stream, segment);
    }
  });
}

interface Part extends Upload {
  readonly total: number;
}

/** Adds to a file what it lacks of the segments. A segment whose bytes are not those that were listed is cut off again. */
async function completePart(
  objects: Objects,
  segments: readonly PlacedObject[],
  part: string,
  { total, progress, signal }: Part,
): Promise<void> {
  const file = await open(part, 'a+');
  try {
    const { size: known } = await file.stat();
    let start = 0;
    for (const segment of segments) {
      const there = Math.min(segment.bytes, Math.max(0, known - start));
      const hash = createHash('md5');
      for await (const piece of readPieces(part, { start, end: start + there })) hash.update(piece);
      let done = there;
      if (there < segment.bytes) {
        const range = { start: there, end: segment.bytes, ...(signal ? { signal } : {}) };
        const whole = there === 0 ? (signal ? { signal } : {}) : range;
        for await (const piece of await objects.getObject(segment.container, segment.name, whole)) {
          signal?.throwIfAborted();
          done += piece.length;
          if (done > segment.bytes) break;
          hash.update(piece);
          await file.appendFile(piece); // `write` may leave some of it out where the disk gets full
          progress?.(start + done, total);
        }
      }
      if (done !== segment.bytes || hash.digest('hex') !== segment.etag) {
        await file.truncate(start);
        throw new Error(
          `${segment.name} did not arrive as Cloud Files lists it: ${done} of ${segment.bytes} bytes, or other ones. Try again.`,
        );
      }
      start += segment.bytes;
    }
    await file.truncate(total);
    await file.sync();
  } finally {
    await file.close();
  }
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
      await file.appendFile(piece);
      done += piece.length;
      progress?.(done, total);
    }
    await file.sync();
    await file.close();
    await system.replaceFile(part, path);
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
