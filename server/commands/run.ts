import { openFetch } from '../cloud/http/proxiedFetch.ts';
import { observeRequests } from '../cloud/run/call.ts';
import { closingNotes } from '../cloud/run/closingNotes.ts';
import {
  type Execution,
  execute,
  executeSteps,
  isSound,
  type Outcome,
  planRun,
} from '../cloud/run/execute.ts';
import type { ReadStep } from '../cloud/run/saved/document.ts';
import { type Fact, recordReads } from '../cloud/run/saved/facts.ts';
import { noteUndone } from '../cloud/run/saved/record.ts';
import { answeredText, placeText, planText, stepJson } from '../cloud/run/show.ts';
import { hasCalls, noDisks, type Ports, type Step } from '../cloud/run/steps.ts';
import {
  openUndoJournal,
  planUndo,
  requireSamePlace,
  type UndoFile,
  type UndoJournal,
  undoCommandOf,
} from '../cloud/run/undo.ts';
import { isTask, type Work } from '../cloud/run/waiting.ts';
import { type ExitCode, exitCodes } from '../commandLine.ts';
import type { Kind } from '../rules/facts.ts';
import { configure, profiles } from '../rules/profile/table.ts';
import { CommandError } from '../verbs/errors.ts';
import type { Output } from '../verbs/run.ts';
import type { ManifestPart } from '../workspace/parts.ts';
import { type Connected, describeProfile } from './connection.ts';
import { type Allowance, requireAllowed, requirePolicies, requireShown } from './guard.ts';
import type { Parts } from './parts.ts';
import { describePlan, pairReads, savePlan } from './planFiles.ts';
import { openProgress } from './progress.ts';
import { ask, say, sayPlan, warn } from './verb.ts';

export interface RunOptions {
  readonly json: boolean;
  /** Says nothing but what is wrong. */
  readonly isSilent: boolean;
  /** Takes what --json prints. */
  readonly report: Output['report'];
  readonly yes: boolean;
  readonly dryRun: boolean;
  /** A dry run tells by its exit code whether something differs. */
  readonly compares: boolean;
  readonly verbose: boolean;
  readonly image: string | undefined;
  readonly segmentBytes: number | undefined;
  readonly signal: AbortSignal;
}

/** How manifests are planned and applied. */
export interface ApplyOptions extends RunOptions, Allowance {
  /** Where the plan is kept. */
  readonly output: string | undefined;
}

/** Selects all documents of the files that hold one of the kind. Throws where there is none. */
export function selectFiles({ parts, workspace }: Parts, kind: Kind): Parts {
  const files = new Set(parts.filter((part) => part.kind === kind).map(({ path }) => path));
  if (files.size === 0) throw new CommandError('manifest/kind', `None of these manifests is an ${kind}.`);
  return { parts: parts.filter(({ path }) => files.has(path)), workspace };
}

/** Shows a run, asks, and makes it. */
export async function run(
  { parts, workspace }: Parts,
  connected: Connected,
  options: ApplyOptions,
): Promise<ExitCode> {
  const progress = openProgress(process.stderr);
  const ports = openPorts(connected, options, workspace, progress);
  const { plan, read } = await planWithReads(parts, ports, connected);
  const sound = isSound(plan.steps);
  const isShown = !options.isSilent || (!options.json && !sound);
  if (isShown) sayPlan(planText(plan.steps));
  if (isShown) tellProfile(connected, parts, sound, options);
  if (sound) await keepAndJudge(read, connected, options);
  if (options.dryRun || !sound) {
    options.report(planJson(connected, plan.steps));
    if (!options.isSilent && !options.dryRun) say('Nothing was changed.');
    return planExitCode(plan.steps, options.compares);
  }
  await requireAllowed(plan.steps, options);
  if (!options.yes && plan.steps.some(hasCalls) && !(await ask('Apply this?', options.signal))) {
    say('Nothing was changed.');
    return 0;
  }
  const journal = openJournal(connected, [...new Set(parts.map(({ path }) => path))]);
  const execution: Execution = {
    ports,
    journal,
    say: (text) => (options.json ? warn(text) : options.isSilent ? undefined : say(text)),
    confirm: async (question) => options.yes || ask(question, options.signal),
    during: async (step, work) => {
      requireShown(step, plan.steps);
      return work();
    },
  };
  const outcome = await orTellUndo(execution, () => execute(parts, plan, execution));
  progress.end();
  return reportOutcome(outcome, execution, connected, options);
}

/** Plans, and notes what is read for each step. Throws CloudError. */
async function planWithReads(parts: readonly ManifestPart[], ports: Ports, { caller }: Connected) {
  const facts: Fact[] = [];
  const reads = new Map<Step, Fact[]>();
  const cloud = recordReads(ports.cloud, (fact) => facts.push(fact));
  const plan = await planRun(parts, { ...ports, cloud }, caller, (step) => reads.set(step, facts.splice(0)));
  return { plan, read: pairReads(plan, reads) };
}

/** Keeps a plan where it is asked for, once the policies have let it pass. Throws where one refuses it. */
async function keepAndJudge(
  read: readonly ReadStep[],
  connected: Connected,
  options: ApplyOptions,
): Promise<void> {
  const { output, policies, isSilent } = options;
  if (policies.length > 0)
    await requirePolicies(await describePlan(read, connected, { isExact: false }), policies, options);
  if (output === undefined) return;
  await savePlan(output, read, connected);
  if (!isSilent) say(`Kept in ${output}. Apply it: cloud-images apply ${output}`);
}

/** Says by which rules was judged, where something would be refused or the person asks for more words. */
export function tellProfile(
  connected: Connected,
  parts: readonly ManifestPart[],
  isSound: boolean,
  { verbose }: Pick<RunOptions, 'verbose'>,
): void {
  if (isSound && !verbose) return;
  for (const used of new Set(parts.map(({ profile }) => profile.name))) say(describeProfile(connected, used));
}

export function openJournal(
  { cloud, caller, choice }: Connected,
  manifests: readonly string[],
  begun?: string,
): UndoJournal {
  return openUndoJournal({ region: cloud.region, account: caller.account, manifests, choice }, begun);
}

/** Says how to take back what was done before a run broke off. */
export async function orTellUndo(
  { journal }: Pick<Execution, 'journal'>,
  act: () => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await act();
  } catch (error) {
    if (journal.entries > 0) warn(`\nTo undo what was done: ${undoCommandOf(journal)}`);
    throw error;
  }
}

/** The exit code of a plan that is not carried out: `compares` where it is asked whether the cloud is as it says. */
export function planExitCode(steps: readonly Step[], compares: boolean): ExitCode {
  if (!isSound(steps)) return exitCodes.failed;
  return compares && steps.some(hasCalls) ? exitCodes.differs : exitCodes.done;
}

export function openPorts(
  { cloud, control, interval }: Connected,
  {
    isSilent,
    image,
    segmentBytes,
    signal,
  }: Pick<RunOptions, 'isSilent' | 'image' | 'segmentBytes' | 'signal'>,
  disks: Ports['disks'],
  progress = openProgress(process.stderr),
): Ports {
  const named = new Set<string>();
  const changed = (work: Work): void => {
    const { id, type, status } = work;
    progress.end();
    // Whoever interrupts needs its id: it goes on in the cloud.
    if (!isSilent && !named.has(id)) say(`  ${type}${isTask(work) ? ' task' : ''} ${id}`);
    named.add(id);
    progress.doing(`${type}: ${status}`);
  };
  return {
    cloud: observeRequests(cloud, (answered) => {
      progress.end();
      if (!isSilent) say(answeredText(answered));
    }),
    waiting: { interval, signal, changed },
    disks,
    upload: { segmentBytes, signal, progress: progress.report, doing: (what) => progress.doing(what) },
    fetch: openFetch(process.env),
    ...(control ? { control } : {}),
    ...(image === undefined ? {} : { image }),
  };
}

export function reportOutcome(
  { done, stopped, left }: Outcome,
  { journal }: Pick<Execution, 'journal'>,
  { cloud, caller }: Connected,
  { json, isSilent, report }: RunOptions,
): ExitCode {
  const undoCommand = journal.entries > 0 ? undoCommandOf(journal) : undefined;
  if (json) {
    const results = done.map(({ step, result, notes }) => ({
      ...stepJson(step),
      ...(result === undefined ? {} : { result }),
      ...(notes ? { outcome: [...notes] } : {}),
    }));
    const { step, ...reason } = stopped ?? {};
    const end = step ? { stopped: { ...stepJson(step), ...reason } } : {};
    const content = {
      region: cloud.region,
      account: caller.account,
      done: results,
      ...end,
      left: left.map(stepJson),
    };
    report({ ...content, ...(undoCommand ? { undo: journal.path } : {}) });
    return runExitCode(stopped);
  }
  if (isSilent) {
    if (stopped) sayPlan(stoppedText(stopped));
    return runExitCode(stopped);
  }
  for (const { step, result, notes = [] } of done) {
    say(`${placeText(step.part)}: done${result === undefined ? '' : `, ${result}`}`);
    for (const note of notes) say(`  ${note}`);
  }
  if (stopped) {
    sayPlan(stoppedText(stopped));
    const rest = new Set(left.map(({ part }) => placeText(part)));
    say(`Stopped there. Not done: ${[...rest].join('; ') || 'nothing else'}.`);
  }
  if (done.some(({ step }) => step.type === 'import')) for (const line of closingNotes.import) say(line);
  if (undoCommand) say(`To undo it: ${undoCommand}`);
  return runExitCode(stopped);
}

export function stoppedText({ step, reason, interrupted }: NonNullable<Outcome['stopped']>): string {
  return `${placeText(step.part)}: ${interrupted ? 'interrupted' : 'refused'}: ${reason}`;
}

export function runExitCode(stopped: Outcome['stopped']): ExitCode {
  if (!stopped) return 0;
  return stopped.interrupted ? exitCodes.interrupted : exitCodes.failed;
}

function planJson({ cloud, caller, published }: Connected, steps: readonly Step[]) {
  const { region } = cloud;
  const profile = steps[0]?.part.profile.name ?? published.profile;
  return { region, account: caller.account, profile, sound: isSound(steps), steps: steps.map(stepJson) };
}

/** Takes an apply back, after showing how. */
export async function undo(
  path: string,
  file: UndoFile,
  connected: Connected,
  options: RunOptions,
): Promise<ExitCode> {
  const { caller, editor, published } = connected;
  requireSamePlace(path, file, connected);
  const profile = configure(profiles[editor.profile ?? published.profile], published);
  const ports = openPorts(connected, options, noDisks);
  const steps = await planUndo(file, ports, caller, profile);
  if (!options.isSilent || (!options.json && !isSound(steps))) sayPlan(planText(steps));
  if (options.dryRun || !isSound(steps)) {
    options.report(planJson(connected, steps));
    return planExitCode(steps, options.compares);
  }
  if (!options.yes && steps.some(hasCalls) && !(await ask('Undo this?', options.signal))) {
    say('Nothing was changed.');
    return 0;
  }
  const journal = openJournal(connected, file.manifests);
  noteUndone(path);
  const confirm = (question: string): Promise<boolean> => ask(question, options.signal);
  const execution = { ports, journal, say, confirm };
  return reportOutcome(
    await orTellUndo(execution, () => executeSteps(steps, execution)),
    execution,
    connected,
    options,
  );
}
