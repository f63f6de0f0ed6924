import type { JsonObject } from '../../rules/json.ts';
import type { Store } from '../store/store.ts';
import { ApiError } from './apiError.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/**
 * Long work: durable, of steps that can each be done again. A job stands in the store until its last step's change has
 * removed it, so after a crash it goes on at the step that it had reached. Of each queue a few run at once; the rest wait,
 * in the order they came.
 */
export interface Jobs {
  define(name: string, kind: JobKind): void;
  /** Inside `store.write`. The first step is named `start`. Answers where it stands in its queue. */
  add(job: { id: string; kind: string; account: string; data: JsonObject }): Place;
  /** Inside `store.write`, by a step: what comes next after a crash. */
  moveTo(id: string, step: string, data: JsonObject): void;
  /** Inside `store.write`, by the last step. */
  finish(id: string): void;
  hold(id: string, blob: string): void;
  held(id: string): readonly string[];
  progress(id: string): JobProgress | undefined;
  /** Where every job of a kind stands in its queue, with what it works on. */
  places(kind: string): readonly (Place & Pick<JobState, 'id' | 'data'>)[];
  /** Begins what was left by an earlier process, and what is added from now on. Answers what it takes up again. */
  start(): readonly JobState[];
  /** Counts the jobs that run, those that wait for simulated work among them. */
  running(): number;
  /** The next time that one of them ends. */
  nextEnd(): Promise<void>;
  /** Breaks off every running step; what is durable stays. */
  stop(): Promise<void>;
}

export interface JobKind {
  readonly queue: QueueRule;
  readonly steps: Readonly<Record<string, Step>>;
  /** Settles a job whose step threw. */
  failed(job: JobState, error: unknown): Promise<void>;
}

/** Says which jobs wait for each other: those of one group, of whatever kinds, `atOnce` of which run. */
export interface QueueRule {
  readonly atOnce: number;
  /** The group of a job when it is added, such as `account 100001`. */
  group(job: Pick<JobState, 'account' | 'data'>): string;
}

export function limitPerAccount(atOnce: number): QueueRule {
  return { atOnce, group: ({ account }) => nameAccountGroup(account) };
}

/** Does its work and makes it durable with `moveTo` or `finish`; what then stands in the store is done next. */
export type Step = (job: JobState, run: Run) => Promise<void>;

export interface JobState {
  readonly id: string;
  readonly kind: string;
  readonly account: string;
  readonly step: string;
  readonly data: JsonObject;
}

export interface Run {
  readonly signal: AbortSignal;
  /** `done` of `total`, in whatever unit the step counts. */
  report(done: number, total: number): void;
}

/** `ahead`: how many jobs of the queue wait before it; 0 for one that runs, too. */
export interface Place {
  readonly waiting: boolean;
  readonly ahead: number;
}

export interface JobProgress extends Place {
  readonly id: string;
  readonly kind: string;
  readonly step: string;
  readonly running: boolean;
  /** 0 to 1 within the step. */
  readonly progress: number;
}

interface JobRow extends Omit<JobState, 'data'> {
  data: string;
  queued: number;
  /** Null for one that a snapshot of version 0.1.0 brought back. */
  queue: string | null;
}

interface Queue {
  running: number;
  readonly waiting: Set<Waiting>;
}

type Waiting = Pick<JobState, 'id' | 'kind'>;

export function createJobs(store: Store, clock: Clock, log: Log): Jobs {
  // Long, since its parts share state that nothing else may reach.
  const kinds = new Map<string, JobKind>();
  const running = new Map<string, { stop: AbortController; ended: Promise<void>; progress: number }>();
  /** Those with jobs, by group; each job once, in the order they came. */
  const queues = new Map<string, Queue>();
  /** The largest `queued` in the store; undefined: not looked up yet. */
  let newest: number | undefined;
  let started = false;
  let ended = Promise.withResolvers<void>();

  const load = (id: string): JobState | undefined => {
    const row = store.get<JobRow>('SELECT * FROM jobs WHERE id = ?', id);
    return row && toState(row);
  };

  const atOnce = (kind: string) => kinds.get(kind)?.queue.atOnce ?? 1;

  /** Begins what the queue has room for. */
  const fill = (group: string): void => {
    const queue = queues.get(group);
    while (started && queue) {
      const [next] = queue.waiting;
      if (!next || queue.running >= atOnce(next.kind)) break;
      queue.waiting.delete(next);
      const earlier = running.get(next.id);
      if (earlier) void earlier.ended.then(() => requeue(next, group));
      else begin(next.id, group, queue);
    }
    if (queue && queue.running === 0 && queue.waiting.size === 0) queues.delete(group);
  };

  const begin = (id: string, group: string, queue: Queue): void => {
    const stop = new AbortController();
    const run = { stop, progress: 0, ended: Promise.resolve() };
    running.set(id, run);
    queue.running += 1;
    run.ended = perform(id, stop.signal, (progress) => {
      run.progress = progress;
    }).finally(() => {
      running.delete(id);
      queue.running -= 1;
      fill(group);
      ended.resolve();
      ended = Promise.withResolvers();
    });
  };

  /** A job that was finished from outside and entered anew waits until its last step has seen it. */
  const requeue = ({ id, kind }: Waiting, group: string): void => {
    if (!started) return;
    enqueue(id, kind, group);
    fill(group);
  };

  const enqueue = (id: string, kind: string, group: string): void => {
    const queue = queues.get(group) ?? { running: 0, waiting: new Set() };
    queues.set(group, queue);
    queue.waiting.add({ id, kind });
  };

  const perform = async (
    id: string,
    signal: AbortSignal,
    tell: (progress: number) => void,
  ): Promise<void> => {
    let job = load(id);
    const kind = job && kinds.get(job.kind);
    try {
      while (job && !signal.aborted) {
        const step = kind?.steps[job.step];
        if (!step) throw new Error(`No step '${job.step}' in jobs of kind '${job.kind}'.`);
        tell(0);
        await step(job, { signal, report: (done, total) => tell(total > 0 ? done / total : 0) });
        job = load(id);
      }
    } catch (error) {
      if (signal.aborted || !job) return;
      if (error instanceof ApiError) log.info(`Job ${id} is refused at step '${job.step}': ${error.message}`);
      else log.error(`Job ${id} failed at step '${job.step}'`, error);
      await kind?.failed(job, error).catch((reason) => log.error(`Job ${id} could not be closed`, reason));
    }
  };

  /** The first few of a queue run, the others wait. */
  const locate = (id: string, kind: string): Place => {
    if (atOnce(kind) === Number.POSITIVE_INFINITY) return { waiting: false, ahead: 0 };
    const { before } = store.get<{ before: number }>(
      `SELECT count(*) AS before FROM jobs j, jobs own
       WHERE own.id = ? AND coalesce(j.queue, 'account ' || j.account) = coalesce(own.queue, 'account ' || own.account)
         AND (j.queued, j.id) < (own.queued, own.id)`,
      id,
    ) ?? { before: 0 };
    return { waiting: before >= atOnce(kind), ahead: Math.max(0, before - atOnce(kind)) };
  };

  /** In the order they came, also where the clock stands still. */
  const nextQueued = (): number => {
    newest ??=
      store.get<{ newest: number }>('SELECT coalesce(max(queued), -1) AS newest FROM jobs')?.newest ?? -1;
    newest = Math.max(clock.now(), newest + 1);
    return newest;
  };
  return {
    define: (name, kind) => kinds.set(name, kind),
    add: ({ id, kind, account, data }) => {
      const queue = kinds.get(kind)?.queue;
      if (!queue) throw new Error(`No service defines jobs of kind '${kind}'.`);
      const group = queue.group({ account, data });
      store.run(
        'INSERT INTO jobs (id, kind, account, step, data, queue, queued) VALUES (?, ?, ?, ?, ?, ?, ?)',
        id,
        kind,
        account,
        'start',
        JSON.stringify(data),
        group,
        nextQueued(),
      );
      store.afterCommit(() => {
        if (!started) return; // found in the store when it is
        enqueue(id, kind, group);
        setImmediate(fill, group);
      });
      return locate(id, kind);
    },
    moveTo: (id, step, data) => {
      store.run('UPDATE jobs SET step = ?, data = ? WHERE id = ?', step, JSON.stringify(data), id);
    },
    finish: (id) => {
      store.run('DELETE FROM jobs WHERE id = ?', id);
    },
    hold: (id, blob) => {
      store.run('INSERT OR IGNORE INTO job_blobs (job, blob) VALUES (?, ?)', id, blob);
    },
    held: (id) =>
      store.all<{ blob: string }>('SELECT blob FROM job_blobs WHERE job = ?', id).map(({ blob }) => blob),
    progress: (id) => {
      const job = load(id);
      const run = running.get(id);
      return (
        job && {
          id,
          kind: job.kind,
          step: job.step,
          running: run !== undefined,
          progress: run?.progress ?? 0,
          ...locate(id, job.kind),
        }
      );
    },
    places: (kind) => {
      const before = new Map<string, number>();
      const queued = store.all<JobRow>('SELECT * FROM jobs WHERE kind = ? ORDER BY queued, id', kind);
      return queued.map((row) => {
        const group = row.queue ?? nameAccountGroup(row.account);
        const ahead = (before.get(group) ?? 0) - atOnce(kind);
        before.set(group, (before.get(group) ?? 0) + 1);
        return { id: row.id, data: JSON.parse(row.data), waiting: ahead >= 0, ahead: Math.max(0, ahead) };
      });
    },
    start: () => {
      started = true;
      newest = undefined;
      const left = store.all<JobRow>('SELECT * FROM jobs ORDER BY queued, id');
      for (const { id, kind, account, queue } of left) enqueue(id, kind, queue ?? nameAccountGroup(account));
      for (const group of [...queues.keys()]) fill(group);
      return left.map(toState);
    },
    running: () => running.size,
    nextEnd: () => ended.promise,
    stop: async () => {
      started = false;
      queues.clear();
      const runs = [...running.values()];
      for (const { stop } of runs) stop.abort();
      await Promise.all(runs.map(({ ended }) => ended));
    },
  };
}

function nameAccountGroup(account: string): string {
  return `account ${account}`;
}

function toState({ id, kind, account, step, data }: JobRow): JobState {
  return { id, kind, account, step, data: JSON.parse(data) };
}
