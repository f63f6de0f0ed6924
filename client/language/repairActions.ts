import * as vscode from 'vscode';
import { readManifest } from '../../server/manifests/read.ts';
import { findRule } from '../../server/rules/evaluate.ts';

/** The quick fix *Repair the disk…*; it is the client's, since it changes a file that is no text. */
export function offerRepairs(): vscode.Disposable {
  const selector = ['image-manifest', 'image-manifest-json'].map((language) => ({
    language,
    scheme: 'file',
  }));
  const kinds = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] };
  return vscode.languages.registerCodeActionsProvider(selector, { provideCodeActions }, kinds);
}

function provideCodeActions(
  document: vscode.TextDocument,
  _: vscode.Range,
  { diagnostics }: vscode.CodeActionContext,
): vscode.CodeAction[] {
  const found = diagnostics.filter(({ code }) => findRule(codeOf(code))?.curedBy === 'repairDisk');
  const [first] = found;
  if (!first) return [];
  const title = 'Repair the disk…';
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.diagnostics = found;
  action.command = {
    title,
    command: 'cloudImages.repairDisk',
    arguments: [document.uri.toString(), indexAt(document, first.range.start)],
  };
  return [action];
}

/** Which document of the file a position is in. */
function indexAt(document: vscode.TextDocument, position: vscode.Position): number {
  const format = document.languageId.endsWith('json') ? 'json' : 'yaml';
  const { documents } = readManifest({ text: document.getText(), path: document.uri.path, format });
  const offset = document.offsetAt(position);
  return documents.findLastIndex(({ start }) => start <= offset);
}

function codeOf(code: vscode.Diagnostic['code']): string {
  return String(typeof code === 'object' ? code.value : code);
}
