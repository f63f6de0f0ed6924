import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Outcome } from '../../../server/cloud/run/execute.ts';
import { kinds } from '../../../server/manifests/kinds.ts';
import { describePlace } from '../../cloud/cloudSource.ts';
import { readId } from '../../cloud/imageCollection.ts';
import type { Context } from '../../context.ts';
import { givenUri, pickManifest } from '../../manifests/manifestFiles.ts';
import { openManifest } from '../../manifests/openManifest.ts';
import {
  carryOut,
  findRefusal,
  type PreparedRun,
  prepareRun,
  refuseRun,
  titleOf,
} from '../../manifests/run.ts';
import { confirmChange } from '../../ui/confirm.ts';
import { Cancelled } from '../../ui/errors.ts';
import { selectImages } from '../images/selection.ts';

/** What of a manifest is meant: one document, or all; and which image, whatever they say. */
interface Choice {
  readonly uri: vscode.Uri;
  readonly index?: number | undefined;
  readonly image?: string;
}

/** Shows what a document, or a whole file, would change. */
export async function planManifest(context: Context, uri: unknown, index: unknown): Promise<string> {
  return plan(context, { uri: await chooseManifest(context, uri), ...indexIn(index) });
}

/** Applies a document, or a whole file, after showing what it changes. */
export async function applyManifest(context: Context, uri: unknown, index?: unknown): Promise<Outcome> {
  return apply(context, { uri: await chooseManifest(context, uri), ...indexIn(index) });
}

/** Shows what a manifest that is picked would change of the image of a row. */
export async function planOnImage(context: Context, node: unknown): Promise<string> {
  return plan(context, await chooseForImage(context, node, t('Plan which manifest on this image?')));
}

/** Applies a manifest that is picked to the image of a row. */
export async function applyOnImage(context: Context, node: unknown): Promise<Outcome> {
  return apply(context, await chooseForImage(context, node, t('Apply which manifest to this image?')));
}

async function plan(context: Context, choice: Choice): Promise<string> {
  const { text } = await prepare(context, choice);
  return text;
}

async function apply(context: Context, choice: Choice): Promise<Outcome> {
  if (!vscode.workspace.isTrusted) throw new Error(t('Trust this workspace to run manifests.'));
  const run = await prepare(context, choice);
  context.marks.clear(choice.uri);
  const refusal = findRefusal(run);
  if (refusal) refuseRun(context, run, refusal);
  const [summary = ''] = /^Plan: .*$/m.exec(run.text) ?? [];
  const question = t`Apply ${run.title} to ${describePlace(context.source)}?`;
  await confirmChange(context, { question, detail: summary, verb: t('Apply'), besidePlan: true });
  return carryOut(context, run);
}

/** Plans what was chosen, and shows the plan. */
async function prepare(context: Context, { uri, index, image }: Choice): Promise<PreparedRun> {
  const manifest = await openManifest(context, uri);
  const parts = manifest.parts.filter((part) => index === undefined || part.index === index);
  if (parts.length === 0) throw new Error(t`There is no document ${Number(index) + 1} in this manifest.`);
  const run = await prepareRun(context, {
    parts,
    title: titleOf(parts),
    disks: manifest.workspace,
    ...(image === undefined ? {} : { image }),
    marks: { uri, rangeOf: manifest.rangeOf },
  });
  await context.plans.show(t`Plan of ${run.title}`, describePlace(context.source), run.text);
  return run;
}

function indexIn(index: unknown): Pick<Choice, 'index'> {
  return typeof index === 'number' ? { index } : {};
}

async function chooseManifest(context: Context, given: unknown): Promise<vscode.Uri> {
  const active = vscode.window.activeTextEditor?.document.uri;
  const meant = givenUri(given) ?? (active?.scheme === 'file' ? active : undefined);
  return meant ?? pickManifest(context, kinds, t('Which manifest?'));
}

async function chooseForImage(context: Context, node: unknown, title: string): Promise<Choice> {
  const [seen] = await selectImages(context, [node], { title: t('Which image?'), verb: 'apply' });
  if (!seen) throw new Cancelled();
  const uri = await pickManifest(context, ['image', 'patch'], title);
  return { uri, image: readId(seen.image) };
}
