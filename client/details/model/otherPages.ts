import { t } from '@vscode/l10n';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import type { LiveTask } from '../../cloud/taskCollection.ts';
import { formatMoment } from '../../ui/units.ts';
import { findImported, locateExport, taskRow } from '../../views/tasks/taskRow.ts';
import type { Cell, DetailsPage, Fact, Part } from '../protocol.ts';
import type { Sighting } from '../sightings.ts';
import { ready } from './fetched.ts';
import { type Expected, imagingTimeLine, taskTimeLine } from './timeLines.ts';

/** Makes the page of a task: until an import has made its image there is no other. */
export function taskPage(
  task: LiveTask,
  known: { readonly tasks: ReadonlyMap<string, LiveTask>; readonly sightings: readonly Sighting[] },
  now: number,
): DetailsPage {
  const line = taskTimeLine(task, { sightings: known.sightings, others: known.tasks.values() });
  const facts: readonly (Fact | undefined)[] = [
    { label: t('Task'), value: task.id, copies: true },
    { label: t('Asked for'), value: formatMoment(task.createdAt, now) },
    { label: t('Changed'), value: formatMoment(task.updatedAt, now) },
    ...(['import_from', 'image_uuid', 'receiving_swift_container'] as const).map((name) => {
      const value = task.input?.[name];
      return typeof value === 'string' ? { label: inputs[name], value } : undefined;
    }),
  ];
  const rows = facts.filter((fact): fact is Fact => fact !== undefined);
  const image = findImported(task) ?? (task.type === 'export' ? task.input?.['image_uuid'] : undefined);
  const place = locateExport(task);
  const made: Cell[][] = [
    ...(typeof image === 'string' ? [[t('Image'), { text: image, open: `image/${image}` }]] : []),
    ...(place
      ? [
          [
            t('Object'),
            { text: `${place.container}/${place.name}`, open: `object/${place.container}/${place.name}` },
          ],
        ]
      : []),
  ];
  const parts: Part[] = [{ kind: 'timeLine', ...line }];
  if (task.message !== undefined)
    parts.push({ kind: 'words', tone: task.status === 'failure' ? 'error' : 'quiet', text: task.message });
  return {
    title: taskRow(task, now).label,
    status: task.status,
    actions: [{ id: 'copyId', title: t('Copy ID') }],
    sections: [
      { id: 'timeLine', title: t('Time Line'), state: ready, parts },
      { id: 'identity', title: t('Identity'), state: ready, parts: [{ kind: 'facts', rows }] },
      ...(made.length === 0
        ? []
        : [
            {
              ...{ id: 'made', title: t('What It Is About'), state: ready },
              parts: [
                {
                  kind: 'table' as const,
                  caption: t('Image and object'),
                  head: [t('What'), t('Which')],
                  rows: made,
                },
              ],
            },
          ]),
    ],
  };
}

const inputs = {
  import_from: t('Imports'),
  image_uuid: t('Exports the image'),
  receiving_swift_container: t('Into the container'),
} as const;

export interface KnownServer {
  readonly live: LiveServer;
  readonly sightings: readonly Sighting[];
  readonly expected?: Expected | undefined;
  /** Images that were taken of it, the newest first. */
  readonly taken: readonly LiveImage[];
  readonly goneAt?: number;
}

/** Makes the page of a server's imaging. */
export function serverPage(
  { live, sightings, expected, taken, goneAt }: KnownServer,
  now: number,
): DetailsPage {
  const { server } = live;
  const [newest] = taken;
  const begun = newest && Date.parse(String(newest.image.get('created_at')));
  const line = imagingTimeLine({
    live,
    sightings,
    expected,
    ...(begun === undefined || server.taskState === null ? {} : { begun }),
    ...findEnd(sightings),
  });
  const idle: Part = {
    kind: 'words',
    text: t(
      'No image of it is being made. When one is, its place in the queue and its stages are shown here.',
    ),
  };
  const rows = taken.map(({ image }): Cell[] => [
    { text: readName(image), open: `image/${String(image.get('id'))}` },
    String(image.get('status')),
    formatMoment(String(image.get('created_at')), now),
  ]);
  return {
    title: server.name,
    status: goneAt === undefined ? server.status : 'deleted',
    ...(goneAt === undefined
      ? {}
      : { notice: t('The server was deleted. What stands here was known before.') }),
    actions: [{ id: 'copyId', title: t('Copy ID') }],
    sections: [
      {
        id: 'timeLine',
        title: t('Imaging'),
        state: ready,
        parts: line ? [{ kind: 'timeLine', ...line }] : [idle],
      },
      {
        ...{ id: 'taken', title: t('Images of It'), state: ready },
        parts:
          rows.length === 0
            ? [{ kind: 'words', text: t('None is there.') }]
            : [
                {
                  kind: 'table',
                  caption: t('Newest first'),
                  head: [t('Image'), t('Status'), t('Begun')],
                  rows,
                },
              ],
      },
    ],
  };
}

/** When the last imaging was seen to end. */
function findEnd(sightings: readonly Sighting[]): { ended?: number } {
  const last = sightings.findLast(({ before, after }) => isImaged(before) && !isImaged(after));
  return last ? { ended: last.at } : {};
}

function isImaged(one: Sighting['after']): boolean {
  return one !== undefined && 'server' in one && one.server.taskState?.startsWith('image_') === true;
}
