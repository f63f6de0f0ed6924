import * as vscode from 'vscode';

/** Where a run stopped, marked at its document until the file is changed or run again. */
export class RunMarks {
  readonly #marks = vscode.languages.createDiagnosticCollection('cloud-images-run');
  readonly #listening = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
    if (contentChanges.length > 0) this.#marks.delete(document.uri);
  });

  mark(uri: vscode.Uri, document: vscode.Range, why: string): void {
    const { start } = document;
    const mark = new vscode.Diagnostic(
      new vscode.Range(start, start.with(start.line + 1, 0)),
      `The run stopped here: ${why}`,
      vscode.DiagnosticSeverity.Error,
    );
    mark.source = 'Cloud Images, last run';
    this.#marks.set(uri, [mark]);
  }

  clear(uri: vscode.Uri): void {
    this.#marks.delete(uri);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#marks.dispose();
  }
}
