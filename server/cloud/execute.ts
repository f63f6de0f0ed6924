import { CloudError } from './errors.ts';
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
  /** What ended the run before its end. */
  readonly stopped?: { readonly step: Step; readonly why: string };
  readonly left: readonly Step[];
}

/**
 * Does what was shown, document by document. Each is worked out anew right before: where the cloud is another by now,
 * that is said, and asked again. Ends at the first refusal.
 */
export async function execute(
  parts: readonly ManifestPart[],
  { steps: shown, world: before }: Worked,
  execution: Execution,
): Promise<Outcome> {
  const world = newWorld(before.caller, before);
  const done: { step: Step; result?: string }[] = [];
  for (const part of parts) {
    const planned = shown.filter((step) => step.part === part);
    const now = await stepsOf(part, execution.ports, world);
    const changed = now.filter((step, at) => {
      const then = planned[at];
      return then && then.is !== 'later' && !sameStep(then, step);
    });
    if (changed.length > 0) {
      execution.say(
        `${placeText(part)}: the cloud has changed since the plan. It is now:\n${planText(changed)}`,
      );
      if (isSound(changed) && !(await execution.confirm('Go on?')))
        return stop(now[0], 'not confirmed', done, shown);
    }
    for (const step of now) {
      const refused = step.is === 'impossible' ? step.why : refusalsOf(step).map(refusalText).join('; ');
      const failed = refused || (await doStep(step, execution, done));
      if (failed) return stop(step, failed, done, shown);
    }
  }
  return { done, left: [] };
}

/** Does steps that need no working out: those of an undo. */
export async function executeSteps(steps: readonly Step[], execution: Execution): Promise<Outcome> {
  const done: { step: Step; result?: string }[] = [];
  for (const step of steps) {
    const failed = await doStep(step, execution, done);
    if (failed) return stop(step, failed, done, steps);
  }
  return { done, left: [] };
}

async function doStep(
  step: Step,
  { ports, journal }: Execution,
  done: { step: Step; result?: string }[],
): Promise<string | undefined> {
  if (step.is === 'change' && step.plan.calls.length > 0) journal.add(step.plan.undo);
  let outcome: Done;
  try {
    outcome = await perform(step, ports);
  } catch (error) {
    if (error instanceof CloudError) return error.text;
    throw error;
  }
  if (outcome.undo) journal.add(outcome.undo);
  if (outcome.refused) return refusalText(outcome.refused);
  done.push({ step, ...(outcome.result === undefined ? {} : { result: outcome.result }) });
  return undefined;
}

function stop(step: Step | undefined, why: string, done: Outcome['done'], all: readonly Step[]): Outcome {
  const behind = all.filter(
    (one) => one.part !== step?.part && !done.some((other) => other.step.part === one.part),
  );
  return { done, ...(step ? { stopped: { step, why } } : {}), left: behind };
}
