import { type CodeAction, CodeActionKind, LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import type { Feature } from '../feature.ts';
import type { ActionClient, ActionRequest, Deferred } from './action.ts';
import {
  chooseFolder,
  convertFile,
  copyImage,
  renameToJsonc,
  repairDisk,
  withConversion,
} from './fileActions.ts';
import { fixAllKind, offerFixAll, offerFixes, rewritePatch, withFixes } from './fixActions.ts';
import type { Proven } from './fixes.ts';
import { explainKind, ignoreFindings, ignoreKind, openRulePage } from './ignoreActions.ts';
import { moveBehindImport } from './moveBehindImport.ts';
import { removeWindows } from './removeWindows.ts';
import { fixTag, withRenamedTag } from './tagActions.ts';

type Provider = (request: ActionRequest) => CodeAction[] | Promise<CodeAction[]>;

const providers: readonly (readonly [kind: string, provide: Provider])[] = [
  [CodeActionKind.QuickFix, offerFixes],
  [CodeActionKind.QuickFix, fixTag],
  [CodeActionKind.QuickFix, chooseFolder],
  [CodeActionKind.QuickFix, repairDisk],
  [CodeActionKind.QuickFix, copyImage],
  [CodeActionKind.QuickFix, renameToJsonc],
  [CodeActionKind.QuickFix, moveBehindImport],
  [CodeActionKind.QuickFix, removeWindows],
  // Where there is no fix, this is what Enter takes: ignoring must be chosen.
  [explainKind, openRulePage],
  [ignoreKind, ignoreFindings],
  [fixAllKind, offerFixAll],
  [CodeActionKind.RefactorRewrite, rewritePatch],
  [CodeActionKind.RefactorRewrite, convertFile],
];

/**
 * Quick fixes of the findings in a range, "fix all of a kind", and the source action that takes every safe fix. To fix
 * all takes rounds of reading, so a client that can resolve gets that edit when the person chooses it.
 */
export const codeActions: Feature = (session) => {
  const { connection, analyses } = session;
  const proven: Proven = new WeakMap();
  let client: ActionClient = { resolves: false, createsFiles: false, renamesFiles: false };

  connection.onCodeAction(async ({ textDocument, range, context: { only } }): Promise<CodeAction[]> => {
    const analyzed = await analyses.current(textDocument.uri);
    if (!analyzed) return [];
    const request: ActionRequest = { ...analyzed, session, client, range, only, proven };
    const actions: CodeAction[] = [];
    for (const [kind, provide] of providers)
      if (!only || only.some((wanted) => kind === wanted || kind.startsWith(`${wanted}.`)))
        actions.push(...(await provide(request)));
    return actions;
  });

  connection.onCodeActionResolve(async (action) => {
    const deferred: Deferred | undefined = action.data;
    const analyzed = deferred && (await analyses.current(deferred.uri));
    if (analyzed?.document.version !== deferred?.version)
      throw new ResponseError(LSPErrorCodes.ContentModified, 'The text has changed since.');
    if (deferred?.tag) return refuseDisabled(await withRenamedTag(action, deferred.tag, session));
    if (!analyzed) return action;
    if (deferred?.convert) return refuseDisabled(await withConversion(action, analyzed, session));
    const whole = withFixes(action, analyzed, deferred?.rule);
    return deferred?.rule === undefined ? whole : refuseDisabled(whole);
  });

  return ({ textDocument, workspace }) => {
    const { resolveSupport, dataSupport } = textDocument?.codeAction ?? {};
    const operations = workspace?.workspaceEdit?.resourceOperations ?? [];
    client = {
      resolves: dataSupport === true && resolveSupport?.properties.includes('edit') === true,
      createsFiles: operations.includes('create'),
      renamesFiles: operations.includes('rename'),
    };
    const codeActionKinds = [CodeActionKind.QuickFix, fixAllKind, CodeActionKind.RefactorRewrite];
    return { codeActionProvider: { codeActionKinds, resolveProvider: true } };
  };
};

/** A client that chose an action must be told why it does nothing. */
function refuseDisabled(action: CodeAction): CodeAction {
  if (action.disabled) throw new ResponseError(LSPErrorCodes.RequestFailed, action.disabled.reason);
  return action;
}
