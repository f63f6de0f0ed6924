import { dirname, relative, sep } from 'node:path';
import { t } from '@vscode/l10n';
import { applyEdits, modify } from 'jsonc-parser';
import * as vscode from 'vscode';
import { decodeText, encodeText } from '../../server/manifests/encoding.ts';
import { nodeFiles } from '../../server/workspace/nodeFiles.ts';
import { findProjectFile, projectName } from '../../server/workspace/projectFile.ts';
import { maximumSettingsBytes, readSettings } from '../../server/workspace/textFile.ts';

/** The `.cloud-images.json` that holds for a file, else a new one in the workspace folder. */
export async function projectFileOf(file: vscode.Uri): Promise<vscode.Uri> {
  const root = vscode.workspace.getWorkspaceFolder(file)?.uri ?? vscode.Uri.joinPath(file, '..');
  const found = await findProjectFile(file.fsPath, root.fsPath, nodeFiles.path, (path) =>
    readSettings(nodeFiles, path).catch(() => undefined),
  );
  return vscode.Uri.joinPath(found ? vscode.Uri.file(found.folder) : root, projectName);
}

/** Sets one value in the file, and creates the file where there is none. The rest of it stays as it is. */
export async function setInProject(
  project: vscode.Uri,
  path: readonly string[],
  value: string,
): Promise<void> {
  const bytes = (await exists(project))
    ? await nodeFiles.readBytes(project.fsPath, maximumSettingsBytes)
    : Buffer.from('{}\n');
  const source = decodeText(bytes);
  if ('fault' in source)
    throw new Error(`${project.fsPath}:${source.line}:${source.column}: ${source.fault}`);
  const before = source.text;
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: before.includes('\r\n') ? '\r\n' : '\n' };
  const after = applyEdits(before, modify(before, [...path], value, { formattingOptions }));
  await vscode.workspace.fs.writeFile(project, encodeText(after, source.encoding));
}

/** A path as `.cloud-images.json` has it: relative to its folder, with slashes. */
export function fromProject(project: vscode.Uri, file: vscode.Uri): string {
  return relative(dirname(project.fsPath), file.fsPath).split(sep).join('/');
}

async function exists(file: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
}

/** Returns the manifest that a command was given, or the active one. Throws where it is no file. */
export function requireFile(given: unknown): vscode.Uri {
  const uri =
    typeof given === 'string' ? vscode.Uri.parse(given) : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== 'file') throw new Error(t('Save the manifest as a file first.'));
  return uri;
}
