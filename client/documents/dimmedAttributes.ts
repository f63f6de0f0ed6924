import * as vscode from 'vscode';
import { readManifest } from '../../server/manifests/read.ts';
import type { Context } from '../context.ts';
import { formatOf } from './imageText.ts';
import { imageScheme } from './imageUri.ts';
import { refuseEditing } from './writableNames.ts';

/** Dims what the person cannot change of an opened image. The hover says why. */
export function dimAttributes({ source }: Pick<Context, 'source'>): vscode.Disposable {
  const dimmed = vscode.window.createTextEditorDecorationType({
    color: new vscode.ThemeColor('editorLineNumber.foreground'),
    fontStyle: 'italic', // not by colour alone
  });
  const dim = (editor: vscode.TextEditor): void => {
    const { document } = editor;
    if (document.uri.scheme !== imageScheme) return;
    const { connection } = source;
    const text = document.getText();
    const format = formatOf(document.uri.path) ?? 'json';
    const [root] = readManifest({ text, path: document.uri.path, format }).documents;
    const options: vscode.DecorationOptions[] = [];
    for (const { token, key, node } of (connection && root?.root?.members) || []) {
      const reason = connection && refuseEditing(String(token), connection);
      if (reason === undefined || !key) continue;
      const range = new vscode.Range(document.positionAt(key.start), document.positionAt(node.end));
      options.push({ range, hoverMessage: new vscode.MarkdownString().appendText(reason) });
    }
    editor.setDecorations(dimmed, options);
  };
  const dimAll = (): void => vscode.window.visibleTextEditors.forEach(dim);
  return vscode.Disposable.from(
    dimmed,
    vscode.window.onDidChangeVisibleTextEditors(dimAll),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      for (const editor of vscode.window.visibleTextEditors) if (editor.document === document) dim(editor);
    }),
    vscode.Disposable.from(source.onDidChangeState(dimAll)),
  );
}
