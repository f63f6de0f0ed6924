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
import { answeredText, placeText, planText, stepJson } from '../cloud/run/show.ts';
import { noDisks, type Ports, type Step } from '../cloud/run/steps.ts';
import {
  openUndoJournal,
  planUndo,
  readUndo,
  requireSamePlace,
  type UndoFile,
  type UndoJournal,
  undoCommandOf,
} from '../cloud/run/undo.ts';
import { isTask, type Work } from '../cloud/run/waiting.ts';
import { type ExitCode, exitCodes, exitCodesUsage, UsageError } from '../commandLine.ts';
import type { Kind } from '../rules/facts.ts';
import { configure, profiles } from '../rules/profile/table.ts';
import type { ManifestPart } from '../workspace/parts.ts';
import { type Connected, connectionUsage, describeProfile, pickChoice } from './connection.ts';
import { readBytes } from './options.ts';
import { openFolder, type Parts, readParts } from './parts.ts';
import { openProgress } from './progress.ts';
import { ask, connect, readArguments, requireAnswers, runVerb, say, sayPlan, warn } from './verb.ts';

const common = `${connectionUsage}
  --image ID         the image that patches and exports without one of their own mean
  --segment-size N   bytes; larger disks are uploaded in segments of this size; without it, above 5 GB by 1 GB
  --json             for machines
`;

const usages = {
  plan: `cloud-images plan PATH…   what applying manifests would change, and what the cloud would refuse of it

Paths are manifests, or folders of them. Only the keys that a manifest states count; one that equals the live value is
nothing to do. Nothing is changed.

${common}
${exitCodesUsage}
  cloud-images plan web.image.yaml --cloud production
  cloud-images plan manifests --emulator --json
`,
  apply: `cloud-images apply PATH…      makes the changes of manifests, after showing them
cloud-images apply --undo FILE   undoes an apply

Manifests are run in the order of their files and documents, those of a folder behind what they need; documents after one
that makes an image or a server apply to what it makes. Ends at the first refusal. How to undo it is kept in ~/.cloud-images/undo before each call.

${common}  --yes              without asking
  --dry-run          shows the plan, changes nothing
  --undo FILE        undoes what FILE says
Ctrl+C ends it after the call that is under way, and says what was done and what not.

${exitCodesUsage}
  cloud-images apply web.image.yaml --cloud production
  cloud-images apply manifests --emulator --yes
  cloud-images apply --undo ~/.cloud-images/undo/FILE
`,
  import: `cloud-images import PATH…   imports the disks of import manifests as images

Uploads a disk where the container does not hold an equal one, asks for the task, waits for its end, and says what became
of it. Documents behind an import in its file apply to its image. In plain OpenStack the image is created and uploaded.

${common}  --yes              without asking
  --dry-run          shows what would be done, changes nothing

${exitCodesUsage}
  cloud-images import web.image-import.yaml --emulator
  cloud-images import web.image-import.yaml --cloud production --dry-run
`,
} as const;

const verbOptions = {
  image: { type: 'string' },
  'segment-size': { type: 'string' },
  json: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  undo: { type: 'string' },
} as const;

export const plan = (args: readonly string[]): Promise<void> => verb('plan', args);
export const apply = (args: readonly string[]): Promise<void> => verb('apply', args);
export const importDisks = (args: readonly string[]): Promise<void> => verb('import', args, 'import');

function verb(name: keyof typeof usages, args: readonly string[], must?: Kind): Promise<void> {
  return runVerb(name, usages[name], args, async (interrupt) => {
    const { values, positionals } = readArguments(args, verbOptions);
    const options: RunOptions = {
      json: values.json,
      yes: values.yes,
      dryRun: values['dry-run'] || name === 'plan',
      compares: name !== 'import',
      verbose: values.verbose,
      image: values.image,
      segmentBytes: readBytes('--segment-size', values['segment-size']),
      signal: interrupt.signal,
    };
    if (values.undo !== undefined) {
      if (name !== 'apply' || positionals.length > 0)
        throw new UsageError('--undo takes no manifests: cloud-images apply --undo FILE.');
      const file = readUndo(values.undo);
      const asked = pickChoice(values);
      const elsewhere = asked.cloud !== undefined || asked.emulator !== undefined;
      const choice = elsewhere ? { region: file.region, ...asked } : { ...file.choice, ...asked };
      return undo(values.undo, file, await connect(choice, interrupt), options);
    }
    if (positionals.length === 0) throw new UsageError(`Name the manifests: cloud-images ${name} PATH….`);
    requireAnswers(options);
    const connected = await connect(values, interrupt);
    const read = await readParts(positionals, openFolder(connected.editor, connected.published));
    const parts = must ? selectFiles(read, must) : read;
    return run(parts, connected, options);
  });
}

export interface RunOptions {
  readonly json: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  /** A dry run tells by its exit code whether something differs. */
  readonly compares: boolean;
  readonly verbose: boolean;
  readonly image: string | undefined;
  readonly segmentBytes: number | undefined;
  readonly signal: AbortSignal;
}

/** Selects all documents of the files that hold one of the kind. Throws where there is none. */
export function selectFiles({ parts, workspace }: Parts, kind: Kind): Parts {
  const files = new Set(parts.filter((part) => part.kind === kind).map(({ path }) => path));
  if (files.size === 0) throw new Error(`None of these manifests is an ${kind}.`);
  return { parts: parts.filter(({ path }) => files.has(path)), workspace };
}

/** Shows a run, asks, and makes it. */
export async function run(
  { parts, workspace }: Parts,
  connected: Connected,
  options: RunOptions,
): Promise<ExitCode> {
  const progress = openProgress(process.stderr);
  const ports = openPorts(connected, options, workspace, progress);
  const plan = await planRun(parts, ports, connected.caller);
  if (!options.json) sayPlan(planText(plan.steps));
  const sound = isSound(plan.steps);
  if (!options.json) tellProfile(connected, parts, sound, options);
  if (options.dryRun || !sound) {
    if (options.json) say(JSON.stringify(planJson(connected, plan.steps), null, 2));
    else if (!options.dryRun) say('Nothing was changed.');
    return planExitCode(plan.steps, options.compares);
  }
  if (!options.yes && !(await ask('Apply this?', options.signal))) {
    say('Nothing was changed.');
    return 0;
  }
  const journal = openJournal(connected, [...new Set(parts.map(({ path }) => path))]);
  const execution: Execution = {
    ports,
    journal,
    say: (text) => (options.json ? warn(text) : say(text)),
    confirm: async (question) => options.yes || ask(question, options.signal),
  };
  const outcome = await orTellUndo(execution, () => execute(parts, plan, execution));
  progress.end();
  return report(outcome, execution, connected, options);
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

export function openJournal({ cloud, caller, choice }: Connected, manifests: readonly string[]): UndoJournal {
  return openUndoJournal({ region: cloud.region, account: caller.account, manifests, choice });
}

/** Says how to take back what was done before a run broke off. */
async function orTellUndo(
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
  const isSame = steps.every(
    (step) => step.type === 'not-run' || (step.type === 'change' && step.plan.calls.length === 0),
  );
  return isSame || !compares ? exitCodes.done : exitCodes.differs;
}

export function openPorts(
  { cloud, control, interval }: Connected,
  { json, image, segmentBytes, signal }: Pick<RunOptions, 'json' | 'image' | 'segmentBytes' | 'signal'>,
  disks: Ports['disks'],
  progress = openProgress(process.stderr),
): Ports {
  const named = new Set<string>();
  const changed = (work: Work): void => {
    const { id, type, status } = work;
    progress.end();
    // Whoever interrupts needs its id: it goes on in the cloud.
    if (!json && !named.has(id)) say(`  ${type}${isTask(work) ? ' task' : ''} ${id}`);
    named.add(id);
    progress.doing(`${type}: ${status}`);
  };
  return {
    cloud: observeRequests(cloud, (answered) => {
      progress.end();
      if (!json) say(answeredText(answered));
    }),
    waiting: { interval, signal, changed },
    disks,
    upload: { segmentBytes, signal, progress: progress.report, doing: (what) => progress.doing(what) },
    fetch: openFetch(process.env),
    ...(control ? { control } : {}),
    ...(image === undefined ? {} : { image }),
  };
}

function report(
  { done, stopped, left }: Outcome,
  { journal }: Pick<Execution, 'journal'>,
  { cloud, caller }: Connected,
  { json }: RunOptions,
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
    say(JSON.stringify({ ...content, ...(undoCommand ? { undo: journal.path } : {}) }, null, 2));
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

async function undo(
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
  if (!options.json) sayPlan(planText(steps));
  if (options.dryRun || !isSound(steps)) {
    if (options.json) say(JSON.stringify(planJson(connected, steps), null, 2));
    return planExitCode(steps, options.compares);
  }
  if (!options.yes && !(await ask('Undo this?', options.signal))) {
    say('Nothing was changed.');
    return 0;
  }
  const journal = openJournal(connected, file.manifests);
  const confirm = (question: string): Promise<boolean> => ask(question, options.signal);
  const execution = { ports, journal, say, confirm };
  return report(
    await orTellUndo(execution, () => executeSteps(steps, execution)),
    execution,
    connected,
    options,
  );
}
