import { type CodeAction, CodeActionKind } from 'vscode-languageserver';
import type { AnalyzedDocument } from '../../lsp/analyses.ts';
import { toWorkspaceEdit } from '../../lsp/convert.ts';
import { type ActionRequest, diagnosticsOf, disabled } from './action.ts';
import { findRepairs, fixAll, hasSafeFix, proveRepairs } from './fixes.ts';

export const fixAllKind = 'source.fixAll.cloudImages';

/** Offers the repairs of each finding in the range, and "fix all" for rules with several safe fixes. */
export function offerFixes(request: ActionRequest): CodeAction[] {
  const { document, analysis, range, proven } = request;
  const repairs = findRepairs(analysis, document.offsetAt(range.start), document.offsetAt(range.end), proven);
  const rules = new Set(repairs.map(({ finding }) => finding.finding.rule));
  return [
    ...repairs.map(({ title, edits, finding, preferred }) => ({
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics: diagnosticsOf(request, [finding]),
      isPreferred: preferred,
      edit: toWorkspaceEdit(document, edits),
    })),
    ...[...rules]
      .filter((rule) => hasSafeFix(analysis, rule, 2))
      .flatMap((rule) => {
        const title = `Fix all '${rule}' problems in this file`;
        return offer({ title, kind: CodeActionKind.QuickFix }, request, rule);
      }),
  ];
}

export function offerFixAll(request: ActionRequest): CodeAction[] {
  if (!hasSafeFix(request.analysis, undefined, 1)) return [];
  return offer({ title: 'Fix all that can be fixed without a choice', kind: fixAllKind }, request);
}

function offer(action: CodeAction, request: ActionRequest, rule?: string): CodeAction[] {
  const { uri, version } = request.document;
  if (request.client.resolves)
    return [{ ...action, data: { uri, version, ...(rule === undefined ? {} : { rule }) } }];
  const whole = withFixes(action, request, rule);
  return whole.edit ? [whole] : [];
}

/** Completes an action with the safe fixes of one rule, or of all. */
export function withFixes(
  action: CodeAction,
  { document, analysis }: AnalyzedDocument,
  rule: string | undefined,
): CodeAction {
  const edit = fixAll(analysis, rule);
  return edit
    ? { ...action, edit: toWorkspaceEdit(document, [edit]) }
    : disabled(action, 'No fix is left that changes nothing else.');
}

/** Offers the new form of a patch, from anywhere in it. */
export function rewritePatch({ document, analysis, range, proven }: ActionRequest): CodeAction[] {
  const at = document.offsetAt(range.start);
  const index = analysis.file.documents.findLastIndex(({ start }) => start <= at);
  const placed = analysis.findings.find(
    ({ finding, document }) => finding.rule === 'patch/form' && document === Math.max(index, 0),
  );
  const repairs = placed ? proveRepairs(analysis, placed, proven) : [];
  return repairs.map(({ title, edits }) => ({
    title,
    kind: CodeActionKind.RefactorRewrite,
    edit: toWorkspaceEdit(document, edits),
  }));
}
