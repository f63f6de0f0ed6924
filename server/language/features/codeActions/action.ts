import type { CodeAction, CodeActionParams, Diagnostic } from 'vscode-languageserver';
import type { FindingId } from '../../../rules/ids.ts';
import type { PlacedFinding } from '../../analysis/placedFinding.ts';
import { toProblem } from '../../analysis/problems.ts';
import type { AnalyzedDocument } from '../../lsp/analyses.ts';
import { toDiagnostic } from '../../lsp/convert.ts';
import type { Session } from '../feature.ts';
import type { Proven } from './fixes.ts';

/** A request for the actions in a range of a document. */
export interface ActionRequest extends AnalyzedDocument {
  readonly session: Session;
  readonly client: ActionClient;
  readonly range: CodeActionParams['range'];
  readonly only: readonly string[] | undefined;
  readonly proven: Proven;
}

export interface ActionClient {
  /** True where the edit of an action is asked for when the person chooses it. */
  readonly resolves: boolean;
  readonly createsFiles: boolean;
  readonly renamesFiles: boolean;
}

/** Carried by an action until it is resolved: the version it was offered for, and one rule or all; or another change. */
export interface Deferred {
  readonly uri: string;
  readonly version: number;
  readonly rule?: string;
  readonly convert?: true;
  readonly tag?: { readonly name: string; readonly to: string };
}

/** The findings of some rules that the range touches. */
export function findingsIn(
  { analysis, document, range }: ActionRequest,
  wanted: (rule: FindingId) => boolean,
): PlacedFinding[] {
  const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
  return analysis.findings.filter(
    ({ start, end, finding }) => start <= to && end >= from && wanted(finding.rule),
  );
}

export function diagnosticsOf(
  { document, session }: ActionRequest,
  findings: readonly PlacedFinding[],
): Diagnostic[] {
  return findings.map((placed) => toDiagnostic(document, toProblem(placed), session.rulesPage));
}

export function disabled(action: CodeAction, reason: string): CodeAction {
  return { ...action, disabled: { reason } };
}
