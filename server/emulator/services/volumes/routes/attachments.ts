import { ApiError } from '../../../kernel/apiError.ts';
import { asText, findObject } from '../../../kernel/body.ts';
import { readParam } from '../../../kernel/request.ts';
import { readBody, readMember } from '../body.ts';
import { refuseFilters } from '../list.ts';
import { invalidVolume } from '../orders.ts';
import { type Asked, findVolume, type OnVolumes } from '../requests.ts';
import type { AttachmentRow, VolumeRow } from '../rows.ts';
import { createAttachmentSchema, updateAttachmentSchema } from '../schemas.ts';
import { renderAttachment, summarizeAttachment } from '../views.ts';
import { noSuchAction } from './actions.ts';

const since = 27;

/** Attachments as Nova makes them: reserved, connected, completed, deleted (SOURCES: cinder §4). */
export function attachmentRoutes(on: OnVolumes): void {
  const read = { policy: 'volume:attachment_get', since };
  for (const [path, render] of [
    ['/attachments', summarizeAttachment],
    ['/attachments/detail', renderAttachment],
  ] as const)
    on('GET', path, read, (asked) => ({
      attachments: list(asked).map((row) => render(row, idOfVolume(asked, row))),
    }));
  on('GET', '/attachments/:id', read, (asked) => show(asked, find(asked)));
  on('POST', '/attachments', { policy: 'volume:attachment_create', since }, create);
  on('PUT', '/attachments/:id', { policy: 'volume:attachment_update', since }, update);
  on('DELETE', '/attachments/:id', { policy: 'volume:attachment_delete', since }, remove);
  on('POST', '/attachments/:id/action', { policy: 'volume:attachment_complete', since: 44 }, complete);
}

function list({ account, context, isAdmin, minor, query, region }: Asked): AttachmentRow[] {
  const filters: Readonly<Record<string, string>> = {
    status: 'attachments.status',
    attach_status: 'attachments.status',
    instance_id: 'server',
    volume_id: 'volumes.id',
  };
  if (minor >= 31 && !isAdmin) refuseFilters(query, Object.keys(filters));
  const asked = Object.entries(filters).flatMap(([name, column]) => {
    const value = query.get(name);
    return value === null ? [] : [{ sql: ` AND ${column} = ?`, value }];
  });
  return context.store.all<AttachmentRow>(
    `SELECT attachments.* FROM volume_attachments AS attachments JOIN volumes ON volumes.key = volume
     WHERE attachments.region = ? AND attachments.account = ?${asked.map(({ sql }) => sql).join('')}
     ORDER BY attachments.created DESC, attachments.id`,
    region,
    account.id,
    ...asked.map(({ value }) => value),
  );
}

function find({ account, context, isAdmin, region, request }: Asked): AttachmentRow {
  const id = readParam(request, 'id');
  const row = context.volumes.findAttachment(region, id);
  if (!row || (row.account !== account.id && !isAdmin))
    throw new ApiError(
      'volume/not-found',
      `Volume attachment could not be found with filter: attachment_id = ${id}.`,
    );
  return row;
}

function idOfVolume({ context }: Asked, { volume }: AttachmentRow): string {
  return context.volumes.byKey(volume)?.id ?? '';
}

function show(asked: Asked, row: AttachmentRow) {
  return { attachment: renderAttachment(row, idOfVolume(asked, row)) };
}

async function create(asked: Asked): Promise<unknown> {
  const { context, minor } = asked;
  const wanted = await readMember(asked, 'attachment', createAttachmentSchema(minor >= 54));
  const server = asText(wanted['instance_uuid']) ?? null;
  return context.store.write(() => {
    const volume = findVolume(asked, asText(wanted['volume_uuid']) ?? '');
    refuseReservation(asked, volume, server);
    const mode = asText(wanted['mode']) ?? 'null';
    const row = context.volumes.reserve(volume, server, volume.readonly === null ? mode : 'ro');
    const connector = findObject(wanted, 'connector');
    const isConnected = Object.keys(connector).length > 0;
    return show(asked, isConnected ? context.volumes.connect(row, JSON.stringify(connector)) : row);
  });
}

/** Throws 400 where the volume cannot be reserved: it is not available, and not this server's already. */
function refuseReservation({ context }: Asked, volume: VolumeRow, server: string | null): void {
  const { id, status } = volume;
  if (status.includes('error'))
    throw invalidVolume(
      `Volume attachments can not be created if the volume is in an error state. The Volume ${id} currently has a status of: ${status} `,
    );
  if (['available', 'downloading'].includes(status)) return;
  const isTheirs =
    server !== null &&
    ['in-use', 'reserved'].includes(status) &&
    context.volumes.attachmentsOf(volume).some((row) => row.server === server);
  if (!isTheirs)
    throw invalidVolume(
      `Volume ${id} status must be available or downloading to reserve, but the current status is ${status}.`,
    );
}

async function update(asked: Asked): Promise<unknown> {
  const { context } = asked;
  const wanted = await readMember(asked, 'attachment', updateAttachmentSchema);
  const connector = JSON.stringify(findObject(wanted, 'connector'));
  return context.store.write(() => show(asked, context.volumes.connect(find(asked), connector)));
}

async function complete(asked: Asked): Promise<unknown> {
  const { context, reply } = asked;
  const body = findObject(await readBody(asked));
  const [name, ...others] = Object.keys(body);
  if (name === undefined || others.length > 0) throw new ApiError('request/body', 'Malformed request body');
  if (name !== 'os-complete') throw noSuchAction(name);
  await context.store.write(() => {
    const row = find(asked);
    const connector = findObject(row.connector === null ? {} : JSON.parse(row.connector));
    context.volumes.attach(row, {
      device: row.device ?? asText(connector['mountpoint']) ?? null,
      host: row.host ?? asText(connector['host']) ?? null,
    });
  });
  return reply.code(204).send();
}

async function remove(asked: Asked): Promise<unknown> {
  const { context } = asked;
  return context.store.write(() => {
    const row = find(asked);
    context.volumes.detach(row);
    const volume = context.volumes.byKey(row.volume);
    const left = volume ? context.volumes.attachmentsOf(volume) : [];
    return { attachments: left.map((one) => summarizeAttachment(one, volume?.id ?? '')) };
  });
}
