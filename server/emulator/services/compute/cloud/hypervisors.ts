import type { JsonObject } from '../../../../rules/json.ts';
import { isUuidLike } from '../../../../rules/nova/formats.ts';
import { makeStableUuid } from '../../../kernel/stableId.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { requireAdmin } from '../api/permissions.ts';
import { badRequest, itemNotFound, refuseMarker } from '../api/refuse.ts';
import { isTrue } from '../api/words.ts';
import { describeHost } from '../servers/hosts.ts';
import { capacity, serviceId, sumUse, total } from './host.ts';

/** `/os-hypervisors`: the one host, for administrators. */
export function hypervisorRoutes(on: OnCompute, context: EmulatorContext): void {
  const { name } = describeHost();
  const matching = (asked: ComputeRequest, pattern: string | null) => {
    if (pattern === null) return true;
    if (asked.query.has('limit') || asked.query.has('marker'))
      throw badRequest(
        'Paging over hypervisors with the hypervisor_hostname_pattern query parameter is not supported.',
      );
    if (!name.includes(pattern)) throw itemNotFound(`No hypervisor matching '${pattern}' could be found.`);
    return true;
  };
  const list = (asked: ComputeRequest, policy: string, isDetailed: boolean) => {
    requireAdmin(asked, `os-hypervisors:${policy}`);
    const { query, version } = asked;
    const pattern = version >= 53 ? query.get('hypervisor_hostname_pattern') : null;
    const marker = version >= 33 ? query.get('marker') : null;
    if (marker !== null && marker !== String(idOf(version))) throw refuseMarker(marker);
    const shown = marker === null && matching(asked, pattern);
    return { status: 200, body: { hypervisors: shown ? [view(context, asked, isDetailed)] : [] } };
  };

  on('GET', '/os-hypervisors', (asked) => list(asked, 'list', false));
  on('GET', '/os-hypervisors/detail', (asked) => list(asked, 'list-detail', true));
  on(
    'GET',
    '/os-hypervisors/statistics',
    (asked) => {
      requireAdmin(asked, 'os-hypervisors:statistics');
      const statistics = { count: 1, ...measure(context, asked.region) };
      return { status: 200, body: { hypervisor_statistics: statistics } };
    },
    { until: 87 },
  );
  on('GET', '/os-hypervisors/:id', (asked) => {
    requireAdmin(asked, 'os-hypervisors:show');
    requireHost(asked);
    return { status: 200, body: { hypervisor: view(context, asked, true) } };
  });
  on(
    'GET',
    '/os-hypervisors/:id/uptime',
    (asked) => {
      requireAdmin(asked, 'os-hypervisors:uptime');
      requireHost(asked);
      return { status: 200, body: { hypervisor: { ...view(context, asked, false), uptime: readUptime() } } };
    },
    { until: 87 },
  );
  for (const verb of ['search', 'servers'])
    on(
      'GET',
      `/os-hypervisors/:id/${verb}`,
      (asked) => {
        requireAdmin(asked, `os-hypervisors:${verb}`);
        matching(asked, asked.param('id'));
        const servers = verb === 'servers' ? listServers(context, asked) : [];
        const hypervisor = { ...view(context, asked, false), ...(servers.length === 0 ? {} : { servers }) };
        return { status: 200, body: { hypervisors: [hypervisor] } };
      },
      { until: 52 },
    );
}

function idOf(version: number): string | number {
  return version >= 53 ? makeStableUuid(`hypervisor ${describeHost().name}`) : 1;
}

function requireHost(asked: ComputeRequest): void {
  const id = asked.param('id');
  if (asked.version >= 53 && !isUuidLike(id)) throw badRequest(`Invalid uuid ${id}`);
  if (id !== String(idOf(asked.version)))
    throw itemNotFound(`Hypervisor with ID '${id}' could not be found.`);
}

function view(context: EmulatorContext, asked: ComputeRequest, isDetailed: boolean): JsonObject {
  const { version, region, query } = asked;
  const { name } = describeHost();
  const cpu = { arch: 'x86_64', model: 'emulated', vendor: 'none', features: [], topology: {} };
  const withServers = version >= 53 && isTrue(query.get('with_servers'));
  const servers = withServers ? listServers(context, asked) : [];
  return {
    id: idOf(version),
    hypervisor_hostname: name,
    state: 'up',
    status: 'enabled',
    ...(isDetailed
      ? {
          hypervisor_type: 'emulator',
          hypervisor_version: 1,
          host_ip: '127.0.0.1',
          service: { id: serviceId(version), host: name, disabled_reason: null },
        }
      : {}),
    ...(isDetailed && version <= 87
      ? { ...measure(context, region), cpu_info: version >= 28 ? cpu : JSON.stringify(cpu) }
      : {}),
    ...(isDetailed && version >= 88 ? { uptime: readUptime() } : {}),
    ...(servers.length > 0 || (withServers && version >= 75) ? { servers } : {}),
  };
}

function measure(context: EmulatorContext, region: string): JsonObject {
  const { servers, vcpus, ram, disk } = total(sumUse(context, region));
  return {
    vcpus: capacity.vcpus,
    memory_mb: capacity.ram,
    local_gb: capacity.disk,
    vcpus_used: vcpus,
    memory_mb_used: ram,
    local_gb_used: disk,
    free_ram_mb: capacity.ram - ram,
    free_disk_gb: capacity.disk - disk,
    current_workload: 0,
    running_vms: servers,
    disk_available_least: capacity.disk - disk,
  };
}

function listServers({ store }: EmulatorContext, { region }: ComputeRequest): JsonObject[] {
  return store
    .all<{ key: number; id: string }>(
      'SELECT key, id FROM servers WHERE region = ? AND ended IS NULL AND host IS NOT NULL ORDER BY key LIMIT 1000',
      region,
    )
    .map(({ key, id }) => ({ name: `instance-${key.toString(16).padStart(8, '0')}`, uuid: id }));
}

function readUptime(): string {
  const minutes = Math.floor(process.uptime() / 60);
  return ` 00:00:00 up ${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')},  0 users,  load average: 0.00, 0.00, 0.00`;
}
