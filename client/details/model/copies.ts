import { t } from '@vscode/l10n';
import type { StoredObject, StoredSegment } from '../../../server/cloud/stored/storedObject.ts';
import { type BlockMap, blockStates } from '../../../server/disks/blockStates.ts';
import { formatCount, formatSize } from '../../ui/units.ts';
import type { Cell, Part, Section, Tone } from '../protocol.ts';
import type { StoredCopy } from './content.ts';
import { type Fetched, stateOf } from './fetched.ts';

/** What Cloud Files has of an image: the objects with their segments and gaps, and the blocks of the VHD in them. */
export function describeCopies(copies: Fetched<readonly StoredCopy[]>): Section {
  const found = copies.kind === 'ready' ? copies.value : [];
  const none: Part = {
    kind: 'words',
    text: t(
      'No export and no import of this image is known here, so there is no VHD of it that could be read. Tasks are forgotten 48 hours after their end.',
    ),
  };
  return {
    id: 'copies',
    title: t('In Cloud Files'),
    state: stateOf(copies),
    ...(found.length > 0 ? { again: t('Read Again') } : {}),
    parts: copies.kind === 'ready' && found.length === 0 ? [none] : found.flatMap(describeCopy),
  };
}

function describeCopy(copy: StoredCopy): Part[] {
  const { origin, object } = copy;
  const { form, container, name, segments } = object;
  const place = `${container}/${name}`;
  const what = origin === 'export' ? t`Exported to ${place}` : t`Imported from ${place}`;
  if (form === 'gone')
    return [{ kind: 'words', tone: 'quiet', text: t`${what}: that object is not there any more.` }];
  if (segments.length === 0)
    return [
      {
        ...{ kind: 'words', tone: 'error' },
        text: t`${what}: none of its segments is there any more. ${remedies[origin]}`,
      },
    ];
  const lost = segments.filter(({ state }) => state !== 'there');
  return [
    {
      kind: 'strip',
      caption:
        form === 'whole' ? t`${what}: in one piece` : `${what}: ${formatCount(segments.length, 'segment')}`,
      head: [t('Segment'), t('Bytes'), t('State')],
      pieces: segments.map((segment) => ({
        share: object.bytes === 0 ? 1 : segment.bytes / object.bytes,
        state: segment.state,
        cells: listCells(object, segment),
      })),
    },
    ...(lost.length === 0
      ? []
      : [{ kind: 'words' as const, tone: 'error' as const, text: explainLoss(origin, object, lost) }]),
    ...describeDisk(copy, lost.length > 0),
  ];
}

function listCells({ container, name }: StoredObject, segment: StoredSegment): Cell[] {
  const short =
    segment.name.startsWith(name) && segment.name !== name
      ? `…${segment.name.slice(name.length)}`
      : segment.name;
  const size = formatSize(segment.bytes);
  const [text, tone] = states[segment.state];
  return [
    segment.state === 'missing' ? short : { text: short, open: `object/${container}/${name}` },
    segment.state === 'missing' ? t`${size}, if it was like its neighbours` : size,
    tone === undefined ? text : { text, tone },
  ];
}

const states: Readonly<Record<StoredSegment['state'], readonly [string, Tone?]>> = {
  there: [t('there')],
  missing: [t('missing'), 'error'],
  replaced: [t('replaced by other content'), 'error'],
};

/** What a gap means differs by how the object is joined (SOURCES: vhd §4). */
function explainLoss(
  origin: StoredCopy['origin'],
  { segments }: StoredObject,
  lost: readonly StoredSegment[],
): string {
  const names = lost.map(({ name }) => name.slice(name.lastIndexOf('/') + 1)).join(', ');
  const isNumbered = lost.some(({ etag }) => etag === '');
  const means = isNumbered
    ? t(
        'A download is shorter by that without an error, and everything behind the gap stands in the wrong place.',
      )
    : t('A download breaks off there.');
  return t`Lost of ${formatCount(segments.length, 'segment')}: ${names}. ${means} ${remedies[origin]}`;
}

const remedies: Readonly<Record<StoredCopy['origin'], string>> = {
  export: t('The image itself is whole: export it anew.'),
  import: t('The image itself is whole. Upload the disk anew where it is still needed.'),
};

const lostState = blockStates.indexOf('lost');

/** The picture of a copy's blocks. */
function nameMap(origin: StoredCopy['origin']): string {
  return `blocks-${origin}`;
}

/** The maps of the pictures on the page, by their names. */
export function listMaps(copies: readonly StoredCopy[]): ReadonlyMap<string, BlockMap> {
  return new Map(
    copies.flatMap(({ origin, disk }) =>
      disk.kind === 'ready' && disk.value?.map ? [[nameMap(origin), disk.value.map]] : [],
    ),
  );
}

function describeDisk({ origin, disk }: StoredCopy, hasGaps: boolean): Part[] {
  if (disk.kind === 'failed')
    return [{ kind: 'words', tone: 'error', text: t`The disk in it could not be read: ${disk.reason}` }];
  if (disk.kind !== 'ready')
    return [{ kind: 'words', tone: 'quiet', text: t('Reading the tables of the disk…') }];
  if (!disk.value)
    return [
      {
        kind: 'words',
        tone: 'error',
        text: t('There is no VHD in it: no footer of one is where it must be.'),
      },
    ];
  const { type, virtualSize, parent, damage, map } = disk.value;
  const chain =
    type === 'differencing'
      ? t`It holds only what differs from its parent, ${parent === undefined || parent === '' ? t('which it does not name') : `“${parent}”`}: that is needed too.`
      : t('It stands alone: no other disk is needed to read it.');
  const parts: Part[] = [
    { kind: 'words', text: t`A ${type} VHD of ${formatSize(virtualSize)}. ${chain}` },
    ...damage.map((text): Part => ({ kind: 'words', tone: 'error', text })),
  ];
  if (map) {
    const all = map.lengths.reduce((sum, length) => sum + length, 0);
    const lost = map.lengths.reduce(
      (sum, length, at) => (map.states[at] === lostState ? sum + length : sum),
      0,
    );
    const tail = lost === 0 ? '' : t`, ${formatCount(lost, 'block')} of them in a gap`;
    const caption = t`${formatCount(all, 'block')} of ${formatSize(map.blockSize)}${tail}`;
    parts.push({ kind: 'blocks', id: nameMap(origin), caption });
  } else if (hasGaps)
    parts.push({
      kind: 'words',
      tone: 'error',
      text: t('The table of its blocks is in a gap: none can be found.'),
    });
  return parts;
}
