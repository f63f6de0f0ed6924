import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Outcome } from '../../../server/cloud/run/execute.ts';
import { noDisks, taskPart } from '../../../server/cloud/run/steps.ts';
import { isObject } from '../../../server/rules/json.ts';
import type { LiveTask } from '../../cloud/taskCollection.ts';
import type { Context } from '../../context.ts';
import { carryOut, prepareRun } from '../../manifests/run.ts';
import { findImported, locateExport, taskRow } from '../../views/tasks/taskRow.ts';
import { openImageById } from '../images/open.ts';

export async function copyTaskId(_: Context, node: unknown): Promise<void> {
  const task = taskOf(node);
  if (task) await vscode.env.clipboard.writeText(task.id);
}

export async function copyTaskMessage(_: Context, node: unknown): Promise<void> {
  const task = taskOf(node);
  if (task?.message) await vscode.env.clipboard.writeText(task.message);
}

/** Brings what an export made into sight in Cloud Files. */
export async function showExported({ files }: Context, node: unknown): Promise<void> {
  const task = taskOf(node);
  const place = task && locateExport(task);
  if (!place) throw new Error(t('This task exported nothing.'));
  await files.show(place.container, place.name);
}

/** Opens the image that an import has made. */
export async function showImported(context: Context, node: unknown): Promise<void> {
  const task = taskOf(node);
  const id = task && findImported(task);
  if (id === undefined) throw new Error(t('This task imported nothing.'));
  await openImageById(context, id);
}

/** Runs a task of the same input, and says how it ended; the one that failed stays as it is. */
export async function retryTask(context: Context, node: unknown): Promise<Outcome> {
  const task = taskOf(node);
  const type = task?.type;
  if (!task || (type !== 'import' && type !== 'export') || !isObject(task.input))
    throw new Error(t('Only an import or an export can be retried.'));
  const { profile } = await context.source.connect();
  const title = taskRow(task, Date.now()).label;
  const parts = [taskPart({ type, input: task.input }, profile, title)];
  const run = await prepareRun(context, { parts, title, disks: noDisks });
  return carryOut(context, run, { evenIfRefused: true });
}

export function taskOf(node: unknown): LiveTask | undefined {
  if (typeof node !== 'object' || node === null || !('task' in node)) return undefined;
  const { task } = node;
  return typeof task === 'object' && task !== null && 'id' in task ? (task as LiveTask) : undefined;
}
