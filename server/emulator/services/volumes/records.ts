import { randomUUID } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { Events } from '../../kernel/events.ts';
import type { Blobs } from '../../store/blobs.ts';
import type { Store } from '../../store/store.ts';
import type { AttachmentRow, SnapshotRow, VolumeRow } from './rows.ts';

/** Volumes, their snapshots and attachments as records. What changes one runs inside `store.write`. */
export interface Volumes {
  find(region: string, id: string): VolumeRow | undefined;
  /** By key: a volume with the same id that came later is another. */
  byKey(key: number): VolumeRow | undefined;
  create(volume: NewVolume): VolumeRow;
  change(row: VolumeRow, columns: Partial<Omit<VolumeRow, Fixed>>): VolumeRow;
  remove(row: VolumeRow): void;
  findSnapshot(region: string, id: string): SnapshotRow | undefined;
  snapshotByKey(key: number): SnapshotRow | undefined;
  snapshotsOf(row: VolumeRow): SnapshotRow[];
  createSnapshot(snapshot: NewSnapshot): SnapshotRow;
  changeSnapshot(row: SnapshotRow, columns: Partial<Omit<SnapshotRow, Fixed>>): SnapshotRow;
  removeSnapshot(row: SnapshotRow): void;
  findAttachment(region: string, id: string): AttachmentRow | undefined;
  attachmentsOf(row: VolumeRow): AttachmentRow[];
  /** Keeps the volume for a server; mode `null`, as Cinder writes it: the connection says. It is `reserved` until it is attached or released. */
  reserve(row: VolumeRow, server: string | null, mode: string | null): AttachmentRow;
  /** The volume is in use by who reserved it. `columns`: device, host, mode, as far as known. */
  attach(
    row: AttachmentRow,
    columns: Partial<Pick<AttachmentRow, 'device' | 'host' | 'mode' | 'connector'>>,
  ): AttachmentRow;
  /** Between the two, as clients of the attachments API connect. */
  connect(row: AttachmentRow, connector: string): AttachmentRow;
  /** Ends an attachment; the last one leaves the volume available. */
  detach(row: AttachmentRow): void;
  usage(region: string, account: string): Usage;
}

export interface Usage {
  readonly volumes: number;
  readonly snapshots: number;
  /** Of volumes and snapshots. */
  readonly gigabytes: number;
}

type Fixed = 'key' | 'region' | 'id' | 'account' | 'user' | 'created' | 'updated';
type Made = 'key' | 'created' | 'updated';
export type NewVolume = Omit<VolumeRow, Made | 'previous_status' | 'readonly' | 'attached_mode'>;
export type NewSnapshot = Omit<SnapshotRow, Made>;

export function createVolumes(store: Store, clock: Clock, events: Events, blobs: Blobs): Volumes {
  // Long, since its parts share state that nothing else may reach.
  const tell = (
    kind: 'volume' | 'volume-snapshot',
    action: 'create' | 'update' | 'delete',
    { region, account, id, name, status }: VolumeRow | SnapshotRow,
  ) => events.append({ kind, action, region, account, id, summary: { name, status } });
  const insert = (table: string, columns: Readonly<Record<string, string | number | null>>): number => {
    const names = Object.keys(columns);
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    return store.run(sql, ...Object.values(columns)).key;
  };
  const update = (
    table: string,
    key: readonly [name: string, value: string | number],
    columns: Readonly<Record<string, string | number | null>>,
  ): void => {
    const set = Object.keys(columns).map((name) => `${name} = ?`);
    store.run(`UPDATE ${table} SET ${set.join(', ')} WHERE ${key[0]} = ?`, ...Object.values(columns), key[1]);
  };
  const byKey: Volumes['byKey'] = (key) => store.get<VolumeRow>('SELECT * FROM volumes WHERE key = ?', key);
  const change: Volumes['change'] = (row, columns) => {
    const changed = { ...columns, updated: clock.now() };
    update('volumes', ['key', row.key], changed);
    const now: VolumeRow = { ...row, ...changed };
    tell('volume', 'update', now);
    return now;
  };
  const changeAttachment = (row: AttachmentRow, columns: Partial<AttachmentRow>): AttachmentRow => {
    update('volume_attachments', ['id', row.id], columns);
    return { ...row, ...columns };
  };
  const attachmentsOf = ({ key }: VolumeRow): AttachmentRow[] =>
    store.all<AttachmentRow>('SELECT * FROM volume_attachments WHERE volume = ? ORDER BY created, id', key);

  return {
    find: (region, id) =>
      store.get<VolumeRow>('SELECT * FROM volumes WHERE region = ? AND id = ?', region, id),
    byKey,
    create: (given) => {
      const columns = {
        ...given,
        previous_status: null,
        readonly: null,
        attached_mode: null,
        created: clock.now(),
        updated: null,
      };
      const row: VolumeRow = { ...columns, key: insert('volumes', columns) };
      tell('volume', 'create', row);
      return row;
    },
    change,
    remove: (row) => {
      store.run('DELETE FROM volumes WHERE key = ?', row.key);
      if (row.blob !== null) blobs.release(row.blob);
      tell('volume', 'delete', row);
    },
    findSnapshot: (region, id) =>
      store.get<SnapshotRow>('SELECT * FROM volume_snapshots WHERE region = ? AND id = ?', region, id),
    snapshotByKey: (key) => store.get<SnapshotRow>('SELECT * FROM volume_snapshots WHERE key = ?', key),
    snapshotsOf: ({ region, id }) =>
      store.all<SnapshotRow>(
        'SELECT * FROM volume_snapshots WHERE region = ? AND volume = ? ORDER BY created, id',
        region,
        id,
      ),
    createSnapshot: (given) => {
      const columns = { ...given, created: clock.now(), updated: null };
      const row: SnapshotRow = { ...columns, key: insert('volume_snapshots', columns) };
      tell('volume-snapshot', 'create', row);
      return row;
    },
    changeSnapshot: (row, columns) => {
      const changed = { ...columns, updated: clock.now() };
      update('volume_snapshots', ['key', row.key], changed);
      const now: SnapshotRow = { ...row, ...changed };
      tell('volume-snapshot', 'update', now);
      return now;
    },
    removeSnapshot: (row) => {
      store.run('DELETE FROM volume_snapshots WHERE key = ?', row.key);
      if (row.blob !== null) blobs.release(row.blob);
      tell('volume-snapshot', 'delete', row);
    },
    findAttachment: (region, id) =>
      store.get<AttachmentRow>('SELECT * FROM volume_attachments WHERE region = ? AND id = ?', region, id),
    attachmentsOf,
    reserve: (volume, server, mode) => {
      const { region, account, key } = volume;
      const row: AttachmentRow = {
        id: randomUUID(),
        region,
        account,
        volume: key,
        server,
        status: 'reserved',
        mode,
        device: null,
        host: null,
        connector: null,
        attached: null,
        created: clock.now(),
      };
      insert('volume_attachments', { ...row });
      change(volume, { status: 'reserved' });
      return row;
    },
    attach: (row, columns) => {
      const now = changeAttachment(row, { ...columns, status: 'attached', attached: clock.now() });
      const volume = byKey(row.volume);
      const unsaid = now.connector === null ? null : 'rw';
      const mode = now.mode === 'null' ? unsaid : (now.mode ?? 'rw');
      if (volume) change(volume, { status: 'in-use', attached_mode: mode });
      return now;
    },
    connect: (row, connector) => {
      const volume = byKey(row.volume);
      if (volume) change(volume, { status: 'attaching' });
      return changeAttachment(row, { connector, status: 'attaching' });
    },
    detach: (row) => {
      store.run('DELETE FROM volume_attachments WHERE id = ?', row.id);
      const volume = byKey(row.volume);
      if (volume && attachmentsOf(volume).length === 0)
        change(volume, { status: 'available', attached_mode: null });
    },
    usage: (region, account) => {
      const count = (table: string) =>
        store.get<{ count: number; size: number }>(
          `SELECT count(*) AS count, coalesce(sum(size), 0) AS size FROM ${table} WHERE region = ? AND account = ?`,
          region,
          account,
        ) ?? { count: 0, size: 0 };
      const [volumes, snapshots] = [count('volumes'), count('volume_snapshots')];
      return {
        volumes: volumes.count,
        snapshots: snapshots.count,
        gigabytes: volumes.size + snapshots.size,
      };
    },
  };
}
