import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  LSPErrorCodes,
  type Range,
  ResponseError,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { show } from '../../../rules/service/attributes.ts';
import { inputOf } from '../../../rules/service/importBody.ts';
import { urlSafe } from '../../../rules/service/tagNames.ts';
import type { Analysis } from '../../analysis/analysis.ts';
import type { PlacedFinding } from '../../analysis/placedFinding.ts';
import type { Workspace } from '../../index/workspaceManifests.ts';
import { toDiagnostic, toEdit, toNewFile } from '../../lsp/toLsp.ts';
import { decoded, localPath, pathOf } from '../../lsp/uris.ts';
import { chooseFolderCommand } from '../../protocol.ts';
import { problemOf } from '../diagnostics.ts';
import type { Feature, Known } from '../feature.ts';
import { converted, isConvertible } from './convert.ts';
import { fixAll, hasSafeFix, type Proven, repairsAt, repairsOf } from './fixes.ts';

/** What resolving needs to know: the version the action was offered for, and one rule or all; or another change. */
interface Deferred {
  readonly uri: string;
  readonly version: number;
  readonly rule?: string;
  readonly convert?: true;
  readonly tag?: { readonly name: string; readonly to: string };
}

/**
 * Quick fixes of the findings in a range, "fix all of a kind", and the source action that takes every safe fix. To fix
 * all takes rounds of reading, so a client that can resolve gets that edit when the person chooses it.
 */
export const codeActions =
  (rulesPage: string, workspace: Workspace): Feature =>
  ({ connection, host, analysisOf }) => {
    let lazy = false;
    let creates = false;
    let renames = false;
    const proven: Proven = new WeakMap();

    connection.onCodeAction(async (parameters): Promise<CodeAction[]> => {
      const known = await analysisOf(parameters.textDocument.uri);
      if (!known) return [];
      const { only } = parameters.context;
      const wants = (kind: string) => !only || only.some((one) => kind === one || kind.startsWith(`${one}.`));
      return [
        ...(wants(CodeActionKind.QuickFix) ? quickFixes(known, parameters) : []),
        ...(wants(CodeActionKind.QuickFix) ? await tagFixes(known, parameters) : []),
        ...(host.commands() && wants(CodeActionKind.QuickFix) ? folderFixes(known, parameters) : []),
        ...(renames && wants(CodeActionKind.QuickFix) ? await jsoncFixes(known, parameters) : []),
        ...(wants(fixAllKind) ? fixAlls(known) : []),
        ...(wants(CodeActionKind.RefactorRewrite) ? rewrites(known, parameters) : []),
        ...(creates && wants(CodeActionKind.RefactorRewrite) ? await conversions(known, only) : []),
      ];
    });

    connection.onCodeActionResolve(async (action) => {
      const deferred: Deferred | undefined = action.data;
      const known = deferred && (await analysisOf(deferred.uri));
      if (known?.document.version !== deferred?.version)
        throw new ResponseError(LSPErrorCodes.ContentModified, 'The text has changed since.');
      if (deferred?.tag) return notRefused(await withRename(action, deferred.tag));
      if (known && deferred?.convert) return notRefused(await withConversion(action, known));
      if (!known) return action;
      const whole = withEdit(action, known, deferred?.rule);
      return deferred?.rule === undefined ? whole : notRefused(whole);
    });

    function quickFixes({ document, analysis }: Known, { range }: CodeActionParams): CodeAction[] {
      const repairs = repairsAt(
        analysis,
        document.offsetAt(range.start),
        document.offsetAt(range.end),
        proven,
      );
      const single = repairs.map(({ title, edits, finding, preferred }) => ({
        title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [toDiagnostic(document, problemOf(finding), rulesPage)],
        isPreferred: preferred,
        edit: toEdit(document, edits),
      }));
      const rules = new Set(repairs.map(({ finding }) => finding.finding.rule));
      const several = [...rules].filter((rule) => hasSafeFix(analysis, rule, 2));
      return [
        ...single,
        ...several.flatMap((rule) => {
          const title = `Fix all '${rule}' problems in this file`;
          return offered({ title, kind: CodeActionKind.QuickFix }, { document, analysis }, rule);
        }),
      ];
    }

    /** A disk that was not found may lie in a folder of another name; the client asks which. */
    function folderFixes({ document, analysis }: Known, { range }: CodeActionParams): CodeAction[] {
      return findingsIn(analysis, document, range).flatMap((placed) => {
        const data = analysis.file.documents[placed.document]?.data ?? null;
        const [container = ''] = String(inputOf(data)['import_from']).split('/');
        if (placed.finding.rule !== 'import/unchecked' || container === '') return [];
        const title = `Choose the folder that stands for the container '${container}'…`;
        const command = { title, command: chooseFolderCommand, arguments: [document.uri, container] };
        const diagnostics = [toDiagnostic(document, problemOf(placed), rulesPage)];
        return [{ title, kind: CodeActionKind.QuickFix, diagnostics, isPreferred: true, command }];
      });
    }

    /** A file with comments is none of JSON, but one of JSONC. */
    async function jsoncFixes(
      { document, analysis }: Known,
      { range }: CodeActionParams,
    ): Promise<CodeAction[]> {
      const marked = findingsIn(analysis, document, range).filter(({ finding }) =>
        ['json/comment', 'json/trailing-comma'].includes(finding.rule),
      );
      const { uri } = document;
      if (marked.length === 0 || localPath(uri) === undefined || !/\.json$/i.test(uri)) return [];
      const newUri = `${uri}c`;
      if (await exists(pathOf(newUri))) return [];
      return [
        {
          title: `Rename the file to ${decoded(newUri.slice(newUri.lastIndexOf('/') + 1))}`,
          kind: CodeActionKind.QuickFix,
          diagnostics: marked.map((placed) => toDiagnostic(document, problemOf(placed), rulesPage)),
          edit: { documentChanges: [{ kind: 'rename', oldUri: uri, newUri }] },
        },
      ];
    }

    /** The new form of a patch, from anywhere in it. */
    function rewrites({ document, analysis }: Known, { range }: CodeActionParams): CodeAction[] {
      const at = document.offsetAt(range.start);
      const index = analysis.file.documents.findLastIndex(({ start }) => start <= at);
      const placed = analysis.findings.find(
        (one) => one.finding.rule === 'patch/form' && one.document === Math.max(index, 0),
      );
      const repairs = placed ? repairsOf(analysis, placed, proven) : [];
      return repairs.map(({ title, edits }) => ({
        title,
        kind: CodeActionKind.RefactorRewrite,
        edit: toEdit(document, edits),
      }));
    }

    /** The URL-safe form of a tag for every manifest that has the tag (DECISIONS 10). */
    async function tagFixes(
      { document, analysis }: Known,
      { range }: CodeActionParams,
    ): Promise<CodeAction[]> {
      const marked = findingsIn(analysis, document, range).filter(
        ({ finding }) => finding.rule === 'tag/url-safe',
      );
      const actions: CodeAction[] = [];
      for (const placed of marked) {
        const [mention] = workspace.mentionsIn(
          analysis,
          ({ what, start, end }, from) =>
            what === 'tag' && start + from >= placed.start && end + from <= placed.end,
        );
        const to = mention && urlSafe(mention.name);
        if (!mention || to === undefined) continue;
        const { name } = mention;
        const found = await workspace.mentions(
          (other) => other.what === 'tag' && (other.name === name || other.name === to),
        );
        const filesOf = (tag: string) =>
          new Set(found.flatMap(({ mention, location }) => (mention.name === tag ? location.uri : [])));
        const files = filesOf(name);
        if (files.size < 2) continue;
        // Where one image has both, which this does not tell, one of them goes.
        const drops = [...filesOf(to)].some((file) => files.has(file)) ? ', dropping duplicates' : '';
        const title = `Fix in workspace: ${show(name)} to '${to}' in ${files.size} files${drops}`;
        const diagnostics = [toDiagnostic(document, problemOf(placed), rulesPage)];
        const action: CodeAction = { title, kind: CodeActionKind.QuickFix, diagnostics };
        const tag = { name, to };
        const { uri, version } = document;
        actions.push(lazy ? { ...action, data: { uri, version, tag } } : await withRename(action, tag));
      }
      return actions;
    }

    async function withRename(action: CodeAction, tag: { name: string; to: string }): Promise<CodeAction> {
      const documentChanges = await workspace.rename({ what: 'tag', name: tag.name }, tag.to);
      return 'refused' in documentChanges
        ? { ...action, disabled: { reason: documentChanges.refused } }
        : { ...action, edit: { documentChanges } };
    }

    /** Worked out beforehand only for a client that cannot resolve and asks for nothing else. */
    async function conversions(known: Known, only: string[] | undefined): Promise<CodeAction[]> {
      const { file } = known.analysis;
      const { uri, version } = known.document;
      if (!uri.startsWith('file:') || !isConvertible(file) || (!lazy && !only)) return [];
      const title = `Convert to ${file.format === 'json' ? 'YAML' : 'JSON'}, as a new file`;
      const action: CodeAction = { title, kind: CodeActionKind.RefactorRewrite };
      if (lazy) return [{ ...action, data: { uri, version, convert: true } }];
      const whole = await withConversion(action, known);
      return whole.edit ? [whole] : [];
    }

    function fixAlls(known: Known): CodeAction[] {
      if (!hasSafeFix(known.analysis, undefined, 1)) return [];
      return offered({ title: 'Fix all that can be fixed without a choice', kind: fixAllKind }, known);
    }

    function offered(action: CodeAction, known: Known, rule?: string): CodeAction[] {
      const { uri, version } = known.document;
      if (lazy) return [{ ...action, data: { uri, version, ...(rule === undefined ? {} : { rule }) } }];
      const whole = withEdit(action, known, rule);
      return whole.edit ? [whole] : [];
    }

    return ({ textDocument, workspace: client }) => {
      const { resolveSupport, dataSupport } = textDocument?.codeAction ?? {};
      lazy = dataSupport === true && resolveSupport?.properties.includes('edit') === true;
      creates = client?.workspaceEdit?.resourceOperations?.includes('create') === true;
      renames = client?.workspaceEdit?.resourceOperations?.includes('rename') === true;
      const codeActionKinds = [CodeActionKind.QuickFix, fixAllKind, CodeActionKind.RefactorRewrite];
      return { codeActionProvider: { codeActionKinds, resolveProvider: true } };
    };
  };

const fixAllKind = 'source.fixAll.cloudImages';

function withEdit(action: CodeAction, { document, analysis }: Known, rule: string | undefined): CodeAction {
  const edit = fixAll(analysis, rule);
  return edit
    ? { ...action, edit: toEdit(document, [edit]) }
    : { ...action, disabled: { reason: 'No fix is left that changes nothing else.' } };
}

/** The manifest in the other format beside it; an existing file is never written over. */
async function withConversion(action: CodeAction, { document, analysis }: Known): Promise<CodeAction> {
  const result = converted(analysis.file, pathOf(document.uri));
  if (!result)
    return {
      ...action,
      disabled: { reason: 'Not everything in this manifest can be written in the other format.' },
    };
  if (await exists(result.path)) return { ...action, disabled: { reason: `${result.path} exists already.` } };
  return { ...action, edit: toNewFile(pathToFileURL(result.path).href, result.text) };
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function findingsIn(analysis: Analysis, document: TextDocument, { start, end }: Range): PlacedFinding[] {
  const [from, to] = [document.offsetAt(start), document.offsetAt(end)];
  return analysis.findings.filter((placed) => placed.start <= to && placed.end >= from);
}

/** A client that chose an action must be told why it does nothing. */
function notRefused(action: CodeAction): CodeAction {
  if (action.disabled) throw new ResponseError(LSPErrorCodes.RequestFailed, action.disabled.reason);
  return action;
}
