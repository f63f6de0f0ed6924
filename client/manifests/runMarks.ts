import { t } from '@vscode/l10n';
import * as vscode from 'vscode';

/** Where a run stopped, marked at its document until the file is changed, run again or gone. */
export class RunMarks {
  readonly #marks = vscode.languages.createDiagnosticCollection('cloud-images-run');
  /** By the URI of the file, which may be deleted or moved outside of the editor. */
  readonly #watchers = new Map<string, vscode.Disposable>();
  readonly #listening = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
    if (contentChanges.length > 0) this.clear(document.uri);
  });

  mark(uri: vscode.Uri, document: vscode.Range, why: string): void {
    const { start } = document;
    const mark = new vscode.Diagnostic(
      new vscode.Range(start, start.with(start.line + 1, 0)),
      t`The run stopped here: ${why}`,
      vscode.DiagnosticSeverity.Error,
    );
    mark.source = t('Cloud Images, last run');
    this.clear(uri);
    this.#marks.set(uri, [mark]);
    this.#watchers.set(uri.toString(), this.#watch(uri));
  }

  clear(uri: vscode.Uri): void {
    this.#marks.delete(uri);
    this.#watchers.get(uri.toString())?.dispose();
    this.#watchers.delete(uri.toString());
  }

  dispose(): void {
    this.#listening.dispose();
    for (const watcher of this.#watchers.values()) watcher.dispose();
    this.#marks.dispose();
  }

  #watch(uri: vscode.Uri): vscode.Disposable {
    const folder = vscode.Uri.joinPath(uri, '..');
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(folder, '*'), // a name may hold what a pattern would read otherwise
      true,
      true,
    );
    watcher.onDidDelete((gone) => {
      if (gone.toString() === uri.toString()) this.clear(uri);
    });
    return watcher;
  }
}
