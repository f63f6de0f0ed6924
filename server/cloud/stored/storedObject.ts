import { findLost, readSegments } from '../services/largeObjects.ts';
import type { Objects, PlacedObject } from '../services/objects.ts';

/** The object with what it is made of, as Cloud Files has it now. */
export interface StoredObject {
  readonly container: string;
  readonly name: string;
  readonly form: 'gone' | 'whole' | 'segments';
  /** Of all segments, the missing among them as long as their neighbours are taken to be. */
  readonly bytes: number;
  /** As Cloud Files states it: MD5 of the content of an object in one piece, of something else for one of segments. */
  readonly etag: string;
  readonly segments: readonly StoredSegment[];
}

export interface StoredSegment extends PlacedObject {
  /** Where it begins in the object. */
  readonly start: number;
  /** `bytes` of what is missing is what its neighbours have. */
  readonly state: 'there' | 'missing' | 'replaced';
}

/** Reads what an object is made of, and which of that is gone. Throws CloudError. */
export async function readStored(
  objects: Objects,
  { container, name }: Pick<StoredObject, 'container' | 'name'>,
): Promise<StoredObject> {
  const place = { container, name };
  const details = await objects.details(container, name);
  if (!details) return { ...place, form: 'gone', bytes: 0, etag: '', segments: [] };
  const large = await readSegments(objects, container, name);
  const { etag } = details;
  if (!large) {
    const segment = { container, name, bytes: details.bytes, etag, start: 0, state: 'there' as const };
    return { ...place, form: 'whole', bytes: details.bytes, etag, segments: [segment] };
  }
  const lost = large.isStatic ? await findLost(objects, large.segments) : new Map<PlacedObject, 'missing'>();
  const listed = large.segments.map((one) => ({ ...one, state: lost.get(one) ?? ('there' as const) }));
  const segments = placeSegments([...listed, ...fillGaps(large.segments, large.missing)]);
  const bytes = segments.reduce((sum, one) => sum + one.bytes, 0);
  return { ...place, form: 'segments', bytes, etag, segments };
}

/** The segments that lack among numbered ones: all but the last are as long as each other (SOURCES: vhd §1). */
function fillGaps(
  segments: readonly PlacedObject[],
  missing: readonly number[],
): Omit<StoredSegment, 'start'>[] {
  const [first] = segments;
  const digits = first && /\d+$/.exec(first.name)?.[0];
  if (!first || digits === undefined) return [];
  const beginning = first.name.slice(0, -digits.length);
  const bytes = Math.max(...segments.map((one) => one.bytes));
  return missing.map((number) => ({
    ...{ container: first.container, name: beginning + String(number).padStart(digits.length, '0') },
    ...{ bytes, etag: '', state: 'missing' },
  }));
}

/** Static objects list their segments in order; numbered ones are joined by name (SOURCES: vhd §4). */
function placeSegments(segments: readonly Omit<StoredSegment, 'start'>[]): StoredSegment[] {
  const isNumbered = segments.some(({ etag }) => etag === '');
  const ordered = isNumbered
    ? [...segments].sort((one, other) => (one.name < other.name ? -1 : 1))
    : segments;
  let start = 0;
  return ordered.map((segment) => {
    const placed = { ...segment, start };
    start += segment.bytes;
    return placed;
  });
}
