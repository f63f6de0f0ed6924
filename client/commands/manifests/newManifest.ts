import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { kindTitles, nameParts } from '../../../server/manifests/kinds.ts';
import { snippets, writeSnippet } from '../../../server/manifests/snippets.ts';
import type { Context } from '../../context.ts';
import { givenUri } from '../../manifests/manifestFiles.ts';
import { Cancelled } from '../../ui/errors.ts';

/** Makes a manifest of a kind and a name, and opens it with the cursor at the first value to fill in. */
export async function newManifest({ ui }: Pick<Context, 'ui'>, given: unknown): Promise<void> {
  const folder = await chooseFolder(ui, givenUri(given));
  const rows = snippets.map((snippet) => ({
    label: kindTitles[snippet.kind],
    description: `*.${nameParts[snippet.kind]}.yaml`,
    detail: snippet.documentation,
    snippet,
  }));
  const picked = await ui.pick(rows, t('Which manifest?'));
  if (!picked) throw new Cancelled();
  const { snippet } = picked;
  const there = new Set(
    (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name.toLowerCase()),
  );
  const fileName = (text: string): string => nameFile(text.trim(), nameParts[snippet.kind]);
  const typed = await ui.ask(
    t`Name of the manifest in ${vscode.workspace.asRelativePath(folder)}`,
    (text) => {
      if (!/^[^/\\:*?"<>|]+$/.test(text.trim())) return t('Enter the name of a file, without a folder.');
      return there.has(fileName(text).toLowerCase()) ? t`${fileName(text)} already exists.` : undefined;
    },
    { placeHolder: t`web, for web.${nameParts[snippet.kind]}.yaml` },
  );
  if (typed === undefined) throw new Cancelled();
  const uri = vscode.Uri.joinPath(folder, fileName(typed));
  await vscode.workspace.fs.writeFile(uri, new Uint8Array());
  const editor = await vscode.window.showTextDocument(uri);
  const text = writeSnippet(snippet, uri.path.endsWith('.json') ? 'json' : 'yaml', true);
  await editor.insertSnippet(new vscode.SnippetString(`${text}\n`), new vscode.Position(0, 0));
}

/** The folder of the explorer's row, or that of the file; the workspace's, or one that is picked. */
async function chooseFolder(ui: Context['ui'], given: vscode.Uri | undefined): Promise<vscode.Uri> {
  if (given) {
    const { type } = await vscode.workspace.fs.stat(given);
    return type & vscode.FileType.Directory ? given : vscode.Uri.joinPath(given, '..');
  }
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [only] = folders;
  if (only && folders.length === 1) return only.uri;
  const path = await ui.chooseFolder(t('Folder of the new manifest'), t('Choose'));
  if (path === undefined) throw new Cancelled();
  return vscode.Uri.file(path);
}

/** `web`, `web.yaml` and `web.image.yaml` name the same file. */
function nameFile(text: string, part: string): string {
  const [, ending = 'yaml'] = /\.(ya?ml|jsonc?)$/i.exec(text) ?? [];
  const stem = text.replace(/\.(?:ya?ml|jsonc?)$/i, '');
  return `${stem.endsWith(`.${part}`) ? stem : `${stem}.${part}`}.${ending}`;
}
