import { t } from '@vscode/l10n';
import type { Image } from '../../../server/cloud/services/images.ts';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import type { LiveTask } from '../../cloud/taskCollection.ts';
import { formatTime } from '../../ui/units.ts';
import { findImported, locateExport } from '../../views/tasks/taskRow.ts';
import type { Cell, Section } from '../protocol.ts';
import type { Sighting } from '../sightings.ts';
import type { KeptVerdict } from '../verdicts.ts';
import { ready } from './fetched.ts';

interface Event {
  readonly at: number;
  readonly what: Cell;
}

/** What happened to an image: what the cloud says, the tasks about it, and what this window saw change. */
export function describeHistory(
  seen: LiveImage,
  {
    tasks,
    sightings,
    verdict,
  }: {
    readonly tasks: Iterable<LiveTask>;
    readonly sightings: readonly Sighting[];
    readonly verdict: KeptVerdict | undefined;
  },
): Section {
  const { image } = seen;
  const events: Event[] = [
    { at: Date.parse(String(image.get('created_at'))), what: t('The image came into being.') },
    ...[...tasks].flatMap((task) => describeTask(task, String(image.get('id')))),
    ...sightings.flatMap(describeSighting),
    ...(verdict
      ? [
          {
            at: verdict.at,
            what: verdict.problems.length > 0 ? t('Verified: damaged.') : t('Verified: sound.'),
          },
        ]
      : []),
  ];
  const rows = events
    .filter(({ at }) => !Number.isNaN(at))
    .sort((one, other) => other.at - one.at)
    .map(({ at, what }): Cell[] => [formatTime(at), what]);
  return {
    id: 'history',
    title: t('History'),
    about: t(
      'What the cloud tells, and what this window saw since it opened. Tasks are forgotten 48 hours after their end.',
    ),
    state: ready,
    parts: [{ kind: 'table', caption: t('Newest first'), head: [t('When'), t('What')], rows }],
  };
}

function describeTask(task: LiveTask, image: string): Event[] {
  const open = `task/${task.id}`;
  const [asked, ended] = [Date.parse(task.createdAt), Date.parse(task.updatedAt)];
  if (findImported(task) === image)
    return [
      {
        at: asked,
        what: { text: t`Its import from ${String(task.input?.['import_from'])} was asked for.`, open },
      },
    ];
  if (task.type !== 'export' || task.input?.['image_uuid'] !== image) return [];
  const place = locateExport(task);
  const events: Event[] = [{ at: asked, what: { text: t('An export was asked for.'), open } }];
  if (place)
    events.push({ at: ended, what: { text: t`It was exported to ${place.container}/${place.name}.`, open } });
  if (task.status === 'failure')
    events.push({
      at: ended,
      what: { text: t`An export failed: ${task.message ?? t('no reason given')}`, open },
    });
  return events;
}

function describeSighting({ at, before, after }: Sighting): Event[] {
  if (!after) return [{ at, what: t('It was deleted.') }];
  if (!before || !('image' in before) || !('image' in after)) return [];
  const changes = listChanges(before.image, after.image);
  return changes.length === 0 ? [] : [{ at, what: `${changes.join('; ')}.` }];
}

/** What anybody changed, or the service; its own bookkeeping is left out. */
function listChanges(before: Image, after: Image): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => name !== 'updated_at' && write(before, name) !== write(after, name))
    .sort()
    .map((name) => {
      const [was, is] = [write(before, name), write(after, name)];
      if (was === undefined) return t`${name} became ${is ?? ''}`;
      return is === undefined ? t`${name} was removed (${was})` : t`${name} went from ${was} to ${is}`;
    });
}

function write(image: Image, name: string): string | undefined {
  const value = image.get(name);
  if (value === undefined) return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
