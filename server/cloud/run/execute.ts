import { CloudError } from '../session/errors.ts';
import { type Done, type Ports, perform, refusalsOf, type Step, sameStep, stepsOf } from './run.ts';
import { placeText, planText, refusalText } from './show.ts';
import type { UndoJournal } from './undo.ts';
import { type ManifestPart, newWorld, type World } from './world.ts';

/** A run that is worked out, and the world that it began from. */
export interface Worked {
  readonly steps: readonly Step[];
  readonly world: World;
}

/** Works out all documents; what earlier ones change is counted in. Throws CloudError. */
export async function workOut(
  parts: readonly ManifestPart[],
  ports: Ports,
  caller: World['caller'],
): Promise<Worked> {
  const world = newWorld(caller);
  const steps: Step[] = [];
  for (const part of parts) steps.push(...(await stepsOf(part, ports, world)));
  return { steps, world };
}

/** Whether everything can be run, and nothing would be refused. */
export function isSound(steps: readonly Step[]): boolean {
  return steps.every((step) => step.is !== 'impossible' && refusalsOf(step).length === 0);
}

export interface Execution {
  readonly ports: Ports;
  readonly journal: UndoJournal;
  readonly say: (text: string) => void;
  /** Asked again where a plan is another by now. */
  readonly confirm: (question: string) => Promise<boolean>;
}

export interface Outcome {
  /** What was done, and with what result. */
  readonly done: readonly { readonly step: Step; readonly result?: string }[];
  /** What ended the run before its end; `interrupted`: the person did, by the signal of `ports.waiting`. */
  readonly stopped?: Stop;
  readonly left: readonly Step[];
}

interface Stop {
  readonly step: Step;
  readonly why: string;
  readonly interrupted?: true;
}

/**
 * Does what was shown, document by document. Each is worked out anew right before: where the cloud is another by now,
 * that is said, and asked again. Ends at the first refusal, and where the person stops it.
 */
export async function execute(
  parts: readonly ManifestPart[],
  { steps: shown, world: before }: Worked,
  execution: Execution,
): Promise<Outcome> {
  const world = newWorld(before.caller, before);
  const done: Outcome['done'][number][] = [];
  for (const [at, part] of parts.entries()) {
    const later = (): Step[] => {
      const behind = new Set(parts.slice(at + 1));
      return shown.filter((step) => behind.has(step.part));
    };
    const planned = shown.filter((step) => step.part === part);
    const now = await unlessStopped(stepsOf(part, execution.ports, world), execution);
    if (!now) {
      const [step, ...left] = [...planned, ...later()];
      return { done, ...(step ? { stopped: { step, ...nothingDone } } : {}), left };
    }
    const changed = now.filter((step, index) => {
      const then = planned[index];
      return then && then.is !== 'later' && !sameStep(then, step);
    });
    if (changed.length > 0) {
      execution.say(
        `${placeText(part)}: the cloud has changed since the plan. It is now:\n${planText(changed)}`,
      );
      const [step, ...left] = [...now, ...later()];
      if (step && isSound(changed) && !(await execution.confirm('Go on?')))
        return { done, stopped: { step, why: 'not confirmed' }, left };
    }
    const stopped = await doSteps(now, execution, done);
    if (stopped) return { done, ...stopped, left: [...stopped.left, ...later()] };
  }
  return { done, left: [] };
}

const nothingDone = { why: 'nothing of it was done', interrupted: true } as const;

/** Undefined where a person's stop ended it. */
async function unlessStopped<T>(work: Promise<T>, { ports }: Execution): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (ports.waiting.signal?.aborted) return undefined;
    throw error;
  }
}

/** Does steps that need no working out: those of an undo. */
export async function executeSteps(steps: readonly Step[], execution: Execution): Promise<Outcome> {
  const done: Outcome['done'][number][] = [];
  return { done, left: [], ...(await doSteps(steps, execution, done)) };
}

/** Adds to `done` what it does; where it stops, answers why and what is left. */
async function doSteps(
  steps: readonly Step[],
  execution: Execution,
  done: Outcome['done'][number][],
): Promise<{ stopped: Stop; left: readonly Step[] } | undefined> {
  for (const [at, step] of steps.entries()) {
    const refused = step.is === 'impossible' ? step.why : refusalsOf(step).map(refusalText).join('; ');
    const stop = refused ? { why: refused } : await doStep(step, execution, done);
    if (stop) return { stopped: { step, ...stop }, left: steps.slice(at + 1) };
  }
  return undefined;
}

async function doStep(
  step: Step,
  { ports, journal }: Execution,
  done: Outcome['done'][number][],
): Promise<Omit<Stop, 'step'> | undefined> {
  if (ports.waiting.signal?.aborted) return nothingDone;
  if (step.is === 'change' && step.plan.calls.length > 0) journal.add(step.plan.undo);
  let outcome: Done;
  try {
    outcome = await perform(step, ports);
  } catch (error) {
    if (error instanceof CloudError) return { why: error.text };
    throw error;
  }
  if (outcome.undo) journal.add(outcome.undo);
  if (outcome.interrupted !== undefined) return { why: outcome.interrupted, interrupted: true };
  if (outcome.refused) return { why: refusalText(outcome.refused) };
  done.push({ step, ...(outcome.result === undefined ? {} : { result: outcome.result }) });
  return undefined;
}
