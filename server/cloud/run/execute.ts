import type { Caller } from '../../rules/profile/profile.ts';
import type { ManifestPart } from '../../workspace/parts.ts';
import { CloudError } from '../session/errors.ts';
import { type Performed, perform } from './perform.ts';
import { placeText, planText, refusalText } from './show.ts';
import { listRefusals, type Ports, planPart, type Step, sameStep } from './steps.ts';
import type { UndoJournal } from './undo.ts';
import { openWorld, type RunWorld } from './world.ts';

/** A run as it was planned, and the world that it leaves planned. */
export interface RunPlan {
  readonly steps: readonly Step[];
  readonly world: RunWorld;
}

/** Plans all documents; what earlier ones change is counted in. Throws CloudError. */
export async function planRun(
  parts: readonly ManifestPart[],
  ports: Ports,
  caller: Caller,
  planned: (step: Step) => void = () => undefined,
): Promise<RunPlan> {
  const world = openWorld(caller);
  const steps: Step[] = [];
  for (const part of parts) steps.push(...(await planSteps(part, ports, world, planned)));
  return { steps, world };
}

/** Plans one document and notes what it brings; `planned` is told of each step before the next is asked for. Throws CloudError. */
export async function planSteps(
  part: ManifestPart,
  ports: Ports,
  world: RunWorld,
  planned: (step: Step) => void = () => undefined,
): Promise<Step[]> {
  const steps: Step[] = [];
  world.beginDocument();
  for await (const { step, effects } of planPart(part, ports, world)) {
    world.note(effects);
    steps.push(step);
    planned(step);
  }
  return steps;
}

/** Tells whether everything can be run, and nothing would be refused. */
export function isSound(steps: readonly Step[]): boolean {
  return steps.every((step) => step.type !== 'impossible' && listRefusals(step).length === 0);
}

export interface Execution {
  readonly ports: Ports;
  readonly journal: UndoJournal;
  readonly say: (text: string) => void;
  readonly confirm: (question: string) => Promise<boolean>;
  /** Does a step's work where it can be known what its requests are made for. */
  readonly during?: <T>(step: Step, work: () => Promise<T>) => Promise<T>;
  /** Asks the cloud also for what it would refuse, to hear it say so. */
  readonly evenIfRefused?: boolean;
}

export interface Outcome {
  /** What was done, and with what result. */
  readonly done: readonly {
    readonly step: Step;
    readonly result?: string;
    readonly notes?: readonly string[];
  }[];
  /** What ended the run before its end; `interrupted`: the person did, by the signal of `ports.waiting`. */
  readonly stopped?: Stop;
  readonly left: readonly Step[];
}

interface Stop {
  readonly step: Step;
  readonly reason: string;
  readonly interrupted?: true;
}

/**
 * Does what was shown, document by document. Each is planned anew right before: where the cloud is another by now, that is
 * said, and asked again. Ends at the first refusal, and where the person stops it.
 */
export async function execute(
  parts: readonly ManifestPart[],
  plan: RunPlan,
  execution: Execution,
): Promise<Outcome> {
  const world = plan.world.begin();
  const done: Outcome['done'][number][] = [];
  for (const [at, part] of parts.entries()) {
    const later = (): Step[] => {
      const behind = new Set(parts.slice(at + 1));
      return plan.steps.filter((step) => behind.has(step.part));
    };
    const shown = plan.steps.filter((step) => step.part === part);
    const now = await unlessStopped(planSteps(part, execution.ports, world), execution);
    if (!now) {
      const [step, ...left] = [...shown, ...later()];
      return { done, ...(step ? { stopped: { step, ...nothingDone } } : {}), left };
    }
    if (!(await confirmChanges(part, shown, now, execution))) {
      const [step, ...left] = [...now, ...later()];
      return { done, ...(step ? { stopped: { step, reason: 'not confirmed' } } : {}), left };
    }
    const stopped = await doSteps(now, execution, done, world);
    if (stopped) return { done, ...stopped, left: [...stopped.left, ...later()] };
  }
  return { done, left: [] };
}

/** Says what is another than was shown, and asks; what would be refused is not asked about, since it stops the run. */
async function confirmChanges(
  part: ManifestPart,
  shown: readonly Step[],
  now: readonly Step[],
  { say, confirm }: Execution,
): Promise<boolean> {
  const changed = now.filter((step, index) => {
    const then = shown[index];
    return then && then.type !== 'later' && !sameStep(then, step);
  });
  if (changed.length === 0) return true;
  say(`${placeText(part)}: the cloud has changed since the plan. It is now:\n${planText(changed)}`);
  return !isSound(changed) || (await confirm('Go on?'));
}

const nothingDone = { reason: 'nothing was done', interrupted: true } as const;

/** Answers undefined where a person's stop ended the work. */
async function unlessStopped<T>(work: Promise<T>, { ports }: Execution): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (ports.waiting.signal?.aborted) return undefined;
    throw error;
  }
}

/** Does steps that are planned to the end: those of an undo. */
export async function executeSteps(steps: readonly Step[], execution: Execution): Promise<Outcome> {
  const done: Outcome['done'][number][] = [];
  return { done, left: [], ...(await doSteps(steps, execution, done, undefined)) };
}

/** Adds to `done` what it does; where it stops, answers why and what is left. */
async function doSteps(
  steps: readonly Step[],
  execution: Execution,
  done: Outcome['done'][number][],
  world: RunWorld | undefined,
): Promise<{ stopped: Stop; left: readonly Step[] } | undefined> {
  for (const [at, step] of steps.entries()) {
    const refused = findRefusal(step, execution);
    const stop = refused ? { reason: refused } : await doStep(step, execution, done, world);
    if (stop) return { stopped: { step, ...stop }, left: steps.slice(at + 1) };
  }
  return undefined;
}

function findRefusal(step: Step, { evenIfRefused }: Execution): string {
  if (step.type === 'impossible') return step.reason;
  return evenIfRefused ? '' : listRefusals(step).map(refusalText).join('; ');
}

async function doStep(
  step: Step,
  { ports, journal, during = (_, work) => work() }: Execution,
  done: Outcome['done'][number][],
  world: RunWorld | undefined,
): Promise<Omit<Stop, 'step'> | undefined> {
  if (ports.waiting.signal?.aborted) return nothingDone;
  const isKept = step.type === 'change' && step.plan.calls.length > 0 && journal.add(step.plan.undo);
  let performed: Performed;
  try {
    performed = await during(step, () => perform(step, ports, (undo) => journal.add(undo)));
  } catch (error) {
    if (error instanceof CloudError) return { reason: error.text };
    throw error;
  }
  noteResult(step, performed, world);
  if (performed.untouched && isKept) journal.withdraw();
  if (performed.undo) journal.add(performed.undo);
  if (performed.interrupted !== undefined) return { reason: performed.interrupted, interrupted: true };
  if (performed.refused) return { reason: refusalText(performed.refused) };
  const { result, notes } = performed;
  done.push({ step, ...(result === undefined ? {} : { result }), ...(notes ? { notes } : {}) });
  return undefined;
}

/** Notes what a document made, or that it made nothing, for the documents behind it. */
export function noteResult(step: Step, { result, refused }: Performed, world: RunWorld | undefined): void {
  if (step.type !== 'import' && step.type !== 'server' && step.type !== 'server-image') return;
  const state = result !== undefined ? { id: result } : refused ? { failed: true as const } : {};
  world?.note([{ type: 'made', part: step.part, state }]);
}
