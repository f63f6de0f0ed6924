import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { kinds, kindTitles } from '../../../server/manifests/kinds.ts';
import type { Context } from '../../context.ts';
import { listKindChoices } from '../../manifests/kindChoices.ts';
import { fromProject, projectFileOf, requireFile, setInProject } from '../../manifests/projectFile.ts';
import { Cancelled } from '../../ui/errors.ts';

/** Sets the kind of a manifest, by its name or in `.cloud-images.json`. */
export async function chooseKind({ ui }: Pick<Context, 'ui'>, given: unknown): Promise<void> {
  const file = requireFile(given);
  const kind = await ui.pick(
    kinds.map((value) => ({ label: kindTitles[value], value })),
    t('What is this manifest?'),
  );
  if (!kind) throw new Cancelled();
  const project = await projectFileOf(file);
  const ways = listKindChoices(fromProject(project, file), kind.value);
  if (ways.length === 0) {
    void ui.inform(t`The name of the file already makes it this kind: ${kind.label}.`);
    return;
  }
  const items = ways.map((way) => ({
    label: way.by === 'name' ? t`Rename it to ${way.name}` : t`Map '${way.glob}' to this kind`,
    description: way.by === 'name' ? '' : vscode.workspace.asRelativePath(project),
    way,
  }));
  const picked = await ui.pick(items, t`How to make it this kind: ${kind.label}`);
  if (!picked) throw new Cancelled();
  const { way } = picked;
  if (way.by === 'glob') {
    await setInProject(project, ['manifests', way.glob], kind.value);
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  edit.renameFile(file, vscode.Uri.joinPath(file, '..', way.name));
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error(t`${way.name} already exists.`);
}
