import type { TextEdit as LspTextEdit } from 'vscode-languageserver';
import { type Diagnostic, DiagnosticSeverity, type Range, type WorkspaceEdit } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextEdit } from '../../manifests/nodes.ts';
import { anchorOf } from '../../rules/page.ts';
import type { Severity } from '../../rules/severity.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { listProblems, type Problem } from '../analysis/problems.ts';

/** The border where offsets become positions; what only one feature answers is converted there. */

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** `rulesPage` is the URL of the page that describes the rules. */
export function toDiagnostics(document: TextDocument, analysis: Analysis, rulesPage: string): Diagnostic[] {
  return listProblems(analysis).map((problem) => toDiagnostic(document, problem, rulesPage));
}

export function toDiagnostic(
  document: TextDocument,
  { start, end, severity, rule, message }: Problem,
  rulesPage: string,
): Diagnostic {
  return {
    range: toRange(document, start, end),
    severity: severities[severity],
    code: rule,
    codeDescription: { href: `${rulesPage}#${anchorOf(rule)}` },
    source: 'cloud-images',
    message,
  };
}

export function toRange(document: TextDocument, start: number, end: number): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

/** Converts in a file whose text is not kept; `lines` are the offsets at which lines begin. */
export function toRangeByLines(lines: Uint32Array, start: number, end: number): Range {
  const position = (offset: number) => {
    let low = 0;
    for (let high = lines.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((lines[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low, character: offset - (lines[low] ?? 0) };
  };
  return { start: position(start), end: position(end) };
}

export function toTextEdits(document: TextDocument, edits: readonly TextEdit[]): LspTextEdit[] {
  return edits.map(({ start, end, text }) => ({ range: toRange(document, start, end), newText: text }));
}

export function toWorkspaceEdit(document: TextDocument, edits: readonly TextEdit[]): WorkspaceEdit {
  const { uri, version } = document;
  return { documentChanges: [{ textDocument: { uri, version }, edits: toTextEdits(document, edits) }] };
}
