import type { Json, JsonObject } from '../../../rules/json.ts';
import type { Profile } from '../../../rules/profile/profile.ts';
import { hasReached } from '../../../rules/profile/releases.ts';
import { type Clock, seconds } from '../../kernel/clock.ts';
import type { Events } from '../../kernel/events.ts';
import type { Place } from '../../kernel/jobs.ts';
import { createSlice } from '../../kernel/pauses.ts';
import type { Store } from '../../store/store.ts';

/** Tasks as records, of one account or (undefined) of all. Changes run inside `store.write`. A task vanishes 48 hours after its end; its result stays. */
export interface Tasks {
  find(region: string, account: string | undefined, id: string): TaskRow | undefined;
  list(region: string, account: string | undefined, page: TaskPage): TaskRow[];
  create(
    task: Pick<TaskRow, 'id' | 'region' | 'account' | 'user' | 'type'> &
      Partial<Pick<TaskRow, 'image' | 'request'>> & { input: JsonObject },
    place: Place,
  ): TaskRow;
  /** The imports of an image, oldest first. */
  ofImage(region: string, image: string): TaskRow[];
  /** pending → processing → success | failure. Nothing happens where the task is gone. */
  move(id: string, to: TaskMove): void;
  /** Tells of progress, 0 to 1, in the event stream. */
  progress(id: string, progress: number): void;
  /** Tells in the event stream what is being done: `judge`, `pack`, `merge`, `store`. */
  stage(id: string, stage: string): void;
  /** Removes some of what has expired. Answers whether that was all. */
  expire(): boolean;
}

export interface TaskRow {
  readonly id: string;
  readonly region: string;
  readonly account: string;
  readonly user: string;
  readonly type: 'import' | 'export' | 'api_image_import' | 'location_import';
  readonly status: TaskStatus;
  readonly input: string;
  readonly result: string | null;
  readonly message: string;
  readonly rule: string | null;
  readonly created: number;
  readonly updated: number;
  readonly expires: number | null;
  /** The image that an import by method is for, and the request that began it. */
  readonly image: string | null;
  readonly request: string | null;
}

/** The types of tasks that a profile knows. */
export function taskTypes(profile: Profile): readonly TaskRow['type'][] {
  if (profile.offers.importTask) return ['import', 'export'];
  const locations = hasReached(profile.release, '2024.2') ? (['location_import'] as const) : [];
  return ['import', 'api_image_import', ...locations];
}

/** The types by which a list can be filtered: Glance makes tasks of others too, and refuses to filter by them. */
export function filterTypes(profile: Profile): readonly TaskRow['type'][] {
  return taskTypes(profile).filter((type) => type === 'import' || type === 'export');
}

export type TaskStatus = 'pending' | 'processing' | 'success' | 'failure';

export type TaskMove =
  | { readonly status: 'processing' }
  | { readonly status: 'success'; readonly result: JsonObject; readonly message?: string }
  | { readonly status: 'failure'; readonly message: string; readonly rule: string | undefined };

export interface TaskPage {
  readonly limit: number;
  readonly after: TaskRow | undefined;
  readonly type: string | undefined;
  readonly status: string | undefined;
  readonly sortKey: SortKey;
  readonly descending: boolean;
}

/** The sort keys of tasks, with the column of each; ties go by time and id. */
const sortColumns = {
  created_at: 'created',
  updated_at: 'updated',
  expires_at: 'coalesce(expires, 0)',
  id: 'id',
  owner: 'account',
  status: 'status',
  type: 'type',
} as const;

export type SortKey = keyof typeof sortColumns;

export function isSortKey(name: string): name is SortKey {
  return Object.hasOwn(sortColumns, name);
}

const life = 48 * 60 * 60 * 1000;

export function createTasks(store: Store, clock: Clock, events: Events): Tasks {
  // Long, since its parts share state that nothing else may reach.
  const byId = (id: string) => store.get<TaskRow>('SELECT * FROM tasks WHERE id = ?', id);
  const tell = (
    action: 'create' | 'update',
    { id, region, account, type, status, message }: TaskRow,
    more = {},
  ) =>
    events.append({ kind: 'task', action, region, account, id, summary: { type, status, message, ...more } });
  const isAlive = '(expires IS NULL OR expires > ?)';

  return {
    find: (region, account, id) =>
      store.get<TaskRow>(
        `SELECT * FROM tasks WHERE id = ? AND region = ? AND account = coalesce(?, account) AND ${isAlive}`,
        id,
        region,
        account ?? null,
        clock.now(),
      ),
    list: (region, account, { limit, after, type, status, sortKey, descending }) => {
      const columns = [...new Set([sortColumns[sortKey], 'created', 'id'])];
      const order = columns.join(', ');
      const [sign, way] = descending ? ['<', 'DESC'] : ['>', 'ASC'];
      // Each condition stands only where it is asked for: then the first page by time is read from the index.
      const conditions: [sql: string, ...values: (string | number)[]][] = [
        ['region = ?', region],
        [isAlive, clock.now()],
        ...(account === undefined ? [] : [['account = ?', account] satisfies [string, string]]),
        ...(type === undefined ? [] : [['type = ?', type] satisfies [string, string]]),
        ...(status === undefined ? [] : [['status = ?', status] satisfies [string, string]]),
        ...(after === undefined
          ? []
          : [
              [`(${order}) ${sign} (SELECT ${order} FROM tasks WHERE id = ?)`, after.id] satisfies [
                string,
                string,
              ],
            ]),
      ];
      return store.all<TaskRow>(
        `SELECT * FROM tasks WHERE ${conditions.map(([sql]) => sql).join(' AND ')}
         ORDER BY ${columns.map((column) => `${column} ${way}`).join(', ')} LIMIT ?`,
        ...conditions.flatMap(([, ...values]) => values),
        limit,
      );
    },
    create: (
      { id, region, account, user, type, input, image = null, request = null },
      { waiting, ahead },
    ) => {
      const now = clock.now();
      store.run(
        `INSERT INTO tasks (id, region, account, user, type, status, input, message, created, updated, image, request)
         VALUES (?, ?, ?, ?, ?, 'pending', ?, '', ?, ?, ?, ?)`,
        id,
        region,
        account,
        user,
        type,
        JSON.stringify(input),
        now,
        now,
        image,
        request,
      );
      const row = byId(id);
      if (!row) throw new Error(`Task ${id} was not stored.`);
      tell('create', row, waiting ? { waiting, ahead } : {});
      return row;
    },
    ofImage: (region, image) =>
      store.all<TaskRow>(
        `SELECT * FROM tasks WHERE region = ? AND image = ? AND ${isAlive} ORDER BY created, id`,
        region,
        image,
        clock.now(),
      ),
    move: (id, to) => {
      const now = clock.now();
      const ends = to.status !== 'processing';
      store.run(
        'UPDATE tasks SET status = ?, result = ?, message = ?, rule = ?, updated = ?, expires = ? WHERE id = ?',
        to.status,
        to.status === 'success' ? JSON.stringify(to.result) : null,
        to.status === 'processing' ? '' : (to.message ?? ''),
        to.status === 'failure' ? (to.rule ?? null) : null,
        now,
        ends ? now + life : null,
        id,
      );
      const row = byId(id);
      if (row) tell('update', row, to.status === 'success' ? { result: to.result } : {});
    },
    progress: (id, progress) => {
      const row = byId(id);
      if (row?.status === 'processing') tell('update', row, { progress });
    },
    stage: (id, stage) => {
      const row = byId(id);
      if (row?.status === 'processing') tell('update', row, { stage });
    },
    expire: () => {
      for (const isOver = createSlice(); !isOver(); ) {
        const row = store.get<TaskRow>('SELECT * FROM tasks WHERE expires <= ? LIMIT 1', clock.now());
        if (!row) return true;
        const { id, region, account, type } = row;
        store.run('DELETE FROM tasks WHERE id = ?', id);
        events.append({ kind: 'task', action: 'delete', region, account, id, summary: { type } });
      }
      return false;
    },
  };
}

/** A task as Rackspace's API shows it; lists leave out `input`, `result` and `message` (SOURCES: rackspace §1.7). */
export function renderTask(row: TaskRow, listed: boolean): JsonObject {
  const details: JsonObject = listed
    ? {}
    : {
        input: JSON.parse(row.input),
        ...(row.result === null ? {} : { result: JSON.parse(row.result) as Json }),
        message: row.message,
      };
  const { id, type, status, account: owner } = row;
  return {
    id,
    type,
    status,
    ...details,
    owner,
    ...renderTimes(row),
    ...renderExpiry(row),
    ...renderLinks(row),
  };
}

/** The same as Glance 25.1 shows it, in its order. */
export function renderGlanceTask(row: TaskRow, listed: boolean): JsonObject {
  const { id, type, status, account: owner, message, image, request, user } = row;
  const common = { ...renderTimes(row), ...renderLinks(row) };
  if (listed) return { id, type, status, owner, ...common, ...renderExpiry(row) };
  return {
    id,
    input: JSON.parse(row.input),
    type,
    status,
    owner,
    message,
    result: row.result === null ? null : (JSON.parse(row.result) as Json),
    ...common,
    ...(image === null ? {} : { image_id: image }),
    request_id: request,
    user_id: user,
    ...renderExpiry(row),
  };
}

function renderTimes({ created, updated }: TaskRow): JsonObject {
  return { created_at: seconds(created), updated_at: seconds(updated) };
}

function renderExpiry({ expires }: TaskRow): JsonObject {
  return expires === null ? {} : { expires_at: seconds(expires) };
}

function renderLinks({ id }: TaskRow): JsonObject {
  return { self: `/v2/tasks/${id}`, schema: '/v2/schemas/task' };
}
