import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { requireUnlocked } from './find.ts';
import type { ServerRow } from './rows.ts';
import { releaseVolumes } from './volumes.ts';

/** Inside `store.write`: begins the deletion of a server, which breaks off whatever is done to it. */
export function deleteServer(context: EmulatorContext, asked: ComputeRequest, row: ServerRow): void {
  requireUnlocked(row, asked);
  const { servers } = context;
  const { request, user, account } = asked;
  servers.act(row, { action: 'delete', request: request.id, user: user.id, account: account.id });
  const now = servers.change(row, { task_state: 'deleting' });
  const id = `${row.id}/delete`;
  if (!context.jobs.progress(id))
    context.jobs.add({
      id,
      kind: 'server-delete',
      account: row.account,
      data: { region: row.region, server: row.id },
    });
  if (row.vm_state !== 'building' || row.host !== null) return;
  releaseVolumes(context, now);
  servers.finish(now, 'delete');
  servers.end(now); // it never reached a host
}
