import type { DiskGrowth } from '../profile/profile.ts';

/** What changes the size of a server's disk; GB of 2^30 bytes. `coalesce`: that of an image which was then not made. */
export type DiskChange =
  | { readonly write: number }
  | { readonly delete: number }
  | { readonly image: true }
  | { readonly coalesce: true };

/** All that the past of a disk leaves, whatever its length. GB, but for `images`. */
export interface DiskPast {
  readonly usedGb: number;
  /** The most that the file system ever held. */
  readonly largestGb: number;
  /** Ever, what the server was built with among it. */
  readonly writtenGb: number;
  readonly deletedGb: number;
  readonly images: number;
  /** Since the last coalesce: the most that was held before, what of it was written and is held, and the most of that. */
  readonly settledGb: number;
  readonly recentGb: number;
  readonly mostRecentGb: number;
  readonly writtenSinceImageGb: number;
}

export interface DiskSize {
  readonly usedGb: number;
  readonly largestGb: number;
  /** The disk's VHD, which never shrinks. */
  readonly vhdGb: number;
  /** With what the VHDs behind it hold twice, until they are coalesced. */
  readonly chainGb: number;
  /** Written and deleted since the last coalesce. */
  readonly writtenSinceImageGb: number;
}

/** Begins the past of a server that is built with so many GB. */
export function beginDisk(gb: number): DiskPast {
  return {
    usedGb: gb,
    largestGb: gb,
    writtenGb: gb,
    deletedGb: 0,
    images: 0,
    settledGb: gb,
    recentGb: 0,
    mostRecentGb: 0,
    writtenSinceImageGb: 0,
  };
}

export function changeDisk(past: DiskPast, change: DiskChange): DiskPast {
  if ('write' in change) {
    const usedGb = past.usedGb + change.write;
    const recentGb = past.recentGb + change.write;
    return {
      ...past,
      usedGb,
      recentGb,
      largestGb: Math.max(past.largestGb, usedGb),
      mostRecentGb: Math.max(past.mostRecentGb, recentGb),
      writtenGb: past.writtenGb + change.write,
      writtenSinceImageGb: past.writtenSinceImageGb + change.write,
    };
  }
  if ('delete' in change) {
    const gb = Math.min(change.delete, past.usedGb);
    return {
      ...past,
      usedGb: past.usedGb - gb,
      recentGb: Math.max(0, past.recentGb - gb),
      deletedGb: past.deletedGb + gb,
      writtenSinceImageGb: past.writtenSinceImageGb + gb,
    };
  }
  return {
    ...past,
    images: past.images + ('image' in change ? 1 : 0),
    settledGb: past.largestGb,
    recentGb: 0,
    mostRecentGb: 0,
    writtenSinceImageGb: 0,
  };
}

/**
 * Measures a disk (DECISIONS 16). Files that are written into freed space take none in the VHD; after an image they do in
 * a new one, so that the chain has both until it is coalesced.
 */
export function measureDisk(past: DiskPast, growth: DiskGrowth): DiskSize {
  const { usedGb, largestGb, writtenGb, deletedGb, images, writtenSinceImageGb } = past;
  const vhdGb =
    growth.baseGb +
    largestGb +
    growth.perWrittenGb * writtenGb +
    growth.perDeletedGb * deletedGb +
    growth.perImageGb * images;
  const twiceGb = Math.max(0, past.settledGb + past.mostRecentGb - largestGb);
  return { usedGb, largestGb, vhdGb, chainGb: vhdGb + twiceGb, writtenSinceImageGb };
}

/** Measures the disk of a server that was built with so many GB and changed so. */
export function growDisk(builtGb: number, history: readonly DiskChange[], growth: DiskGrowth): DiskSize {
  return measureDisk(history.reduce(changeDisk, beginDisk(builtGb)), growth);
}
