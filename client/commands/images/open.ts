import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { readId } from '../../cloud/imageCollection.ts';
import type { Context } from '../../context.ts';
import { makeImageUri } from '../../documents/imageUri.ts';
import { selectImages } from './selection.ts';

export async function openImage(context: Context, node: unknown): Promise<void> {
  const [seen] = await selectImages(context, [node], { title: t('Open which image?') });
  const connection = await context.source.connect();
  if (seen) await vscode.window.showTextDocument(makeImageUri(seen.image, connection));
}

/** Opens an image that has just come into being, which the tree may not show yet. Throws CloudError. */
export async function openImageById({ source }: Pick<Context, 'source'>, id: string): Promise<void> {
  const connection = await source.connect();
  await vscode.window.showTextDocument(makeImageUri(await connection.cloud.images.get(id), connection));
}

export async function copyImageId(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const images = await selectImages(context, [node, nodes], { title: t('Copy the ID of which image?') });
  await vscode.env.clipboard.writeText(images.map(({ image }) => readId(image)).join('\n'));
}

export async function refresh({ images, tasks, servers, files }: Context): Promise<void> {
  files.refresh();
  images.reload();
  tasks.reload();
  servers.reload();
}
