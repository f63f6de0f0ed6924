import {
  type CodeLens,
  type CompletionItem,
  CompletionItemKind,
  type Diagnostic,
  DiagnosticSeverity,
  InsertTextFormat,
  type Hover as LspHover,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextEdit } from '../../manifests/nodes.ts';
import { anchorOf } from '../../rules/page.ts';
import type { Severity } from '../../rules/rule.ts';
import type { Analysis } from '../analysis/analysis.ts';
import type { Lens } from '../features/codeLens.ts';
import type { Proposal } from '../features/completion/completion.ts';
import { type Problem, problemsOf } from '../features/diagnostics.ts';
import type { Hover } from '../features/hover.ts';
import { rangeOf, toTextEdits } from './structureToLsp.ts';

/** The border where offsets become positions, and the service's answers LSP's; with its siblings `…ToLsp.ts` the only one. */

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** `rulesPage` is the URL of the page that describes the rules. */
export function toDiagnostics(document: TextDocument, analysis: Analysis, rulesPage: string): Diagnostic[] {
  return problemsOf(analysis).map((problem) => toDiagnostic(document, problem, rulesPage));
}

export function toDiagnostic(
  document: TextDocument,
  { start, end, severity, rule, message }: Problem,
  rulesPage: string,
): Diagnostic {
  return {
    range: rangeOf(document, start, end),
    severity: severities[severity],
    code: rule,
    codeDescription: { href: `${rulesPage}#${anchorOf(rule)}` },
    source: 'cloud-images',
    message,
  };
}

export function toHover(document: TextDocument, { start, end, markdown }: Hover): LspHover {
  return { range: rangeOf(document, start, end), contents: { kind: 'markdown', value: markdown } };
}

export function toLens(document: TextDocument, { start, title, command, arguments: given }: Lens): CodeLens {
  return { range: rangeOf(document, start, start), command: { title, command, arguments: [...given] } };
}

export function toCompletion(
  document: TextDocument,
  { label, detail, documentation, insert, snippet, start, end, kind }: Proposal,
  snippets: boolean,
): CompletionItem {
  const range = rangeOf(document, start, end);
  return {
    label,
    kind: {
      key: CompletionItemKind.Property,
      value: CompletionItemKind.Value,
      file: CompletionItemKind.File,
      image: CompletionItemKind.Reference,
      manifest: CompletionItemKind.Snippet,
    }[kind],
    ...(detail === undefined ? {} : { detail }),
    documentation: { kind: 'markdown', value: documentation },
    filterText: quoted(document, start, kind === 'image' && detail ? `${label} ${detail}` : label),
    ...(snippets && snippet !== undefined
      ? { insertTextFormat: InsertTextFormat.Snippet, textEdit: { range, newText: snippet } }
      : { textEdit: { range, newText: insert } }),
  };
}

/** Clients filter by the text that is to be replaced, which begins with its quote. */
function quoted(document: TextDocument, start: number, label: string): string {
  const { line, character } = document.positionAt(start);
  const first = document.getText({ start: { line, character }, end: { line, character: character + 1 } });
  return first === '"' || first === "'" ? `${first}${label}` : label;
}

export function toEdit(document: TextDocument, edits: readonly TextEdit[]): WorkspaceEdit {
  const { uri, version } = document;
  return { documentChanges: [{ textDocument: { uri, version }, edits: toTextEdits(document, edits) }] };
}

export function toNewFile(uri: string, text: string): WorkspaceEdit {
  const start = { line: 0, character: 0 };
  return {
    documentChanges: [
      { kind: 'create', uri, options: { overwrite: false, ignoreIfExists: false } },
      { textDocument: { uri, version: null }, edits: [{ range: { start, end: start }, newText: text }] },
    ],
  };
}
