import { articles } from '../articles.ts';
import type { Rule } from '../rule.ts';
import { exactBytes, gigabytes } from '../service/answers.ts';
import { sizeOf } from '../service/imageSizes.ts';
import { attemptOf, imagingFailure, largestImageOf } from '../service/imagingAttempt.ts';
import { advice } from './serverImage.ts';

const limitations = articles.limitations;
const process = articles.creation;
/** Of the limit: "very close to the maximum disk size"; no source gives a number. */
const close = 0.9;

/** How large the image of a server will be, and what follows from it. */
export const serverImageSizeRules: readonly Rule[] = [
  advice({
    id: 'server-image/size',
    severity: 'warning',
    source: `${limitations}, Linux`,
    summary:
      'The image holds what the disk ever held: above the limit, General Purpose and I/O servers are not built from it, and it cannot be imported again.',
    bad: 'createImage: { name: web }\nserver: { disk: { used_gb: 5, largest_gb: 100 } }\n',
    good: 'createImage: { name: web }\nserver: { disk: { used_gb: 5, largest_gb: 20 } }\n',
    *check(server, { facts }) {
      const size = sizeOf(server);
      const limit = largestImageOf(attemptOf(server, facts), facts.profile);
      if (!size || limit === undefined || size.bytes <= limit) return;
      yield {
        pointer: `/server/disk/${size.from}`,
        message: `The disk held ${gigabytes(size.bytes)} and its VHD never shrinks: with more than ${gigabytes(limit)} (${exactBytes(limit)}) the image may fail, I/O and General Purpose servers are not built from it, and it cannot be imported again. Deleting files does not help; move them to a new server.`,
      };
    },
  }),
  advice({
    id: 'server-image/near-limit',
    severity: 'hint',
    source: limitations,
    summary: 'Images very close to the largest size can fail; trying again half an hour later may succeed.',
    bad: 'createImage: { name: web }\nserver: { disk: { largest_gb: 39 } }\n',
    good: 'createImage: { name: web }\nserver: { disk: { largest_gb: 20 } }\n',
    *check(server, { facts }) {
      const size = sizeOf(server);
      const attempt = attemptOf(server, facts);
      const limit = largestImageOf(attempt, facts.profile);
      if (!size || limit === undefined || size.bytes > limit) return;
      if (size.bytes < close * limit && imagingFailure(attempt, facts.profile) !== 'size') return;
      yield {
        pointer: `/server/disk/${size.from}`,
        message: `${gigabytes(size.bytes)} is very close to the limit of ${gigabytes(limit)}: the VHD also tracks changes and deleted files, so imaging can fail. If it does, freed space is reclaimed all the same; try again half an hour later.`,
      };
    },
  }),
  advice({
    id: 'server-image/files',
    severity: 'hint',
    source: limitations,
    summary: 'Imaging can fail on an extremely large number of files.',
    bad: 'createImage: { name: web }\nserver: { disk: { files: 5000000 } }\n',
    good: 'createImage: { name: web }\nserver: { disk: { files: 200000 } }\n',
    *check(server, { facts }) {
      const attempt = attemptOf(server, facts);
      const { files = 0 } = attempt;
      if (imagingFailure({ ...attempt, chainGb: 0 }, facts.profile) !== 'files') return;
      yield {
        pointer: '/server/disk/files',
        message: `${files.toLocaleString('en-US')} files: imaging can fail on so many. Pack or move what need not be on the image.`,
      };
    },
  }),
  advice({
    id: 'server-image/age',
    severity: 'hint',
    source: process,
    summary:
      'Servers of older flavors, and much that changed since the last image, make imaging slow or fail.',
    bad: 'createImage: { name: web }\nserver: { flavor: "4" }\n',
    good: 'createImage: { name: web }\nserver: { flavor: general1-2 }\n',
    *check(server, { facts }) {
      const attempt = attemptOf(server, facts);
      const { imaging } = facts.profile;
      if (!imaging) return;
      if ((imaging.factors[attempt.flavorClass ?? ''] ?? 1) > 1)
        yield {
          pointer: '/server/flavor',
          message:
            'Standard servers stand on older hosts with a slow network: imaging takes longer and may time out. Move to a newer flavor, or back up files.',
        };
      if (imagingFailure({ ...attempt, chainGb: 0, files: 0 }, facts.profile) !== 'coalesce') return;
      yield {
        pointer: '/server/disk/written_gb',
        message: `${attempt.writtenGb} GB changed since the last image: to coalesce them takes longer than the ${imaging.mostCoalesce} minutes after which imaging is given up. Image more often and write less meanwhile; if it fails, wait half an hour and try again.`,
      };
    },
  }),
];
