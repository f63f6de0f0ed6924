import { t } from '@vscode/l10n';
import { imagingTime } from '../../../server/rules/service/imagingTime.ts';
import type { Person } from '../../cloud/roles.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import type { LiveTask } from '../../cloud/taskCollection.ts';
import { formatCount } from '../../ui/units.ts';
import type { Estimate, Stage, TimeLine } from '../protocol.ts';
import type { Sighting } from '../sightings.ts';

/** The time line of an import or an export: its place in the queue, and the work. */
export function taskTimeLine(
  task: LiveTask,
  { sightings, others }: { readonly sightings: readonly Sighting[]; readonly others: Iterable<LiveTask> },
): TimeLine {
  const ahead = measureClock(sightings);
  const seen = sightings.map((one) => ({ ...one, at: one.at - ahead }));
  const created = Date.parse(task.createdAt);
  const updated = Date.parse(task.updatedAt);
  const isOver = task.status === 'success' || task.status === 'failure';
  const started = task.status === 'processing' ? updated : findStart(seen);
  const estimate = isOver ? undefined : estimateTask(task, others);
  return {
    caption: `${titles[task.type] ?? task.type}: ${endings[task.status]}`,
    stages:
      isOver && started === undefined
        ? [unseen(task, created, updated)]
        : listStages(task, created, started, seen),
    ...(estimate ? { estimate } : {}),
    ...(ahead === 0 ? {} : { ahead }),
  };
}

/** Tells how far this window's clock is before the cloud's, by a change that was seen; 0 where they agree as far as seconds tell. */
function measureClock(sightings: readonly Sighting[]): number {
  const moved = sightings.findLast(
    ({ before, after }) => isTask(before) && isTask(after) && before.status !== after.status,
  );
  if (!moved || !isTask(moved.after)) return 0;
  const ahead = moved.at - Date.parse(moved.after.updatedAt);
  return Math.abs(ahead) < 2000 ? 0 : ahead;
}

function isTask(one: Sighting['after']): one is LiveTask {
  return one !== undefined && 'type' in one;
}

const titles: Readonly<Record<string, string>> = { import: t('Import'), export: t('Export') };
const endings = {
  pending: t('waits for its turn'),
  processing: t('under way'),
  success: 'done',
  failure: 'failed',
} as const satisfies Record<LiveTask['status'], string>;

/** A task says when it was changed last: while it is processed, that is when it left the queue. */
function findStart(sightings: readonly Sighting[]): number | undefined {
  for (const { before, after } of sightings)
    for (const one of [before, after])
      if (isTask(one) && one.status === 'processing') return Date.parse(one.updatedAt);
  return undefined;
}

function listStages(
  task: LiveTask,
  created: number,
  started: number | undefined,
  sightings: readonly Sighting[],
): Stage[] {
  const waiting = {
    name: t('In the queue'),
    about: t('Some tasks of an account run at once; the others wait.'),
  };
  const all = task.type === 'export' ? exportStages : importStages;
  if (started === undefined)
    return [{ ...waiting, state: 'waiting', from: created }, ...all.whole.map(comesLater)];
  const queue: Stage = { ...waiting, state: 'done', from: created, to: Math.max(created, started) };
  const entered = findStages(task, sightings, started);
  const told = all.told.filter(({ stage }) => stage !== 'gather' || entered.has(stage));
  const last = told.findLastIndex(({ stage }) => entered.has(stage));
  const work =
    last === -1
      ? [endStage(task, all.whole[0], started)]
      : told.map((one, at) => {
          const from = at === 0 ? started : entered.get(one.stage);
          const next = told.slice(at + 1).find(({ stage }) => entered.has(stage));
          if (at > last) return comesLater(one);
          if (at === last) return endStage(task, one, from ?? started);
          const to = next && entered.get(next.stage);
          return describeStage(one, 'done', { from, to });
        });
  return [queue, ...work.filter(({ state }) => task.status !== 'failure' || state !== 'ahead')];
}

interface StageWords {
  readonly stage: string;
  readonly name: string;
  readonly about: string;
}

/** The stages that a cloud tells of, and the one in their place where it tells of none. */
const importStages: { readonly whole: readonly [StageWords]; readonly told: readonly StageWords[] } = {
  whole: [
    {
      ...{ stage: '', name: t('Work') },
      about: t('The disk is read, judged and packed as an OVA; the image is there once all of it is stored.'),
    },
  ],
  told: [
    {
      stage: 'gather',
      name: t('Gathering'),
      about: t('The many pieces of the object are put into one file.'),
    },
    { stage: 'judge', name: t('Judging'), about: t('The disk is read, and refused where it breaks a rule.') },
    { stage: 'pack', name: t('Packing'), about: t('The disk is packed as an OVA.') },
    {
      stage: 'store',
      name: t('Storing'),
      about: t('The OVA is stored; the image is there when that has ended.'),
    },
  ],
};
const exportStages: typeof importStages = {
  whole: [
    { stage: '', name: t('Work'), about: t('The disk is taken out, and written as a VHD in segments.') },
  ],
  told: [
    {
      stage: 'merge',
      name: t('Writing'),
      about: t('The disks of the OVA become one VHD, which is cut into segments.'),
    },
    { stage: 'store', name: t('Storing'), about: t('The segments are stored in Cloud Files.') },
  ],
};

function describeStage(
  { name, about }: StageWords,
  state: Stage['state'],
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined } = {},
): Stage {
  // The cloud's clock tells seconds, and need not be that of this window.
  const end = from !== undefined && to !== undefined ? Math.max(from, to) : to;
  return {
    ...{ name, about, state },
    ...(from === undefined ? {} : { from }),
    ...(end === undefined ? {} : { to: end }),
  };
}

function comesLater(one: StageWords): Stage {
  return describeStage(one, 'ahead');
}

/** The stage that a task is in, or in which it ended. */
function endStage(task: LiveTask, one: StageWords, from: number): Stage {
  if (task.status === 'processing') {
    const isCounted = task.progress !== undefined && one.stage !== 'judge' && one.stage !== 'store';
    return { ...describeStage(one, 'running', { from }), ...(isCounted ? { progress: task.progress } : {}) };
  }
  const state = task.status === 'failure' ? 'failed' : 'done';
  return describeStage(one, state, { from, to: Date.parse(task.updatedAt) });
}

/** When each stage was first seen. */
function findStages(
  task: LiveTask,
  sightings: readonly Sighting[],
  started: number,
): ReadonlyMap<string, number> {
  const entered = new Map<string, number>();
  for (const { at, after } of sightings)
    if (isTask(after) && after.stage !== undefined && !entered.has(after.stage))
      entered.set(after.stage, Math.max(at, started));
  if (task.stage !== undefined && !entered.has(task.stage)) entered.set(task.stage, started);
  return entered;
}

/** Of a task that ended unwatched nobody says when it left the queue. */
function unseen({ status }: LiveTask, from: number, to: number): Stage {
  return {
    name: t('From its request to its end'),
    about: t(
      'This window did not see it leave the queue, and the cloud does not say afterwards when that was.',
    ),
    state: status === 'failure' ? 'failed' : 'done',
    from,
    to,
  };
}

/** What earlier ones took, of the same kind and account; nobody states it. */
function estimateTask({ type, createdAt }: LiveTask, others: Iterable<LiveTask>): Estimate | undefined {
  const took = [...others]
    .filter((one) => one.type === type && one.status === 'success')
    .map((one) => Date.parse(one.updatedAt) - Date.parse(one.createdAt))
    .filter((time) => time >= 0)
    .sort((one, other) => one - other);
  const median = took[Math.floor(took.length / 2)];
  if (median === undefined) return undefined;
  const because = t`half of the last ${formatCount(took.length, type === 'export' ? 'export' : 'import')} here took no longer, whatever their size`;
  return { until: Date.parse(createdAt) + median, because };
}

/** A server that is imaged, or was while this window looked. */
export interface Imaged {
  readonly live: LiveServer;
  readonly sightings: readonly Sighting[];
  readonly expected?: Expected | undefined;
  /** When the image came into being, and when it was seen to be active. */
  readonly begun?: number;
  readonly ended?: number;
  readonly failed?: true;
}

/** The states of an image of a server, in order (SOURCES: rackspace §1.3). */
const imagingStates = [
  {
    state: 'image_snapshot_pending',
    name: t('In the queue'),
    about: t('Three images are made at once on a group of hosts; the others wait.'),
  },
  {
    state: 'image_snapshot',
    name: t('Coalescing'),
    about: t('The chain of disks is merged, and the snapshot is taken. Keep the database stopped.'),
  },
  {
    state: 'image_pending_upload',
    name: t('Saving'),
    about: t('The disk is captured. What was stopped for the image may start again.'),
  },
  { state: 'image_uploading', name: t('Uploading'), about: t('What was captured is packed and stored.') },
] as const;

/** The time line of a server's imaging, as far as it was seen; undefined where there is none to be told of. */
export function imagingTimeLine(imaged: Imaged): TimeLine | undefined {
  const { live, begun, ended, failed } = imaged;
  const entered = findEntries(imaged);
  const now = imagingStates.findIndex(({ state }) => state === live.server.taskState);
  const isOver = now === -1;
  if (isOver && entered.size === 0) return undefined;
  const last = isOver ? Math.max(...entered.keys()) : now;
  const stages = imagingStates.map(({ name, about }, at): Stage => {
    const from = entered.get(at) ?? (at === 0 ? begun : undefined);
    const next = [...entered].find(([later]) => later > at)?.[1];
    const to = next ?? (isOver ? ended : undefined);
    const times = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    const queue = at === 0 ? describeQueue(about, live) : about;
    if (at > last) return { name, about, state: 'ahead' };
    if (at < last || (isOver && !failed)) return { name, about, state: 'done', ...times };
    return { name, about: queue, state: failed ? 'failed' : at === 0 ? 'waiting' : 'running', ...times };
  });
  const estimate = isOver ? undefined : estimateImaging(imaged, entered, now);
  const how = failed ? 'failed' : isOver ? 'done' : t('under way');
  return { caption: t`Imaging: ${how}`, stages, ...(estimate ? { estimate } : {}) };
}

function describeQueue(about: string, { ahead }: LiveServer): string {
  return ahead === undefined ? about : t`${about} ${formatCount(ahead, 'image')} wait before this one.`;
}

/** When each state was first seen in the present run: the last one that went from nothing to an image's state. */
function findEntries({ live, sightings }: Imaged): ReadonlyMap<number, number> {
  const entered = new Map<number, number>();
  for (const { at, before, after } of sightings) {
    const [from, to] = [stateIn(before), stateIn(after)];
    if (to === -1) continue;
    if (from === -1) entered.clear();
    if (!entered.has(to)) entered.set(to, at);
  }
  const now = imagingStates.findIndex(({ state }) => state === live.server.taskState);
  // What was seen is of an earlier image where the present state comes before it.
  return now !== -1 && [...entered.keys()].some((at) => at > now) ? new Map() : entered;
}

function stateIn(one: Sighting['after']): number {
  const task = one && 'server' in one ? one.server.taskState : null;
  return imagingStates.findIndex(({ state }) => state === task);
}

/** How long the stages after the queue take, in milliseconds of this clock. */
export interface Expected {
  readonly before: number;
  readonly upload: number;
  readonly because: string;
}

/** What the cloud states of the least image: neither the size of its file system nor what was written is known here. */
export function expectImaging({ flavor }: LiveServer, { profile }: Person): Expected | undefined {
  if (!profile.imaging) return undefined;
  const flavorClass = flavor?.class ?? '';
  const { coalesce, save } = imagingTime({ largestGb: 1, flavorClass }, profile.imaging);
  const because = t`the least for 1 GB; each GB that its file system ever held adds ${save} min`;
  return { before: coalesce * 60_000, upload: save * 60_000, because };
}

function estimateImaging(
  { begun, expected }: Imaged,
  entered: ReadonlyMap<number, number>,
  now: number,
): Estimate | undefined {
  // Nobody knows how long those before it take.
  if (!expected || now === 0) return undefined;
  const { before, upload, because } = expected;
  const captured = entered.get(2);
  if (captured !== undefined) return { until: captured + upload, because };
  const from = entered.get(1) ?? begun;
  return from === undefined ? undefined : { until: from + before + upload, because };
}
