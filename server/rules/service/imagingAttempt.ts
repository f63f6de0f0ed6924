import type { Facts } from '../facts.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { flavorOf } from '../profile/flavors.ts';
import type { Profile } from '../profile/profile.ts';
import { chainOf, diskOf, sizeOf } from './imageSizes.ts';
import { type Imaged, type ImagingTime, imagingTime } from './imagingTime.ts';

export type ImagingFailure = 'size' | 'files' | 'coalesce';

export interface Attempt extends Imaged {
  readonly osType?: string;
  /** Of all its VHDs. */
  readonly chainGb?: number;
  readonly files?: number;
}

/**
 * Why an image of a server fails, as far as the server's own state tells it: limits when it begins, then a coalesce that
 * runs into its time-out. A cloud that states no durations refuses none.
 */
export function imagingFailure(attempt: Attempt, profile: Profile): ImagingFailure | undefined {
  const { imaging } = profile;
  if (!imaging) return undefined;
  const { chainGb = 0, files = 0 } = attempt;
  if (chainGb * 2 ** 30 > (largestImageOf(attempt, profile) ?? Number.POSITIVE_INFINITY)) return 'size';
  if (hasLimits(attempt, profile) && files > imaging.mostFiles) return 'files';
  return imagingTime(attempt, imaging).coalesce > imaging.mostCoalesce ? 'coalesce' : undefined;
}

/** What a manifest says of the server that is imaged. */
export function attemptOf(server: JsonObject, { profile, flavors }: Facts): Attempt {
  const { flavor: reference, os_type: osType } = server;
  const { written_gb: writtenGb, files } = diskOf(server);
  const flavor = typeof reference === 'string' ? flavorOf(reference, flavors ?? profile.flavors) : undefined;
  const size = sizeOf(server);
  const chainGb = profile.imaging && chainOf(server, profile.imaging.growth);
  return {
    largestGb: (size?.bytes ?? 0) / 2 ** 30,
    ...(typeof writtenGb === 'number' ? { writtenGb } : {}),
    ...(flavor ? { flavorClass: flavor.class } : {}),
    ...(typeof osType === 'string' ? { osType } : {}),
    ...(chainGb === undefined ? {} : { chainGb }),
    ...(typeof files === 'number' ? { files } : {}),
  };
}

/** The limitations article sets no limits on size and files of Standard servers. */
function hasLimits({ flavorClass = '' }: Pick<Attempt, 'flavorClass'>, { imaging }: Profile): boolean {
  return imaging !== undefined && !imaging.withoutLimits.includes(flavorClass);
}

/** Bytes of the largest VHDs that are imaged; of Windows the flavor's disk decides, so that none is too large. */
export function largestImageOf(
  attempt: Pick<Attempt, 'flavorClass' | 'osType'>,
  profile: Profile,
): number | undefined {
  if (attempt.osType === 'windows' || !hasLimits(attempt, profile)) return undefined;
  return profile.limits.serverImageBytes;
}

/** Whether Support is to be asked: where imaging failed twice, or takes longer than a day. */
export function needsSupport(failures: number, minutes: number): boolean {
  return failures > 1 || minutes > 24 * 60;
}

/** The time for the server of a `server-image` manifest, and the key of its disk that decides it. */
export function imagingTimeOf(
  manifest: Json,
  facts: Facts,
): (ImagingTime & { readonly from: string }) | undefined {
  const server = isObject(manifest) && isObject(manifest['server']) ? manifest['server'] : {};
  const size = sizeOf(server);
  const { imaging } = facts.profile;
  return size && imaging && { ...imagingTime(attemptOf(server, facts), imaging), from: size.from };
}
