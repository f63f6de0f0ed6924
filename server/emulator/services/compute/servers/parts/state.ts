import type { JsonObject } from '../../../../../rules/json.ts';
import type { EmulatorContext } from '../../../context.ts';
import type { OnCompute } from '../../api/compute.ts';
import { requireAdmin, requireWriter } from '../../api/permissions.ts';
import { conflict, itemNotFound } from '../../api/refuse.ts';
import { findServer, requireHost } from '../find.ts';
import { flavorOf, power, type ServerRow } from '../rows.ts';

/** What Nova tells of a running server, and what it would keep of it: password, topology, migrations. */
export function serverStateRoutes(on: OnCompute, context: EmulatorContext): void {
  on('GET', '/servers/:id/diagnostics', (asked) => {
    const row = findServer(context, asked);
    requireAdmin(asked, 'os-server-diagnostics');
    requireHost(row);
    if (row.power_state !== power.running)
      throw conflict(
        `Cannot 'get_diagnostics' instance ${row.id} while it is in power state ${powerNames[row.power_state] ?? 'pending'}`,
      );
    const uptime = Math.floor((context.clock.now() - (row.launched ?? row.created)) / 1000);
    return { status: 200, body: asked.version >= 48 ? diagnose(row, uptime) : diagnoseLoosely(row, uptime) };
  });
  on('GET', '/servers/:id/os-server-password', (asked) => {
    findServer(context, asked);
    return { status: 200, body: { password: '' } }; // no guest has stored one
  });
  on('DELETE', '/servers/:id/os-server-password', (asked) => {
    findServer(context, asked);
    requireWriter(context, asked, 'os-server-password:clear');
    return { status: 204 };
  });
  on(
    'GET',
    '/servers/:id/topology',
    (asked) => {
      findServer(context, asked);
      return { status: 200, body: { nodes: [], pagesize_kb: null } };
    },
    { from: 78 },
  );
  on(
    'GET',
    '/servers/:id/migrations',
    (asked) => {
      findServer(context, asked);
      requireAdmin(asked, 'servers:migrations:index');
      return { status: 200, body: { migrations: [] } }; // there is one host
    },
    { from: 23 },
  );
  on(
    'GET',
    '/servers/:id/migrations/:migration',
    (asked) => {
      const { id } = findServer(context, asked);
      requireAdmin(asked, 'servers:migrations:show');
      throw itemNotFound(
        `In-progress live migration ${asked.param('migration')} is not found for server ${id}.`,
      );
    },
    { from: 23 },
  );
}

const powerNames: Readonly<Record<number, string>> = { 0: 'pending', 3: 'paused', 4: 'shutdown' };

/** From 2.48 the same for every hypervisor. */
function diagnose(row: ServerRow, uptime: number): JsonObject {
  const { vcpus, ram } = flavorOf(row);
  const nics = row.mac === null ? [] : [{ mac_address: row.mac, ...counters('rx'), ...counters('tx') }];
  const disk = { read_bytes: 0, read_requests: 0, write_bytes: 0, write_requests: 0, errors_count: null };
  return {
    state: 'running',
    driver: 'libvirt',
    hypervisor: 'kvm',
    hypervisor_os: 'linux',
    uptime,
    config_drive: row.config_drive === 1,
    num_cpus: vcpus,
    num_nics: nics.length,
    num_disks: 1,
    cpu_details: Array.from({ length: vcpus }, (_, id) => ({ id, time: uptime * 1e9, utilisation: null })),
    nic_details: nics,
    disk_details: [disk],
    memory_details: { maximum: ram, used: ram },
  };
}

function counters(way: 'rx' | 'tx'): JsonObject {
  const names = ['octets', 'errors', 'drop', 'packets', 'rate'];
  return Object.fromEntries(names.map((name) => [`${way}_${name}`, name === 'rate' ? null : 0]));
}

function diagnoseLoosely(row: ServerRow, uptime: number): JsonObject {
  const { vcpus, ram } = flavorOf(row);
  return {
    ...Object.fromEntries(Array.from({ length: vcpus }, (_, at) => [`cpu${at}_time`, uptime * 1e9])),
    memory: ram * 1024,
    'memory-actual': ram * 1024,
    vda_read: 0,
    vda_read_req: 0,
    vda_write: 0,
    vda_write_req: 0,
    vda_errors: -1,
  };
}
