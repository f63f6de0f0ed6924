import { basename } from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { inputOf } from '../../server/rules/service/importBody.ts';
import type { ManifestPart } from '../../server/workspace/parts.ts';
import type { Workspace } from '../../server/workspace/workspace.ts';
import type { Context } from '../context.ts';
import { Cancelled } from '../ui/errors.ts';
import { openFolders } from './workspace.ts';

/** A manifest as it is in the editor, and the workspace that it is part of. */
export interface OpenManifest {
  readonly document: vscode.TextDocument;
  readonly parts: readonly ManifestPart[];
  readonly workspace: Workspace;
  rangeOf(part: ManifestPart): vscode.Range;
}

/** Opens a manifest. Throws UnreadableManifest with the place, and where it holds nothing. */
export async function openManifest(context: Pick<Context, 'source'>, uri: vscode.Uri): Promise<OpenManifest> {
  const document = await vscode.workspace.openTextDocument(uri);
  const workspace = openFolders(context);
  const isFile = uri.scheme === 'file';
  const name = isFile ? vscode.workspace.asRelativePath(uri, false) : basename(uri.path);
  const path = isFile ? uri.fsPath : uri.path;
  const parts = await workspace.parts({
    text: document.getText(),
    path,
    name,
    isFile,
    format: formatOf(document),
  });
  if (parts.length === 0) throw new Error(t`${name} holds no manifest.`);
  const rangeOf = ({ start, end }: ManifestPart): vscode.Range =>
    new vscode.Range(document.positionAt(start), document.positionAt(end));
  return { document, parts, workspace, rangeOf };
}

/** Chooses one import of a manifest: that of the index, the only one, or the one that is picked. */
export async function chooseImport(
  { ui }: Pick<Context, 'ui'>,
  { parts }: OpenManifest,
  index: number | undefined,
): Promise<ManifestPart> {
  const imports = parts.filter(
    ({ kind, index: at }) => kind === 'import' && (index === undefined || at === index),
  );
  const [only] = imports;
  if (!only) throw new Error(t('The manifest holds no import.'));
  if (imports.length === 1) return only;
  const items = imports.map((part) => ({
    label: importFromOf(part),
    description: t`document ${part.index + 1}`,
    part,
  }));
  const picked = await ui.pick(items, t('Import which disk of this file?'));
  if (!picked) throw new Cancelled();
  return picked.part;
}

/** Finds the file of an import's disk. Throws where it is not on this machine. */
export async function locateDisk({ workspace }: OpenManifest, part: ManifestPart): Promise<string> {
  const disk = await workspace.diskOf(part);
  if (!disk) throw new Error(t`The disk ${importFromOf(part)} is not on this machine.`);
  return disk.path;
}

/** The name of the disk of an import, `container/object`; empty where it names none. */
function importFromOf({ data }: ManifestPart): string {
  return String(inputOf(data)['import_from'] ?? '');
}

/** The format in which the editor takes a document. */
export function formatOf({ languageId }: vscode.TextDocument): 'yaml' | 'json' {
  return languageId.endsWith('json') || languageId === 'jsonc' ? 'json' : 'yaml';
}
