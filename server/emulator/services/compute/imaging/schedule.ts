import { randomUUID } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { findObject } from '../../../kernel/body.ts';
import type { JobKind } from '../../../kernel/jobs.ts';
import type { EmulatorContext } from '../../context.ts';
import type { OnCompute } from '../api/compute.ts';
import { requireWriter } from '../api/permissions.ts';
import { badRequest, itemNotFound } from '../api/refuse.ts';
import { findServer } from '../servers/find.ts';
import type { ServerRow } from '../servers/rows.ts';
import { takeImage } from './begin.ts';

interface ScheduleRow {
  readonly server: number;
  readonly retention: number;
  /** Null: every day. */
  readonly day: string | null;
  /** The job that makes the images; another has none to do. */
  readonly job: string;
}

const days: readonly string[] = [
  'SUNDAY',
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
];
const dayLength = 24 * 60 * 60_000;

/** Images of a server every day or week, the latest of which are kept (SOURCES: rackspace §7). */
export function scheduleRoutes(on: OnCompute, context: EmulatorContext): void {
  if (!context.profile.compute.schedulesImages) return;
  const { store } = context;
  const path = '/servers/:id/rax-si-image-schedule';
  const find = (row: ServerRow) =>
    store.get<ScheduleRow>('SELECT * FROM server_schedules WHERE server = ?', row.key);
  const missing = () => itemNotFound('Image schedule not found.');
  on('GET', path, (asked) => {
    const schedule = find(findServer(context, asked));
    if (!schedule) throw missing();
    return { status: 200, body: describe(schedule) };
  });
  on('POST', path, async (asked) => {
    const wanted = readSchedule(await asked.readAny());
    requireWriter(context, asked, 'rax-si-image-schedule');
    return store.write(() => {
      const row = findServer(context, asked);
      if (row.boot_volume !== null)
        throw badRequest('A server that boots from a volume has no scheduled images.');
      const schedule = { ...wanted, server: row.key, job: randomUUID() };
      store.run(
        'INSERT OR REPLACE INTO server_schedules (server, retention, day, job) VALUES (?, ?, ?, ?)',
        schedule.server,
        schedule.retention,
        schedule.day,
        schedule.job,
      );
      begin(context, row, schedule);
      return { status: 200, body: describe(schedule) };
    });
  });
  on('DELETE', path, async (asked) => {
    requireWriter(context, asked, 'rax-si-image-schedule');
    await store.free(() => {
      const row = findServer(context, asked);
      if (!find(row)) throw missing();
      store.run('DELETE FROM server_schedules WHERE server = ?', row.key);
    });
    return { status: 202 };
  });
}

function describe({ retention, day }: Pick<ScheduleRow, 'retention' | 'day'>): JsonObject {
  return { image_schedule: { retention, ...(day === null ? {} : { day_of_week: day }) } };
}

function readSchedule(body: Json): Pick<ScheduleRow, 'retention' | 'day'> {
  const { retention, day_of_week: day = null } = findObject(body, 'image_schedule');
  if (!isObject(body) || !Number.isInteger(retention) || Number(retention) < 1 || Number(retention) > 65_535)
    throw badRequest('retention must be a whole number from 1 to 65535.');
  if (day !== null && !days.includes(String(day)))
    throw badRequest(`day_of_week must be one of ${days.join(', ')}.`);
  return { retention: Number(retention), day: day === null ? null : String(day) };
}

/** Inside `store.write`: from now on images are made. */
function begin(context: EmulatorContext, row: ServerRow, schedule: ScheduleRow): void {
  context.jobs.add({
    id: schedule.job,
    kind: 'server-schedule',
    account: row.account,
    data: { region: row.region, server: row.id, next: nextTime(context.clock.now(), schedule.day) },
  });
}

function nextTime(now: number, day: string | null): number {
  if (day === null) return now + dayLength;
  const ahead = (days.indexOf(day) - new Date(now).getUTCDay() + 7) % 7;
  return now + (ahead === 0 ? 7 : ahead) * dayLength;
}

/** Waits for the next time of a schedule, makes the image, and removes those that are too many. */
export function scheduleJob(context: EmulatorContext): JobKind {
  const { clock, jobs, servers, store } = context;
  return {
    queue: { atOnce: Number.POSITIVE_INFINITY, group: () => 'schedules' },
    steps: {
      start: async (job, { signal }) => {
        const next = Number(job.data['next']);
        await clock.work(Math.max(0, next - clock.now()) * clock.state.speed, signal);
        await store.write(() => {
          const row = servers.find(String(job.data['region']), String(job.data['server']));
          const schedule =
            row && store.get<ScheduleRow>('SELECT * FROM server_schedules WHERE server = ?', row.key);
          if (!row || schedule?.job !== job.id) return jobs.finish(job.id);
          if (clock.now() >= next) takeScheduled(context, row, schedule);
          const then = clock.now() >= next ? nextTime(next, schedule.day) : next;
          jobs.moveTo(job.id, 'start', { ...job.data, next: then });
        });
      },
    },
    failed: (job) => store.free(() => jobs.finish(job.id)),
  };
}

/** Inside `store.write`. A server that is busy, or in no state to be imaged, is left out this time. */
function takeScheduled(context: EmulatorContext, row: ServerRow, { retention, day }: ScheduleRow): void {
  const { clock, images, store } = context;
  if (row.task_state !== null || !['active', 'stopped'].includes(row.vm_state)) return;
  const name = `${day === null ? 'Daily' : 'Weekly'}-${row.name}-${Math.floor(clock.now() / 1000)}`;
  const asker = { user: { id: row.user }, account: { id: row.account }, request: { id: `req-${row.id}` } };
  const id = takeImage(context, asker, row, {
    ...{ name, metadata: {}, type: 'snapshot' },
    more: { 'org.openstack__1__created_by': 'scheduled_images_service' },
  });
  store.run('INSERT INTO scheduled_images (server, image) VALUES (?, ?)', row.key, id);
  const old = store.all<{ image: string }>(
    'SELECT image FROM scheduled_images WHERE server = ? ORDER BY key DESC LIMIT -1 OFFSET ?',
    row.key,
    retention,
  );
  for (const { image } of old) {
    const found = images.find(row.region, image);
    if (found && found.protected === 0) images.remove(found);
    store.run('DELETE FROM scheduled_images WHERE image = ?', image);
  }
}
