import { changeDisk } from '../../../../rules/service/diskGrowth.ts';
import {
  type Attempt,
  type ImagingFailure,
  imagingFailure,
  needsSupport,
} from '../../../../rules/service/imagingAttempt.ts';
import { imagingPhases } from '../../../../rules/service/imagingTime.ts';
import type { EmulatorContext } from '../../context.ts';
import { flavorOf, readObject, type ServerRow } from '../servers/rows.ts';
import { encodeGuestDisk, measureGuestDisk, readGuestDisk } from './guestDisk.ts';

const day = 24 * 60 * 60_000;
const minute = 60_000;

/** What decides how long an image of a server takes, and whether it is made. */
function attemptOf(context: EmulatorContext, row: ServerRow): Attempt {
  const now = context.clock.now();
  const disk = readGuestDisk(row, now);
  const size = measureGuestDisk(context, disk);
  const osType = readObject(row.image_properties)['os_type'];
  return {
    largestGb: disk.past.largestGb,
    writtenGb: disk.past.writtenSinceImageGb,
    writtenDuringGb: disk.duringGb,
    daysSinceLast: (now - disk.imagedAt) / day,
    flavorClass: flavorOf(row).class,
    files: disk.files,
    ...(size ? { chainGb: size.chainGb } : {}),
    ...(typeof osType === 'string' ? { osType } : {}),
  };
}

/** Simulated milliseconds that an image takes before its upload, and in it; a coalesce is given up at its time-out. */
export function paceOf(context: EmulatorContext, row: ServerRow): { before: number; upload: number } {
  const { before, upload } = imagingPhases(attemptOf(context, row), context.profile);
  const most = (context.profile.imaging?.mostCoalesce ?? Number.POSITIVE_INFINITY) * minute;
  return { before: Math.min(before, most), upload };
}

/**
 * Says why an image of the server fails; undefined: it does not. Its size and its files count when the imaging begins, the
 * coalesce when it has been given its time.
 */
export function findImagingFault(
  context: EmulatorContext,
  row: ServerRow,
  when: 'begin' | 'coalesced',
): string | undefined {
  const failure = imagingFailure(attemptOf(context, row), context.profile);
  if (!failure || (failure === 'coalesce') !== (when === 'coalesced')) return undefined;
  const { before, upload } = paceOf(context, row);
  const { failures } = readGuestDisk(row, context.clock.now());
  return needsSupport(failures + 1, (before + upload) / minute)
    ? `${reasons[failure]} ${support}`
    : `${reasons[failure]} ${advice[failure]}`;
}

const reasons: Readonly<Record<ImagingFailure, string>> = {
  size: 'The VHDs of the server are larger than an image may be.',
  files: 'The server has too many files to be imaged.',
  coalesce: 'The coalesce of the server took too long and was given up.',
};
const advice: Readonly<Record<ImagingFailure, string>> = {
  size: 'Space of deleted files and earlier images is reclaimed all the same; try again half an hour later.',
  files: 'Delete or archive files, and try again.',
  coalesce: 'Wait, and try again.',
};
const support = 'It has failed before, or takes longer than a day: ask Support to coalesce the server.';

/** The columns that change with an image taken. */
export function noteImage({ clock }: EmulatorContext, row: ServerRow): Partial<ServerRow> {
  const disk = readGuestDisk(row, clock.now());
  return encodeGuestDisk({
    ...disk,
    past: changeDisk(disk.past, { image: true }),
    duringGb: 0,
    imagedAt: clock.now(),
    failures: 0,
    reclaimAt: null,
  });
}

/** The columns that change with an imaging that failed: the reclaiming goes on. */
export function noteFailure({ clock, profile }: EmulatorContext, row: ServerRow): Partial<ServerRow> {
  const disk = readGuestDisk(row, clock.now());
  return encodeGuestDisk({
    ...disk,
    duringGb: 0,
    failures: disk.failures + 1,
    reclaimAt: profile.imaging ? clock.now() + profile.imaging.cleanup * minute : null,
  });
}

/** The columns that change where Support coalesces the server. */
export function noteCoalesce({ clock }: EmulatorContext, row: ServerRow): Partial<ServerRow> {
  const disk = readGuestDisk(row, clock.now());
  return encodeGuestDisk({
    ...disk,
    past: changeDisk(disk.past, { coalesce: true }),
    imagedAt: clock.now(),
    failures: 0,
    reclaimAt: null,
  });
}
