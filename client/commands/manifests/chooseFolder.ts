import * as vscode from 'vscode';
import type { Context } from '../../context.ts';
import { fromProject, projectFileOf, requireFile, setInProject } from '../../manifests/projectFile.ts';
import { Cancelled } from '../../ui/errors.ts';

/** Sets in `.cloud-images.json` the folder that stands for a container. */
export async function chooseFolder(_: Context, given: unknown, container: unknown): Promise<void> {
  const file = requireFile(given);
  if (typeof container !== 'string' || container === '')
    throw new Error('Run this command from the finding of a missing disk: it names the container.');
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.joinPath(file, '..'),
      title: `The folder that stands for the container '${container}'`,
    })) ?? [];
  if (!folder) throw new Cancelled();
  const project = await projectFileOf(file);
  await setInProject(project, ['containers', container], fromProject(project, folder) || '.');
}
