import * as vscode from 'vscode';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { uploadFile } from '../../../server/cloud/services/largeObjects.ts';
import type { Task } from '../../../server/cloud/services/tasks.ts';
import { type DiskPlace, parseImportFrom } from '../../../server/workspace/diskPaths.ts';
import { whenTaskEnds } from '../../cloud/taskEnds.ts';
import type { Context } from '../../context.ts';
import type { DiskFile } from '../../manifests/disks.ts';
import { diskOf, importInput, manifestUri } from '../../manifests/importManifests.ts';
import { Cancelled, unlessCancelled } from '../../ui/errors.ts';
import type { Progress } from '../../ui/ui.ts';
import { sizeText } from '../../ui/units.ts';

/**
 * Runs an import manifest: uploads its disk where Cloud Files lacks it or has another, then asks for the task. From a lens
 * with the document's index, from an editor's title, or from the palette.
 */
export async function importManifest(context: Context, uri: unknown, index: unknown): Promise<Task> {
  if (!vscode.workspace.isTrusted)
    throw new Error('Nothing is imported from a workspace that is not trusted.');
  const document = await vscode.workspace.openTextDocument(await manifestUri(context, uri));
  const { input, range } = await importInput(
    context,
    document,
    typeof index === 'number' ? index : undefined,
  );
  await confirmRefused(context, document, range);
  const importFrom = input['import_from'];
  const place = typeof importFrom === 'string' ? parseImportFrom(importFrom) : undefined;
  if (!place) throw new Error('The manifest names no disk: input.import_from must be container/object.');
  const disk = await diskOf(document.uri, String(importFrom));
  const cloud = await context.connections.require();
  await context.ui.progress(`Import of ${String(importFrom)}`, (progress, signal) =>
    unlessCancelled(
      signal,
      provideDisk(cloud, place, disk, progress, signal),
      async () => `Cancelled: ${String(importFrom)} was not uploaded whole, and nothing is imported.`,
    ),
  );
  const task = await cloud.tasks.create('import', input);
  context.log.info(`Task ${task.id}: import of ${String(importFrom)}.`);
  await context.showTask(task.id);
  // Its row may be out of sight when it fails. Success is seen in the sidebar.
  whenTaskEnds(context, task.id, ({ status, message = '' }) => {
    if (status === 'failure') void context.ui.complain(`The import failed. ${message}`.trim());
  });
  return task;
}

/** Hours of upload are not begun without a word where the editor knows that the cloud will refuse; a rehearsal may want that. */
async function confirmRefused(
  { ui }: Context,
  { uri }: vscode.TextDocument,
  range: vscode.Range,
): Promise<void> {
  const refusals = vscode.languages
    .getDiagnostics(uri)
    .filter(
      ({ severity, source, range: place }) =>
        severity === vscode.DiagnosticSeverity.Error && source === 'cloud-images' && range.contains(place),
    );
  if (refusals.length === 0) return;
  const detail = refusals.map(({ message }) => message).join('\n\n');
  if (!(await ui.confirm('The cloud would refuse this import.', detail, 'Import Anyway')))
    throw new Cancelled();
}

/** Makes sure that Cloud Files holds the disk, and the one that lies here where one does. */
async function provideDisk(
  cloud: Cloud,
  { container, object }: DiskPlace,
  disk: DiskFile | undefined,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  let doing = 'uploading';
  if (!disk) {
    if (await cloud.objects.headObject(container, object)) return;
    throw new Error(
      `The disk ${container}/${object} is neither in Cloud Files nor in a folder here. The setting cloudImages.containers names the folder of a container.`,
    );
  }
  await uploadFile(cloud.objects, container, object, disk.path, {
    signal,
    progress: (bytes, total) => {
      const said =
        doing === 'comparing'
          ? `comparing ${sizeText(bytes)}`
          : `${sizeText(bytes)} of ${sizeText(total)} uploaded`;
      progress.report(total === 0 ? 1 : bytes / total, said);
    },
    doing: (what) => {
      doing = what;
    },
  });
}
