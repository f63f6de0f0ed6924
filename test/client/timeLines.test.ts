import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveServer } from '../../client/cloud/serverCollection.ts';
import type { LiveTask } from '../../client/cloud/taskCollection.ts';
import { expectImaging, imagingTimeLine, taskTimeLine } from '../../client/details/model/timeLines.ts';
import type { TimeLine } from '../../client/details/protocol.ts';
import type { Sighting } from '../../client/details/sightings.ts';
import { formatDuration } from '../../client/ui/units.ts';
import { profiles } from '../../server/rules/profile/table.ts';

const at = (time: string): number => Date.parse(`2015-03-09T11:${time}Z`);
const taskOf = (more: Partial<LiveTask> = {}): LiveTask => ({
  ...{ id: 't', type: 'import', status: 'pending', input: { import_from: 'c/o' } },
  ...{ createdAt: '2015-03-09T11:00:00Z', updatedAt: '2015-03-09T11:00:00Z' },
  ...more,
});
const stagesOf = (line: TimeLine | undefined): unknown =>
  line?.stages.map(({ name, state, from, to }) => [
    name,
    state,
    ...[from, to].map((time) => (time === undefined ? '' : new Date(time).toISOString().slice(14, 19))),
  ]);
const draw = (
  task: LiveTask,
  sightings: readonly Sighting[] = [],
  others: readonly LiveTask[] = [],
): TimeLine => taskTimeLine(task, { sightings, others });

test('a task waits, works and ends, and a task that ended unwatched does not claim when it left the queue', () => {
  assert.deepEqual(stagesOf(draw(taskOf())), [
    ['In the queue', 'waiting', '00:00', ''],
    ['Work', 'ahead', '', ''],
  ]);
  const processing = taskOf({ status: 'processing', updatedAt: '2015-03-09T11:00:15Z', progress: 0.5 });
  const line = draw(processing);
  assert.deepEqual(stagesOf(line), [
    ['In the queue', 'done', '00:00', '00:15'],
    ['Work', 'running', '00:15', ''],
  ]);
  assert.equal(line.stages[1]?.progress, 0.5);
  const done = taskOf({ status: 'success', updatedAt: '2015-03-09T11:03:00Z' });
  assert.deepEqual(
    stagesOf(draw(done, [{ at: at('03:00'), kind: 'task', id: 't', before: processing, after: done }])),
    [
      ['In the queue', 'done', '00:00', '00:15'],
      ['Work', 'done', '00:15', '03:00'],
    ],
  );
  assert.deepEqual(stagesOf(draw(done)), [['From its request to its end', 'done', '00:00', '03:00']]);
  const failed = taskOf({ status: 'failure', updatedAt: '2015-03-09T11:03:00Z', message: 'no' });
  assert.deepEqual(stagesOf(draw(failed)), [['From its request to its end', 'failed', '00:00', '03:00']]);
});

test('the stages that a cloud tells of are shown as they are seen, and a task that fails ends in one', () => {
  const processing = { status: 'processing', updatedAt: '2015-03-09T11:00:15Z' } as const;
  const packing = taskOf({ ...processing, stage: 'pack', progress: 0.4 });
  const sightings: Sighting[] = [
    { at: at('00:15'), kind: 'task', id: 't', after: taskOf({ ...processing, stage: 'judge' }) },
    { at: at('00:20'), kind: 'task', id: 't', after: packing },
  ];
  const line = draw(packing, sightings);
  assert.deepEqual(stagesOf(line), [
    ['In the queue', 'done', '00:00', '00:15'],
    ['Judging', 'done', '00:15', '00:20'],
    ['Packing', 'running', '00:20', ''],
    ['Storing', 'ahead', '', ''],
  ]);
  assert.equal(line.stages[2]?.progress, 0.4);
  const failed = taskOf({ status: 'failure', updatedAt: '2015-03-09T11:00:30Z', message: 'no' });
  assert.deepEqual(
    stagesOf(draw(failed, [...sightings, { at: 0, kind: 'task', id: 't', before: packing }])),
    [
      ['In the queue', 'done', '00:00', '00:15'],
      ['Judging', 'done', '00:15', '00:20'],
      ['Packing', 'failed', '00:20', '00:30'],
    ],
  );
  const exporting = taskOf({ ...processing, type: 'export', stage: 'merge' });
  assert.deepEqual(stagesOf(draw(exporting)), [
    ['In the queue', 'done', '00:00', '00:15'],
    ['Writing', 'running', '00:15', ''],
    ['Storing', 'ahead', '', ''],
  ]);
});

test('a cloud whose clock differs from that of this window is told of by its own', () => {
  const processing = { status: 'processing', updatedAt: '2015-03-09T11:00:15Z' } as const;
  const judging = taskOf({ ...processing, stage: 'judge' });
  const packing = taskOf({ ...processing, stage: 'pack' });
  const line = draw(packing, [
    { at: at('30:15'), kind: 'task', id: 't', before: taskOf(), after: judging },
    { at: at('30:20'), kind: 'task', id: 't', before: judging, after: packing },
  ]);
  assert.equal(line.ahead, 30 * 60_000);
  assert.deepEqual(stagesOf(line), [
    ['In the queue', 'done', '00:00', '00:15'],
    ['Judging', 'done', '00:15', '00:20'],
    ['Packing', 'running', '00:20', ''],
    ['Storing', 'ahead', '', ''],
  ]);
});

test('an estimate is what earlier tasks of the kind took, and says so', () => {
  assert.equal(draw(taskOf()).estimate, undefined);
  const earlier = ['01:00', '02:00', '10:00'].map((end) =>
    taskOf({ status: 'success', updatedAt: `2015-03-09T11:${end}Z` }),
  );
  const other = taskOf({ type: 'export', status: 'success', updatedAt: '2015-03-09T12:00:00Z' });
  const { estimate } = draw(taskOf(), [], [...earlier, other]);
  assert.equal(estimate?.until, at('02:00'));
  assert.match(String(estimate?.because), /half of the last 3 imports here took no longer/);
  assert.equal(draw(taskOf({ status: 'success' }), [], earlier).estimate, undefined);
});

const serverOf = (taskState: string | null, ahead?: number): LiveServer =>
  ({
    server: { id: 's', name: 'web', taskState, flavor: 'general1-1' },
    flavor: { id: 'general1-1', class: 'general1' },
    ...(ahead === undefined ? {} : { ahead }),
  }) as unknown as LiveServer;
const saw = (time: string, from: string | null, to: string | null): Sighting => ({
  ...{ at: at(time), kind: 'server', id: 's' },
  ...{ before: serverOf(from), after: serverOf(to) },
});

test('an image of a server waits with its place, goes through its stages, and is done', () => {
  const expected = { before: 60_000, upload: 120_000, because: 'so' };
  const waiting = imagingTimeLine({
    ...{ live: serverOf('image_snapshot_pending', 2), sightings: [], begun: at('00:00'), expected },
  });
  assert.equal(waiting?.estimate, undefined, 'nobody knows how long those before it take');
  assert.deepEqual(stagesOf(waiting), [
    ['In the queue', 'waiting', '00:00', ''],
    ['Coalescing', 'ahead', '', ''],
    ['Saving', 'ahead', '', ''],
    ['Uploading', 'ahead', '', ''],
  ]);
  assert.match(String(waiting?.stages[0]?.about), /2 images wait before this one/);
  const sightings = [
    saw('00:00', null, 'image_snapshot_pending'),
    saw('01:00', 'image_snapshot_pending', 'image_snapshot'),
    saw('02:00', 'image_snapshot', 'image_uploading'),
  ];
  const uploading = imagingTimeLine({
    ...{ live: serverOf('image_uploading'), sightings, begun: at('00:00'), expected },
  });
  assert.deepEqual(stagesOf(uploading), [
    ['In the queue', 'done', '00:00', '01:00'],
    ['Coalescing', 'done', '01:00', '02:00'],
    ['Saving', 'done', '', '02:00'],
    ['Uploading', 'running', '02:00', ''],
  ]);
  assert.equal(uploading?.estimate?.until, at('04:00'));
  const done = imagingTimeLine({ live: serverOf(null), sightings, begun: at('00:00'), ended: at('05:00') });
  assert.deepEqual(stagesOf(done), [
    ['In the queue', 'done', '00:00', '01:00'],
    ['Coalescing', 'done', '01:00', '02:00'],
    ['Saving', 'done', '', '02:00'],
    ['Uploading', 'done', '02:00', '05:00'],
  ]);
  assert.equal(imagingTimeLine({ live: serverOf(null), sightings: [] }), undefined);
});

test('what was seen of an earlier image is not told of the next, and one that fails ends where it was', () => {
  const earlier = [
    saw('00:00', null, 'image_snapshot'),
    saw('01:00', 'image_snapshot', 'image_uploading'),
    saw('02:00', 'image_uploading', null),
    saw('10:00', null, 'image_snapshot'),
  ];
  const line = imagingTimeLine({ live: serverOf('image_snapshot'), sightings: earlier });
  assert.deepEqual((stagesOf(line) as unknown[][])[1], ['Coalescing', 'running', '10:00', '']);
  const failed = imagingTimeLine({
    ...{ live: serverOf(null), sightings: earlier.slice(3), ended: at('11:00'), failed: true },
  });
  assert.deepEqual(stagesOf(failed), [
    ['In the queue', 'done', '', '10:00'],
    ['Coalescing', 'failed', '10:00', '11:00'],
    ['Saving', 'ahead', '', ''],
    ['Uploading', 'ahead', '', ''],
  ]);
});

test('without the amounts the estimate is the least that the cloud states', () => {
  const caller = { account: '100001', roles: [] };
  const expected = expectImaging(serverOf(null), { profile: profiles.rackspace, caller });
  assert.ok(expected);
  const { before, upload, because } = expected;
  assert.deepEqual([before, upload], [60_000, 120_000]);
  assert.match(because, /^the least for 1 GB; .* adds 2 min$/);
  assert.equal(expectImaging(serverOf(null), { profile: profiles.openstack, caller }), undefined);
});

test('durations are written as people say them', () => {
  assert.deepEqual([0, 400, 2000, 45_000, 59_600, 60_000, 185_000, 7_500_000, -5].map(formatDuration), [
    '0 s',
    '0.4 s',
    '2 s',
    '45 s',
    '1 min',
    '1 min',
    '3 min 5 s',
    '2 h 5 min',
    '0 s',
  ]);
});
