import type { JsonObject } from '../../../../../rules/json.ts';
import type { Schema } from '../../../../../rules/nova/schema.ts';
import { nonNegativeInteger } from '../../../../../rules/nova/types.ts';
import { formatMicroseconds, parseTime } from '../../../../kernel/clock.ts';
import type { EmulatorContext } from '../../../context.ts';
import type { ComputeRequest, OnCompute } from '../../api/compute.ts';
import { nextLink, readLimit } from '../../api/pages.ts';
import { itemNotFound, refuseOldMarker, refuseTimes, serverNotFound } from '../../api/refuse.ts';
import { findServer } from '../find.ts';
import type { ServerRow } from '../rows.ts';
import { hostIdOf } from '../view.ts';

interface ActionRow {
  readonly key: number;
  readonly action: string;
  readonly request: string;
  readonly user: string;
  readonly account: string;
  readonly started: number;
  readonly finished: number | null;
  readonly message: string | null;
}

/** `/servers/ID/os-instance-actions`: what has been done to a server, newest first (SOURCES: nova §10). */
export function instanceActionRoutes(on: OnCompute, context: EmulatorContext): void {
  const { store } = context;
  const path = '/servers/:id/os-instance-actions';

  on('GET', path, (asked) => {
    const { version, query } = asked;
    const isPaged = version >= 58;
    if (isPaged) asked.requireQuery(listSchema(version));
    const row = findActed(context, asked);
    const conditions = ['server = ?'];
    const values: number[] = [row.key];
    if (isPaged) {
      const { since, before } = readTimes(query);
      if (since !== undefined) {
        conditions.push('coalesce(finished, started) >= ?');
        values.push(since);
      }
      if (before !== undefined) {
        conditions.push('coalesce(finished, started) <= ?');
        values.push(before);
      }
      const marker = query.get('marker');
      if (marker !== null) {
        conditions.push('key < ?');
        const last = findAction(context, row, marker);
        if (!last) throw refuseOldMarker('None'); // in Nova's words, which have lost it
        values.push(last.key);
      }
    }
    const actions = store.all<ActionRow>(
      `SELECT * FROM server_actions WHERE ${conditions.join(' AND ')} ORDER BY key DESC LIMIT ?`,
      ...values,
      isPaged ? readLimit(query) : -1,
    );
    const shown = actions.map((action) => viewAction(action, row, asked));
    const page = actions.map(({ request: id }) => ({ id }));
    const [links] = isPaged
      ? Object.values(nextLink(asked, `servers/${row.id}/os-instance-actions`, page))
      : [];
    return { status: 200, body: { instanceActions: shown, ...(links === undefined ? {} : { links }) } };
  });
  on('GET', `${path}/:request`, (asked) => {
    const row = findActed(context, asked);
    const action = findAction(context, row, asked.param('request'));
    if (!action) throw itemNotFound(`Action ${asked.param('request')} not found`);
    const events = asked.isAdmin || asked.version >= 51 ? { events: viewEvents(action, row, asked) } : {};
    return { status: 200, body: { instanceAction: { ...viewAction(action, row, asked), ...events } } };
  });
}

/** From 2.21 also a server that has been deleted. */
function findActed(context: EmulatorContext, asked: ComputeRequest): ServerRow {
  if (asked.version < 21) return findServer(context, asked);
  const id = asked.param('id');
  const row = context.store.get<ServerRow>(
    'SELECT * FROM servers WHERE region = ? AND id = ?',
    asked.region,
    id,
  );
  if (!row || (row.account !== asked.account.id && !asked.isAdmin)) throw serverNotFound(id);
  return row;
}

function findAction({ store }: EmulatorContext, { key }: ServerRow, request: string): ActionRow | undefined {
  return store.get<ActionRow>(
    'SELECT * FROM server_actions WHERE server = ? AND request = ? ORDER BY key DESC',
    key,
    request,
  );
}

function readTimes(query: URLSearchParams) {
  const read = (name: string) => {
    const time = query.get(name);
    return time === null ? undefined : parseTime(time);
  };
  const [since, before] = [read('changes-since'), read('changes-before')];
  if (since !== undefined && before !== undefined && before < since) throw refuseTimes();
  return { since, before };
}

function listSchema(version: number): Schema {
  const one = (items: Schema): Schema => ({ type: 'array', items, maxItems: 1 });
  const time = one({ type: 'string', format: 'date-time' });
  return {
    type: 'object',
    properties: {
      limit: one(nonNegativeInteger),
      marker: one({ type: 'string' }),
      'changes-since': time,
      ...(version >= 66 ? { 'changes-before': time } : {}),
    },
    additionalProperties: false,
  };
}

function viewAction(action: ActionRow, { id }: ServerRow, { version }: ComputeRequest): JsonObject {
  return {
    action: action.action,
    instance_uuid: id,
    request_id: action.request,
    user_id: action.user,
    project_id: action.account,
    start_time: formatTime(action.started),
    message: action.message,
    ...(version >= 58 ? { updated_at: formatTime(action.finished ?? action.started) } : {}),
  };
}

/** Words of events that are not `compute_ACTION_instance`. */
const eventNames: Readonly<Record<string, string>> = {
  create: 'compute__do_build_and_run_instance',
  createImage: 'compute_snapshot_instance',
  createBackup: 'compute_backup_instance',
  delete: 'compute_terminate_instance',
  changePassword: 'compute_set_admin_password',
  resize: 'compute_prep_resize',
  confirmResize: 'compute_confirm_resize',
  revertResize: 'compute_revert_resize',
  attach_volume: 'compute_attach_volume',
  detach_volume: 'compute_detach_volume',
};
/** Done in the API itself. */
const withoutEvents = new Set(['lock', 'unlock']);

function viewEvents(action: ActionRow, row: ServerRow, { version, isAdmin }: ComputeRequest): JsonObject[] {
  if (withoutEvents.has(action.action)) return [];
  return [
    {
      event: eventNames[action.action] ?? `compute_${action.action}_instance`,
      start_time: formatTime(action.started),
      finish_time: action.finished === null ? null : formatTime(action.finished),
      result: action.finished === null ? null : action.message === null ? 'Success' : 'Error',
      ...(isAdmin ? { traceback: null } : {}),
      ...(isAdmin && version >= 62 ? { host: row.host } : {}),
      ...(version >= 62 ? { hostId: hostIdOf(row) } : {}),
      ...(isAdmin && version >= 84 ? { details: action.message } : {}),
    },
  ];
}

function formatTime(time: number): string {
  return formatMicroseconds(Math.floor(time / 1000) * 1000);
}
