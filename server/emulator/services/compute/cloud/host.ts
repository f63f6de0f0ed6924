import type { JsonObject } from '../../../../rules/json.ts';
import { formatMicroseconds } from '../../../kernel/clock.ts';
import { makeStableUuid } from '../../../kernel/stableId.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { requireAdmin } from '../api/permissions.ts';
import { itemNotFound } from '../api/refuse.ts';
import { querySchema } from '../schemas/quotas.ts';
import { describeHost, findZone } from '../servers/hosts.ts';

/** What the one host has: processors, MB, GB. */
export const capacity = { vcpus: 1000, ram: 8_000_000, disk: 600_000 } as const;

export interface Use {
  readonly servers: number;
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
}

/** What the servers of a region take, of one account or of all; by the index `servers_by_size`. */
export function sumUse({ store }: EmulatorContext, region: string): (Use & { account: string })[] {
  return store.all<Use & { account: string }>(
    `SELECT account, count(*) AS servers, sum(flavor ->> 'vcpus') AS vcpus, sum(flavor ->> 'ram') AS ram,
       sum(flavor ->> 'disk') AS disk
     FROM servers INDEXED BY servers_by_size WHERE region = ? AND ended IS NULL GROUP BY account`,
    region,
  );
}

export function total(uses: readonly Use[]): Use {
  const sum = (name: keyof Use) => uses.reduce((all, use) => all + use[name], 0);
  return { servers: sum('servers'), vcpus: sum('vcpus'), ram: sum('ram'), disk: sum('disk') };
}

const services = [
  { binary: 'nova-scheduler', topic: 'scheduler', zone: 'internal' },
  { binary: 'nova-conductor', topic: 'conductor', zone: 'internal' },
  { binary: 'nova-compute', topic: 'compute', zone: undefined }, // that of the host
].map((service, at) => ({ ...service, id: at + 1, uuid: makeStableUuid(`service ${service.binary}`) }));

/** The service that runs servers: its id as a minor version shows it. */
export function serviceId(version: number): string | number {
  const compute = services.at(-1);
  return (version >= 53 ? compute?.uuid : compute?.id) ?? 0;
}

export function findServiceById(id: string): object | undefined {
  return services.find((service) => service.uuid === id || String(service.id) === id);
}

/** `/os-services` and `/os-hosts`, for administrators. */
export function hostRoutes(on: OnCompute, context: EmulatorContext): void {
  const { name } = describeHost();
  const list = ({ region }: ComputeRequest) => {
    const hostZone = findZone(context.store, region);
    return services.map((service) => ({ ...service, zone: service.zone ?? hostZone }));
  };
  on('GET', '/os-services', (asked) => {
    requireAdmin(asked, 'os-services:list');
    asked.requireQuery(querySchema(asked.version, ['host', 'binary']));
    const [host, binary] = [asked.query.get('host'), asked.query.get('binary')];
    const found = list(asked).filter(
      (service) => (!host || host === name) && (!binary || binary === service.binary),
    );
    const shown = found.map((service) => viewService(service, asked, context.clock.now()));
    return { status: 200, body: { services: shown } };
  });
  const until = { until: 42 };
  on(
    'GET',
    '/os-hosts',
    (asked) => {
      requireAdmin(asked, 'os-hosts:list');
      const zone = asked.query.get('zone');
      const hosts = list(asked)
        .filter((service) => !zone || zone === service.zone)
        .map((service) => ({ host_name: name, service: service.topic, zone: service.zone }));
      return { status: 200, body: { hosts } };
    },
    until,
  );
  on(
    'GET',
    '/os-hosts/:id',
    (asked) => {
      requireAdmin(asked, 'os-hosts:show');
      if (asked.param('id') !== name)
        throw itemNotFound(`Host '${asked.param('id')}' is not mapped to any cell`);
      const uses = sumUse(context, asked.region);
      const used = total(uses);
      const rows: [string, Omit<Use, 'servers'>][] = [
        ['(total)', capacity],
        ['(used_now)', used],
        ['(used_max)', used],
        ...uses.map((use): [string, Use] => [use.account, use]),
      ];
      const host = rows.map(([project, { vcpus, ram, disk }]) => ({
        resource: { host: name, project, cpu: vcpus, memory_mb: ram, disk_gb: disk },
      }));
      return { status: 200, body: { host } };
    },
    until,
  );
}

function viewService(
  { binary, zone, id, uuid }: { binary: string; zone: string; id: number; uuid: string },
  { version }: ComputeRequest,
  now: number,
): JsonObject {
  return {
    binary,
    host: describeHost().name,
    id: version >= 53 ? uuid : id,
    zone,
    status: 'enabled',
    state: 'up',
    updated_at: formatMicroseconds(now),
    disabled_reason: null,
    ...(version >= 11 ? { forced_down: false } : {}),
  };
}
