import { t } from '@vscode/l10n';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import type { Sorting } from '../../cloud/imageIndex.ts';
import { readTags } from '../../cloud/permissions.ts';
import { compareDescending, compareNames, type ImagePlace, newestFirst } from '../../cloud/serverImages.ts';
import { describeSystem, imageGroups } from './imageRow.ts';

/** What images are grouped by; `panel`: as the Cloud Control Panel does. */
export type Grouping = 'panel' | 'tag' | 'os' | 'server' | 'date';
export type SortKey = 'date' | 'name' | 'size';

/** How a person wants to see the images. */
export interface Arrangement {
  readonly group: Grouping;
  readonly sort: SortKey;
}

export const usual: Arrangement = { group: 'panel', sort: 'date' };

/** What a group is called, and what it is about. */
export interface GroupText {
  readonly label: string;
  readonly about: string;
  /** Shown while it is empty, too. */
  readonly always: boolean;
  readonly isOpen: boolean;
}

export const groupings: readonly {
  readonly group: Grouping;
  readonly label: string;
  readonly about: string;
}[] = [
  { group: 'panel', label: t('Control Panel'), about: t('as the Cloud Control Panel has them') },
  { group: 'tag', label: t('Tag'), about: t('an image of several tags stands under each') },
  { group: 'os', label: t('Operating System'), about: t('as its properties name it') },
  { group: 'server', label: t('Server'), about: t('under the server that it was taken of') },
  { group: 'date', label: t('Month'), about: t('in which it was made') },
];

export const sortings: readonly { readonly sort: SortKey; readonly label: string; readonly about: string }[] =
  [
    {
      sort: 'date',
      label: t('Date'),
      about: t('newest first; public images by name in the groups of the Control Panel'),
    },
    { sort: 'name', label: t('Name'), about: t('from A to Z') },
    { sort: 'size', label: t('Size'), about: t('largest first') },
  ];

/** The key of the group of those that have no tag, no known system or no date. */
const none = 'none';
const separator = ' ';
const closedGroups: ReadonlySet<string> = new Set(['public', 'rejected', 'others']);

/** Returns the keys of the groups that an image stands in. */
export function keysOf(
  grouping: Grouping,
  place: ImagePlace,
  { image }: LiveImage,
): string | readonly string[] {
  const key = (value: string): string => (value === '' ? none : `${grouping}${separator}${value}`);
  switch (grouping) {
    case 'panel':
      return place.group;
    case 'server':
      return place.server === undefined ? place.group : key(place.server);
    case 'os':
      return key(describeSystem(image));
    case 'date':
      return key(/^\d{4}-\d\d/.exec(String(image.get('created_at')))?.[0] ?? '');
    case 'tag': {
      const tags = [...new Set(readTags(image))];
      return tags.length === 0 ? none : tags.map(key);
    }
  }
}

/** Tells whether an image can stand in several groups, where its id alone names no row. */
export function isRepeating(grouping: Grouping): boolean {
  return grouping === 'tag';
}

export function describeGroup(key: string, nameServer: (id: string) => string | undefined): GroupText {
  const known = imageGroups.find(({ id }) => id === key);
  if (known) return { ...known, isOpen: !closedGroups.has(key) };
  const closed = { always: false, isOpen: false };
  const at = key.indexOf(separator);
  const [grouping, value] = [key.slice(0, at), key.slice(at + 1)];
  if (at === -1) return { label: t('Others'), about: t('Images that have none.'), ...closed };
  if (grouping === 'server') {
    const label = nameServer(value) ?? value;
    return { label, about: t`Images that were taken of the server ${label}.`, ...closed };
  }
  if (grouping === 'date') {
    const label = months.format(new Date(`${value}-15T00:00:00Z`));
    return { label, about: t`Images that were made in ${label}.`, ...closed };
  }
  return {
    label: value,
    about: grouping === 'tag' ? t`Images with the tag ${value}.` : t`Images with ${value}.`,
    ...closed,
  };
}

const months = new Intl.DateTimeFormat('en', { year: 'numeric', month: 'long', timeZone: 'UTC' });

/** Sorts groups: servers, tags and systems by name, months from the newest, then those of the Control Panel in its order. */
export function compareGroups(
  [one, { label: oneLabel }]: readonly [key: string, text: GroupText],
  [other, { label: otherLabel }]: readonly [key: string, text: GroupText],
): number {
  const rank = (key: string): number =>
    key === none ? imageGroups.length + 1 : imageGroups.findIndex(({ id }) => id === key) + 1;
  const isMonth = one.startsWith('date ');
  return (
    rank(one) - rank(other) ||
    (isMonth ? compareDescending(one, other) : compareNames(oneLabel, otherLabel)) ||
    compareDescending(other, one)
  );
}

/** Returns how images are sorted within a group. */
export function sortingOf({ group, sort }: Arrangement): Sorting {
  if (sort === 'name') return byText(({ image }) => String(image.get('name') ?? ''), compareNames);
  if (sort === 'size') return byText(({ image }) => pad(image.get('size')), compareDescending);
  return group === 'panel'
    ? newestFirst
    : byText(({ image }) => String(image.get('created_at')), compareDescending);
}

/** Keeps the order in which the cloud lists images. */
export function sortingAs(ids: Iterable<string>): Sorting {
  const ranks = new Map<string, number>();
  for (const id of ids) ranks.set(id, ranks.size);
  return byText(
    ({ image }) => pad(ranks.get(readId(image))),
    (one, other) => -compareDescending(one, other),
  );
}

function byText(read: (seen: LiveImage) => string, compare: (one: string, other: string) => number): Sorting {
  return {
    orderOf: (seen) => `${read(seen)} ${readId(seen.image)}`,
    compare: (_, one, other) => compare(one, other),
  };
}

/** Writes a number so that texts sort as numbers do. */
function pad(value: unknown): string {
  return String(typeof value === 'number' ? value : 0).padStart(16, '0');
}
