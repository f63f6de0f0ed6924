import { ApiError, notFound } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import { formatTimestamp } from '../headers.ts';
import type { Target } from '../paths.ts';
import type { ContainerRow, NewObject, ObjectRow } from '../records.ts';
import { refuse } from '../refusals.ts';
import { writeText } from '../transfer/files.ts';
import { versioningOf } from './container.ts';
import { addRemoval, addVersion, findVersion, removedType, removeVersion, versionsOf } from './records.ts';

/** Writes to containers that keep what is overwritten and removed. All run inside `store.write`. */

/** Enters an object, after what stood there was kept. */
export function putVersioned(
  context: EmulatorContext,
  region: string,
  { account, container, object: name }: Target,
  object: NewObject,
): ObjectRow {
  const { objects, store } = context;
  const row = objects.container(region, account, container);
  const { elsewhere, isEnabled } = versioningOf(row);
  if (!row || !(elsewhere || isEnabled)) return objects.put(region, account, container, object);
  const before = objects.find(region, account, container, name);
  if (elsewhere) {
    keepElsewhere(context, row, elsewhere.container, before);
    return objects.put(region, account, container, object);
  }
  keepHere(context, before);
  const version = newVersion(context, row, name);
  const now = objects.put(region, account, container, { ...object, version });
  addVersion(store, version, now);
  return now;
}

/** What came of a removal. */
export interface Removed {
  /** The version that tells of it, where one does. */
  readonly version?: string;
  /** Otherwise there was no object; what the container keeps of it may have changed even so. */
  readonly isFound: boolean;
}

/** Removes an object, or in a container that keeps what is removed, what stands in for it. Throws 404 and 412. */
export function removeVersioned(context: EmulatorContext, region: string, target: Target): Removed {
  const { objects, store, clock } = context;
  const { account, container, object } = target;
  const row = objects.container(region, account, container);
  const { elsewhere, isEnabled } = versioningOf(row);
  if (row && elsewhere?.mode === 'history')
    return removeWithHistory(context, row, elsewhere.container, object);
  if (row && elsewhere) restore(context, row, elsewhere.container, object);
  else if (row && isEnabled) {
    const before = objects.find(region, account, container, object);
    keepHere(context, before);
    const version = newVersion(context, row, object);
    addRemoval(store, version, row.key, object, clock.now());
    if (before) objects.remove(region, account, container, object);
    return { version, isFound: before !== undefined };
  } else objects.remove(region, account, container, object);
  return { isFound: true };
}

/** Removes one version; answers which one is the object then. Throws 404. */
export function removeOneVersion(
  { objects, store, blobs }: EmulatorContext,
  region: string,
  { account, container, object }: Target,
  version: string,
): string {
  const row = objects.container(region, account, container);
  const found = row && findVersion(store, row.key, object, version);
  if (!row || !found) throw notFound('files/not-found');
  const current = objects.find(region, account, container, object);
  removeVersion(store, row.key, object, version);
  if (current?.version === version) objects.remove(region, account, container, object);
  else if (found.blob !== null) blobs.release(found.blob);
  return current?.version === version ? 'null' : (current?.version ?? 'null');
}

/** Makes a version what the object is now. Throws 404. */
export function restoreVersion(
  { objects, store }: EmulatorContext,
  region: string,
  { account, container, object }: Target,
  version: string,
): ObjectRow {
  const row = objects.container(region, account, container);
  const found = row && findVersion(store, row.key, object, version);
  if (!found || found.blob === null)
    throw new ApiError('files/not-found', 'The specified version does not exist');
  return objects.put(region, account, container, {
    ...asNew({ ...found, blob: found.blob, expires: null }),
    version,
  });
}

/** An object of before the container had versions is one of them from now on. */
function keepHere({ store }: EmulatorContext, before: ObjectRow | undefined): void {
  if (before && before.version === null) addVersion(store, formatTimestamp(before.modified), before);
}

/** A time that no version of the object has. */
function newVersion({ clock, store }: EmulatorContext, { key }: ContainerRow, name: string): string {
  const [newest] = versionsOf(store, key, name);
  const now = formatTimestamp(clock.now());
  if (!newest || newest.version < now) return now;
  const [seconds = '', digits = ''] = newest.version.split('.');
  const next = BigInt(seconds) * 100_000n + BigInt(digits) + 1n;
  return `${next / 100_000n}.${String(next % 100_000n).padStart(5, '0')}`;
}

/** Throws 412 where there is no container for them. */
function keepElsewhere(
  { objects }: EmulatorContext,
  { region, account }: ContainerRow,
  container: string,
  before: ObjectRow | undefined,
): void {
  if (!before) return;
  if (!objects.container(region, account, container)) throw refuse('files/precondition');
  const name = prefixOf(before.name) + formatTimestamp(before.modified);
  objects.put(region, account, container, { ...asNew(before), name });
}

/** Swift counts bytes. */
function prefixOf(name: string): string {
  return `${Buffer.byteLength(name).toString(16).padStart(3, '0')}${name}/`;
}

function asNew({
  name,
  blob,
  size,
  md5,
  content_type,
  headers,
  expires,
  slo_size,
  slo_etag,
}: ObjectRow): NewObject {
  const slo = slo_size === null || slo_etag === null ? {} : { slo: { size: slo_size, etag: slo_etag } };
  return { name, blob, size, md5, contentType: content_type, headers: JSON.parse(headers), expires, ...slo };
}

/** Removes the object, and puts what it was before in its place. Throws 404. */
function restore(context: EmulatorContext, row: ContainerRow, elsewhere: string, name: string): void {
  const { objects } = context;
  const { region, account } = row;
  const kept = objects.newest(region, account, elsewhere, prefixOf(name), 3);
  const current = objects.find(region, account, row.name, name);
  const [first, second] = kept;
  const isMarker = first?.content_type === removedType;
  if (!first || (isMarker && current)) {
    objects.remove(region, account, row.name, name);
    return;
  }
  const back = isMarker ? second : first;
  if (back && back.content_type !== removedType) {
    objects.put(region, account, row.name, { ...asNew(back), name });
    objects.remove(region, account, elsewhere, back.name);
  }
  if (isMarker) objects.remove(region, account, elsewhere, first.name);
}

/** Keeps the object and notes its removal, then removes it. Throws 412. */
function removeWithHistory(
  context: EmulatorContext,
  row: ContainerRow,
  elsewhere: string,
  name: string,
): Removed {
  const { objects, blobs, clock } = context;
  const { region, account } = row;
  if (!objects.container(region, account, elsewhere)) throw refuse('files/precondition');
  const before = objects.find(region, account, row.name, name);
  keepElsewhere(context, row, elsewhere, before);
  const marker = writeText(context, '');
  blobs.adopt(marker.file, marker.hash, marker.size);
  // Behind what was kept, also where both come in one moment.
  const time = Math.max(clock.now(), (before?.modified ?? 0) + 1);
  objects.put(region, account, elsewhere, {
    name: prefixOf(name) + formatTimestamp(time),
    blob: marker.hash,
    size: 0,
    md5: marker.md5,
    contentType: removedType,
    headers: {},
    expires: null,
  });
  if (before) objects.remove(region, account, row.name, name);
  return { isFound: before !== undefined };
}
