import type { Observation, Rule } from '../rule.ts';
import { type RotationProblem, readRotation, usualName } from '../source/rotation.ts';
import { readSource, type SourceProblem, type SourceRule, sourceOf } from '../source/source.ts';
import type { Subject } from '../subject.ts';

const kinds = ['image'] as const;
const page = 'DECISIONS 29';

const bytes = 'name: web\ndisk_format: qcow2\ncontainer_format: bare\n';
const digest = 'a'.repeat(64);

/** What is wrong with the `source` and the `rotation` of an image manifest. */
export const sourceRules: readonly Rule[] = [
  {
    id: 'source/tasks',
    marks: 'key',
    severity: 'error',
    kinds,
    profile: 'rackspace',
    source: 'Cloud Images guide: images are made by import tasks and of servers',
    summary: 'This cloud makes no image of a manifest with a source: it imports disks by tasks.',
    example: {
      kind: 'image',
      bad: 'name: web\nsource:\n  file: web.vhd\n',
      good: 'name: web\n',
    },
    *check({ images }) {
      for (const { pointer, image } of images())
        for (const member of ['source', 'rotation'])
          if (typeof image[member] === 'object' && image[member] !== null && !Array.isArray(image[member]))
            yield {
              pointer: `${pointer}/${member}`,
              message: `This cloud makes images by import tasks. Upload the disk to Cloud Files, write an import manifest for it (NAME.image-import.yaml), and remove '${member}'.`,
            };
    },
  },
  problemRule('form', {
    summary:
      'A source has file, url, image, region, checksum, compression, method and stores, and no other member.',
    bad: `${bytes}source:\n  file: web.qcow2\n  methods: upload\n`,
    good: `${bytes}source:\n  file: web.qcow2\n  method: upload\n`,
  }),
  problemRule('origin', {
    summary:
      'A source names its bytes once: a file, a URL, or an image of another region; or further stores alone.',
    bad: `${bytes}source:\n  file: web.qcow2\n  url: https://images.example.org/web.qcow2\n  checksum: sha256:${digest}\n`,
    good: `${bytes}source:\n  url: https://images.example.org/web.qcow2\n  checksum: sha256:${digest}\n`,
  }),
  problemRule('url', {
    summary: 'The address of a source is fetched by http or https, and holds no password.',
    bad: `${bytes}source:\n  url: ftp://images.example.org/web.qcow2\n  checksum: sha256:${digest}\n`,
    good: `${bytes}source:\n  url: https://images.example.org/web.qcow2\n  checksum: sha256:${digest}\n`,
  }),
  problemRule('checksum', {
    summary: "A source's checksum is HASH:DIGITS, or the address of a list of checksums.",
    bad: `${bytes}source:\n  url: https://images.example.org/web.qcow2\n  checksum: sha256:abc\n`,
    good: `${bytes}source:\n  url: https://images.example.org/web.qcow2\n  checksum: https://images.example.org/SHA256SUMS\n`,
  }),
  problemRule('unverified', {
    severity: 'warning',
    summary: 'A source that is a URL should have the checksum that its publisher states.',
    bad: `${bytes}source:\n  url: https://images.example.org/web.qcow2\n`,
    good: `${bytes}source:\n  url: https://images.example.org/web.qcow2\n  checksum: sha256:${digest}\n`,
  }),
  problemRule('weak-hash', {
    severity: 'warning',
    summary: 'MD5 and SHA-1 show damage, and no forgery.',
    bad: `${bytes}source:\n  url: https://images.example.org/web.qcow2\n  checksum: md5:${'a'.repeat(32)}\n`,
    good: `${bytes}source:\n  url: https://images.example.org/web.qcow2\n  checksum: sha256:${digest}\n`,
  }),
  problemRule('method', {
    summary:
      'A method brings only what it can reach: web-download no file, copy-image nothing but the own bytes.',
    bad: `${bytes}source:\n  file: web.qcow2\n  method: web-download\n`,
    good: `${bytes}source:\n  file: web.qcow2\n  method: glance-direct\n`,
  }),
  problemRule('formats', {
    summary: 'A new image takes data once it has a disk_format and a container_format.',
    bad: 'name: web\ndisk_format: qcow2\nsource:\n  file: web.qcow2\n',
    good: `${bytes}source:\n  file: web.qcow2\n`,
  }),
  {
    id: 'source/file',
    severity: 'error',
    kinds,
    source: page,
    summary: 'The file of a source lies where the manifest says, from its own folder.',
    example: {
      kind: 'image',
      bad: `${bytes}source:\n  file: webb.qcow2\n`,
      good: `${bytes}source:\n  file: web.qcow2\n`,
      missingSources: { 'webb.qcow2': '/images/webb.qcow2' },
    },
    *check({ facts, images }) {
      for (const { pointer, image } of images()) {
        const file = sourceOf(image)?.['file'];
        const place = typeof file === 'string' ? facts.missingSources?.[file] : undefined;
        if (place !== undefined)
          yield {
            pointer: `${pointer}/source/file`,
            message: `There is no file ${place}. Write the path from the manifest's folder.`,
          };
      }
    },
  },
  {
    id: 'source/text',
    severity: 'warning',
    kinds,
    profile: 'openstack',
    source: page,
    summary:
      'A source that is a text is a property of this name; the bytes are named by members of a source.',
    example: {
      kind: 'image',
      bad: `${bytes}source: https://images.example.org/web.qcow2\n`,
      good: `${bytes}source:\n  url: https://images.example.org/web.qcow2\n  checksum: sha256:${digest}\n`,
    },
    *check({ images }) {
      for (const { pointer, image, facts } of images()) {
        const { source } = image;
        if (typeof source !== 'string' || facts.image?.get('source') === source) continue;
        const member = /^https?:\/\//i.test(source)
          ? 'url'
          : /\.(qcow2|raw|img|vmdk|vhdx?|vdi|iso)(\.\w+)?$/i.test(source)
            ? 'file'
            : undefined;
        if (member === undefined) continue;
        yield {
          pointer: `${pointer}/source`,
          message: `As a text this is a property that no one reads. To name the bytes of the image, write '${member}' under 'source'.`,
          // A URL would next be asked for its checksum, which nobody here knows.
          fixes:
            member === 'url'
              ? []
              : [
                  {
                    title: "Name the bytes by 'file'",
                    edits: [{ do: 'set', pointer: `${pointer}/source`, value: { file: source } }],
                  },
                ],
        };
      }
    },
  },
  rotationRule('form', {
    summary: 'A rotation has keep, a number from 1, and name.',
    bad: 'keep: 0\n',
    good: 'keep: 3\n',
  }),
  rotationRule('name', {
    summary: 'The name that replaced images get holds {name} and {date}.',
    bad: "name: '{name}-old'\n",
    good: `name: '${usualName}'\n`,
  }),
  {
    ...rotationRule('source', {
      summary: 'A rotation needs a source: only new bytes replace an image.',
      bad: '',
      good: '',
    }),
    example: {
      kind: 'image',
      bad: `${bytes}rotation:\n  keep: 3\n`,
      good: `${bytes}rotation:\n  keep: 3\nsource:\n  file: web.qcow2\n`,
    },
  },
  {
    ...rotationRule('id', {
      summary: 'A rotation finds its image by name, since the new one has another id.',
      bad: '',
      good: '',
    }),
    example: {
      kind: 'image',
      bad: `id: 11111111-1111-4111-8111-111111111111\n${bytes}source:\n  file: web.qcow2\nrotation:\n  keep: 3\n`,
      good: `${bytes}source:\n  file: web.qcow2\nrotation:\n  keep: 3\n`,
    },
  },
];

interface Described {
  readonly severity?: Rule['severity'];
  readonly summary: string;
  /** Manifests; of a rotation its members. */
  readonly bad: string;
  readonly good: string;
}

/** A rule of what reading a source finds. */
function problemRule(name: SourceRule, { severity = 'error', summary, bad, good }: Described): Rule {
  return {
    id: `source/${name}`,
    severity,
    kinds,
    profile: 'openstack',
    source: page,
    summary,
    example: { kind: 'image', bad, good },
    check: (subject) => observeProblems(subject, (image) => readSource(image)?.problems, name),
  };
}

function rotationRule(name: RotationProblem['rule'], { summary, bad, good }: Described): Rule {
  const whole = (members: string): string => `${bytes}source:\n  file: web.qcow2\nrotation:\n  ${members}`;
  return {
    id: `rotation/${name}`,
    severity: 'error',
    kinds,
    profile: 'openstack',
    source: 'DECISIONS 30',
    summary,
    example: { kind: 'image', bad: whole(bad), good: whole(good) },
    check: (subject) => observeProblems(subject, (image) => readRotation(image)?.problems, name),
  };
}

function* observeProblems(
  { images }: Subject,
  find: (
    image: ReturnType<Subject['images']>[number]['image'],
  ) => readonly (SourceProblem | RotationProblem)[] | undefined,
  rule: string,
): Generator<Observation> {
  for (const { pointer: base, image } of images())
    for (const problem of find(image) ?? []) {
      if (problem.rule !== rule) continue;
      const instead = 'instead' in problem ? problem.instead : undefined;
      yield {
        pointer: base + problem.pointer,
        message: problem.message,
        ...(instead
          ? {
              fixes: [
                {
                  title: instead.title,
                  edits: [{ do: 'set', pointer: base + instead.pointer, value: instead.value }],
                },
              ],
            }
          : {}),
      };
    }
}
