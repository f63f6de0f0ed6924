import { ApiError } from '../../../kernel/apiError.ts';
import { asText } from '../../../kernel/body.ts';
import { readParam } from '../../../kernel/request.ts';
import { isTrue } from '../../compute/api/words.ts';
import { readLabel, readMember, readTextMap } from '../body.ts';
import { addLists, type Listing } from '../list.ts';
import { orderSnapshot, orderSnapshotDeletion } from '../orders.ts';
import { type Asked, findSnapshot, findVolume, type OnVolumes } from '../requests.ts';
import type { SnapshotRow } from '../rows.ts';
import { createSnapshotSchema, updateSnapshotSchema } from '../schemas.ts';
import { renderSnapshot, showSnapshot, summarizeSnapshot } from '../views.ts';

const listing: Listing = {
  table: 'volume_snapshots',
  columns: {
    id: 'id',
    name: 'name',
    display_name: 'name',
    description: 'description',
    status: 'status',
    volume_id: 'volume',
    created_at: 'created',
    updated_at: 'updated',
    user_id: 'user',
    project_id: 'account',
    volume_size: 'size',
  },
  filters: ['name', 'status', 'volume_id', 'metadata', 'availability_zone', 'consumes_quota'],
  since: { metadata: 22 },
  sortedSince: { name: 30 },
  find: findSnapshot,
};

/** Snapshots of volumes (SOURCES: cinder §3, §4). */
export function snapshotRoutes(on: OnVolumes): void {
  on('POST', '/snapshots', { policy: 'volume:create_snapshot' }, create);
  const views = { basic: summarizeSnapshot, detail: showSnapshot };
  addLists<SnapshotRow>(on, 'snapshots', 'volume:get_all_snapshots', listing, views);
  on('GET', '/snapshots/:id', { policy: 'volume:get_snapshot' }, (asked) => ({
    snapshot: showSnapshot(asked, findSnapshot(asked, readParam(asked.request, 'id'))),
  }));
  on('PUT', '/snapshots/:id', { policy: 'volume:update_snapshot' }, update);
  on('DELETE', '/snapshots/:id', { policy: 'volume:delete_snapshot' }, async (asked) => {
    await asked.context.store.free(() =>
      orderSnapshotDeletion(asked.context, findSnapshot(asked, readParam(asked.request, 'id'))),
    );
    return asked.reply.code(202).send();
  });
}

async function create(asked: Asked): Promise<unknown> {
  const { account, context, minor, reply, user } = asked;
  const wanted = await readMember(asked, 'snapshot', createSnapshotSchema);
  const snapshot = await context.store.write(() => {
    const volume = findVolume(asked, asText(wanted['volume_id']) ?? 'None');
    const force = isTrue(wanted['force']);
    if (minor >= 66 && wanted['force'] !== undefined && !force)
      throw new ApiError(
        'volume/value',
        "Since microversion 3.66 the 'force' flag is invalid for this request.  For backward compatability, however, when the 'force' flag is passed with a value evaluating to True, it is silently ignored.",
      );
    return renderSnapshot(
      asked,
      orderSnapshot(context, { account: account.id, user: user.id }, volume, {
        name: readLabel(wanted, 'name', null),
        description: readLabel(wanted, 'description', null),
        metadata: readTextMap(wanted['metadata']),
        mayBeInUse: force || minor >= 66,
      }),
    );
  });
  return reply.code(202).send({ snapshot });
}

async function update(asked: Asked): Promise<unknown> {
  const { context, request } = asked;
  const wanted = await readMember(asked, 'snapshot', updateSnapshotSchema);
  const snapshot = await context.store.write(() => {
    const row = findSnapshot(asked, readParam(request, 'id'));
    const columns = {
      name: readLabel(wanted, 'name', row.name),
      description: readLabel(wanted, 'description', row.description),
    };
    return renderSnapshot(asked, context.volumes.changeSnapshot(row, columns));
  });
  return { snapshot };
}
