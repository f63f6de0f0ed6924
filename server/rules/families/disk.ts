import type { DiskFacts, DiskSafety } from '../facts.ts';
import type { JsonObject } from '../json.ts';
import { hasReached, type Release } from '../profile/releases.ts';
import type { Observation, Rule } from '../rule.ts';
import { diskImages, type ImageWithDisk, placeOfDisk } from '../service/imageDisk.ts';
import { gib } from '../service/importBody.ts';
import { inspectData, isInspected, nameStream, refuseDisk } from '../service/inspectData.ts';

const source = 'SOURCES: inspectors';
const formats = 'name: web\ndisk_format: qcow2\ncontainer_format: bare\n';

const sound: DiskSafety = { safe: true, failed: [] };

/** A sound QCOW2 of 20 GiB, for the rules' examples. */
const soundQcow2: DiskFacts = {
  name: 'web.qcow2',
  format: 'qcow2',
  virtualSize: 20 * gib,
  safety: sound,
  physicalSize: gib,
  streams: ['qcow2'],
};

interface Check {
  /** The names of OpenStack's checks that it stands for. */
  readonly checks: readonly string[];
  readonly summary: string;
  explain(disk: DiskFacts): string;
  readonly example: Partial<DiskFacts>;
  /** The release since which a service makes them; all of them where absent. */
  readonly since?: Release;
}

/** A rule about checks that fail: Nova writes no server's disk of what fails one. */
function checkRule(id: Rule['id'], { checks, summary, explain, example, since }: Check): Rule {
  const bad: DiskFacts = { ...soundQcow2, safety: { safe: false, failed: checks.slice(0, 1) }, ...example };
  const text = formats.replace('qcow2', ['qcow2', 'vmdk', 'vhdx'].includes(bad.format) ? bad.format : 'raw');
  return {
    id,
    severity: 'error',
    kinds: ['image'],
    profile: 'openstack',
    source,
    summary,
    atBoot: true,
    example: {
      ...{ kind: 'image', bad: text, good: text, disk: bad, goodDisk: { ...bad, safety: sound } },
      ...(since === undefined ? {} : { release: since }),
    },
    *check(subject) {
      if (since !== undefined && !hasReached(subject.facts.profile.release, since)) return;
      for (const known of diskImages(subject)) {
        const { disk } = known;
        if (!disk.safety?.failed.some((check) => checks.includes(check))) continue;
        yield { pointer: placeOfDisk(known), message: explain(disk), ...answerFor(known) };
      }
    },
  };
}

/** What Glance answers to the upload, where the release inspects it. */
function answerFor({ image, facts, disk }: ImageWithDisk): Pick<Observation, 'answer'> {
  const declared = declaredBy(image);
  const { release } = facts.profile;
  if (!declared || !isInspected(release, declared.container)) return {};
  const { refusal } = inspectData(disk, declared, release);
  return refusal ? { answer: refusal } : {};
}

function declaredBy(image: JsonObject) {
  const { disk_format: disk, container_format: container } = image;
  return typeof disk === 'string' && typeof container === 'string' ? { disk, container } : undefined;
}

/** The rules about the disk itself that an image manifest names. */
export const diskRules: readonly Rule[] = [
  {
    id: 'disk/format-mismatch',
    severity: 'error',
    kinds: ['image'],
    profile: 'openstack',
    source,
    summary:
      'disk_format is what the disk is: a service that guesses otherwise can be made to read files of its host.',
    atBoot: true,
    example: {
      kind: 'image',
      bad: formats.replace('qcow2', 'raw'),
      good: formats,
      disk: soundQcow2,
      goodDisk: soundQcow2,
    },
    *check(subject) {
      for (const known of diskImages(subject)) {
        const { pointer, image, disk, facts } = known;
        const declared = declaredBy(image);
        const found = nameStream(disk);
        if (declared?.container !== 'bare' || found === undefined) continue;
        // What lies in other files is said as that.
        if (disk.format === 'vmdk' && found === 'raw') continue;
        if (declared.disk === found || (declared.disk === 'raw' && found === 'gpt')) continue;
        const isKnown =
          refuseDisk({ ...disk, safety: sound }, declared.disk, facts.profile.release) !== undefined;
        if (!isKnown) continue;
        const place = `${pointer}/disk_format`;
        const right = found === 'gpt' ? 'raw' : found;
        const canBe = facts.profile.images.diskFormats.includes(right);
        yield {
          pointer: place,
          message: explainMismatch(disk, declared.disk, right, canBe),
          ...answerFor(known),
          fixes: canBe
            ? [{ title: `Change to '${right}'`, edits: [{ do: 'set', pointer: place, value: right }] }]
            : [],
        };
      }
    },
  },
  checkRule('disk/backing-file', {
    checks: ['backing_file'],
    summary:
      'A QCOW2 with a backing file holds only what changed; a service would look for the rest on its own disk.',
    explain: ({ name }) =>
      `${name} has a backing file, which no service follows. Write it with all that it shows: qemu-img convert -O qcow2.`,
    example: {},
  }),
  checkRule('disk/data-file', {
    checks: ['data_file'],
    summary:
      'A QCOW2 with an external data file holds no data; a service would read a file of its host in its place.',
    explain: ({ name }) =>
      `The data of ${name} lies in another file, which no service follows. Write it as one: qemu-img convert -O qcow2.`,
    example: {},
  }),
  checkRule('disk/unknown-feature', {
    checks: ['unknown_features'],
    summary:
      'A QCOW2 has version 2 or 3, and no incompatible feature but dirty, corrupt, data file and compression.',
    explain: ({ name }) =>
      `${name} has a version or a feature that the services do not know, such as extended_l2. Write it without: qemu-img convert -O qcow2.`,
    example: {},
  }),
  checkRule('disk/vmdk-type', {
    checks: ['descriptor', 'footer'],
    summary:
      'A VMDK is one file: monolithicSparse or streamOptimized, whose description and footer are sound.',
    explain: ({ name, subformat, safety }) =>
      safety?.failed.includes('footer')
        ? `The footer of ${name} is not sound. Write it anew: qemu-img convert -O vmdk -o subformat=streamOptimized.`
        : `${name} is no VMDK in one file${subformat === undefined ? '' : ` (${subformat})`}, or its description is not sound. Write it as one: qemu-img convert -O vmdk -o subformat=streamOptimized.`,
    example: { name: 'web.vmdk', format: 'vmdk', streams: ['vmdk'], subformat: 'monolithicflat' },
  }),
  checkRule('disk/gpt', {
    checks: ['mbr'],
    summary:
      'A boot record has sound partitions; the protective one of a GPT stands alone, and begins at sector 1.',
    explain: ({ name }) =>
      `The boot record of ${name} is not sound: a GPT's has one entry of type EE, from sector 1 at 0/0/2, and any other's flags are 00 or 80. Mend it: sgdisk --mbrtogpt, or remove a hybrid one by gdisk (x, n, w).`,
    example: { name: 'web.raw', format: 'raw', streams: ['gpt'] },
    since: '2024.2',
  }),
  checkRule('disk/luks-version', {
    checks: ['version'],
    summary: 'Of LUKS the services know version 1.',
    explain: ({ name }) =>
      `${name} is encrypted by another LUKS than version 1, which the services do not know. Encrypt it anew: cryptsetup luksFormat --type luks1.`,
    example: { name: 'web.raw', format: 'luks', streams: ['luks'] },
  }),
  checkRule('disk/retired-format', {
    checks: ['banned'],
    summary: 'QED disks are recognised, and never taken.',
    explain: ({ name }) => `${name} is a QED, which no service takes. Convert it: qemu-img convert -O qcow2.`,
    example: { name: 'web.qed', format: 'qed', streams: ['qed'] },
  }),
  checkRule('disk/ambiguous', {
    checks: ['multiple_formats'],
    summary: 'A file is of one format: one that can be read as several hides what it is.',
    explain: ({ name, streams = [] }) =>
      `${name} can be read as ${streams.join(' and as ')}. Write it anew from its source by qemu-img convert, with -f naming what it is.`,
    example: { streams: ['qcow2', 'gpt'] },
  }),
  checkRule('disk/incomplete', {
    checks: ['incomplete'],
    summary: 'The tables of a disk lie in its file.',
    explain: ({ name }) => `${name} is cut off before the end of its tables. Copy or download it again.`,
    example: { name: 'web.vhdx', format: 'vhdx', streams: ['vhdx'] },
  }),
];

function explainMismatch(
  { name, format, streams = [], vhd }: DiskFacts,
  declared: string,
  right: string,
  canBe: boolean,
): string {
  // The services look for the copy of the footer in front, which fixed disks have none of.
  if (format === 'vhd' && !streams.includes('vhd') && declared === 'vhd')
    return vhd?.type === 3 || vhd?.type === 4
      ? `${name} lacks the copy of its footer in front, so OpenStack takes it for ${right}. Repair it: cloud-images disk --repair.`
      : `${name} is a fixed VHD, which OpenStack takes for ${right}. Convert it to a dynamic one: qemu-img convert -O vpc.`;
  const remedy = canBe
    ? `Set disk_format to '${right}', or convert the disk.`
    : `Images of that format are not taken: convert the disk.`;
  return `disk_format is '${declared}', and ${name} is ${right === 'raw' ? 'raw to the services' : right}. ${remedy}`;
}
