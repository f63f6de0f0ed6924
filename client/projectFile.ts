import { dirname, relative, sep } from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import * as vscode from 'vscode';

/** The `.cloud-images.json` that holds for a file: the nearest upwards, else a new one in the workspace folder. */
export async function projectFileOf(file: vscode.Uri): Promise<vscode.Uri> {
  const root = vscode.workspace.getWorkspaceFolder(file)?.uri ?? vscode.Uri.joinPath(file, '..');
  for (let folder = vscode.Uri.joinPath(file, '..'); ; folder = vscode.Uri.joinPath(folder, '..')) {
    const candidate = vscode.Uri.joinPath(folder, '.cloud-images.json');
    if (await exists(candidate)) return candidate;
    if (folder.path === root.path || folder.path === dirname(folder.path)) break;
  }
  return vscode.Uri.joinPath(root, '.cloud-images.json');
}

/** Sets one value in the file, which is made where there is none; what else stands in it stays as it is. */
export async function setInProject(
  project: vscode.Uri,
  path: readonly string[],
  value: string,
): Promise<void> {
  const before = (await exists(project)) ? await text(project) : '{}\n';
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: before.includes('\r\n') ? '\r\n' : '\n' };
  const after = applyEdits(before, modify(before, [...path], value, { formattingOptions }));
  await vscode.workspace.fs.writeFile(project, Buffer.from(after));
}

/** A path as `.cloud-images.json` has it: relative to its folder, with slashes. */
export function fromProject(project: vscode.Uri, file: vscode.Uri): string {
  return relative(dirname(project.fsPath), file.fsPath).split(sep).join('/');
}

async function text(file: vscode.Uri): Promise<string> {
  return Buffer.from(await vscode.workspace.fs.readFile(file)).toString('utf8');
}

async function exists(file: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
}
