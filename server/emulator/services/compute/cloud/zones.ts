import { formatMicroseconds } from '../../../kernel/clock.ts';
import type { EmulatorContext } from '../../context.ts';
import type { OnCompute } from '../api/compute.ts';
import { requireAdmin } from '../api/permissions.ts';
import { describeHost, findZone } from '../servers/hosts.ts';

/** `/os-availability-zone`: the zone of the one host, and for administrators that of Nova's own services. */
export function zoneRoutes(on: OnCompute, { clock, store }: EmulatorContext): void {
  const { name } = describeHost();
  const describe = (zoneName: string, hosts: object | null) => ({
    zoneName,
    zoneState: { available: true },
    hosts,
  });
  on('GET', '/os-availability-zone', ({ region }) => ({
    status: 200,
    body: { availabilityZoneInfo: [describe(findZone(store, region), null)] },
  }));
  on('GET', '/os-availability-zone/detail', (asked) => {
    requireAdmin(asked, 'os-availability-zone:detail');
    const state = { available: true, active: true, updated_at: formatMicroseconds(clock.now()) };
    const zones = [
      describe('internal', { [name]: { 'nova-scheduler': state, 'nova-conductor': state } }),
      describe(findZone(store, asked.region), { [name]: { 'nova-compute': state } }),
    ];
    return { status: 200, body: { availabilityZoneInfo: zones } };
  });
}
