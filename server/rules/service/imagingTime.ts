import type { ImagingPace, Profile } from '../profile/profile.ts';

export interface Imaged {
  readonly largestGb: number;
  /** Written, changed and deleted since the last image. */
  readonly writtenGb?: number;
  /** The same while the image is made. */
  readonly writtenDuringGb?: number;
  readonly daysSinceLast?: number;
  readonly flavorClass?: string;
}

export interface ImagingTime {
  readonly coalesce: number;
  readonly save: number;
}

/** Without what is unknown: the least that it takes, in minutes. */
export function imagingTime(
  { largestGb, writtenGb = 0, writtenDuringGb = 0, daysSinceLast = 0, flavorClass = '' }: Imaged,
  pace: ImagingPace,
): ImagingTime {
  const factor = pace.factors[flavorClass] ?? 1;
  const delay = pace.perWrittenDuringGb * writtenDuringGb;
  return {
    coalesce: factor * (pace.coalesce + pace.perWrittenGb * writtenGb + pace.perDay * daysSinceLast + delay),
    save: factor * (pace.perGb * largestGb + delay),
  };
}

/**
 * How long the states of an image of a server can be seen, in milliseconds: the coalesce and the snapshot, then the upload
 * (DECISIONS 26). Of clouds that state no durations the least.
 */
export function imagingPhases(
  imaged: Imaged,
  { imaging, compute }: Profile,
): { before: number; upload: number } {
  const { coalesce, save } = imaging ? imagingTime(imaged, imaging) : { coalesce: 0, save: 0 };
  return {
    before: Math.max(compute.least.imaging, coalesce * 60_000),
    upload: Math.max(compute.least.upload, save * 60_000),
  };
}

/** Tells by the task state of a server that is imaged whether its disk has been captured: what was stopped for it may go on. */
export function isCaptured(task: string | null): boolean {
  return task === 'image_pending_upload' || task === 'image_uploading';
}
