import * as vscode from 'vscode';
import type { Outcome } from '../../../server/cloud/run/execute.ts';
import type { Context } from '../../context.ts';
import { activeOrPicked, givenUri } from '../../manifests/manifestFiles.ts';
import { chooseImport, openManifest } from '../../manifests/openManifest.ts';
import { carryOut, findRefusal, prepareRun, titleOf } from '../../manifests/run.ts';
import { Cancelled } from '../../ui/errors.ts';

/**
 * Runs one import of a manifest: uploads its disk where Cloud Files lacks it or has another, asks for the task and waits for
 * its end. From a lens with the document's index, from an editor's title, or from the palette.
 */
export async function importManifest(context: Context, uri: unknown, index: unknown): Promise<Outcome> {
  if (!vscode.workspace.isTrusted) throw new Error('Trust this workspace to import disks.');
  const file = givenUri(uri) ?? (await activeOrPicked(context, ['import'], 'Import which manifest?'));
  const manifest = await openManifest(context, file);
  const parts = [await chooseImport(context, manifest, typeof index === 'number' ? index : undefined)];
  const run = await prepareRun(context, {
    parts,
    title: titleOf(parts),
    disk: manifest.workspace.diskOf,
    marks: { uri: file, rangeOf: manifest.rangeOf },
  });
  const refusal = findRefusal(run);
  // Hours of upload are not begun without a word where the cloud will refuse; a rehearsal may want to hear it say so.
  if (
    refusal &&
    !(await context.ui.confirm('The cloud would refuse this import.', refusal.reason, 'Import Anyway'))
  )
    throw new Cancelled();
  return carryOut(context, run, { evenIfRefused: refusal !== undefined });
}
