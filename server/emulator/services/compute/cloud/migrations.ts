import type { JsonObject } from '../../../../rules/json.ts';
import { formatMicroseconds, parseTime } from '../../../kernel/clock.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { nextLink, readLimit } from '../api/pages.ts';
import { requireAdmin } from '../api/permissions.ts';
import { refuseOldMarker, refuseTimes } from '../api/refuse.ts';
import { isTrue } from '../api/words.ts';
import { migrationListSchema } from '../schemas/migrations.ts';
import type { MigrationRow } from '../servers/migrations.ts';

/** `/os-migrations`, for administrators: the resizes of servers. From 2.59 the newest first, in pages (SOURCES: nova §10). */
export function migrationRoutes(on: OnCompute, { store }: EmulatorContext): void {
  on('GET', '/os-migrations', (asked) => {
    const { query, region, version } = asked;
    asked.requireQuery(migrationListSchema(version));
    requireAdmin(asked, 'os-migrations:index');
    const all = store.all<MigrationRow>(
      `SELECT * FROM migrations WHERE region = ? ORDER BY key ${version >= 59 ? 'DESC' : ''}`,
      region,
    );
    const found = all.filter((row) => isAskedFor(row, query));
    if (version < 59) return { status: 200, body: { migrations: found.map((row) => view(row, asked)) } };
    const page = cut(found, query);
    return {
      status: 200,
      body: { migrations: page.map((row) => view(row, asked)), ...nextLink(asked, 'os-migrations', page) },
    };
  });
}

function isAskedFor(row: MigrationRow, query: URLSearchParams): boolean {
  const values: Readonly<Record<string, string>> = {
    host: row.host,
    source_compute: row.host,
    instance_uuid: row.server,
    status: row.status,
    migration_type: 'resize',
    user_id: row.user,
    project_id: row.account,
  };
  const [since, before] = [query.get('changes-since'), query.get('changes-before')].map((time) =>
    time === null ? undefined : parseTime(time),
  );
  if (since !== undefined && before !== undefined && since > before) throw refuseTimes();
  const changed = row.updated ?? row.created;
  return (
    Object.entries(values).every(([name, value]) => (query.get(name) ?? value) === value) &&
    !isTrue(query.get('hidden')) &&
    (since === undefined || changed >= since) &&
    (before === undefined || changed <= before)
  );
}

/** Throws 400 where the marker is unknown. */
function cut(rows: readonly MigrationRow[], query: URLSearchParams): MigrationRow[] {
  const marker = query.get('marker');
  const at = marker === null ? -1 : rows.findIndex(({ id }) => id === marker);
  if (marker !== null && at === -1) throw refuseOldMarker(marker);
  return rows.slice(at + 1, at + 1 + readLimit(query));
}

function view(row: MigrationRow, { version }: ComputeRequest): JsonObject {
  const time = (at: number | null) => (at === null ? null : formatMicroseconds(Math.floor(at / 1000) * 1000));
  return {
    id: row.key,
    ...(version >= 59 ? { uuid: row.id } : {}),
    source_compute: row.host,
    dest_compute: row.host,
    source_node: row.host,
    dest_node: row.host,
    dest_host: '127.0.0.1',
    old_instance_type_id: row.old_flavor,
    new_instance_type_id: row.new_flavor,
    instance_uuid: row.server,
    status: row.status,
    ...(version >= 23 ? { migration_type: 'resize' } : {}),
    ...(version >= 80 ? { user_id: row.user, project_id: row.account } : {}),
    created_at: time(row.created),
    updated_at: time(row.updated),
  };
}
