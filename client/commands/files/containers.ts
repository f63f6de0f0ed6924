import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import type { Context } from '../../context.ts';
import { confirmChange } from '../../ui/confirm.ts';
import { formatCount, formatSize } from '../../ui/units.ts';
import { askContainerName, chooseContainer } from './chooseContainer.ts';
import { locateRow, requireWritableFiles, selectRows } from './selection.ts';

export async function newContainer(context: Context): Promise<void> {
  const cloud = await requireWritableFiles(context);
  const name = await askContainerName(context);
  await cloud.objects.putContainer(name);
  context.files.refresh();
}

/** Deletes an empty container; Cloud Files refuses to delete any other (HTTP 409). */
export async function deleteContainer(context: Context, node: unknown): Promise<void> {
  const cloud = await requireWritableFiles(context);
  const [row] = selectRows(node);
  const container =
    locateRow(row)?.container ??
    (await chooseContainer(context, cloud, t('Delete which container?'), { fresh: false }));
  await requireEmpty(cloud, container);
  const detail = t('It is empty. Manifests and schedules that name it stop working.');
  const question = t`Delete the container “${container}”?`;
  await confirmChange(context, { question, detail, verb: t('Delete') });
  const deleted = await cloud.objects.deleteContainer(container);
  context.files.refresh();
  if (!deleted)
    throw new Error(t`The container “${container}” has got objects meanwhile. Delete them first (HTTP 409).`);
}

/** Looks before anything is asked. Throws where there is an object, and CloudError: 404 without the container. */
async function requireEmpty(cloud: Cloud, container: string): Promise<void> {
  const { count, bytes } = await cloud.objects.headContainer(container);
  if (count === 0) return;
  const what = `${formatCount(count, 'object')}, ${formatSize(bytes)}`;
  throw new Error(t`The container “${container}” is not empty: ${what}. Delete its objects first.`);
}

export async function copyPath(_: Context, node: unknown, nodes: unknown): Promise<void> {
  const paths = selectRows(node, nodes).flatMap((row) => {
    const place = locateRow(row);
    return place ? [place.path === '' ? place.container : `${place.container}/${place.path}`] : [];
  });
  if (paths.length > 0) await vscode.env.clipboard.writeText(paths.join('\n'));
}

/** Shows the next names of a listing. */
export async function showMore({ files }: Context, node: unknown): Promise<void> {
  const [row] = selectRows(node);
  if (row?.kind === 'more') files.showMore(row);
}
