import { ApiError } from '../../kernel/apiError.ts';
import type { EmulatorContext } from '../context.ts';
import type { Usage } from './records.ts';

/** Cinder's defaults (SOURCES: cinder §5); -1: no limit. */
export const volumeQuotas = {
  volumes: 10,
  per_volume_gigabytes: -1,
  snapshots: 10,
  gigabytes: 1000,
  backups: 10,
  backup_gigabytes: 1000,
  groups: 10,
} as const;

/** Throws 413 where the account would have more than it may, gigabytes first. */
export function refuseVolumeQuota(
  { volumes }: Pick<EmulatorContext, 'volumes'>,
  region: string,
  account: string,
  wanted: Partial<Usage>,
): void {
  const used = volumes.usage(region, account);
  const isOver = (name: keyof Usage) => used[name] + (wanted[name] ?? 0) > volumeQuotas[name];
  if (isOver('gigabytes'))
    throw overLimit(
      `VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested ${wanted.gigabytes}G, quota is ${volumeQuotas.gigabytes}G and ${used.gigabytes}G has been consumed.`,
    );
  if (wanted.snapshots && isOver('snapshots'))
    throw overLimit(
      `SnapshotLimitExceeded: Maximum number of snapshots allowed (${volumeQuotas.snapshots}) exceeded`,
    );
  if (wanted.volumes && isOver('volumes'))
    throw overLimit(
      `VolumeLimitExceeded: Maximum number of volumes allowed (${volumeQuotas.volumes}) exceeded for quota 'volumes'.`,
    );
}

function overLimit(text: string): ApiError {
  return new ApiError('volume/quota', text, { headers: { 'retry-after': '0' } });
}
