import { claim, findHolder } from '../cloud/run/claims.ts';
import { type CarryOut, carryOut } from '../cloud/run/saved/carryOut.ts';
import { type SavedPlan, toStep } from '../cloud/run/saved/document.ts';
import { findMovedAhead, movedText, type Progress } from '../cloud/run/saved/moved.ts';
import {
  beginRecord,
  findRecord,
  keepRecord,
  type PlanRecord,
  recordPath,
} from '../cloud/run/saved/record.ts';
import { placeText, planText } from '../cloud/run/show.ts';
import { hasCalls, noDisks, type Step } from '../cloud/run/steps.ts';
import { undoCommandOf } from '../cloud/run/undo.ts';
import { type ExitCode, exitCodes } from '../commandLine.ts';
import { configure, profiles } from '../rules/profile/table.ts';
import { CommandError } from '../verbs/errors.ts';
import type { Connected } from './connection.ts';
import { requireAllowed, requirePolicies } from './guard.ts';
import { requirePlan } from './planFiles.ts';
import { type ApplyOptions, openJournal, openPorts, orTellUndo, reportOutcome } from './run.ts';
import { ask, say, sayPlan, type VerbRun } from './verb.ts';

/** Says a plan that is kept, whether or not it can still be applied. */
export function showPlan(path: string, { report, isJson }: Pick<VerbRun, 'report' | 'isJson'>): ExitCode {
  const plan = requirePlan(path);
  const record = findRecord(plan);
  report({ plan, ...(record ? { record } : {}) });
  if (isJson) return exitCodes.done;
  const { cloud, region, account, user } = plan.place;
  say(`Planned on ${plan.made} for ${cloud}, ${region}, account ${account}, as ${user}.\n`);
  sayPlan(planText(stepsOf(plan)));
  if (record) say(tellRecord(record, plan));
  return exitCodes.done;
}

function stepsOf(plan: SavedPlan): Step[] {
  return plan.steps.map((step) => toStep(step, profiles[plan.profile]));
}

/** Shows a plan, asks, and makes its calls: once, and only while all is as it was. */
export async function applyPlan(
  plan: SavedPlan,
  path: string,
  connected: Connected,
  options: ApplyOptions & { readonly resume: boolean },
): Promise<ExitCode> {
  requirePlace(plan, path, connected);
  const record = findRecord(plan);
  requireFirst(plan, path, record, options);
  const { editor, published } = connected;
  const profile = configure(profiles[editor.profile ?? plan.profile], published);
  const ports = openPorts(connected, options, noDisks);
  const steps = plan.steps.map((step) => toStep(step, profile));
  if (!options.isSilent) sayPlan(planText(steps));
  if (record && !options.isSilent) say(tellRecord(record, plan));
  const moved = await findMovedAhead(ports.cloud, progressOf(plan, record));
  if (moved.length > 0)
    throw new CommandError(
      'plan/stale',
      `${path} is stale, and nothing was changed${record ? ' by this run' : ''}:\n${moved.map((one) => `  ${movedText(one)}`).join('\n')}\nPlan again.`,
    );
  if (options.dryRun) options.report({ plan });
  if (options.dryRun) return steps.some(hasCalls) ? exitCodes.differs : exitCodes.done;
  await requirePolicies(plan, options.policies, options);
  await requireAllowed(steps.slice(record?.step ?? 0), options);
  if (
    !options.yes &&
    steps.some(hasCalls) &&
    !(await ask(record ? 'Go on with this?' : 'Apply this?', options.signal))
  ) {
    say('Nothing was changed.');
    return exitCodes.done;
  }
  const claimed = claim(recordPath(plan));
  if ('heldBy' in claimed) throw underWay(path, claimed.heldBy);
  try {
    // What another process has done since this one looked is not done again.
    if (JSON.stringify(findRecord(plan)) !== JSON.stringify(record))
      throw new CommandError('plan/under-way', `${path} was applied by another process meanwhile.`);
    const journal = openJournal(connected, plan.manifests, record?.undo);
    const begun = record ? goOn(record) : beginRecord(plan, path, journal.path);
    keepRecord(plan, begun);
    const carried: CarryOut = { plan, profile, ports, journal };
    const outcome = await orTellUndo({ journal }, () => carryOut(carried, begun));
    const exitCode = reportOutcome(outcome, { journal }, connected, options);
    if (outcome.stopped && !options.isSilent) say(goOnText(path));
    return exitCode;
  } finally {
    claimed.release();
  }
}

function underWay(path: string, by: string): CommandError {
  return new CommandError('plan/under-way', `${path} is being applied by ${by}.`);
}

/** The record of a run that goes on with one that broke off. */
function goOn({ reason: _, ended: __, ...record }: PlanRecord): PlanRecord {
  return { ...record, state: 'running' };
}

/** Throws where the plan is for another cloud, region or account. */
function requirePlace(
  { place }: SavedPlan,
  path: string,
  { cloud, caller, place: here, emulatorId }: Connected,
): void {
  const told = (where: string, region: string, account: string): string =>
    `${where}, ${region}, account ${account}`;
  const isKnown = place.emulator !== undefined && emulatorId !== undefined;
  const isSame = isKnown ? place.emulator === emulatorId : place.cloud === here;
  if (isSame && place.region === cloud.region && place.account === caller.account) return;
  if (isKnown && !isSame && place.cloud === here)
    throw new CommandError(
      'plan/unusable',
      `${path} is a plan for the emulator that was at ${here}; the one there has other data by now. Plan again.`,
    );
  throw new CommandError(
    'plan/unusable',
    `${path} is a plan for ${told(place.cloud, place.region, place.account)}; you are connected to ${told(here, cloud.region, caller.account)}.`,
  );
}

/** Throws where a plan was applied, is being applied, or broke off and is not to be gone on with. */
function requireFirst(
  plan: SavedPlan,
  path: string,
  record: PlanRecord | undefined,
  { resume }: { readonly resume: boolean },
): void {
  if (!record) {
    if (resume)
      throw new CommandError(
        'plan/applied',
        `${path} was never begun, so there is nothing to go on with. Leave out --resume.`,
      );
    return;
  }
  if (record.state === 'done')
    throw new CommandError(
      'plan/applied',
      `${path} was applied on ${record.ended ?? record.begun}, and a plan is applied once. Plan again. To undo it: ${undoCommandOf({ path: record.undo })}`,
    );
  if (record.state === 'undone')
    throw new CommandError(
      'plan/applied',
      `${path} was begun on ${record.begun} and taken back on ${record.ended}. A plan is applied once: plan again.`,
    );
  const holder = findHolder(recordPath(plan));
  if (holder !== undefined) throw underWay(path, holder);
  if (!resume)
    throw new CommandError(
      'plan/applied',
      `${tellRecord(record, plan)}\n${goOnText(path)}\nTake it back: ${undoCommandOf({ path: record.undo })}`,
    );
}

function goOnText(path: string): string {
  return `Go on: cloud-images apply --resume ${path}`;
}

/** Says how far a plan has come. */
function tellRecord(record: PlanRecord, plan: SavedPlan): string {
  if (record.state === 'done') return `It was applied on ${record.ended ?? record.begun}.`;
  if (record.state === 'undone') return `It was taken back on ${record.ended}.`;
  const done = plan.steps
    .slice(0, record.step)
    .filter((step) => hasCalls(toStep(step, profiles[plan.profile])));
  const current = plan.steps[record.step];
  const calls = current?.calls?.length ?? 1;
  const lines = [
    `This plan was begun on ${record.begun} and ${findHolder(recordPath(plan)) === undefined ? 'did not come to its end' : 'is under way'}${record.reason === undefined ? '' : `: ${record.reason}`}.`,
    `Done: ${done.map(nameStep).join('; ') || 'no whole step'}.`,
    ...(current ? [`Under way: ${nameStep(current)}, ${record.calls} of its ${calls} calls answered.`] : []),
    ...(record.asked
      ? ['One more call was sent, and its answer is not known; going on looks for it first.']
      : []),
  ];
  return lines.join('\n');
}

function nameStep({ file, document, of, name, image }: SavedPlan['steps'][number]): string {
  const what = name === undefined ? '' : ` (image '${name}', ${image})`;
  return `${placeText({ path: file, index: document - 1, of })}${what}`;
}

/** Where a run of it begins. */
function progressOf(plan: SavedPlan, record: PlanRecord | undefined): Progress {
  const calls = record ? record.calls + (record.asked ? 1 : 0) : 0;
  return { plan, step: record?.step ?? 0, calls, made: (step) => record?.made[String(step)] };
}
