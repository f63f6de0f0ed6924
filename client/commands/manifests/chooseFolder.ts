import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Context } from '../../context.ts';
import { fromProject, projectFileOf, requireFile, setInProject } from '../../manifests/projectFile.ts';
import { Cancelled } from '../../ui/errors.ts';

/** Sets in `.cloud-images.json` the folder that stands for a container. */
export async function chooseFolder({ ui }: Context, given: unknown, container: unknown): Promise<void> {
  const file = requireFile(given);
  if (typeof container !== 'string' || container === '')
    throw new Error(t('Run this command from the finding of a missing disk: it names the container.'));
  const title = t`The folder that stands for the container '${container}'`;
  const folder = await ui.chooseFolder(title, t('Choose'), vscode.Uri.joinPath(file, '..').fsPath);
  if (folder === undefined) throw new Cancelled();
  const project = await projectFileOf(file);
  const path = fromProject(project, vscode.Uri.file(folder)) || '.';
  await setInProject(project, ['containers', container], path);
}
