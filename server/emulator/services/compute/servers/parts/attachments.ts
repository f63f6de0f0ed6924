import type { JsonObject } from '../../../../../rules/json.ts';
import { ApiError } from '../../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../../context.ts';
import { findVolume } from '../../../volumes/requests.ts';
import type { VolumeRow } from '../../../volumes/rows.ts';
import { note } from '../../actions/action.ts';
import type { ComputeRequest, OnCompute } from '../../api/compute.ts';
import { readLimit } from '../../api/pages.ts';
import { requireAdmin, requireWriter } from '../../api/permissions.ts';
import { badRequest, conflict, itemNotFound } from '../../api/refuse.ts';
import { isTrue } from '../../api/words.ts';
import { attachSchema, listSchema, updateSchema } from '../../schemas/attachments.ts';
import { findServer, requireState, requireUnlocked } from '../find.ts';
import type { ServerRow } from '../rows.ts';
import { type AttachedVolume, attachVolume, listAttached } from '../volumes.ts';

const shelved = ['shelved', 'shelved_offloaded'];
const takesVolumes = ['active', 'paused', 'stopped', 'resized', ...shelved];

/** `/servers/ID/os-volume_attachments` (SOURCES: nova §10). */
export function volumeAttachmentRoutes(on: OnCompute, context: EmulatorContext): void {
  const { store, volumes } = context;
  const path = '/servers/:id/os-volume_attachments';

  on('GET', path, (asked) => {
    asked.requireQuery(listSchema(asked.version));
    const row = findServer(context, asked);
    const start = Number(asked.query.get('offset') ?? 0);
    const all = listAttached(context, row.region, [row.id]);
    const page = all.slice(start, start + (readLimit(asked.query) || all.length));
    return { status: 200, body: { volumeAttachments: page.map((each) => view(each, asked.version)) } };
  });
  on('POST', path, async (asked) => {
    const body = await asked.read(attachSchema(asked.version));
    const wanted = body['volumeAttachment'] as JsonObject; // the schema says so
    const attachment = await store.write(() => attach(context, asked, wanted));
    return { status: 200, body: { volumeAttachment: attachment } };
  });
  on('GET', `${path}/:volume`, (asked) => {
    const found = findAttached(context, asked, findServer(context, asked));
    return { status: 200, body: { volumeAttachment: view(found, asked.version) } };
  });
  on('PUT', `${path}/:volume`, async (asked) => {
    const body = await asked.read(updateSchema(asked.version));
    await store.write(() => update(context, asked, body['volumeAttachment'] as JsonObject));
    return { status: 202 };
  });
  on('DELETE', `${path}/:volume`, async (asked) => {
    await store.write(() => {
      const row = findServer(context, asked);
      requireWriter(context, asked, 'os-volumes-attachments:delete');
      requireVersion(asked, row, 'detach_volume');
      findVolume({ ...asked, context }, asked.param('volume'));
      const { attachment, volume } = findAttached(context, asked, row);
      if (volume === row.boot_volume) throw badRequest('Cannot detach a root device volume');
      requireReady(row, asked, 'detach_volume');
      const found = volumes.findAttachment(row.region, attachment);
      if (found) volumes.detach(found);
      note({ context, asked, row, body: {} }, 'detach_volume');
    });
    return { status: 202 };
  });
}

function attach(context: EmulatorContext, asked: ComputeRequest, wanted: JsonObject): JsonObject {
  const { version } = asked;
  const row = findServer(context, asked);
  requireWriter(context, asked, 'os-volumes-attachments:create');
  requireVersion(asked, row, 'attach_volume');
  requireReady(row, asked, 'attach_volume');
  const volume = findVolume({ ...asked, context }, String(wanted['volumeId']));
  const attached = listAttached(context, row.region, [row.id]);
  const [holder] = context.volumes.attachmentsOf(volume);
  if (holder?.server)
    throw badRequest(
      `Invalid volume: volume ${volume.id} is already attached to instances: ${holder.server}`,
    );
  requireAvailable(volume);
  const device = typeof wanted['device'] === 'string' ? wanted['device'] : undefined;
  if (device !== undefined && (device === row.root_device || attached.some((each) => each.device === device)))
    throw conflict(`The supplied device path (${device}) is in use.`);
  const tag = typeof wanted['tag'] === 'string' ? wanted['tag'] : undefined;
  const deleteOnTermination = isTrue(wanted['delete_on_termination']);
  const name = attachVolume(context, row, volume, { device, tag, deleteOnTermination });
  note({ context, asked, row, body: {} }, 'attach_volume');
  return {
    id: volume.id,
    serverId: row.id,
    volumeId: volume.id,
    device: name,
    ...(version >= 70 ? { tag: tag ?? null } : {}),
    ...(version >= 79 ? { delete_on_termination: deleteOnTermination } : {}),
  };
}

/** Puts another volume in its place; from 2.85 also changes what becomes of it. */
function update(context: EmulatorContext, asked: ComputeRequest, wanted: JsonObject): void {
  const row = findServer(context, asked);
  const swaps = asked.version < 85 || wanted['volumeId'] !== asked.param('volume');
  if (swaps) requireAdmin(asked, 'os-volumes-attachments:swap');
  else requireWriter(context, asked, 'os-volumes-attachments:update');
  if (asked.version >= 85) changeAttachment(context, asked, row, wanted);
  if (swaps) swapVolumes(context, asked, row, String(wanted['volumeId']));
}

function changeAttachment(
  context: EmulatorContext,
  asked: ComputeRequest,
  row: ServerRow,
  wanted: JsonObject,
): void {
  const found = findAttached(context, asked, row);
  const fixed = { id: found.volume, serverId: row.id, device: found.device, tag: found.tag };
  for (const [name, value] of Object.entries(fixed))
    if (wanted[name] !== undefined && wanted[name] !== value)
      throw badRequest(`The ${name} property is not mutable`);
  if (wanted['delete_on_termination'] !== undefined)
    context.store.run(
      'UPDATE server_volumes SET delete_on_termination = ? WHERE attachment = ?',
      isTrue(wanted['delete_on_termination']) ? 1 : 0,
      found.attachment,
    );
}

const swapsVolumes = ['active', 'paused', 'resized'];

/** The other volume takes the place and the data of the one that the path names, which is free then. */
function swapVolumes(context: EmulatorContext, asked: ComputeRequest, row: ServerRow, to: string): void {
  const { blobs, servers, volumes } = context;
  const refuse = (why: string) => badRequest(`Invalid volume: ${why}`);
  const old = findVolume({ ...asked, context }, asked.param('volume'));
  const other = findNamed(context, asked, to);
  requireUnlocked(row, asked);
  requireState(row, 'swap_volume', swapsVolumes);
  const found = listAttached(context, row.region, [row.id]).find((each) => each.volume === old.id);
  const attachment = found && volumes.findAttachment(row.region, found.attachment);
  if (!found || !attachment) throw refuse('Old volume is attached to a different instance.');
  if (volumes.attachmentsOf(other).length > 0) throw refuse('New volume must be detached in order to swap.');
  if (other.size < old.size) throw refuse('New volume must be the same size or larger.');
  requireAvailable(other);
  volumes.detach(attachment);
  const { blob, disk_format, container_format } = old;
  const filled = volumes.change(other, { blob, disk_format, container_format });
  if (other.blob !== null && other.blob !== blob) blobs.release(other.blob);
  attachVolume(context, row, filled, {
    device: found.device ?? undefined,
    tag: found.tag ?? undefined,
    deleteOnTermination: found.delete_on_termination,
  });
  if (row.boot_volume === old.id) servers.change(row, { boot_volume: other.id });
  note({ context, asked, row, body: {} }, 'swap_volume');
}

/** The volume that a body names: 400 where a path answers 404. */
function findNamed(context: EmulatorContext, asked: ComputeRequest, id: string): VolumeRow {
  try {
    return findVolume({ ...asked, context }, id);
  } catch (error) {
    throw error instanceof ApiError ? badRequest(error.message) : error;
  }
}

/** Throws 400 where the volume cannot be reserved. */
function requireAvailable({ id, status }: VolumeRow): void {
  if (status !== 'available')
    throw badRequest(
      `Invalid input received: Invalid volume: Volume ${id} status must be available or downloading to reserve, but the current status is ${status}.`,
    );
}

/** Throws 404. */
function findAttached(context: EmulatorContext, asked: ComputeRequest, row: ServerRow): AttachedVolume {
  const volume = asked.param('volume');
  const found = listAttached(context, row.region, [row.id]).find((each) => each.volume === volume);
  if (!found) throw itemNotFound(`Instance ${row.id} is not attached to volume ${volume}`);
  return found;
}

/** Shelved servers take volumes from 2.20 on. */
function requireVersion({ version }: ComputeRequest, row: ServerRow, action: string): void {
  if (version < 20) requireState(row, action, otherStates, true);
}

const otherStates = 'building active stopped paused suspended rescued resized error deleted'.split(' ');

function requireReady(row: ServerRow, asked: ComputeRequest, action: string): void {
  requireUnlocked(row, asked, action === 'attach_volume' ? action : undefined);
  requireState(row, action, takesVolumes);
}

function view(attached: AttachedVolume, version: number): JsonObject {
  const { server, attachment, volume, device, tag, delete_on_termination: goes, mapping } = attached;
  return {
    ...(version < 89 ? { id: volume } : {}),
    volumeId: volume,
    serverId: server,
    ...(device === null ? {} : { device }),
    ...(version >= 70 ? { tag } : {}),
    ...(version >= 79 ? { delete_on_termination: goes } : {}),
    ...(version >= 89 ? { attachment_id: attachment, bdm_uuid: mapping } : {}),
  };
}
