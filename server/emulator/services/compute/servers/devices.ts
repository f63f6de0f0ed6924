import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { answers } from '../../../../rules/service/answers.ts';
import { devicesOf, isFirst } from '../../../../rules/service/bootDevices.ts';
import { toApiError } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import { type Origin, orderVolume } from '../../volumes/orders.ts';
import type { SnapshotRow, VolumeRow } from '../../volumes/rows.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { badRequest } from '../api/refuse.ts';
import { isTrue } from '../api/words.ts';
import { beginGuestDisk, encodeGuestDisk } from '../imaging/guestDisk.ts';
import { type DiskColumns, findBootImage, readImageId } from './image.ts';

/** A volume that a new server gets: one that is there, or one that is made for it. */
export interface VolumeDevice {
  readonly isRoot: boolean;
  readonly volume?: VolumeRow;
  readonly origin?: Origin | 'blank';
  /** GiB of a new one. */
  readonly size: number | undefined;
  readonly device: string | undefined;
  readonly deleteOnTermination: boolean;
}

/** A volume that a server waits for while it is built. */
export interface AwaitedVolume {
  readonly id: string;
  readonly device: string | null;
  readonly deleteOnTermination: boolean;
}

const invalid = (what: string) => badRequest(`Block Device Mapping is Invalid: ${what}`);

/** Throws 400 where both forms of devices are used. */
export function refuseTwoForms(server: JsonObject): void {
  if (listOf(server['block_device_mapping']).length > 0 && devicesOf(server).length > 0)
    throw badRequest('Using different block_device_mapping syntaxes is not allowed in the same request.');
}

/** Reads the volumes that a new server asks for and the rules let pass. Throws 400 in Nova's words. */
export function readDevices(
  context: EmulatorContext,
  asked: ComputeRequest,
  server: JsonObject,
): VolumeDevice[] {
  const current = devicesOf(server).map(({ device }) => device);
  const imaged = devicesOfImage(context, asked, server['imageRef']);
  const old = listOf(server['block_device_mapping']).map((device) =>
    modernize(device, Boolean(server['imageRef'])),
  );
  if (old.length > 0 && old.filter(isFirst).length !== (server['imageRef'] ? 0 : 1))
    throw toApiError({ rule: 'server/devices', ...answers.bootSequence() });
  // The image itself stands in the list that a client sends; what it was made of takes its place.
  const asFirst = imaged.some(isFirst) ? current.filter((device) => !isImageDisk(device)) : current;
  return [...imaged, ...asFirst, ...old].flatMap((device) => readDevice(context, asked, device) ?? []);
}

function isImageDisk(device: JsonObject): boolean {
  return device['source_type'] === 'image' && isFirst(device);
}

/** An image of a server that boots from a volume names the snapshots that a new one is made of. */
function devicesOfImage(
  context: EmulatorContext,
  asked: ComputeRequest,
  reference: Json | undefined,
): JsonObject[] {
  const id = readImageId(reference);
  const image = id === undefined ? undefined : findBootImage(context, asked, id);
  const mapping = image && context.images.view(image).get('block_device_mapping');
  if (typeof mapping !== 'string' || image?.size !== 0) return [];
  try {
    return listOf(JSON.parse(mapping));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid('the image names devices in no JSON.');
    throw error;
  }
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
}

/** The first of the old form is booted from, where there is no image. */
function modernize(device: JsonObject, hasImage: boolean): JsonObject {
  const { volume_id: volume, snapshot_id: snapshot, device_name: name } = device;
  const isFirst = !hasImage && /^(\/dev\/)?[sxv]+da$/.test(String(name ?? 'vda'));
  return {
    ...device,
    source_type: volume ? 'volume' : snapshot ? 'snapshot' : 'blank',
    destination_type: 'volume',
    uuid: volume ?? snapshot ?? null,
    boot_index: isFirst ? 0 : -1,
  };
}

/** Undefined: a disk of the server's host. */
function readDevice(
  context: EmulatorContext,
  asked: ComputeRequest,
  device: JsonObject,
): VolumeDevice | undefined {
  const { source_type: source = 'volume', uuid, volume_size: size } = device;
  const target =
    device['destination_type'] ?? (source === 'image' || source === 'blank' ? 'local' : 'volume');
  if (target === 'local') return undefined;
  const id = String(uuid ?? device['snapshot_id'] ?? device['volume_id'] ?? '');
  const given = {
    isRoot: isFirst(device),
    size: size === undefined || size === null ? undefined : Number(size),
    device: typeof device['device_name'] === 'string' ? toPath(device['device_name']) : undefined,
    deleteOnTermination: isTrue(device['delete_on_termination']),
  };
  if (source === 'volume') return { ...given, volume: readVolume(context, asked, id, given.isRoot) };
  if (source === 'snapshot')
    return { ...given, origin: { kind: 'snapshot', snapshot: readSnapshot(context, asked, id) } };
  if (given.size === undefined)
    throw toApiError({
      rule: 'server/devices',
      ...answers.volumeSize(source === 'image' ? source : 'blank'),
    });
  if (source === 'blank') return { ...given, origin: 'blank' };
  const image = findBootImage(context, asked, id);
  if (!image) throw toApiError({ rule: 'server/image', ...answers.deviceImage(id) });
  return { ...given, origin: { kind: 'image', image } };
}

function toPath(name: string): string {
  return name.startsWith('/dev/') ? name : `/dev/${name}`;
}

function readVolume(
  context: EmulatorContext,
  asked: ComputeRequest,
  id: string,
  isBooted: boolean,
): VolumeRow {
  const volume = context.volumes.find(asked.region, id);
  if (!volume || !isOwn(volume, asked)) throw invalid(`failed to get volume ${id}.`);
  if (isBooted && volume.bootable === 0) throw badRequest(`Block Device ${id} is not bootable.`);
  if (volume.status !== 'available')
    throw badRequest(
      `Invalid volume: volume ${id} status must be 'available'. Currently in '${volume.status}'`,
    );
  return volume;
}

function readSnapshot(context: EmulatorContext, asked: ComputeRequest, id: string): SnapshotRow {
  const snapshot = context.volumes.findSnapshot(asked.region, id);
  if (!snapshot || !isOwn(snapshot, asked)) throw invalid(`failed to get snapshot ${id}.`);
  return snapshot;
}

function isOwn({ account }: Pick<VolumeRow, 'account'>, asked: ComputeRequest): boolean {
  return account === asked.account.id || asked.isAdmin;
}

/** Inside `store.write`: orders the volumes that a server is built with. Answers them, the root first. */
export function orderDevices(
  context: EmulatorContext,
  { account, user, caller, region }: ComputeRequest,
  devices: readonly VolumeDevice[],
): AwaitedVolume[] {
  const order = ({ volume, origin, size, device, deleteOnTermination }: VolumeDevice): AwaitedVolume => {
    const owner = { account: account.id, user: user.id, caller };
    const from = origin === 'blank' ? undefined : origin;
    const { id } =
      volume ?? orderVolume(context, owner, { region, size, name: '', description: '', metadata: {}, from });
    return { id, device: device ?? null, deleteOnTermination };
  };
  return [...devices].sort((one, other) => Number(other.isRoot) - Number(one.isRoot)).map(order);
}

/** What a server that boots from a volume keeps: its disk is the volume's, and no image of it is taken. */
export function keepOfVolume(
  context: EmulatorContext,
  { volume, origin, size = 0 }: VolumeDevice,
): DiskColumns {
  const snapshot = typeof origin === 'object' && origin.kind === 'snapshot' ? origin.snapshot : undefined;
  const gib = volume?.size ?? snapshot?.size ?? size;
  return {
    image: null,
    image_properties: '{}',
    min_disk: 0,
    min_ram: 0,
    disk_blob: null,
    disk_format: null,
    container_format: null,
    disk_bytes: gib * 2 ** 30,
    ...encodeGuestDisk(beginGuestDisk(0, context.clock.now(), { roles: [], imported: false })),
  };
}
