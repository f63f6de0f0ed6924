import type { Facts } from '../facts.ts';
import { isObject, type Json } from '../json.ts';
import { flavorOf } from '../profile/flavors.ts';
import type { ImagingPace } from '../profile/profile.ts';
import { diskOf, sizeOf } from './imageSizes.ts';

export interface Imaged {
  readonly largestGb: number;
  readonly writtenGb?: number;
  readonly daysSinceLast?: number;
  readonly flavorClass?: string;
}

export interface ImagingTime {
  readonly coalesce: number;
  readonly save: number;
}

/** Without what is unknown: the least that it takes. */
export function imagingTime(
  { largestGb, writtenGb = 0, daysSinceLast = 0, flavorClass = '' }: Imaged,
  pace: ImagingPace,
): ImagingTime {
  const factor = pace.factors[flavorClass] ?? 1;
  return {
    coalesce: factor * (pace.coalesce + pace.perWrittenGb * writtenGb + pace.perDay * daysSinceLast),
    save: factor * pace.perGb * largestGb,
  };
}

/** The time for the server of a `server-image` manifest, and the key of its disk that decides it. */
export function imagingTimeOf(
  manifest: Json,
  { profile, flavors }: Facts,
): (ImagingTime & { readonly from: string }) | undefined {
  const server = isObject(manifest) && isObject(manifest['server']) ? manifest['server'] : {};
  const size = sizeOf(server);
  if (!size || !profile.imaging) return undefined;
  const flavor =
    typeof server['flavor'] === 'string' ? flavorOf(server['flavor'], flavors ?? profile.flavors) : undefined;
  const writtenGb = diskOf(server)['written_gb'];
  const imaged: Imaged = {
    largestGb: size.bytes / 2 ** 30,
    ...(typeof writtenGb === 'number' ? { writtenGb } : {}),
    ...(flavor ? { flavorClass: flavor.class } : {}),
  };
  return { ...imagingTime(imaged, profile.imaging), from: size.from };
}
