import * as vscode from 'vscode';
import type { Rehearsed } from '../../server/commands/rehearsal.ts';
import { describeError } from '../ui/errors.ts';

/** What a run has exercised: which rules had something to say, and which documents made requests. */
export interface Exercised {
  /** `start`: where the document begins in its text. */
  add(manifest: vscode.Uri, rehearsed: Rehearsed, start: vscode.Position): void;
  /** Gives it to the run, the rules at the headings of their page. */
  report(run: vscode.TestRun): Promise<void>;
}

export function openExercised(rulesPage: vscode.Uri, log: vscode.LogOutputChannel): Exercised {
  const rules = new Map<string, number>();
  const documents = new Map<string, Map<number, { readonly start: vscode.Position; count: number }>>();
  return {
    add(manifest, { document, outcome, rules: found }, start) {
      for (const rule of found) rules.set(rule, (rules.get(rule) ?? 0) + 1);
      const ofFile = documents.get(manifest.toString()) ?? new Map();
      documents.set(manifest.toString(), ofFile);
      const before = ofFile.get(document)?.count ?? 0;
      ofFile.set(document, { start, count: before + (outcome === 'not rehearsed' ? 0 : 1) });
    },
    async report(run) {
      for (const [uri, ofFile] of documents)
        run.addCoverage(
          new DetailedCoverage(
            vscode.Uri.parse(uri),
            [...ofFile.values()].map(({ start, count }) => new vscode.StatementCoverage(count, start)),
          ),
        );
      try {
        const page = await vscode.workspace.openTextDocument(rulesPage);
        run.addCoverage(new DetailedCoverage(rulesPage, findRules(page.getText(), rules)));
      } catch (error) {
        log.warn(`The page of rules cannot be read: ${describeError(error)}`);
      }
    },
  };
}

/** Coverage that knows its details, so that none are asked for later. */
class DetailedCoverage extends vscode.FileCoverage {
  readonly details: readonly vscode.FileCoverageDetail[];

  constructor(uri: vscode.Uri, details: vscode.FileCoverageDetail[]) {
    const { statementCoverage, branchCoverage, declarationCoverage } = vscode.FileCoverage.fromDetails(
      uri,
      details,
    );
    super(uri, statementCoverage, branchCoverage, declarationCoverage);
    this.details = details;
  }
}

/** Finds each rule's heading; the rule counts as a declaration, and its heading as the statement. */
function findRules(page: string, exercised: ReadonlyMap<string, number>): vscode.FileCoverageDetail[] {
  return page.split('\n').flatMap((text, line) => {
    const rule = /^#+ `?([a-z-]+\/[a-z-]+)`?\s*$/.exec(text)?.[1];
    if (rule === undefined) return [];
    const at = new vscode.Range(line, 0, line, text.length);
    const count = exercised.get(rule) ?? 0;
    return [new vscode.DeclarationCoverage(rule, count, at), new vscode.StatementCoverage(count, at)];
  });
}
