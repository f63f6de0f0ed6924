import type { Profile } from '../../../rules/profile/profile.ts';
import { CloudError } from '../../session/errors.ts';
import type { Outcome } from '../execute.ts';
import { type Performed, perform } from '../perform.ts';
import { refusalText } from '../show.ts';
import type { Ports, Step } from '../steps.ts';
import type { UndoJournal } from '../undo.ts';
import { listNewestTasks } from '../waiting.ts';
import { type SavedPlan, type SavedStep, toStep } from './document.ts';
import { findMoved, movedText, type Progress } from './moved.ts';
import { keepRecord, type PlanRecord } from './record.ts';
import { settleCall } from './settle.ts';

/** The surroundings in which a saved plan is carried out. */
export interface CarryOut {
  readonly plan: SavedPlan;
  readonly profile: Profile;
  readonly ports: Ports;
  readonly journal: UndoJournal;
}

/**
 * Makes the calls of a saved plan from where its record stands, and no others. Before each it reads again what the step rests
 * on, and stops where anything has moved. What was sent and not answered before is looked for first. Throws CloudError.
 */
export async function carryOut(carried: CarryOut, begun: PlanRecord): Promise<Outcome> {
  const { plan, profile, journal } = carried;
  const run = openRun(carried, begun);
  const done: Outcome['done'][number][] = [];
  for (const [at, saved] of plan.steps.entries()) {
    if (at < begun.step) continue;
    const step = toStep(saved, profile, run.made);
    const left = (): Step[] => plan.steps.slice(at + 1).map((one) => toStep(one, profile, run.made));
    let stopped: Omit<NonNullable<Outcome['stopped']>, 'step'> | Finished;
    try {
      stopped = await carryOutStep(saved, step, carried, run);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      run.keep({ state: 'stopped', reason, ended: new Date().toISOString() });
      if (carried.ports.waiting.signal?.aborted) stopped = notAll(run, splitCalls(step));
      else if (!(error instanceof CloudError) || journal.entries === 0) throw error;
      else stopped = { reason: error.text };
    }
    if ('reason' in stopped) {
      run.keep({ state: 'stopped', reason: stopped.reason, ended: new Date().toISOString() });
      return { done, stopped: { step, ...stopped }, left: left() };
    }
    done.push({ step, ...stopped });
    run.keep({ step: at + 1, calls: 0 });
  }
  run.keep({ state: 'done', ended: new Date().toISOString() });
  return { done, left: [] };
}

interface Finished {
  readonly result?: string;
  readonly notes?: readonly string[];
}

interface Run {
  readonly record: PlanRecord;
  keep(changed: Partial<PlanRecord>): void;
  /** A call is sent, was done, or was not done. */
  asks(tasks: readonly string[] | undefined): void;
  answered(result: string | undefined): void;
  notDone(): void;
  made(step: number): string | undefined;
  progress(): Progress;
}

function openRun({ plan }: CarryOut, begun: PlanRecord): Run {
  let record: PlanRecord = begun;
  const set = (next: PlanRecord): void => {
    record = next;
    keepRecord(plan, record);
  };
  const made = (step: number): string | undefined => record.made[String(step)];
  return {
    get record() {
      return record;
    },
    keep: (changed) => set({ ...record, ...changed }),
    asks: (tasks) => set({ ...record, asked: tasks ? { tasks } : {} }),
    answered: (result) => {
      const { asked: _, ...rest } = record;
      const own = result === undefined ? {} : { [String(record.step + 1)]: result };
      set({ ...rest, calls: record.calls + 1, made: { ...record.made, ...own } });
    },
    notDone: () => {
      const { asked: _, ...rest } = record;
      set(rest);
    },
    made,
    progress: () => ({ plan, step: record.step, calls: record.calls + (record.asked ? 1 : 0), made }),
  };
}

/** What an interrupt leaves of a step. */
function notAll({ record }: Run, calls: readonly Step[]): { reason: string; interrupted: true } {
  return { reason: `${record.calls} of its ${calls.length} calls were made`, interrupted: true };
}

async function carryOutStep(
  saved: SavedStep,
  step: Step,
  carried: CarryOut,
  run: Run,
): Promise<{ reason: string; interrupted?: true } | Finished> {
  const { ports, journal } = carried;
  const { cloud, waiting } = ports;
  const calls = splitCalls(step);
  const notes: string[] = [];
  let result = step.type === 'change' ? step.plan.image : run.made(run.record.step + 1);
  const finish = (performed: Performed): void => {
    if (performed.undo) journal.add(performed.undo);
    if (performed.result !== undefined) result = performed.result;
    notes.push(...(performed.notes ?? []));
    run.answered(performed.result);
  };
  if (run.record.asked) {
    const call = calls[run.record.calls];
    const settled = call ? await settleCall(call, carried, run.record.asked.tasks ?? []) : 'to be made';
    if (typeof settled === 'object' && 'unclear' in settled) return { reason: settled.unclear };
    if (settled === 'to be made') run.notDone();
    else finish(settled);
  }
  if (step.type !== 'not-run') {
    const moved = await findMoved(saved, cloud, run.progress());
    if (moved.length > 0) return { reason: tellMoved(moved) };
  }
  for (const [at, call] of calls.entries()) {
    if (at < run.record.calls) continue;
    if (waiting.signal?.aborted) return notAll(run, calls);
    const moved = at === 0 ? [] : await findMoved(saved, cloud, run.progress());
    if (moved.length > 0) return { reason: tellMoved(moved) };
    if (call.type === 'change') journal.add(call.plan.undo);
    run.asks(await listTasks(call, ports));
    const performed = await perform(call, ports, (undo) => journal.add(undo));
    if (performed.interrupted !== undefined) return { reason: performed.interrupted, interrupted: true };
    if (performed.refused) {
      run.notDone();
      return { reason: refusalText(performed.refused) };
    }
    finish(performed);
  }
  return { ...(result === undefined ? {} : { result }), ...(notes.length > 0 ? { notes } : {}) };
}

function tellMoved(moved: Parameters<typeof movedText>[0][]): string {
  return `the plan is stale: ${moved.map(movedText).join('; ')}`;
}

/** A change call by call, so that each is kept; anything else is one. */
function splitCalls(step: Step): Step[] {
  if (step.type === 'not-run') return [];
  if (step.type !== 'change') return [step];
  return step.plan.calls.map((call) => ({ ...step, plan: { ...step.plan, calls: [call] } }));
}

/** The newest tasks before one is asked for, by which a next run finds it. */
async function listTasks(step: Step, { cloud }: Ports): Promise<string[] | undefined> {
  if (step.type !== 'export' && !(step.type === 'import' && step.part.profile.offers.importTask))
    return undefined;
  return listNewestTasks(cloud.tasks, step.type);
}
