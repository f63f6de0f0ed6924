import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { unlessMissing } from '../../server/cloud/session/errors.ts';
import type { Connection } from '../cloud/cloudSource.ts';
import type { LiveServer } from '../cloud/serverCollection.ts';
import { newestFirst, placeImage } from '../cloud/serverImages.ts';
import type { LiveTask } from '../cloud/taskCollection.ts';
import type { Context } from '../context.ts';
import { findImported } from '../views/tasks/taskRow.ts';
import { type Follower, type FollowerEnds, onceAtATime } from './follower.ts';
import { failedPage } from './followImage.ts';
import { serverPage, taskPage } from './model/otherPages.ts';
import type { Expected } from './model/timeLines.ts';
import type { Subject } from './protocol.ts';
import { fetched, readExpected } from './reading.ts';

/** What followers that read lists alone have in common. `row`: what a button's command is given. */
function followLists(
  connection: Connection,
  refresh: () => Promise<void>,
  row: () => readonly [command: string, row: unknown] | undefined,
): Follower {
  return {
    connection,
    refresh: onceAtATime(refresh),
    note: () => false,
    read: refresh,
    act: async () => {
      const known = row();
      if (known) await vscode.commands.executeCommand(...known);
    },
    rest: () => undefined,
    dispose: () => undefined,
  };
}

/** Follows a task, and goes on with the image that it makes. */
export function followTask(
  { tasks, sightings }: Context,
  connection: Connection,
  subject: Subject,
  ends: FollowerEnds,
): Follower {
  const { id } = subject;
  let row: unknown;
  const refresh = async (): Promise<void> => {
    const snapshot = await tasks.loaded();
    const listed: ReadonlyMap<string, LiveTask> = snapshot.kind === 'ready' ? snapshot.items : new Map();
    const found = await fetched(
      async () => listed.get(id) ?? (await unlessMissing(connection.cloud.tasks.get(id))),
    );
    const task = found.kind === 'ready' ? found.value : undefined;
    if (!task) {
      const gone = t('The cloud has no such task any more: it forgets them 48 hours after their end.');
      return ends.show(failedPage(id, found.kind === 'failed' ? found.reason : gone));
    }
    row = { kind: 'task', task };
    ends.show(taskPage(task, { tasks: listed, sightings: sightings.of('task', id) }, Date.now()));
    const image = findImported(task);
    if (image !== undefined) ends.becomes({ ...subject, kind: 'image', id: image });
  };
  return followLists(connection, refresh, () => (row ? ['cloudImages.tasks.copyId', row] : undefined));
}

/** Follows the imaging of a server. */
export function followServer(
  { servers, images, sightings }: Context,
  connection: Connection,
  { id }: Subject,
  { show }: FollowerEnds,
): Follower {
  let live: LiveServer | undefined;
  let goneAt: number | undefined;
  const refresh = async (): Promise<void> => {
    const [running, listed] = await Promise.all([servers.loaded(), images.loaded()]);
    if (running.kind !== 'ready')
      return show(failedPage(id, 'reason' in running ? running.reason : t('No cloud is connected.')));
    const found = running.items.get(id);
    if (!found && !live) return show(failedPage(id, t('There is no such server here any more.')));
    goneAt = found ? undefined : (goneAt ?? Date.now());
    live = found ?? live;
    if (!live) return;
    const taken = (listed.kind === 'ready' ? [...listed.items.values()] : [])
      .filter(({ image }) => image.get('instance_uuid') === id)
      .map((seen) => [newestFirst.orderOf(seen, placeImage(seen, { account: '' })), seen] as const)
      .sort(([one], [other]) => (one < other ? 1 : -1))
      .map(([, seen]) => seen);
    const known = {
      live,
      taken,
      sightings: sightings.of('server', id),
      ...(goneAt === undefined ? {} : { goneAt }),
    };
    show(serverPage(known, Date.now()));
    if (live.server.taskState === null) return;
    const expected: Expected | undefined = await readExpected(connection, live);
    if (expected) show(serverPage({ ...known, expected }, Date.now()));
  };
  return followLists(connection, refresh, () =>
    live ? ['cloudImages.servers.copyId', { kind: 'server', live }] : undefined,
  );
}
