import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { isObject } from '../../../server/rules/json.ts';
import type { LiveTask } from '../../cloud/taskCollection.ts';
import type { Context } from '../../context.ts';
import { makeObjectUri } from '../../diskViewer/objectUri.ts';
import { locateExport } from '../../views/tasks/taskRow.ts';
import { taskOf } from '../tasks/tasks.ts';
import { locateObject, type Place, selectRows } from './selection.ts';

/** Shows an object of Cloud Files in the disk viewer: a segment by the object that it is of, a task by the disk that it reads or made. */
export async function showObject({ source }: Context, node: unknown): Promise<void> {
  const task = taskOf(node);
  const place = task ? locateDisk(task) : locateRowsObject(node);
  const uri = makeObjectUri(place, await source.connect());
  await vscode.commands.executeCommand('vscode.openWith', uri, 'cloudImages.disk');
}

function locateRowsObject(node: unknown): Place {
  const [row] = selectRows(node);
  return locateObject(row?.kind === 'segment' || row?.kind === 'gap' ? row.of : row);
}

/** Returns where the disk of an import or an export lies. Throws where the task has none. */
function locateDisk(task: LiveTask): Place {
  const made = locateExport(task);
  if (made) return { container: made.container, path: made.name };
  const from = isObject(task.input) ? String(task.input['import_from'] ?? '') : '';
  const [container = '', ...path] = from.split('/');
  if (path.length === 0) throw new Error(t('This task has no disk in Cloud Files.'));
  return { container, path: path.join('/') };
}
