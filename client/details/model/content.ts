import { t } from '@vscode/l10n';
import type { StoredDisk } from '../../../server/cloud/stored/storedDisk.ts';
import type { StoredObject } from '../../../server/cloud/stored/storedObject.ts';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { formatCount, formatSize, formatTime } from '../../ui/units.ts';
import type { Fact, Part, Section } from '../protocol.ts';
import { imageData, type KeptVerdict, markContent, markSegments } from '../verdicts.ts';
import { type Fetched, ready } from './fetched.ts';
import type { ObjectPlace } from './stored.ts';

/** An object of Cloud Files and the disk in it, each as far as it has been read. */
export interface StoredCopy {
  readonly origin: ObjectPlace['origin'];
  readonly object: StoredObject;
  readonly disk: Fetched<StoredDisk | undefined>;
}

/** The three sizes of an image: of the disk, of its VHD, and of what the service stores. */
export function describeSizes({ image }: LiveImage, copies: readonly StoredCopy[]): Section {
  const stated = image.get('virtual_size');
  const read = copies.map(({ disk }) => (disk.kind === 'ready' ? disk.value?.virtualSize : undefined));
  const virtual = typeof stated === 'number' ? stated : read.find((size) => size !== undefined);
  const size = image.get('size');
  const rows: Fact[] = [
    {
      label: t('Virtual size'),
      value: virtual === undefined ? t('not known') : writeSize(virtual),
      about:
        virtual === undefined
          ? t(
              'What a server sees as its disk. The service does not say it, and no VHD of the image has been read.',
            )
          : typeof stated === 'number'
            ? t('What a server sees as its disk, as the service says.')
            : t('What a server sees as its disk, as the VHD says that is in Cloud Files now.'),
    },
    ...copies.flatMap(({ origin, object }) =>
      object.form === 'gone'
        ? []
        : [
            {
              label: origin === 'export' ? t('Physical size, exported') : t('Physical size, uploaded'),
              value: writeSize(object.bytes),
              about: t(
                'The VHD as a file, as it stands there now: of a dynamic one only blocks that were written, and what they are found by.',
              ),
            },
          ],
    ),
    {
      label: t('Stored size'),
      value: typeof size === 'number' ? writeSize(size) : t('not known'),
      about: isArchive(image)
        ? t('What the image service keeps: an OVA, which is packed and so mostly smaller than the VHD.')
        : t('What the image service keeps.'),
    },
  ];
  return { id: 'sizes', title: t('Sizes'), state: ready, parts: [{ kind: 'facts', rows }] };
}

function writeSize(bytes: number): string {
  return bytes < 1024 ? formatSize(bytes) : `${formatSize(bytes)} (${formatCount(bytes, 'byte')})`;
}

/** SOURCES: vhd §1; DECISIONS 22. */
function isArchive(image: LiveImage['image']): boolean {
  return /^ov[fa]$/.test(String(image.get('container_format') ?? ''));
}

/** Every checksum that is known of an image, what it is of, and why they differ. */
export function describeChecksums({ image }: LiveImage, copies: readonly StoredCopy[]): Section {
  const text = (name: string): string => String(image.get(name) ?? '');
  const kept = isArchive(image)
    ? t('the OVA that the image service keeps')
    : t('the data that the image service keeps');
  const rows = [
    ...(text('checksum') === '' ? [] : [['checksum', 'MD5', text('checksum'), kept]]),
    ...(text('os_hash_value') === ''
      ? []
      : [
          [
            'os_hash_value',
            text('os_hash_algo').toUpperCase(),
            text('os_hash_value'),
            t`${kept}, the same bytes`,
          ],
        ]),
    ...copies.flatMap(listEtags),
  ];
  const words = explainDifference(image, copies);
  return {
    id: 'checksums',
    title: t('Checksums'),
    state: ready,
    parts: [
      ...words.map((sentence): Part => ({ kind: 'words', text: sentence })),
      ...(rows.length === 0
        ? []
        : [
            {
              ...{ kind: 'table' as const, caption: t('Checksums and what each is of'), rows },
              head: [t('Where'), t('Kind'), t('Value'), t('Of what')],
            },
          ]),
    ],
  };
}

function listEtags({ origin, object }: StoredCopy): string[][] {
  const { form, container, name, etag, segments } = object;
  const what =
    origin === 'export'
      ? t('the VHD that stands now where it was exported to')
      : t('the VHD that stands now where it was imported from');
  const place = `${container}/${name}`;
  if (form === 'gone') return [];
  if (form === 'whole') return [[place, 'MD5', etag, what]];
  const there = segments.filter((one) => one.state === 'there');
  return [
    [place, 'ETag', etag, t`${what}: made of its segments, and of no file the MD5`],
    ...there.map((one) => [`${one.container}/${one.name}`, 'MD5', one.etag, t('this segment alone')]),
  ];
}

/** Says only what the sources say: what an OVA and an export are made of. */
function explainDifference(image: LiveImage['image'], copies: readonly StoredCopy[]): string[] {
  const has = (wanted: ObjectPlace['origin']): boolean =>
    copies.some(({ origin, object }) => origin === wanted && object.form !== 'gone');
  const sentences: string[] = [];
  if (image.get('checksum') === undefined || image.get('checksum') === null)
    sentences.push(t('The image has no checksum as long as the service stores no data of it.'));
  if (isArchive(image))
    sentences.push(
      t(
        'The image service packs the disk into an OVA and states the checksum of that. It is never the one of a VHD, whether uploaded or exported.',
      ),
    );
  if (has('export'))
    sentences.push(
      t(
        'An export writes a VHD anew, with a header and a footer of its own. So it differs from the one that was uploaded though the disk in it is the same.',
      ),
    );
  if (copies.some(({ object }) => object.form === 'segments'))
    sentences.push(
      t(
        'Of an object in segments Cloud Files knows no checksum of the whole; compare each segment, or download it and compare the disk.',
      ),
    );
  return sentences;
}

/** What *Verify* has found of an image, and whether that still counts. */
export function describeVerdict(
  { image }: LiveImage,
  verdict: KeptVerdict | undefined,
  copies: readonly StoredCopy[],
): Section {
  const parts = verdict ? listVerdict(verdict, isStale(image, verdict, copies)) : [neverVerified];
  return { id: 'verdict', title: t('Verification'), state: ready, parts };
}

const neverVerified: Part = {
  kind: 'words',
  tone: 'warning',
  text: t('Never verified in this workspace. That an image is active says nothing about what was stored.'),
};

function listVerdict(verdict: KeptVerdict, stale: boolean): Part[] {
  const { at, of, sound, problems } = verdict;
  const isSound = problems.length === 0;
  return [
    {
      kind: 'words',
      tone: stale ? 'warning' : isSound ? 'good' : 'error',
      text: isSound
        ? t`Sound at ${formatTime(at)}: ${sound.join(', ')}.`
        : t`Damaged at ${formatTime(at)}: ${problems.join(' ')}`,
    },
    {
      kind: 'words',
      tone: 'quiet',
      text: t`What was read: ${of === imageData ? t('the data of the image') : of}.`,
    },
    ...(stale
      ? [
          {
            ...{ kind: 'words' as const, tone: 'warning' as const },
            text: t('What was read has changed since. Verify it again.'),
          },
        ]
      : []),
  ];
}

function isStale(
  image: LiveImage['image'],
  { of, content }: KeptVerdict,
  copies: readonly StoredCopy[],
): boolean {
  const copy = copies.find(({ object }) => `${object.container}/${object.name}` === of);
  if (copy) return content !== markSegments(copy.object);
  return of === imageData && content !== markContent(image);
}
