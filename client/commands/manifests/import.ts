import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Outcome } from '../../../server/cloud/run/execute.ts';
import type { Json } from '../../../server/rules/json.ts';
import { propertiesOf } from '../../../server/rules/service/importBody.ts';
import { describePlace } from '../../cloud/cloudSource.ts';
import { isOwn } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { activeOrPicked, givenUri } from '../../manifests/manifestFiles.ts';
import { chooseImport, openManifest } from '../../manifests/openManifest.ts';
import { carryOut, findRefusal, type PreparedRun, prepareRun, titleOf } from '../../manifests/run.ts';
import { Cancelled } from '../../ui/errors.ts';
import { formatAge } from '../../ui/units.ts';

/**
 * Runs one import of a manifest: uploads its disk where Cloud Files lacks it or has another, asks for the task and waits for
 * its end. From a lens with the document's index, from an editor's title, or from the palette.
 */
export async function importManifest(context: Context, uri: unknown, index: unknown): Promise<Outcome> {
  requireTrust();
  const file = givenUri(uri) ?? (await activeOrPicked(context, ['import'], t('Import which manifest?')));
  const manifest = await openManifest(context, file);
  const parts = [await chooseImport(context, manifest, typeof index === 'number' ? index : undefined)];
  const run = await prepareRun(context, {
    parts,
    title: titleOf(parts),
    disks: manifest.workspace,
    marks: { uri: file, rangeOf: manifest.rangeOf },
  });
  return carryImport(context, run);
}

/** Throws where nobody has said that the workspace's files may be read and sent. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted) throw new Error(t('Trust this workspace to import disks.'));
}

/**
 * Carries an import out. Hours of upload are not begun without a word where the cloud will refuse; a rehearsal may want to
 * hear it say so; nor is a second image of the same name made unasked. Throws Cancelled.
 */
export async function carryImport(context: Context, run: PreparedRun): Promise<Outcome> {
  const refusal = findRefusal(run);
  if (refusal === undefined) await confirmSecond(context, propertiesOf(run.parts[0]?.data ?? null)['name']);
  else if (
    !(await context.ui.confirm(t('The cloud would refuse this import.'), refusal.reason, t('Import Anyway')))
  )
    throw new Cancelled();
  return carryOut(context, run, { evenIfRefused: refusal !== undefined });
}

/** Asks before a second image of the same name is made. Throws Cancelled. */
async function confirmSecond({ images, source, ui }: Context, name: Json | undefined): Promise<void> {
  const connection = await source.connect();
  const snapshot = await images.loaded();
  if (snapshot.kind !== 'ready') return;
  const there = [...snapshot.items.values()].find(
    ({ image }) => image.get('name') === name && isOwn(image, connection),
  );
  if (!there) return;
  const made = formatAge(String(there.image.get('created_at')), Date.now());
  const question = t`Import another image “${String(name)}”?`;
  const detail = t`There is one of this name in ${describePlace(source)}, made ${made}. The import does not replace it.`;
  if (!(await ui.confirm(question, detail, t('Import Again')))) throw new Cancelled();
}
