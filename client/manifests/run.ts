import { basename } from 'node:path';
import { t } from '@vscode/l10n';
import type * as vscode from 'vscode';
import { closingNotes } from '../../server/cloud/run/closingNotes.ts';
import {
  execute,
  executeSteps,
  isSound,
  type Outcome,
  planRun,
  type RunPlan,
} from '../../server/cloud/run/execute.ts';
import { placeText, planText, refusalText } from '../../server/cloud/run/show.ts';
import { listRefusals, noDisks, type Ports, type Step } from '../../server/cloud/run/steps.ts';
import { openUndoJournal, type UndoJournal } from '../../server/cloud/run/undo.ts';
import { isTask } from '../../server/cloud/run/waiting.ts';
import { openWorld } from '../../server/cloud/run/world.ts';
import { inputOf, propertiesOf } from '../../server/rules/service/importBody.ts';
import type { ManifestPart } from '../../server/workspace/parts.ts';
import type { Connection } from '../cloud/cloudSource.ts';
import { readSegmentBytes } from '../cloud/segmentBytes.ts';
import { openImageById } from '../commands/images/open.ts';
import type { Context } from '../context.ts';
import { Cancelled, describeError, endSentence } from '../ui/errors.ts';
import type { Progress, Ui } from '../ui/ui.ts';
import { formatCount, formatSize } from '../ui/units.ts';
import { undoApply } from './undo.ts';

/** Manifests to run, and their name for people. */
export interface Runnable {
  readonly parts: readonly ManifestPart[];
  readonly title: string;
  /** How the disks of imports are found. */
  readonly disks: Ports['disks'];
  /** The image that patches and exports without one of their own mean. */
  readonly image?: string;
  /** A container that is made for exports where it is missing. */
  readonly newContainer?: string;
  /** Where the parts stand in an open document, so that a refusal is marked there. */
  readonly marks?: { readonly uri: vscode.Uri; rangeOf(part: ManifestPart): vscode.Range };
}

/** A run that is planned, not carried out. */
export interface PreparedRun extends Runnable {
  readonly plan: RunPlan;
  readonly ports: Ports;
  /** The plan as people read it. */
  readonly text: string;
}

/** Plans a run in the connected cloud. Throws CloudError, and where none is connected. */
export async function prepareRun(context: Context, runnable: Runnable): Promise<PreparedRun> {
  const connection = await context.source.connect();
  const ports = openPorts(connection, runnable);
  return prepare(runnable, ports, await planRun(runnable.parts, ports, connection.caller));
}

/** Prepares one step that is planned to the end: carried out by `carrySteps`. */
export function prepareStep(connection: Connection, step: Step): PreparedRun {
  const { part } = step;
  const runnable = { parts: [part], title: part.path, disks: noDisks };
  const plan = { steps: [step], world: openWorld(connection.caller) };
  return prepare(runnable, openPorts(connection, runnable), plan);
}

export const carrySteps: typeof execute = (_, { steps }, execution) => executeSteps(steps, execution);

function prepare(runnable: Runnable, ports: Ports, plan: RunPlan): PreparedRun {
  return { ...runnable, plan, ports, text: planText(plan.steps) };
}

function openPorts(
  { cloud, control, taskInterval }: Connection,
  { disks, image, newContainer }: Runnable,
): Ports {
  return {
    cloud,
    waiting: { interval: taskInterval },
    disks,
    upload: {},
    ...(control ? { control } : {}),
    ...(image === undefined ? {} : { image }),
    ...(newContainer === undefined ? {} : { newContainer }),
  };
}

/** Finds the first step that cannot be run or would be refused. */
export function findRefusal({
  plan,
}: PreparedRun): { readonly step: Step; readonly reason: string } | undefined {
  if (isSound(plan.steps)) return undefined;
  for (const step of plan.steps) {
    if (step.type === 'impossible') return { step, reason: step.reason };
    const refusals = listRefusals(step);
    if (refusals.length > 0) return { step, reason: refusals.map(refusalText).join('; ') };
  }
  return undefined;
}

/** Marks a refusal at its document, and throws it: nothing was changed. */
export function refuseRun(
  context: Context,
  { marks }: Runnable,
  { step, reason }: { step: Step; reason: string },
): never {
  if (marks) context.marks.mark(marks.uri, marks.rangeOf(step.part), reason);
  throw new Error(t`Nothing was changed. ${placeText(step.part)}: ${reason}`);
}

/** Carries a run out with progress, says how it ended, and offers to undo it. Throws CloudError. */
export async function carryOut(
  context: Context,
  run: PreparedRun,
  { carry = execute, ...options }: { readonly evenIfRefused?: boolean; readonly carry?: typeof execute } = {},
): Promise<Outcome> {
  if (run.marks) context.marks.clear(run.marks.uri);
  const journal = openJournal(context, run);
  const outcome = await context.ui.progress(t`Running ${run.title}`, async (progress, signal) => {
    try {
      return await carry(run.parts, run.plan, {
        ...options,
        ...observe(context, run, progress, signal),
        journal,
        during: ({ part: { file, index } }, work) =>
          context.exchanges.causedBy(file === undefined ? undefined : { file, index }, work),
        confirm: (question) =>
          context.ui.confirm(
            t('The cloud has changed since the plan.'),
            t`${question} The log lists what would be done now.`,
            t('Continue'),
          ),
      });
    } catch (error) {
      if (journal.entries > 0)
        offerUndo(
          context,
          journal,
          context.ui.inform,
          t('The run broke off. What it did before can be undone.'),
        );
      throw error;
    }
  });
  reportOutcome(context, run, outcome, journal);
  return outcome;
}

/** The ports of a run that show what it does as progress and in the log. */
function observe(
  context: Context,
  { ports }: PreparedRun,
  progress: Progress,
  signal: AbortSignal,
): { readonly ports: Ports; say(text: string): void } {
  let fraction = 0;
  let shownTask = '';
  const report = (text: string): void => progress.report(fraction, text);
  return {
    say: (text) => {
      context.log.info(text);
      report(text.split('\n', 1).join());
    },
    ports: {
      ...ports,
      waiting: {
        ...ports.waiting,
        signal,
        changed: (work) => {
          const { id, type, status } = work;
          if (shownTask !== id && isTask(work)) void context.showTask(id);
          shownTask = id;
          report(`${type}: ${status}`);
        },
      },
      upload: {
        signal,
        segmentBytes: readSegmentBytes(),
        doing: report,
        progress: (done, total) => {
          fraction = Math.max(fraction, total === 0 ? 0 : (done / total) * 0.9);
          report(t`${formatSize(done)} of ${formatSize(total)} uploaded`);
        },
      },
    },
  };
}

function reportOutcome(
  context: Context,
  { parts, title, marks }: PreparedRun,
  { done, stopped, left }: Outcome,
  journal: UndoJournal,
): void {
  const { ui } = context;
  const begun = new Set(done.map(({ step }) => step.part));
  if (!stopped) {
    const charged = done.flatMap(({ step }) =>
      step.type === 'import' || step.type === 'export' ? closingNotes[step.type] : [],
    );
    const summary =
      parts.length === 1
        ? t`${title}: done.`
        : t`${title}: ${begun.size} of ${formatCount(parts.length, 'document')} done.`;
    const verified = done.flatMap(({ notes = [] }) => notes);
    const text = [summary, ...describeImported(done), ...verified, ...new Set(charged)].join(' ');
    const resultOf = (type: Step['type']) => done.findLast(({ step }) => step.type === type)?.result;
    offerUndo(context, journal, ui.inform, text, {
      exported: resultOf('export'),
      imported: resultOf('import'),
    });
    return;
  }
  const { step, reason, interrupted } = stopped;
  if (!interrupted && marks) context.marks.mark(marks.uri, marks.rangeOf(step.part), reason);
  const how = interrupted ? t('you stopped it') : t('refused');
  const say = interrupted ? ui.inform : ui.complain;
  const text = [
    `${placeText(step.part)}: ${how}: ${endSentence(reason)}`,
    ...countDocuments(parts, begun, done, step, left),
  ];
  offerUndo(context, journal, say, text.join(' '));
}

/** Counts the documents, and the images of this one, that were done before and that are left. */
function countDocuments(
  parts: readonly ManifestPart[],
  begun: Set<ManifestPart>,
  done: Outcome['done'],
  { part }: Step,
  left: readonly Step[],
): string[] {
  const own = begun.delete(part) ? done.filter(({ step }) => step.part === part).length : 0;
  if (parts.length === 1 && own === 0) return [];
  const behind = new Set(left.map((step) => step.part));
  behind.delete(part);
  const before = [
    formatCount(begun.size, 'document'),
    ...(own > 0 ? [t`${formatCount(own, 'image')} of this one`] : []),
  ];
  return [t`Done before: ${before.join(t(' and '))}; left: ${behind.size}.`];
}

/** Names the images that imports have made. */
function describeImported(done: Outcome['done']): string[] {
  const names = done.flatMap(({ step }) => {
    if (step.type !== 'import') return [];
    const { data } = step.part;
    // Without a name the image takes that of the object.
    return [`“${String(propertiesOf(data)['name'] ?? inputOf(data)['import_from'])}”`];
  });
  return names.length === 0 ? [] : [t`Imported ${names.join(', ')}.`];
}

const showExported = t('Show Exported Object');
const openImported = t('Open Image');
const undoRun = t('Undo');

/** What a run has made that its message leads to: `container/object`, and the id of an image. */
interface Made {
  readonly exported?: string | undefined;
  readonly imported?: string | undefined;
}

/** Says what a run has done, and offers to see it and to undo it. */
function offerUndo(
  context: Context,
  { path, entries }: UndoJournal,
  say: Ui['inform'],
  text: string,
  { exported, imported }: Made = {},
): void {
  const actions = [
    ...(imported === undefined ? [] : [openImported]),
    ...(exported === undefined ? [] : [showExported]),
    ...(entries > 0 ? [undoRun] : []),
  ];
  void say(text, ...actions).then(async (action) => {
    if (action === undefined) return;
    try {
      if (action === undoRun) await undoApply(context, path, false);
      if (action === openImported && imported !== undefined) await openImageById(context, imported);
      if (action === showExported && exported !== undefined) {
        const [, container = '', object = ''] = /^([^/]+)\/(.+)$/s.exec(exported) ?? [];
        await context.files.show(container, object);
      }
    } catch (error) {
      if (error instanceof Cancelled) return;
      context.log.error(`${action}: ${describeError(error)}`);
      void context.ui.complain(describeError(error));
    }
  });
}

/** The journal is of the cloud that the run was planned in. */
function openJournal({ source }: Context, { marks, title, ports: { cloud } }: PreparedRun): UndoJournal {
  const { region, session } = cloud;
  return openUndoJournal({
    region,
    account: session.account.id,
    manifests: [marks?.uri.fsPath ?? title],
    choice: source.commandLine ?? { region, user: session.user.name },
  });
}

/** Names the parts of a file: one document by its place, several by the file. */
export function titleOf(parts: readonly ManifestPart[]): string {
  const [first, second] = parts;
  if (!first) return '';
  return second ? basename(first.path) : placeText({ ...first, path: basename(first.path) });
}
