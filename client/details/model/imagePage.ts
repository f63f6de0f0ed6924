import { t } from '@vscode/l10n';
import type { Member } from '../../../server/cloud/services/members.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { forbids, type ImageVerb, readName } from '../../cloud/permissions.ts';
import type { Person } from '../../cloud/roles.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import type { LiveTask } from '../../cloud/taskCollection.ts';
import { endSentence } from '../../ui/errors.ts';
import { formatTime } from '../../ui/units.ts';
import { findImported } from '../../views/tasks/taskRow.ts';
import type { DetailsPage, PageAction, Part, Section } from '../protocol.ts';
import type { Sighting } from '../sightings.ts';
import type { KeptVerdict } from '../verdicts.ts';
import { describeChecksums, describeSizes, describeVerdict, type StoredCopy } from './content.ts';
import { describeCopies } from './copies.ts';
import { type Fetched, ready, stateOf } from './fetched.ts';
import { describeHistory } from './history.ts';
import { describeIdentity, describeProperties } from './identity.ts';
import { describeRegions, type RegionImage } from './regions.ts';
import { describeLineage } from './relations.ts';
import { type Expected, imagingTimeLine, taskTimeLine } from './timeLines.ts';

/** What stands in other lists than the image. */
export interface Related {
  readonly tasks: ReadonlyMap<string, LiveTask>;
  /** Absent where the cloud has none, or they cannot be read. */
  readonly servers?: ReadonlyMap<string, LiveServer>;
}

/** Everything that is known of an image by now. */
export interface KnownImage {
  readonly seen: LiveImage;
  readonly person: Person;
  readonly images: ReadonlyMap<string, LiveImage>;
  readonly related: Fetched<Related>;
  readonly sightingsOf: (kind: Sighting['kind'], id: string) => readonly Sighting[];
  readonly expected?: Expected | undefined;
  readonly verdict: KeptVerdict | undefined;
  readonly members: Fetched<readonly Member[]>;
  /** Why nobody can list members of it. */
  readonly withoutMembers?: string | undefined;
  readonly copies: Fetched<readonly StoredCopy[]>;
  readonly regions: Fetched<readonly RegionImage[]>;
  readonly otherRegions: number;
  /** When it was found to be gone. What is shown was known before. */
  readonly goneAt?: number | undefined;
  /** Why it cannot be read now. */
  readonly unread?: string | undefined;
}

/** Makes the page of an image. Nothing is read for it: what is still to come says so. */
export function imagePage(known: KnownImage, now: number): DetailsPage {
  const { seen, person, images, related, sightingsOf, verdict, goneAt } = known;
  const id = readId(seen.image);
  const copies = known.copies.kind === 'ready' ? known.copies.value : [];
  const sightings = sightingsOf('image', id);
  const { tasks, servers } = relatedOf(known);
  const waits = related.kind === 'ready' ? {} : { state: stateOf(related) };
  return {
    title: readName(seen.image),
    status: goneAt === undefined ? String(seen.image.get('status')) : 'deleted',
    ...describeNotice(known),
    actions: goneAt === undefined ? listActions(known) : [copyId],
    sections: [
      describeIdentity(seen, person, now),
      describeTimeLine(known),
      describeVerdict(seen, verdict, copies),
      describeSizes(seen, copies),
      describeChecksums(seen, copies),
      describeCopies(known.copies),
      describeProperties(seen, person),
      describeMembers(known),
      {
        ...describeLineage(seen, images, servers),
        ...(related.kind === 'ready' ? {} : { ...waits, parts: [] }),
      },
      describeRegions(seen.image, known.regions, known.otherRegions),
      { ...describeHistory(seen, { tasks: tasks.values(), sightings, verdict }), ...waits },
    ],
  };
}

function describeNotice({ goneAt, unread }: KnownImage): { notice?: string } {
  const before = t('What stands here was known before.');
  if (goneAt !== undefined)
    return { notice: t`It was deleted, which was seen at ${formatTime(goneAt)}. ${before}` };
  return unread === undefined ? {} : { notice: t`It cannot be read now: ${endSentence(unread)} ${before}` };
}

const nothing: Related = { tasks: new Map() };

function relatedOf({ related }: KnownImage): Related {
  return related.kind === 'ready' ? related.value : nothing;
}

const copyId: PageAction = { id: 'copyId', title: t('Copy ID') };

function listActions(known: KnownImage): PageAction[] {
  const { seen, person } = known;
  const id = readId(seen.image);
  const isExported = [...relatedOf(known).tasks.values()].some(
    ({ type, status, input }) => type === 'export' && status === 'success' && input?.['image_uuid'] === id,
  );
  const verb = (of: ImageVerb, title: string, more?: string): PageAction => {
    const reason = forbids(of, seen, person) ?? more;
    return { id: of, title, ...(reason === undefined ? {} : { reason }) };
  };
  const unread = person.profile.offers.download || isExported ? undefined : needsExport;
  return [
    { id: 'open', title: t('Open as a Document') },
    copyId,
    verb('share', t('Share…')),
    verb('export', t('Export…')),
    verb('transfer', t('Transfer…')),
    verb('verify', t('Verify'), unread),
  ];
}

const needsExport = t(
  'Export it first: this cloud gives nobody the data of an image, only of what it was exported to.',
);

/** Of an import its task, of a server's image the states of that server; and its exports. */
function describeTimeLine(known: KnownImage): Section {
  const { seen, related, sightingsOf } = known;
  const { tasks, servers } = relatedOf(known);
  const { image } = seen;
  const id = readId(image);
  const parts: Part[] = [];
  for (const task of tasks.values())
    if (findImported(task) === id || (task.type === 'export' && task.input?.['image_uuid'] === id))
      parts.push({
        kind: 'timeLine',
        ...taskTimeLine(task, { sightings: sightingsOf('task', task.id), others: tasks.values() }),
      });
  const server = image.get('instance_uuid');
  const live = typeof server === 'string' ? servers?.get(server) : undefined;
  if (live) parts.push(...describeImaging(seen, live, known));
  if (parts.length === 0 && related.kind === 'ready')
    parts.push({
      ...{ kind: 'words', tone: 'quiet' },
      text: t(
        'Neither its import nor its export nor its imaging is known here. Tasks are forgotten 48 hours after their end.',
      ),
    });
  return { id: 'timeLine', title: t('Time Line'), state: stateOf(related), parts };
}

function describeImaging(
  { image }: LiveImage,
  live: LiveServer,
  { sightingsOf, expected }: Pick<KnownImage, 'sightingsOf' | 'expected'>,
): Part[] {
  const begun = Date.parse(String(image.get('created_at')));
  const isMade = image.get('status') !== 'queued' && image.get('status') !== 'saving';
  const became = sightingsOf('image', readId(image)).find(
    ({ after }) => after && 'image' in after && after.image.get('status') === 'active',
  );
  // The server may be imaged again by now.
  const sightings = sightingsOf('server', live.server.id).filter(
    ({ at }) => at >= begun - 1000 && (became === undefined || at <= became.at),
  );
  const done = isMade ? { ...live, server: { ...live.server, taskState: null } } : live;
  const line = imagingTimeLine({
    live: done,
    sightings,
    expected,
    begun,
    ...(became ? { ended: became.at } : {}),
    ...(image.get('status') === 'killed' ? { failed: true } : {}),
  });
  if (line) return [{ kind: 'timeLine', ...line }];
  return isMade
    ? [
        {
          ...{ kind: 'words' as const, tone: 'quiet' as const },
          text: t(
            'This window did not see it being made, and the cloud does not say afterwards how long each stage took.',
          ),
        },
      ]
    : [];
}

function describeMembers({ members, withoutMembers }: KnownImage): Section {
  const base = { id: 'members', title: t('Shared with') };
  if (withoutMembers !== undefined)
    return { ...base, state: ready, parts: [{ kind: 'words', tone: 'quiet', text: withoutMembers }] };
  const rows =
    members.kind === 'ready' ? members.value.map(({ account, status }) => [account, answers[status]]) : [];
  const parts: Part[] =
    rows.length > 0
      ? [
          {
            kind: 'table',
            caption: t('Accounts that it is shared with'),
            head: [t('Account'), t('Its answer')],
            rows,
          },
        ]
      : members.kind === 'ready'
        ? [{ kind: 'words', text: t('No account is a member of it.') }]
        : [];
  return { ...base, state: stateOf(members), parts };
}

/** SOURCES: rackspace §1.6. */
const answers: Readonly<Record<Member['status'], string>> = {
  pending: t('not given yet: it can use the image by its ID, and its lists leave it out'),
  accepted: t('accepted: its lists show the image'),
  rejected: t('rejected: its lists leave the image out, and it can still use it by its ID'),
};
