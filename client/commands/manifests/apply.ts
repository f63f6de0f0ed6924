import { basename } from 'node:path';
import * as vscode from 'vscode';
import { execute, isSound, type Outcome, type Worked, workOut } from '../../../server/cloud/run/execute.ts';
import { closing } from '../../../server/cloud/run/notes.ts';
import { type Ports, refusalsOf } from '../../../server/cloud/run/run.ts';
import { placeText, planText, refusalText } from '../../../server/cloud/run/show.ts';
import { type UndoJournal, undoJournal } from '../../../server/cloud/run/undo.ts';
import type { ManifestPart } from '../../../server/cloud/run/world.ts';
import { idOf } from '../../cloud/liveImages.ts';
import { personOf } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { givenUri, pickManifest } from '../../manifests/manifestFiles.ts';
import { type OpenManifest, openManifest, portsOfManifest } from '../../manifests/manifestParts.ts';
import { Cancelled } from '../../ui/errors.ts';
import type { Progress } from '../../ui/ui.ts';
import { counted, sizeText } from '../../ui/units.ts';
import { imagesFor } from '../nodes.ts';
import { tookBack } from './undo.ts';

/** Milliseconds between two looks at a task of the emulator. */
const emulatorInterval = 200;

/** What of a manifest is meant: one document, or all; and which image, whatever they say. */
interface Meant {
  readonly uri: vscode.Uri;
  readonly index?: number | undefined;
  readonly image?: string;
}

/** Shows what a document, or a whole file, would change. */
export async function planManifest(context: Context, uri: unknown, index: unknown): Promise<string> {
  return plan(context, { uri: await manifestFor(context, uri), ...indexIn(index) });
}

/** Applies a document, or a whole file, after showing what it changes. */
export async function applyManifest(context: Context, uri: unknown, index?: unknown): Promise<Outcome> {
  return apply(context, { uri: await manifestFor(context, uri), ...indexIn(index) });
}

export async function planOnImage(context: Context, node: unknown): Promise<string> {
  return plan(context, await manifestForImage(context, node, 'Plan which manifest on this image?'));
}

export async function applyOnImage(context: Context, node: unknown): Promise<Outcome> {
  return apply(context, await manifestForImage(context, node, 'Apply which manifest to this image?'));
}

async function plan(context: Context, meant: Meant): Promise<string> {
  const { worked, title } = await prepared(context, meant);
  const text = planText(worked.steps);
  await context.plans.show(`Plan of ${title}`, text);
  return text;
}

async function apply(context: Context, meant: Meant): Promise<Outcome> {
  if (!vscode.workspace.isTrusted) throw new Error('Nothing is run from a workspace that is not trusted.');
  const run = await prepared(context, meant);
  const { manifest, parts, worked, title } = run;
  const { uri } = manifest.document;
  context.marks.clear(uri);
  const text = planText(worked.steps);
  await context.plans.show(`Plan of ${title}`, text);
  const wrong = worked.steps.find((step) => step.is === 'impossible' || refusalsOf(step).length > 0);
  if (wrong && !isSound(worked.steps)) {
    const why = wrong.is === 'impossible' ? wrong.why : refusalsOf(wrong).map(refusalText).join('; ');
    context.marks.mark(uri, manifest.rangeOf(wrong.part), why);
    throw new Error(`Nothing was changed. ${placeText(wrong.part)}: ${why}`);
  }
  const [summary = ''] = /^Plan: .*$/m.exec(text) ?? [];
  if (
    !(await context.ui.confirm(`Apply ${title}?`, `${summary}\n\nThe plan is open in the editor.`, 'Apply'))
  )
    throw new Cancelled();
  const journal = journalOf(context, uri);
  const outcome = await context.ui.progress(`Running ${title}`, (progress, signal) =>
    carriedOut(context, run, { journal, progress, signal }),
  );
  tell(context, manifest, outcome, parts, journal);
  return outcome;
}

interface Prepared {
  readonly manifest: OpenManifest;
  readonly parts: readonly ManifestPart[];
  readonly worked: Worked;
  readonly ports: Ports;
  readonly title: string;
}

async function prepared(context: Context, { uri, index, image }: Meant): Promise<Prepared> {
  const cloud = await context.connections.require();
  const { profile, caller } = personOf(context);
  const manifest = await openManifest(uri, profile);
  const parts = manifest.parts.filter((part) => index === undefined || part.index === index);
  if (parts.length === 0) throw new Error(`${basename(uri.path)} has no document ${Number(index) + 1}.`);
  const ports: Ports = {
    ...portsOfManifest(manifest),
    cloud,
    waiting: { interval: emulatorInterval },
    upload: {},
    ...(image === undefined ? {} : { image }),
  };
  const worked = await workOut(parts, ports, caller);
  const [only] = parts;
  const title = parts.length === 1 && only ? placeText(only) : basename(uri.path);
  return { manifest, parts, worked, ports, title };
}

async function carriedOut(
  context: Context,
  { parts, worked, ports }: Prepared,
  {
    journal,
    progress,
    signal,
  }: { readonly journal: UndoJournal; readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Outcome> {
  let fraction = 0;
  let shown = '';
  const say = (text: string): void => progress.report(fraction, text);
  const observed: Ports = {
    ...ports,
    waiting: {
      ...ports.waiting,
      signal,
      changed: ({ id, type, status }) => {
        if (shown !== id) void context.showTask(id);
        shown = id;
        say(`${type}: ${status}`);
      },
    },
    upload: {
      signal,
      doing: (what) => say(what),
      progress: (done, total) => {
        fraction = Math.max(fraction, total === 0 ? 0 : (done / total) * 0.9);
        say(`${sizeText(done)} of ${sizeText(total)} uploaded`);
      },
    },
  };
  try {
    return await execute(parts, worked, {
      ports: observed,
      journal,
      say: (text) => {
        context.log.info(text);
        say(text.split('\n', 1).join());
      },
      confirm: (question) =>
        context.ui.confirm(
          'The cloud has changed since the plan.',
          `${question} The log says what would be done now.`,
          'Go On',
        ),
    });
  } catch (error) {
    if (journal.entries > 0)
      offerUndo(
        context,
        journal,
        context.ui.inform,
        'The run broke off. What it did before can be taken back.',
      );
    throw error;
  }
}

function tell(
  context: Context,
  { document, rangeOf }: OpenManifest,
  { done, stopped, left }: Outcome,
  parts: readonly ManifestPart[],
  journal: UndoJournal,
): void {
  const { ui, marks } = context;
  const behind = new Set(left.map(({ part }) => part));
  const begun = new Set(done.map(({ step }) => step.part));
  if (!stopped) {
    const charged = done.flatMap(({ step }) =>
      step.is === 'import' || step.is === 'export' ? closing[step.is] : [],
    );
    const summary = `${basename(document.uri.path)}: ${begun.size} of ${counted(parts.length, 'document')} done.`;
    offerUndo(context, journal, ui.inform, [summary, ...new Set(charged)].join(' '));
    return;
  }
  const { step, why, interrupted } = stopped;
  // Of a list of images some may be done.
  const own = begun.delete(step.part) ? done.filter((one) => one.step.part === step.part).length : 0;
  behind.delete(step.part);
  const before = [
    counted(begun.size, 'document'),
    ...(own > 0 ? [`${counted(own, 'image')} of this one`] : []),
  ];
  const state = `Done before: ${before.join(' and ')}; left: ${behind.size}.`;
  if (!interrupted) marks.mark(document.uri, rangeOf(step.part), why);
  const how = interrupted ? 'you stopped it' : 'refused';
  const say = interrupted ? ui.inform : ui.complain;
  offerUndo(context, journal, say, `${placeText(step.part)}: ${how}: ${why}. ${state}`);
}

/** Says what a run has done; what can be taken back is taken back from there. */
function offerUndo(
  context: Context,
  { path, entries }: UndoJournal,
  say: Context['ui']['inform'],
  text: string,
): void {
  const actions = entries > 0 ? ['Undo'] : [];
  void say(text, ...actions).then((action) => (action === 'Undo' ? tookBack(context, path) : undefined));
}

function journalOf(context: Context, uri: vscode.Uri): UndoJournal {
  const { cloud } = context.connections;
  const { user, account } = cloud?.session ?? { user: { name: '' }, account: { id: '' } };
  const region = cloud?.region ?? '';
  return undoJournal({
    region,
    account: account.id,
    manifests: [uri.fsPath],
    choice: { emulator: context.emulator.data, region, user: user.name },
  });
}

function indexIn(index: unknown): Pick<Meant, 'index'> {
  return typeof index === 'number' ? { index } : {};
}

async function manifestFor({ ui }: Context, given: unknown): Promise<vscode.Uri> {
  const active = vscode.window.activeTextEditor?.document.uri;
  const meant = givenUri(given) ?? (active?.scheme === 'file' ? active : undefined);
  return meant ?? pickManifest(ui, ['image', 'import', 'export', 'patch'], 'Which manifest?');
}

async function manifestForImage(context: Context, node: unknown, title: string): Promise<Meant> {
  const [seen] = await imagesFor(context, [node], { title: 'Which image?', verb: 'apply' });
  if (!seen) throw new Cancelled();
  const uri = await pickManifest(context.ui, ['image', 'patch'], title);
  return { uri, image: idOf(seen.image) };
}
