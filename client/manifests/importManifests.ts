import * as vscode from 'vscode';
import { isObject } from '../../server/rules/families/subjects.ts';
import type { JsonObject } from '../../server/rules/rule.ts';
import type { Context } from '../context.ts';
import { Cancelled } from '../ui/errors.ts';
import { type DiskFile, findDisk } from './disks.ts';
import { activeOrPicked, givenUri, readOpened } from './manifestFiles.ts';

/** The import manifest that a command is given, that is open, or that is picked. */
export async function manifestUri({ ui }: Pick<Context, 'ui'>, given: unknown): Promise<vscode.Uri> {
  return givenUri(given) ?? activeOrPicked(ui, ['import'], 'Import which manifest?');
}

/** The input of an import of the manifest: the one of that index, the only one, or the one that is picked. */
export async function importInput(
  { ui }: Pick<Context, 'ui'>,
  document: vscode.TextDocument,
  index: number | undefined,
): Promise<{ input: JsonObject; range: vscode.Range }> {
  const file = await readOpened(document);
  const problem = file.problems.find(({ severity }) => severity === 'error');
  if (problem) throw new Error(`The manifest cannot be read: ${problem.message}`);
  const imports = file.documents.flatMap(({ kind, data, index: at, start, end }) => {
    const input = kind === 'import' && isObject(data) ? data['input'] : undefined;
    if (!isObject(input) || (index !== undefined && at !== index)) return [];
    const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
    return [{ label: String(input['import_from'] ?? ''), description: `document ${at + 1}`, input, range }];
  });
  const [only] = imports;
  if (!only) throw new Error('The manifest holds no import with an input.');
  const picked = imports.length === 1 ? only : await ui.pick(imports, 'Which import of this file?');
  if (!picked) throw new Cancelled();
  return picked;
}

/** The disk of an import on this machine. */
export async function diskOf(manifest: vscode.Uri, importFrom: string): Promise<DiskFile | undefined> {
  if (manifest.scheme !== 'file') return undefined;
  const root = vscode.workspace.getWorkspaceFolder(manifest)?.uri;
  const setting = vscode.workspace
    .getConfiguration('cloudImages', manifest)
    .get<Record<string, string>>('containers', {});
  return findDisk(
    importFrom,
    manifest.fsPath,
    root?.scheme === 'file' ? root.fsPath : undefined,
    setting,
    vscode.workspace.isTrusted,
  );
}
