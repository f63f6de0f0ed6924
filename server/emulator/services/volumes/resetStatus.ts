import type { Json, JsonObject } from '../../../rules/json.ts';
import { ApiError } from '../../kernel/apiError.ts';
import { asText } from '../../kernel/body.ts';
import type { Asked } from './requests.ts';
import type { SnapshotRow, VolumeRow } from './rows.ts';

/** What an administrator may say that the status is, where it is not (SOURCES: cinder §4). */

const volumeStatuses =
  'creating available deleting error error_deleting error_managing managing attaching in-use detaching maintenance restoring-backup error_restoring reserved awaiting-transfer backing-up error_backing-up error_extending downloading uploading retyping extending';
const snapshotStatuses =
  'error available creating deleting deleted updating error_deleting unmanaging backing-up restoring';
const attachStatuses = 'attached detached';
const migrationStatuses = 'migrating error success completing none starting';

/** Throws 400 where a body names nothing, or a status that there is not. */
export function requireVolumeReset(value: JsonObject): void {
  if (!value['status'] && !value['attach_status'] && !value['migration_status'])
    throw new ApiError(
      'volume/request',
      "Must specify 'status', 'attach_status' or 'migration_status' for update.",
    );
  requireStatus(value['status'], 'Volume status', volumeStatuses);
  requireStatus(value['attach_status'], 'Volume attach status', attachStatuses);
  requireStatus(value['migration_status'], 'Volume migration status', migrationStatuses);
}

export function requireSnapshotReset(value: JsonObject): void {
  requireStatus(value['status'], 'Snapshot status', snapshotStatuses);
}

function requireStatus(value: Json | undefined, name: string, known: string): void {
  if (typeof value !== 'string' || value === '') return;
  const valid = known.split(' ');
  if (valid.includes(value.toLowerCase())) return;
  const listed = valid.map((status) => `'${status}'`).join(', ');
  throw new ApiError(
    'volume/request',
    `${name}: ${value} is invalid, valid statuses are: ${known === attachStatuses ? `[${listed}]` : `(${listed})`}.`,
  );
}

/** Inside `store.write`. Throws 400 where the volume would be in use by nobody. */
export function resetVolume({ context }: Asked, row: VolumeRow, value: JsonObject): undefined {
  const { volumes } = context;
  const status = asText(value['status'])?.toLowerCase();
  const held = volumes.attachmentsOf(row);
  if (status === 'deleting') throw new ApiError('volume/state', `Cannot reset-state to ${status}`);
  if (status === 'in-use' && held.length === 0)
    throw new ApiError(
      'volume/state',
      'Cannot reset-state to in-use because volume does not have any attachments.',
    );
  if (asText(value['attach_status'])?.toLowerCase() === 'detached')
    for (const attachment of held) volumes.detach(attachment);
  const now = volumes.byKey(row.key) ?? row;
  if (status !== undefined) volumes.change(now, { status });
  return undefined;
}

/** Inside `store.write`. */
export function resetSnapshot({ context }: Asked, row: SnapshotRow, value: JsonObject): void {
  const status = asText(value['status'])?.toLowerCase();
  if (status !== undefined) context.volumes.changeSnapshot(row, { status });
}
