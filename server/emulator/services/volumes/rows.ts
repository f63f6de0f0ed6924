/** A row of `volumes`. Sizes are in GiB; `metadata` and `image_metadata` are JSON objects of texts. */
export interface VolumeRow extends Content {
  readonly key: number;
  readonly region: string;
  readonly id: string;
  readonly account: string;
  readonly user: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: string;
  /** What an upload or a growth gives back when it ends. */
  readonly previous_status: string | null;
  readonly size: number;
  readonly bootable: number;
  /** `True` or `False`, once somebody has said so. */
  readonly readonly: string | null;
  readonly attached_mode: string | null;
  readonly zone: string;
  /** The snapshot or the volume that it was made of. */
  readonly snapshot: string | null;
  readonly source: string | null;
  readonly metadata: string;
  readonly created: number;
  readonly updated: number | null;
}

/** What a volume or a snapshot holds: an image's data as it was stored, or nothing but zeros. */
export interface Content {
  readonly blob: string | null;
  readonly disk_format: string | null;
  readonly container_format: string | null;
  /** What was known of the image. */
  readonly image_metadata: string | null;
}

export interface SnapshotRow extends Content {
  readonly key: number;
  readonly region: string;
  readonly id: string;
  readonly account: string;
  readonly user: string;
  /** The id of its volume, which is not deleted while it has snapshots. */
  readonly volume: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: string;
  readonly size: number;
  readonly metadata: string;
  readonly created: number;
  readonly updated: number | null;
}

/** How a server, or a host, has a volume. */
export interface AttachmentRow {
  readonly id: string;
  readonly region: string;
  readonly account: string;
  /** The key of the volume. */
  readonly volume: number;
  readonly server: string | null;
  readonly status: AttachmentStatus;
  readonly mode: string | null;
  readonly device: string | null;
  readonly host: string | null;
  readonly connector: string | null;
  readonly attached: number | null;
  readonly created: number;
}

export type AttachmentStatus = 'reserved' | 'attaching' | 'attached';

/** The columns of a volume as it was before an upload or a growth began. */
export function restoreStatus({ previous_status }: VolumeRow): Pick<VolumeRow, 'status' | 'previous_status'> {
  return { status: previous_status ?? 'available', previous_status: null };
}

const content =
  'blob TEXT REFERENCES blobs, disk_format TEXT, container_format TEXT, image_metadata TEXT, metadata TEXT NOT NULL';
const times = 'created INTEGER NOT NULL, updated INTEGER';

export const volumeTables: readonly string[] = [
  `CREATE TABLE volumes (
    key INTEGER PRIMARY KEY AUTOINCREMENT, region TEXT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,
    user TEXT NOT NULL, name TEXT, description TEXT, status TEXT NOT NULL, previous_status TEXT, size INTEGER NOT NULL,
    bootable INTEGER NOT NULL, readonly TEXT, attached_mode TEXT, zone TEXT NOT NULL, snapshot TEXT, source TEXT,
    ${content}, ${times}, UNIQUE (region, id)
  ) STRICT`,
  'CREATE INDEX volumes_by_account ON volumes (region, account, created, id)',
  'CREATE INDEX volumes_by_blob ON volumes (blob)',
  `CREATE TABLE volume_snapshots (
    key INTEGER PRIMARY KEY AUTOINCREMENT, region TEXT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,
    user TEXT NOT NULL, volume TEXT NOT NULL, name TEXT, description TEXT, status TEXT NOT NULL, size INTEGER NOT NULL,
    ${content}, ${times}, UNIQUE (region, id)
  ) STRICT`,
  'CREATE INDEX volume_snapshots_by_account ON volume_snapshots (region, account, created, id)',
  'CREATE INDEX volume_snapshots_by_volume ON volume_snapshots (region, volume)',
  'CREATE INDEX volume_snapshots_by_blob ON volume_snapshots (blob)',
  `CREATE TABLE volume_attachments (
    id TEXT PRIMARY KEY, region TEXT NOT NULL, account TEXT NOT NULL,
    volume INTEGER NOT NULL REFERENCES volumes ON DELETE CASCADE, server TEXT, status TEXT NOT NULL, mode TEXT,
    device TEXT, host TEXT, connector TEXT, attached INTEGER, created INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX volume_attachments_by_volume ON volume_attachments (volume)',
  'CREATE INDEX volume_attachments_by_server ON volume_attachments (region, server)',
];
