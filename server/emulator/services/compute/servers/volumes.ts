import { randomUUID } from 'node:crypto';
import type { EmulatorContext } from '../../context.ts';
import type { VolumeRow } from '../../volumes/rows.ts';
import { describeHost } from './hosts.ts';
import type { ServerRow } from './rows.ts';

/** A volume of a server. */
export interface AttachedVolume {
  readonly server: string;
  readonly attachment: string;
  readonly volume: string;
  readonly device: string | null;
  readonly tag: string | null;
  /** It goes with the server. */
  readonly delete_on_termination: boolean;
  /** What Nova names the pair by. */
  readonly mapping: string;
}

export interface AttachOptions {
  readonly device?: string | undefined;
  readonly tag?: string | undefined;
  readonly deleteOnTermination?: boolean;
}

/** The volumes that Nova gave to servers of one region, in the order in which they came, those of one moment by device; one query. */
export function listAttached(
  { store }: EmulatorContext,
  region: string,
  servers: readonly string[],
): AttachedVolume[] {
  if (servers.length === 0) return [];
  return store
    .all<Omit<AttachedVolume, 'delete_on_termination'> & { delete_on_termination: number }>(
      `SELECT a.server, a.id AS attachment, v.id AS volume, a.device, s.tag, s.delete_on_termination, s.mapping
       FROM volume_attachments a JOIN volumes v ON v.key = a.volume
         JOIN server_volumes s ON s.attachment = a.id
       WHERE a.region = ? AND a.server IN (SELECT value FROM json_each(?)) AND a.status = 'attached'
       ORDER BY a.created, a.device, a.id`,
      region,
      JSON.stringify(servers),
    )
    .map((row) => ({ ...row, delete_on_termination: row.delete_on_termination === 1 }));
}

/** Inside `store.write`: gives a server a volume that is free. Answers the name of its device. */
export function attachVolume(
  context: EmulatorContext,
  row: ServerRow,
  volume: VolumeRow,
  { device, tag, deleteOnTermination = false }: AttachOptions = {},
): string {
  const { store, volumes } = context;
  const taken = listAttached(context, row.region, [row.id]).map((attached) => attached.device);
  const name = device ?? nextDevice(row, taken);
  const reserved = volumes.reserve(volume, row.id, 'rw');
  volumes.attach(reserved, { device: name, host: describeHost().name });
  store.run(
    'INSERT INTO server_volumes (attachment, tag, delete_on_termination, mapping) VALUES (?, ?, ?, ?)',
    reserved.id,
    tag ?? null,
    deleteOnTermination ? 1 : 0,
    randomUUID(),
  );
  return name;
}

/** `/dev/vdb` and on: the first is that of the system disk. */
function nextDevice({ root_device: root }: ServerRow, taken: readonly (string | null)[]): string {
  const prefix = root.replace(/[a-z]$/, '');
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const free = [...letters].find((letter) => {
    const name = `${prefix}${letter}`;
    return name !== root && !taken.includes(name);
  });
  return `${prefix}${free ?? 'z'}`;
}

/** Inside `store.write`: frees the volumes of a server that ends, and removes those that go with it. */
export function releaseVolumes(context: EmulatorContext, { region, id }: ServerRow): void {
  const { volumes } = context;
  for (const { attachment, volume, delete_on_termination: goes } of listAttached(context, region, [id])) {
    const row = volumes.findAttachment(region, attachment);
    if (row) volumes.detach(row);
    const freed = volumes.find(region, volume);
    if (goes && freed && volumes.snapshotsOf(freed).length === 0) volumes.remove(freed);
  }
}
