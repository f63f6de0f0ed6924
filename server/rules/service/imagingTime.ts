import { diskOf, sizeOf } from '../families/serverImageSize.ts';
import { isObject } from '../families/subjects.ts';
import { flavorOf } from '../profile/flavors.ts';
import type { Facts, Json } from '../rule.ts';

/**
 * How long an image of a server takes (decision 15): first the chain of VHDs is coalesced, then the disk is saved,
 * compressed and uploaded. Minutes; GB are 2^30 bytes.
 */
export interface ImagingPace {
  /** Saving and uploading, for each GB that the file system ever held. "Cloud image creation format and process": 2. */
  readonly perGb: number;
  /** Coalescing at least; ours. */
  readonly coalesce: number;
  /** For each GB written, changed or deleted since the last image, reads not counted; ours. */
  readonly perWrittenGb: number;
  /** For each day since the last image; ours. */
  readonly perDay: number;
  /** By flavor class, what all of it is multiplied with: older flavors have slower networks. Ours. */
  readonly factors: Readonly<Record<string, number>>;
}

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
