import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../../../rules/json.ts';
import type { Caller, Profile } from '../../../rules/profile/profile.ts';
import { answers } from '../../../rules/service/answers.ts';
import { ApiError } from '../../kernel/apiError.ts';
import type { EmulatorContext } from '../context.ts';
import { canSee } from '../images/access.ts';
import { type ImageRow, propertiesOf } from '../images/view.ts';
import { refuseVolumeQuota } from './quotas.ts';
import type { Content, SnapshotRow, VolumeRow } from './rows.ts';
import { readTexts, zone } from './views.ts';

/** Orders for volumes and snapshots, inside `store.write`: what is wrong is refused, and the rest a job does in its time. */

export interface Owner {
  readonly account: string;
  readonly user: string;
  readonly caller: Caller;
}

export interface VolumeOrder {
  readonly region: string;
  /** GiB; as large as what it is made of, where that is a volume or a snapshot. */
  readonly size: number | undefined;
  readonly name: string | null;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly zone?: string | undefined;
  readonly from?: Origin | undefined;
}

export type Origin =
  | { readonly kind: 'image'; readonly image: ImageRow }
  | { readonly kind: 'snapshot'; readonly snapshot: SnapshotRow }
  | { readonly kind: 'volume'; readonly volume: VolumeRow };

/** Begins a volume: blank, of an image, a snapshot or another volume (SOURCES: cinder §3). Throws 400, 412 and 413. */
export function orderVolume(context: EmulatorContext, owner: Owner, order: VolumeOrder): VolumeRow {
  const { from, region } = order;
  requireOriginReady(from);
  const size = chooseSize(order);
  if (from?.kind === 'image') refuseImage(context, owner.caller, from.image, size);
  const where = order.zone ?? (from?.kind === 'volume' ? from.volume.zone : zone);
  if (where !== zone) throw new ApiError('volume/value', `Availability zone '${where}' is invalid.`);
  refuseVolumeQuota(context, region, owner.account, { volumes: 1, gigabytes: size });
  const row = context.volumes.create({
    region,
    id: randomUUID(),
    account: owner.account,
    user: owner.user,
    name: order.name,
    description: order.description,
    status: 'creating',
    size,
    bootable: isFromBootable(context, from) ? 1 : 0,
    zone,
    snapshot: from?.kind === 'snapshot' ? from.snapshot.id : null,
    source: from?.kind === 'volume' ? from.volume.id : null,
    metadata: JSON.stringify(order.metadata),
    ...readContent(context, from),
  });
  const copied = from?.kind === 'image' ? (from.image.size ?? 0) : 0;
  beginJob(context, row, { action: 'create', bytes: copied });
  return row;
}

/** Begins a snapshot. Throws 400 where the volume is in another status than may be, 413. */
export function orderSnapshot(
  context: EmulatorContext,
  owner: Pick<Owner, 'account' | 'user'>,
  volume: VolumeRow,
  order: Pick<VolumeOrder, 'name' | 'description' | 'metadata'> & { readonly mayBeInUse: boolean },
): SnapshotRow {
  const allowed = order.mayBeInUse ? ['available', 'in-use'] : ['available'];
  if (volume.status === 'error')
    throw invalidVolume('The snapshot cannot be created when the volume is in error status.');
  if (volume.status === 'maintenance')
    throw invalidVolume('The snapshot cannot be created when the volume is in maintenance mode.');
  if (!allowed.includes(volume.status))
    throw invalidVolume(
      `Volume ${volume.id} status must be ${allowed.join(', ')}, but current status is: ${volume.status}.`,
    );
  const { region, size, blob, disk_format, container_format, image_metadata } = volume;
  refuseVolumeQuota(context, region, volume.account, { snapshots: 1, gigabytes: size });
  const row = context.volumes.createSnapshot({
    region,
    id: randomUUID(),
    account: owner.account,
    user: owner.user,
    volume: volume.id,
    name: order.name,
    description: order.description,
    status: 'creating',
    size,
    metadata: JSON.stringify(order.metadata),
    blob,
    disk_format,
    container_format,
    image_metadata,
  });
  beginJob(context, row, { action: 'create-snapshot' });
  return row;
}

const deletable = ['available', 'error', 'error_restoring', 'error_extending', 'error_managing'];

/** Begins a deletion. `force`: in whatever status; `cascade`: with its snapshots. Throws 400. */
export function orderDeletion(
  context: EmulatorContext,
  row: VolumeRow,
  { force = false, cascade = false } = {},
): void {
  const { volumes } = context;
  const snapshots = volumes.snapshotsOf(row);
  const isHeld = volumes.attachmentsOf(row).some(({ status }) => status === 'attached');
  const isBusy = cascade
    ? !force && snapshots.some(({ status }) => !['available', 'error', 'deleting'].includes(status))
    : snapshots.length > 0;
  if (isHeld || isBusy || (!force && !deletable.includes(row.status)))
    throw invalidVolume(
      `Volume ${force ? '' : `status must be ${deletable.join(' or ')} and `}must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.`,
    );
  volumes.change(row, { status: 'deleting' });
  for (const snapshot of snapshots) volumes.changeSnapshot(snapshot, { status: 'deleting' });
  beginJob(context, row, { action: 'delete' });
}

export function orderSnapshotDeletion(context: EmulatorContext, row: SnapshotRow, force = false): void {
  if (!force && !['available', 'error'].includes(row.status))
    throw new ApiError(
      'volume/state',
      'Invalid snapshot: Snapshot status must be available or error and must not be part of a group.',
    );
  context.volumes.changeSnapshot(row, { status: 'deleting' });
  beginJob(context, row, { action: 'delete-snapshot' });
}

/** Begins to enlarge a volume. `mayBeInUse`: since microversion 3.42. Throws 400, 413. */
export function orderExtension(
  context: EmulatorContext,
  row: VolumeRow,
  size: number,
  mayBeInUse: boolean,
): void {
  if (size <= row.size)
    throw invalidInput(
      `New size for extend must be greater than current size. (current: ${row.size}, extended: ${size}).`,
    );
  const expected = mayBeInUse && row.status === 'in-use' ? 'in-use' : 'available';
  if (row.status !== expected)
    throw invalidVolume(
      `Volume ${row.id} status must be '{'status': '${expected}'}' to extend, currently ${row.status}.`,
    );
  refuseVolumeQuota(context, row.region, row.account, { gigabytes: size - row.size });
  context.volumes.change(row, { status: 'extending', previous_status: row.status });
  beginJob(context, row, { action: 'extend', size });
}

/** Inside `store.write`: a job that ends in `jobs.ts`. */
export function beginJob(
  { jobs }: EmulatorContext,
  { key, account }: Pick<VolumeRow, 'key' | 'account'>,
  data: JsonObject,
): void {
  jobs.add({ id: randomUUID(), kind: 'volume', account, data: { ...data, key } });
}

export function invalidVolume(reason: string): ApiError {
  return new ApiError('volume/state', `Invalid volume: ${reason}`);
}

export function invalidInput(reason: string): ApiError {
  return new ApiError('volume/value', `Invalid input received: ${reason}`);
}

export function noSuchImage(): ApiError {
  return new ApiError('volume/image', 'Invalid image identifier or unable to access requested image.');
}

function requireOriginReady(from: Origin | undefined): void {
  if (from?.kind === 'snapshot' && from.snapshot.status !== 'available')
    throw new ApiError(
      'volume/state',
      "Invalid snapshot: Originating snapshot status must be one of 'available' values",
    );
  if (from?.kind === 'volume' && !['available', 'in-use'].includes(from.volume.status))
    throw invalidVolume("Originating source volume status must be one of 'available, in-use' values");
}

function chooseSize({ size: asked, from }: VolumeOrder): number {
  const least =
    from?.kind === 'snapshot' ? from.snapshot.size : from?.kind === 'volume' ? from.volume.size : 0;
  const size = asked ?? (least > 0 ? least : undefined);
  if (size === undefined || size <= 0)
    throw invalidInput(`Volume size '${size ?? 'None'}' must be an integer and greater than 0`);
  if (size < least)
    throw invalidInput(
      from?.kind === 'snapshot'
        ? `Volume size '${size}'GB cannot be smaller than the snapshot size ${least}GB. They must be >= original snapshot size.`
        : `Volume size '${size}'GB cannot be smaller than original volume size  ${least}GB. They must be >= original volume size.`,
    );
  return size;
}

const gib = 2 ** 30;

/** Throws where the image cannot become a volume of that size: in Cinder's words, but for Rackspace's own limit. */
function refuseImage(
  { images, profile }: Pick<EmulatorContext, 'images' | 'profile'>,
  caller: Caller,
  image: ImageRow,
  size: number,
): void {
  const { id, status, min_disk: least } = image;
  if (!canSee({ images, profile }, caller, image)) throw noSuchImage();
  if (status !== 'active') throw invalidInput(`Image ${id} is not active.`);
  refuseLargeImage(profile, image);
  const bytes = Math.ceil((image.size ?? 0) / gib);
  if (bytes > size)
    throw invalidInput(`Size of specified image ${bytes}GB is larger than volume size ${size}GB.`);
  if (size < least)
    throw invalidInput(`Volume size ${size}GB cannot be smaller than the image minDisk size ${least}GB.`);
  const whole = Math.ceil((image.virtual_size ?? 0) / gib);
  if (whole > size)
    throw new ApiError(
      'volume/image',
      `Image ${id} is unacceptable: Image virtual size is ${whole}GB and doesn't fit in a volume of size ${size}GB.`,
    );
}

/** Rackspace makes no bootable volume of an image whose disk is larger than its limit. */
function refuseLargeImage({ restrictsFlavorClasses, limits }: Profile, image: ImageRow): void {
  const needed = Math.max(image.min_disk * gib, image.virtual_size ?? 0);
  if (!restrictsFlavorClasses || needed <= limits.volumeImageBytes) return;
  const { status, text } = answers.volumeImage(limits);
  throw new ApiError('server/volume-image', text, { status });
}

function isFromBootable({ volumes }: EmulatorContext, from: Origin | undefined): boolean {
  if (from?.kind === 'volume') return from.volume.bootable === 1;
  if (from?.kind !== 'snapshot') return false;
  return volumes.find(from.snapshot.region, from.snapshot.volume)?.bootable === 1;
}

/** What a volume holds that is made of something. */
export function readContent({ images }: EmulatorContext, from: Origin | undefined): Content {
  if (from?.kind === 'image') {
    const { blob, disk_format, container_format } = from.image;
    const known = describeImage(images.view(from.image));
    const image_metadata = JSON.stringify({ signature_verified: 'False', ...known });
    return { blob, disk_format, container_format, image_metadata };
  }
  const origin = from?.kind === 'volume' ? from.volume : from?.snapshot;
  return {
    blob: origin?.blob ?? null,
    disk_format: origin?.disk_format ?? null,
    container_format: origin?.container_format ?? null,
    image_metadata: origin?.image_metadata ?? null,
  };
}

/** The attributes of an image that Cinder keeps with a volume, after its properties. */
const keptAttributes = ['checksum', 'container_format', 'disk_format', 'min_disk', 'min_ram', 'size'];

function describeImage(view: ReadonlyMap<string, Json>): Record<string, string> {
  const known = new Map(propertiesOf(view)).set('image_id', view.get('id') ?? '');
  const name = view.get('name');
  if (name) known.set('image_name', name);
  for (const attribute of keptAttributes) known.set(attribute, view.get(attribute) ?? null);
  return Object.fromEntries(
    [...known].filter(([, value]) => value !== null).map(([key, value]) => [key, String(value)]),
  );
}

/** The properties among what is known of a volume's image, which an image of the volume gets. */
export function listImageProperties({ image_metadata }: Content): Map<string, Json> {
  if (image_metadata === null) return new Map();
  const attributes = ['signature_verified', 'image_id', 'image_name', 'name', ...keptAttributes];
  return new Map(Object.entries(readTexts(image_metadata)).filter(([name]) => !attributes.includes(name)));
}
