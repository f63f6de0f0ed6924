import { ApiError } from '../../../kernel/apiError.ts';
import { readParam } from '../../../kernel/request.ts';
import { volumeQuotas } from '../quotas.ts';
import { type Asked, type Needs, type OnVolumes, readFlag, refusePolicy } from '../requests.ts';
import { defaultType, formatTime, zone } from '../views.ts';

/** What is around volumes: the one type, limits, quotas, the zone, services (SOURCES: cinder §5). */
export function aroundRoutes(on: OnVolumes): void {
  on('GET', '/types', { policy: 'volume_extension:type_get_all' }, (asked) => ({
    volume_types: [{ ...renderType(asked), 'os-volume-type-access:is_public': true }],
  }));
  on('GET', '/types/:id', { policy: 'volume_extension:type_get' }, (asked) => {
    const id = readParam(asked.request, 'id');
    if (id !== 'default' && id !== defaultType.id)
      throw new ApiError('volume/not-found', `Volume type ${id} could not be found.`);
    return { volume_type: renderType(asked) };
  });
  on('GET', '/limits', { policy: 'limits_extension:used_limits' }, renderLimits);
  on('GET', '/os-quota-sets/:id', { policy: 'volume_extension:quotas:show' }, showQuotas);
  on('GET', '/os-quota-sets/:id/defaults', { policy: 'volume_extension:quotas:show' }, (asked) => {
    requireOwn(asked);
    return { quota_set: { ...listQuotas(), id: readParam(asked.request, 'id') } };
  });
  const ofClasses = { policy: 'volume_extension:quota_classes:get', isForAdmin: true };
  on('GET', '/os-quota-class-sets/:id', ofClasses, ({ request }) => ({
    quota_class_set: { ...listQuotas(), id: readParam(request, 'id') },
  }));
  on('GET', '/os-availability-zone', undefined, () => ({
    availabilityZoneInfo: [{ zoneName: zone, zoneState: { available: true } }],
  }));
  on('GET', '/os-services', { policy: 'volume_extension:services:index', isForAdmin: true }, listServices);
  for (const path of ['', '/detail'])
    for (const [name, { member = name, ...needs }] of Object.entries(empty))
      on('GET', `/${name}${path}`, needs, () => ({ [member]: [] }));
  on('GET', '/extensions', undefined, () => ({ extensions: [] }));
}

/** What nobody can make here, and clients look through. */
const empty: Readonly<Record<string, Needs & { readonly member?: string }>> = {
  backups: { policy: 'backup:get_all' },
  'volume-transfers': { policy: 'volume:get_all_transfers', member: 'transfers' },
  groups: { policy: 'group:get_all', since: 13 },
  group_snapshots: { policy: 'group:get_all_group_snapshots', since: 14 },
  messages: { policy: 'message:get_all', since: 3 },
};

function renderType({ isAdmin }: Asked) {
  return { ...defaultType, extra_specs: {}, ...(isAdmin ? { qos_specs_id: null } : {}) };
}

function renderLimits({ account, context, region }: Asked) {
  const used = context.volumes.usage(region, account.id);
  return {
    limits: {
      rate: [],
      absolute: {
        maxTotalVolumes: volumeQuotas.volumes,
        maxTotalSnapshots: volumeQuotas.snapshots,
        maxTotalVolumeGigabytes: volumeQuotas.gigabytes,
        maxTotalBackups: volumeQuotas.backups,
        maxTotalBackupGigabytes: volumeQuotas.backup_gigabytes,
        totalVolumesUsed: used.volumes,
        totalGigabytesUsed: used.gigabytes,
        totalSnapshotsUsed: used.snapshots,
        totalBackupsUsed: 0,
        totalBackupGigabytesUsed: 0,
      },
    },
  };
}

/** Each quota, and those of the one type, which have no limit. */
function listQuotas(): Record<string, number> {
  const { groups, ...quotas } = volumeQuotas;
  const ofType = ['volumes', 'gigabytes', 'snapshots'].map((name) => [`${name}_${defaultType.name}`, -1]);
  return { ...quotas, ...Object.fromEntries(ofType), groups };
}

function showQuotas(asked: Asked) {
  const { context, query, region, request } = asked;
  requireOwn(asked);
  const id = readParam(request, 'id');
  const quotas = listQuotas();
  if (!readFlag(query, 'usage')) return { quota_set: { ...quotas, id } };
  const used: Readonly<Record<string, number>> = { ...context.volumes.usage(region, id) };
  const detailed = Object.entries(quotas).map(([name, limit]) => [
    name,
    { limit, in_use: used[name.replace(`_${defaultType.name}`, '')] ?? 0, reserved: 0 },
  ]);
  return { quota_set: { ...Object.fromEntries(detailed), id } };
}

/** Throws 403 for the quotas of another account. */
function requireOwn({ account, isAdmin, request }: Asked): void {
  if (readParam(request, 'id') !== account.id && !isAdmin) throw refusePolicy('volume_extension:quotas:show');
}

function listServices({ context }: Asked) {
  const binaries = ['cinder-scheduler', 'cinder-volume'];
  return {
    services: binaries.map((binary) => ({
      binary,
      host: binary === 'cinder-volume' ? 'emulator@volumes' : 'emulator',
      zone,
      status: 'enabled',
      state: 'up',
      updated_at: formatTime(context.clock.now()),
      disabled_reason: null,
    })),
  };
}
