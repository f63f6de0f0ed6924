import { seconds } from '../../../kernel/clock.ts';
import type { JobKind, JobState, Run } from '../../../kernel/jobs.ts';
import type { EmulatorContext } from '../../context.ts';
import { describeDiskFault } from '../imaging/disk.ts';
import type { AwaitedVolume } from '../servers/devices.ts';
import { endMigration } from '../servers/migrations.ts';
import { power, type ServerRow } from '../servers/rows.ts';
import { releaseVolumes } from '../servers/volumes.ts';
import { type BuildFault, findBuildFault } from './guests.ts';
import { beginShelving, endShelving, keepShelved } from './shelving.ts';
import { isLifeName, type LifeName, lives } from './stages.ts';
import { attachAll, readAwaited, waitForVolumes } from './volumes.ts';

/**
 * The states that a server passes after an action: a job whose steps wait, then change the row. It ends where somebody
 * else has taken the server over, which shows in its `task_state`: a deletion, a hard reboot, an operator.
 */
export function lifeJob(context: EmulatorContext): JobKind {
  return {
    queue: { atOnce: Number.POSITIVE_INFINITY, group: () => 'servers' },
    steps: { start: (job, run) => advance(context, job, run) },
    failed: (job, error) => fail(context, job, error),
  };
}

/** The server ends in ERROR, where nobody else has taken it over. */
async function fail(context: EmulatorContext, job: JobState, error: unknown): Promise<void> {
  const { action, region, server, task } = job.data;
  await context.store.free(() => {
    context.jobs.finish(job.id);
    const row = context.servers.find(String(region), String(server));
    if (!row || row.task_state !== (task ?? null)) return;
    const now = context.servers.change(row, failWith(describeDiskFault(error), context));
    if (action === 'shelve') endShelving(context, now);
    context.servers.finish(now, String(action), readFault(now));
    endMigration(context, now, String(action));
  });
}

/** Inside `store.write`: begins what follows an action, whose `task_state` the row has. */
export function addLife(
  context: EmulatorContext,
  row: ServerRow,
  action: LifeName,
  volumes: readonly AwaitedVolume[] = [],
): void {
  if (action === 'shelve') beginShelving(context, row);
  context.jobs.add({
    id: `${row.id}/${action}/${row.revision}`,
    kind: 'server',
    account: row.account,
    data: {
      ...{ region: row.region, server: row.id, action, at: 0, task: row.task_state },
      volumes: volumes.map((volume) => ({ ...volume })),
    },
  });
}

async function advance(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  const { action, region, server, at, task } = job.data;
  const life = typeof action === 'string' && isLifeName(action) ? lives[action] : undefined;
  const stage = life?.stages[Number(at)];
  if (!life || !stage) throw new Error(`A server has no stage ${String(at)} of '${String(action)}'.`);
  await context.clock.work(life.duration * stage.share, signal);
  const volumes = task === 'block_device_mapping' ? readAwaited(job.data['volumes']) : [];
  await waitForVolumes(context, String(region), volumes, signal);
  const before = context.servers.find(String(region), String(server));
  if (before && task === 'shelving_image_uploading') await keepShelved(context, before, signal);
  const isLast = Number(at) + 1 === life.stages.length;
  const fault =
    before && isLast && builds.has(String(action)) ? await findBuildFault(context, before) : undefined;
  await context.store.write(() => {
    const row = context.servers.find(String(region), String(server));
    if (!row || row.task_state !== (task ?? null)) {
      context.jobs.finish(job.id);
      if (!row || row.task_state === 'deleting') dropAwaited(context, job);
      return;
    }
    const now = context.servers.change(row, {
      ...stage.enter(row, context),
      ...(fault === undefined ? {} : failWith(fault, context)),
      ...(attachAll(context, row, volumes) ? {} : failWith('Block Device Mapping is Invalid.', context)),
    });
    const next = Number(at) + 1;
    const isLost = volumes.length > 0 && now.vm_state === 'error';
    if (next < life.stages.length && !isLost)
      return context.jobs.moveTo(job.id, 'start', {
        ...{ ...job.data, at: next, task: now.task_state },
        ...(volumes.length > 0 ? { volumes: [] } : {}), // they are the server's now
      });
    context.jobs.finish(job.id);
    if (isLost) dropAwaited(context, job);
    if (action === 'unshelve') endShelving(context, now);
    context.servers.finish(now, String(action), readFault(now));
    endMigration(context, now, String(action));
  });
}

/** Actions that end with a system on a disk that it has not been on before. */
const builds = new Set(['create', 'rebuild']);

function failWith(why: BuildFault | string, { clock }: EmulatorContext): Partial<ServerRow> {
  const told = typeof why === 'string' ? { message: why } : why;
  const fault = { code: 500, created: seconds(clock.now()), ...told };
  return { vm_state: 'error', task_state: null, power_state: power.none, fault: JSON.stringify(fault) };
}

function readFault({ vm_state: state }: ServerRow): string | undefined {
  return state === 'error' ? 'Error' : undefined;
}

/** Inside `store.write`: removes the volumes that were to go with a server which never got them. */
function dropAwaited(context: EmulatorContext, { data }: JobState): void {
  const { volumes } = context;
  for (const { id, deleteOnTermination } of readAwaited(data['volumes'])) {
    const row = volumes.find(String(data['region']), id);
    if (
      row &&
      deleteOnTermination &&
      volumes.attachmentsOf(row).length + volumes.snapshotsOf(row).length === 0
    )
      volumes.remove(row);
  }
}

/** The end of a server that is being deleted. */
export function deletionJob(context: EmulatorContext): JobKind {
  const { clock, jobs, servers, store } = context;
  return {
    queue: { atOnce: Number.POSITIVE_INFINITY, group: () => 'servers' },
    steps: {
      start: async (job, { signal }) => {
        await clock.work(deletion, signal);
        await store.free(() => {
          const row = servers.find(String(job.data['region']), String(job.data['server']));
          if (row) {
            releaseVolumes(context, row);
            endShelving(context, row);
            servers.finish(row, 'delete');
            servers.end(row);
          }
          jobs.finish(job.id);
        });
      },
    },
    failed: (job) => store.free(() => jobs.finish(job.id)),
  };
}

const deletion = 3000;
