import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { readId } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { isOfAnotherCloud, parseImageUri } from '../../documents/imageUri.ts';
import { taskRow } from '../../views/tasks/taskRow.ts';
import { selectServers } from '../servers/selection.ts';
import { taskOf } from '../tasks/tasks.ts';
import { selectImages } from './selection.ts';

/** Opens the details page of an image: of a row, of a document, or of one that is picked. */
export async function showDetails(context: Context, node: unknown): Promise<void> {
  if (node instanceof vscode.Uri) return showDetailsOfDocument(context, node);
  const [seen] = await selectImages(context, [node], { title: t('Show the details of which image?') });
  if (seen) await context.details.show({ kind: 'image', id: readId(seen.image) }, readName(seen.image));
}

async function showDetailsOfDocument({ source, details }: Context, uri: vscode.Uri): Promise<void> {
  const place = parseImageUri(uri);
  const { cloudId, cloud } = await source.connect();
  if (!place) throw new Error(t('This document is no image of a cloud.'));
  if (isOfAnotherCloud(uri, cloudId) || place.region !== cloud.region)
    throw new Error(
      t`This image is in ${place.region}, and another cloud or region is shown. Show that first.`,
    );
  await details.show({ kind: 'image', id: place.id }, place.id);
}

/** Opens the page of a task, which becomes that of the image that an import makes. */
export async function showTaskDetails(context: Context, node: unknown): Promise<void> {
  const task = taskOf(node);
  if (!task) throw new Error(t('Run this command from the row of a task.'));
  await context.details.show({ kind: 'task', id: task.id }, taskRow(task, Date.now()).label);
}

/** Opens the page of a server's imaging: its queue, its stages, and the images that were taken of it. */
export async function showImaging(context: Context, node: unknown): Promise<void> {
  const [live] = await selectServers(context, [node], { title: t('Show the imaging of which server?') });
  if (live) await context.details.show({ kind: 'server', id: live.server.id }, live.server.name);
}
