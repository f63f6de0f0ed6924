import * as vscode from 'vscode';
import { kinds, kindTitles } from '../../../server/manifests/kinds.ts';
import type { Context } from '../../context.ts';
import { waysToSay } from '../../manifests/kindChoices.ts';
import { fromProject, projectFileOf, setInProject } from '../../manifests/projectFile.ts';
import { Cancelled } from '../../ui/errors.ts';

/** Says of which kind a manifest is, by its name or in `.cloud-images.json`. */
export async function chooseKind({ ui }: Pick<Context, 'ui'>, given: unknown): Promise<void> {
  const file = fileOf(given);
  const kind = await ui.pick(
    kinds.map((is) => ({ label: kindTitles[is], is })),
    'What is this manifest?',
  );
  if (!kind) throw new Cancelled();
  const project = await projectFileOf(file);
  const ways = waysToSay(fromProject(project, file), kind.is);
  if (ways.length === 0) {
    void ui.inform(`The name of the file says already that it is: ${kind.label}.`);
    return;
  }
  const items = ways.map((way) => ({
    label: way.by === 'name' ? `Rename it to ${way.name}` : `Take '${way.glob}' for it`,
    description: way.by === 'name' ? '' : vscode.workspace.asRelativePath(project),
    way,
  }));
  const picked = await ui.pick(items, `How to say that it is: ${kind.label}`);
  if (!picked) throw new Cancelled();
  const { way } = picked;
  if (way.by === 'glob') {
    await setInProject(project, ['manifests', way.glob], kind.is);
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  edit.renameFile(file, vscode.Uri.joinPath(file, '..', way.name));
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error(`${way.name} exists already.`);
}

/** Says in `.cloud-images.json` which folder stands for a container. */
export async function chooseFolder(given: unknown, container: unknown): Promise<void> {
  const file = fileOf(given);
  if (typeof container !== 'string' || container === '') throw new Error('Which container is not said.');
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

function fileOf(given: unknown): vscode.Uri {
  const uri =
    typeof given === 'string' ? vscode.Uri.parse(given) : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== 'file') throw new Error('Save the manifest as a file first.');
  return uri;
}
