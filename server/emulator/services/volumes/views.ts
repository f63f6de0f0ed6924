import type { Json, JsonObject } from '../../../rules/json.ts';
import { makeStableUuid } from '../../kernel/stableId.ts';
import type { Asked } from './requests.ts';
import type { AttachmentRow, SnapshotRow, VolumeRow } from './rows.ts';

/** The one type of volumes, as every Cinder has it. */
export const defaultType = {
  id: makeStableUuid('volume type default'),
  name: '__DEFAULT__',
  is_public: true,
  description: 'Default Volume Type',
} as const;

export const zone = 'nova';
const host = 'emulator@volumes#volumes';

/** `2015-03-09T19:32:29.000000` */
export function formatTime(time: number | null): string | null {
  return time === null ? null : `${new Date(time).toISOString().slice(0, 19)}.000000`;
}

export function summarizeVolume(asked: Asked, { id, name }: VolumeRow): JsonObject {
  return { id, name, links: linksOf(asked, `volumes/${id}`) };
}

/** A volume as its creation answers it (SOURCES: cinder §3). */
export function renderVolume(asked: Asked, row: VolumeRow): JsonObject {
  const { isAdmin, minor } = asked;
  const since = (least: number, members: JsonObject) => (minor >= least ? members : {});
  return {
    id: row.id,
    status: row.status,
    size: row.size,
    availability_zone: row.zone,
    created_at: formatTime(row.created),
    updated_at: formatTime(row.updated),
    name: row.name,
    description: row.description,
    volume_type: defaultType.name,
    snapshot_id: row.snapshot,
    source_volid: row.source,
    metadata: readMetadata(row),
    links: linksOf(asked, `volumes/${row.id}`),
    user_id: row.user,
    bootable: row.bootable === 1 ? 'true' : 'false',
    encrypted: false,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: false,
    attachments: asked.context.volumes
      .attachmentsOf(row)
      .filter(({ status }) => status === 'attached')
      .map((attachment) => summarizeAttached(attachment, row, isAdmin)),
    ...(isAdmin ? { migration_status: null } : {}),
    ...since(13, { group_id: null }),
    ...(isAdmin ? since(21, { provider_id: null }) : {}),
    ...since(48, {
      shared_targets: row.status === 'creating',
      service_uuid: row.status === 'creating' ? null : makeStableUuid('volume service'),
    }),
    ...(isAdmin ? since(61, { cluster_name: null }) : {}),
    ...since(63, { volume_type_id: defaultType.id }),
    ...since(65, { consumes_quota: true }),
  };
}

/** The same with what only a look at it shows. */
export function showVolume(asked: Asked, row: VolumeRow): JsonObject {
  return {
    ...renderVolume(asked, row),
    'os-vol-tenant-attr:tenant_id': row.account,
    ...(asked.isAdmin
      ? {
          'os-vol-mig-status-attr:migstat': null,
          'os-vol-mig-status-attr:name_id': null,
          'os-vol-host-attr:host': row.status === 'creating' ? null : host,
        }
      : {}),
    ...(row.image_metadata === null ? {} : { volume_image_metadata: JSON.parse(row.image_metadata) as Json }),
  };
}

/** The volume's own metadata, and of the operator's what everybody sees. */
function readMetadata({ metadata, readonly, attached_mode }: VolumeRow): JsonObject {
  return {
    ...readTexts(metadata),
    ...(readonly === null ? {} : { readonly }),
    ...(attached_mode === null ? {} : { attached_mode }),
  };
}

export function readTexts(metadata: string): Record<string, string> {
  return JSON.parse(metadata);
}

function summarizeAttached(row: AttachmentRow, { id }: VolumeRow, isAdmin: boolean): JsonObject {
  return {
    id,
    attachment_id: row.id,
    volume_id: id,
    server_id: row.server,
    host_name: isAdmin ? row.host : null,
    device: row.device,
    attached_at: formatTime(row.attached),
  };
}

export function summarizeSnapshot(_asked: Asked, row: SnapshotRow): JsonObject {
  return {
    id: row.id,
    created_at: formatTime(row.created),
    updated_at: formatTime(row.updated),
    name: row.name,
    description: row.description,
    volume_id: row.volume,
    status: row.status,
    size: row.size,
    metadata: readTexts(row.metadata),
  };
}

export function renderSnapshot(asked: Asked, row: SnapshotRow): JsonObject {
  const { minor } = asked;
  return {
    ...summarizeSnapshot(asked, row),
    ...(minor >= 14 ? { group_snapshot_id: null } : {}),
    ...(minor >= 41 ? { user_id: row.user } : {}),
    ...(minor >= 65 ? { consumes_quota: true } : {}),
  };
}

export function showSnapshot(asked: Asked, row: SnapshotRow): JsonObject {
  return {
    ...renderSnapshot(asked, row),
    'os-extended-snapshot-attributes:project_id': row.account,
    'os-extended-snapshot-attributes:progress': row.status === 'creating' ? '0%' : '100%',
  };
}

export function summarizeAttachment(row: AttachmentRow, volume: string): JsonObject {
  return { id: row.id, status: row.status, instance: row.server, volume_id: volume };
}

export function renderAttachment(row: AttachmentRow, volume: string): JsonObject {
  return {
    ...summarizeAttachment(row, volume),
    attached_at: formatTime(row.attached) ?? '',
    detached_at: '',
    attach_mode: row.mode,
    connection_info: row.connector === null ? {} : { attachment_id: row.id, volume_id: volume },
  };
}

function linksOf({ base, project }: Asked, path: string): Json[] {
  return [
    { rel: 'self', href: `${base}/v3${project}/${path}` },
    { rel: 'bookmark', href: `${base}${project}/${path}` },
  ];
}
