import type { JsonObject } from '../../../../rules/json.ts';
import { formatMicroseconds, parseTime } from '../../../kernel/clock.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { nextLink, readLimit } from '../api/pages.ts';
import { requireAdmin, requireProject } from '../api/permissions.ts';
import { badRequest, refuseOldMarker } from '../api/refuse.ts';
import { querySchema } from '../schemas/quotas.ts';
import { flavorOf, type ServerRow } from '../servers/rows.ts';

/** `/os-simple-tenant-usage`: hours of servers in a time. */
export function tenantUsageRoutes(on: OnCompute, context: EmulatorContext): void {
  const path = '/os-simple-tenant-usage';
  on('GET', path, (asked) => {
    requireQuery(asked, ['start', 'end', 'detailed']);
    requireAdmin(asked, 'os-simple-tenant-usage:list');
    const time = readTime(context, asked);
    const servers = findServers(context, asked, time);
    const projects = Map.groupBy(servers, ({ account }) => account);
    const isDetailed = asked.query.get('detailed') === '1';
    const usages = [...projects].map(([project, rows]) => sumUsage(context, project, rows, time, isDetailed));
    return { status: 200, body: { tenant_usages: usages, ...link(asked, path, 'tenant_usages', servers) } };
  });
  on('GET', `${path}/:id`, (asked) => {
    requireQuery(asked, ['start', 'end']);
    const project = asked.param('id');
    requireProject(asked, project, 'os-simple-tenant-usage:show');
    const time = readTime(context, asked);
    const servers = findServers(context, asked, time, project);
    const usage = servers.length === 0 ? {} : sumUsage(context, project, servers, time, true);
    return {
      status: 200,
      body: { tenant_usage: usage, ...link(asked, `${path}/${project}`, 'tenant_usage', servers) },
    };
  });
}

function requireQuery(asked: ComputeRequest, names: readonly string[]): void {
  asked.requireQuery(querySchema(asked.version, names, asked.version >= 40));
}

function link(asked: ComputeRequest, path: string, name: string, servers: readonly ServerRow[]): JsonObject {
  if (asked.version < 40) return {};
  return Object.fromEntries(
    Object.values(nextLink(asked, path.slice(1), servers)).map((links) => [`${name}_links`, links]),
  );
}

interface Time {
  readonly start: number;
  readonly end: number;
}

/** Throws 400. */
function readTime({ clock }: EmulatorContext, { query }: ComputeRequest): Time {
  const now = clock.now();
  const read = (name: string) => {
    const text = query.get(name);
    if (!text) return now;
    const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,6})?| \d\d:\d\d:\d\d\.\d{1,6})$/.test(text);
    const time = isTime ? parseTime(text) : undefined;
    if (time === undefined) throw badRequest('Invalid datetime string: Datetime is in invalid format');
    return time;
  };
  const [start, end] = [read('start'), read('end')];
  if (start >= end && (query.get('start') || query.get('end')))
    throw badRequest('Invalid start time. The start time cannot occur after the end time.');
  return { start, end: Math.min(end, now) };
}

function findServers(
  { store }: EmulatorContext,
  { region, query, version }: ComputeRequest,
  { start, end }: Time,
  project?: string,
): ServerRow[] {
  const isPaged = version >= 40;
  const marker = isPaged ? query.get('marker') : null;
  const known =
    marker === null
      ? { key: 0 }
      : store.get<{ key: number }>('SELECT key FROM servers WHERE region = ? AND id = ?', region, marker);
  if (!known) throw refuseOldMarker(marker ?? '');
  return store.all<ServerRow>(
    `SELECT * FROM servers WHERE region = ? AND launched < ? AND (ended IS NULL OR ended > ?) AND key > ?
       ${project === undefined ? '' : 'AND account = ?'} ORDER BY key LIMIT ?`,
    region,
    end,
    start,
    known.key,
    ...(project === undefined ? [] : [project]),
    isPaged ? readLimit(query) : -1,
  );
}

function sumUsage(
  { clock }: EmulatorContext,
  project: string,
  rows: readonly ServerRow[],
  { start, end }: Time,
  isDetailed: boolean,
): JsonObject {
  const usages = rows.map((row) => {
    const { name, ram, disk, ephemeral, vcpus } = flavorOf(row);
    const launched = row.launched ?? row.created;
    const stopped = row.ended ?? clock.now();
    return {
      hours: Math.max(0, Math.min(end, stopped) - Math.max(start, launched)) / 3_600_000,
      flavor: name,
      instance_id: row.id,
      name: row.name,
      tenant_id: project,
      memory_mb: ram,
      local_gb: disk + ephemeral,
      vcpus,
      started_at: formatTime(launched),
      ended_at: row.ended === null ? null : formatTime(row.ended),
      state: row.ended === null ? row.vm_state : 'terminated',
      uptime: Math.floor((stopped - launched) / 1000),
    };
  });
  const sum = (measure: (usage: (typeof usages)[number]) => number) =>
    usages.reduce((all, usage) => all + measure(usage), 0);
  return {
    tenant_id: project,
    ...(isDetailed ? { server_usages: usages } : {}),
    total_local_gb_usage: sum(({ local_gb: gigabytes, hours }) => gigabytes * hours),
    total_vcpus_usage: sum(({ vcpus, hours }) => vcpus * hours),
    total_memory_mb_usage: sum(({ memory_mb: megabytes, hours }) => megabytes * hours),
    total_hours: sum(({ hours }) => hours),
    start: formatMicroseconds(start),
    stop: formatMicroseconds(end),
  };
}

function formatTime(time: number): string {
  return formatMicroseconds(Math.floor(time / 1000) * 1000);
}
