import { isCaptured } from '../../../../rules/service/imagingTime.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Events } from '../../../kernel/events.ts';
import type { Blobs } from '../../../store/blobs.ts';
import type { Store } from '../../../store/store.ts';
import { writeRevision } from '../../revisions.ts';
import { type ServerRow, statusOf } from './rows.ts';

/** Servers as records. What changes one stands here, and runs inside `store.write`. */
export interface Servers {
  /** One that has not been deleted. */
  find(region: string, id: string): ServerRow | undefined;
  create(server: NewServer): ServerRow;
  /** A number that no server has had. */
  next(): number;
  /** Forgets what was written to its disk. */
  forgetWrites(row: ServerRow): void;
  /** Answers the row as it is then. */
  change(row: ServerRow, columns: Partial<ServerRow>): ServerRow;
  /** Marks it as deleted, and frees its disk. */
  end(row: ServerRow): ServerRow;
  tags(key: number): string[];
  setTags(row: ServerRow, tags: readonly string[]): void;
  /** Enters that somebody acts on the server. */
  act(row: ServerRow, action: NewAction): void;
  /** The latest unfinished action of this name ends; `message`: it failed. */
  finish(row: ServerRow, action: string, message?: string): void;
}

export type NewServer = Omit<ServerRow, 'key' | 'created' | 'updated' | 'revision' | 'launched' | 'ended'>;

export interface NewAction {
  readonly action: string;
  readonly request: string;
  readonly user: string;
  readonly account: string;
}

export function createServers(store: Store, clock: Clock, events: Events, blobs: Blobs): Servers {
  // Long, since its parts share state that nothing else may reach.
  const tell = (action: 'create' | 'update' | 'delete', row: ServerRow) => {
    const { region, account, id, name, task_state: task } = row;
    events.append({
      kind: 'server',
      action,
      region,
      account,
      id,
      summary: {
        name,
        status: statusOf(row),
        task_state: task,
        ...(isCaptured(task) ? { safe: true } : {}),
      },
    });
  };
  const insert = (columns: Readonly<Record<string, string | number | null>>) => {
    const names = Object.keys(columns);
    return store.run(
      `INSERT INTO servers (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      ...Object.values(columns),
    ).key;
  };
  const forgetWrites: Servers['forgetWrites'] = ({ key }) => {
    const written = store.all<{ blob: string }>(
      'SELECT DISTINCT blob FROM server_writes WHERE server = ? AND blob IS NOT NULL',
      key,
    );
    store.run('DELETE FROM server_writes WHERE server = ?', key);
    for (const { blob } of written) blobs.release(blob);
  };
  const find: Servers['find'] = (region, id) =>
    store.get<ServerRow>('SELECT * FROM servers WHERE region = ? AND id = ? AND ended IS NULL', region, id);
  const change: Servers['change'] = (row, columns) => {
    const now = writeRevision({ store, clock }, 'servers', row, columns);
    tell('update', now);
    return now;
  };

  return {
    find,
    next: () =>
      store.get<{ next: number }>('SELECT coalesce(max(key), 0) + 1 AS next FROM servers')?.next ?? 1,
    forgetWrites,
    create: (server) => {
      const now = clock.now();
      const columns = { ...server, created: now, updated: now, launched: null, ended: null, revision: 1 };
      const row: ServerRow = { ...columns, key: insert(columns) };
      tell('create', row);
      return row;
    },
    change,
    end: (row) => {
      const now: ServerRow = {
        ...row,
        vm_state: 'deleted',
        task_state: null,
        power_state: 0,
        ended: clock.now(),
        metadata: '{}',
        disk_blob: null,
        revision: row.revision + 1,
      };
      store.run(
        `UPDATE servers SET vm_state = 'deleted', task_state = NULL, power_state = 0, ended = ?1, updated = ?1,
           metadata = '{}', disk_blob = NULL, revision = ?2 WHERE key = ?3`,
        now.ended,
        now.revision,
        row.key,
      );
      forgetWrites(row);
      if (row.disk_blob !== null) blobs.release(row.disk_blob);
      tell('delete', now);
      return now;
    },
    tags: (key) =>
      store
        .all<{ tag: string }>('SELECT tag FROM server_tags WHERE server = ? ORDER BY tag', key)
        .map(({ tag }) => tag),
    setTags: (row, tags) => {
      store.run('DELETE FROM server_tags WHERE server = ?', row.key);
      for (const tag of new Set(tags))
        store.run('INSERT INTO server_tags (server, tag) VALUES (?, ?)', row.key, tag);
      change(row, {});
    },
    act: (row, { action, request, user, account }) => {
      store.run(
        'INSERT INTO server_actions (server, action, request, user, account, started) VALUES (?, ?, ?, ?, ?, ?)',
        row.key,
        action,
        request,
        user,
        account,
        clock.now(),
      );
    },
    finish: (row, action, message) => {
      store.run(
        `UPDATE server_actions SET finished = ?, message = ? WHERE key =
           (SELECT max(key) FROM server_actions WHERE server = ? AND action = ? AND finished IS NULL)`,
        clock.now(),
        message ?? null,
        row.key,
        action,
      );
    },
  };
}
