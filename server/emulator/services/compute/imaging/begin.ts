import { randomUUID } from 'node:crypto';
import { ApiError } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import { describeHost } from '../servers/hosts.ts';
import type { ServerRow } from '../servers/rows.ts';
import { createSnapshot, type NewSnapshot } from './properties.ts';
import { type Asker, snapshotVolumes } from './volumes.ts';

/** Inside `store.write`: enters the image and the job that makes it. Answers the image's id. Throws 400. */
export function takeImage(
  context: EmulatorContext,
  { user, account, request }: Asker,
  row: ServerRow,
  wanted: NewSnapshot,
): string {
  if (row.boot_volume !== null && context.profile.imagesVolumeServers)
    return snapshotVolumes(context, { user, account, request }, row, wanted);
  if (row.boot_volume !== null)
    throw new ApiError(
      'server-image/boot-volume',
      'A server that boots from a volume is not imaged. Take a snapshot of the volume, or clone it.',
      { status: 400 },
    );
  const id = randomUUID();
  createSnapshot(context, { user, account }, row, id, wanted);
  const now = context.servers.change(row, { task_state: 'image_snapshot_pending' });
  const action = wanted.type === 'backup' ? 'createBackup' : 'createImage';
  context.servers.act(now, {
    action,
    request: request.id,
    user: user.id,
    account: account.id,
  });
  context.jobs.add({
    id,
    kind: 'server-image',
    account: row.account,
    data: {
      ...{ region: row.region, server: row.id, image: id, action },
      host: row.host ?? describeHost().name,
    },
  });
  return id;
}
