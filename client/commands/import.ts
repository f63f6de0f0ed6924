import * as vscode from 'vscode';
import type { Cloud } from '../../server/cloud/connect.ts';
import type { Task } from '../../server/cloud/tasks.ts';
import type { Context } from '../context.ts';
import { type DiskFile, type DiskPlace, md5Of, placeOf } from '../disks.ts';
import { Cancelled } from '../errors.ts';
import { diskOf, importInput, manifestUri } from '../importManifests.ts';
import type { Progress } from '../ui.ts';
import { sizeText } from '../units.ts';

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
  const place = typeof importFrom === 'string' ? placeOf(importFrom) : undefined;
  if (!place) throw new Error('The manifest names no disk: input.import_from must be container/object.');
  const disk = await diskOf(document.uri, place);
  const cloud = await context.connections.require();
  await context.ui.progress(`Import of ${String(importFrom)}`, (progress, signal) =>
    provideDisk(cloud, place, disk, progress, signal),
  );
  const task = await cloud.tasks.create('import', input);
  context.log.info(`Task ${task.id}: import of ${String(importFrom)}.`);
  await context.showTask(task.id);
  tellFailure(context, task.id);
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

/** Says so when a task that was started here fails: its row may be out of sight by then. Success is seen in the sidebar. */
function tellFailure({ tasks, ui }: Context, id: string): void {
  let told = false;
  const listening = tasks.onDidChange(async (changed) => {
    if (changed !== undefined && changed !== id) return;
    const snapshot = await tasks.loaded();
    if (snapshot.is === 'disconnected') listening.dispose();
    const task = snapshot.is === 'ready' ? snapshot.items.get(id) : undefined;
    if (told || (task?.status !== 'success' && task?.status !== 'failure')) return;
    told = true;
    listening.dispose();
    if (task.status === 'failure') void ui.complain(`The import failed. ${task.message ?? ''}`.trim());
  });
}

/** Makes sure that Cloud Files holds the disk, and the one that lies here where one does. */
async function provideDisk(
  cloud: Cloud,
  { container, object }: DiskPlace,
  disk: DiskFile | undefined,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const head = await cloud.objects.headObject(container, object);
  if (!disk) {
    if (head) return;
    throw new Error(
      `The disk ${container}/${object} is neither in Cloud Files nor in a folder here. The setting cloudImages.containers names the folder of a container.`,
    );
  }
  const of = (bytes: number): number => (disk.bytes === 0 ? 0 : bytes / disk.bytes / 2);
  if (head?.bytes === disk.bytes) {
    const checked = (bytes: number): void => progress.report(of(bytes), `comparing ${sizeText(bytes)}`);
    if ((await md5Of(disk.path, checked, signal)) === head.etag) return;
  }
  await cloud.objects.putContainer(container);
  const before = head?.bytes === disk.bytes ? 0.5 : 0;
  await cloud.objects.putObject(container, object, disk.path, {
    signal,
    progress: (sent, total) =>
      progress.report(
        before + (total === 0 ? 0 : (sent / total) * (1 - before)),
        `${sizeText(sent)} of ${sizeText(total)} uploaded`,
      ),
  });
}
