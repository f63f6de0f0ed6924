import { createHash, getHashes } from 'node:crypto';
import { openVhd } from '../../disks/format/vhd.ts';
import { type ByteSource, cachedSource, filledSource, joinedSource } from '../../disks/source.ts';
import type { Cloud } from '../cloud.ts';
import { verifyStream } from '../services/downloads.ts';
import { openImageData } from '../services/imageData.ts';
import type { Image } from '../services/images.ts';
import { findLost, readSegments } from '../services/largeObjects.ts';
import type { Objects, PlacedObject, Upload } from '../services/objects.ts';

/** What a look at stored bytes has found. */
export interface Verdict {
  /** What was compared and fits, as parts of a sentence: `3 segments without a gap`. */
  readonly sound: readonly string[];
  /** What does not fit, each as a sentence. */
  readonly problems: readonly string[];
}

export interface VerifyOptions extends Upload {
  /** Reads every byte, and compares the MD5 of each segment with the one that Cloud Files lists. */
  readonly content?: boolean;
}

/**
 * Verifies an object: that no segment of it is missing, that those there have the listed size, and of a VHD that both its
 * footers are equal and its tables and blocks fit its size. Throws CloudError.
 */
export async function verifyObject(
  objects: Objects,
  container: string,
  name: string,
  options: VerifyOptions = {},
): Promise<Verdict> {
  options.signal?.throwIfAborted();
  const details = await objects.details(container, name);
  if (!details) return { sound: [], problems: ['It is not there any more.'] };
  const large = await readSegments(objects, container, name);
  if (!large) {
    const whole = { container, name, bytes: details.bytes, etag: details.etag };
    return verifyBytes(objects, name, [whole], options);
  }
  const { segments, missing } = large;
  if (segments.length === 0) return { sound: [], problems: ['None of its segments is there any more.'] };
  const problems = missing.map((number) => `Segment ${number} is missing.`);
  const lost = large.isStatic ? await findLost(objects, segments) : [];
  for (const [segment, state] of lost)
    problems.push(`The segment ${segment.container}/${segment.name} ${lostWords[state]}.`);
  // Without a segment everything behind it stands elsewhere: footers and tables would only say so again.
  if (problems.length > 0) return { sound: [], problems };
  const { sound, ...verdict } = await verifyBytes(objects, name, segments, options);
  return {
    ...verdict,
    sound: [segments.length === 1 ? 'one segment' : `${segments.length} segments without a gap`, ...sound],
  };
}

const lostWords = { missing: 'is missing', replaced: 'has been replaced by other content' };

/** Reads an image's data, and compares its size and hashes with those that the image service states. Throws CloudError. */
export async function verifyImageData(
  { session, region }: Cloud,
  image: Image,
  { progress, signal }: Upload,
): Promise<Verdict> {
  const size = Number(image.get('size'));
  const stream = await openImageData(session, region).download(String(image.get('id')), signal);
  const stated = [
    ['MD5', 'md5', image.get('checksum')],
    [
      String(image.get('os_hash_algo')).toUpperCase(),
      String(image.get('os_hash_algo')),
      image.get('os_hash_value'),
    ],
  ] as const;
  // A cloud may have any of Python's hashes.
  const known = getHashes();
  const hashes = stated.flatMap(([label, algorithm, value]) =>
    typeof value === 'string' && known.includes(algorithm)
      ? [{ label, hash: createHash(algorithm), value }]
      : [],
  );
  let read = 0;
  for await (const piece of stream) {
    for (const { hash } of hashes) hash.update(piece);
    read += piece.length;
    progress?.(read, size);
  }
  const verdict: { sound: string[]; problems: string[] } = { sound: [], problems: [] };
  if (read === size) verdict.sound.push(`${size.toLocaleString('en-US')} bytes`);
  else verdict.problems.push(`The data has ${read} bytes, and the image says ${size}.`);
  for (const { label, hash, value } of hashes) {
    const digest = hash.digest('hex');
    if (digest === value) verdict.sound.push(`${label} ${digest.slice(0, 12)}…`);
    else verdict.problems.push(`The ${label} of the data is ${digest}, and the image says ${value}.`);
  }
  return verdict;
}

async function verifyBytes(
  objects: Objects,
  name: string,
  segments: readonly PlacedObject[],
  options: VerifyOptions,
): Promise<Verdict> {
  const source = joinedSource(
    segments.map((segment) => cachedSource(objectSource(objects, segment, options.signal))),
  );
  const disk = /\.vhd$/i.test(name) ? await verifyDisk(source) : { sound: [], problems: [] };
  const read = options.content ? await readAll(objects, segments, source.size, options) : undefined;
  return {
    sound: [...disk.sound, `${source.size.toLocaleString('en-US')} bytes`, ...(read?.sound ?? [])],
    problems: [...disk.problems, ...(read?.problems ?? [])],
  };
}

/** The numbers of the segments do not tell that the last ones are missing; the end of a VHD does. */
async function verifyDisk(source: ByteSource): Promise<Verdict> {
  const vhd = await openVhd(source);
  if (!vhd) return { sound: [], problems: ['It has no footer of a VHD.'] };
  const problems = vhd.damage.map(({ text }) => text);
  const fits = vhd.header ? 'both footers are equal, all blocks are inside' : 'the footer fits the size';
  return { sound: problems.length === 0 ? [fits] : [], problems };
}

async function readAll(
  objects: Objects,
  segments: readonly PlacedObject[],
  total: number,
  { progress, signal }: Upload,
): Promise<Verdict> {
  const problems: string[] = [];
  let done = 0;
  for (const segment of segments) {
    const stream = await objects.getObject(segment.container, segment.name, signal ? { signal } : {});
    try {
      for await (const piece of verifyStream(stream, segment)) {
        done += piece.length;
        progress?.(done, total);
      }
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { sound: problems.length === 0 ? ['every byte has the MD5 that Cloud Files lists'] : [], problems };
}

/** An object as bytes that are asked for by their range. */
export function objectSource(
  objects: Objects,
  { container, name, bytes }: PlacedObject,
  signal: AbortSignal | undefined,
): ByteSource {
  return filledSource(bytes, async (into, position) => {
    const end = Math.min(bytes, position + into.length);
    if (end <= position) return 0;
    let filled = 0;
    const range = { start: position, end, ...(signal ? { signal } : {}) };
    for await (const piece of await objects.getObject(container, name, range)) {
      into.set(piece.subarray(0, into.length - filled), filled);
      filled = Math.min(into.length, filled + piece.length);
    }
    return filled;
  });
}
