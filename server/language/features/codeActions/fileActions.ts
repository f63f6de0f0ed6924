import { type CodeAction, CodeActionKind, type WorkspaceEdit } from 'vscode-languageserver';
import { imageIdOf } from '../../../rules/service/imageReferences.ts';
import { inputOf } from '../../../rules/service/importBody.ts';
import type { AnalyzedDocument } from '../../lsp/analyses.ts';
import { decodeUri } from '../../lsp/uris.ts';
import { chooseFolderCommand, copyImageCommand, repairDiskCommand } from '../../protocol.ts';
import type { Session } from '../feature.ts';
import { type ActionRequest, diagnosticsOf, disabled, findingsIn } from './action.ts';
import { converted, isConvertible } from './convert.ts';

/** Offers to choose a folder of another name for a disk that was not found; the client asks which. */
export function chooseFolder(request: ActionRequest): CodeAction[] {
  const { document, analysis, session } = request;
  if (!session.host.commands()) return [];
  return findingsIn(request, (rule) => rule === 'import/unchecked').flatMap((placed) => {
    const data = analysis.file.documents[placed.document]?.data ?? null;
    const [container = ''] = String(inputOf(data)['import_from']).split('/');
    if (container === '') return [];
    const title = `Choose the folder that stands for the container '${container}'…`;
    const command = { title, command: chooseFolderCommand, arguments: [document.uri, container] };
    const diagnostics = diagnosticsOf(request, [placed]);
    return [{ title, kind: CodeActionKind.QuickFix, diagnostics, isPreferred: true, command }];
  });
}

/** Offers to repair the disk of an import; the client does it, since a disk is not a text. */
export function repairDisk(request: ActionRequest): CodeAction[] {
  const { uri } = request.document;
  const { host, platform } = request.session;
  const findings = findingsIn(request, () => true).filter(({ finding }) => finding.curedBy === 'repairDisk');
  const [first] = findings;
  if (!first || !host.commands() || platform.toPath(uri) === undefined) return [];
  const title = 'Repair the disk…';
  const command = { title, command: repairDiskCommand, arguments: [uri, first.document] };
  return [{ title, kind: CodeActionKind.QuickFix, diagnostics: diagnosticsOf(request, findings), command }];
}

/** Offers to copy an image that only its owner exports; the client does it, in the cloud. */
export function copyImage(request: ActionRequest): CodeAction[] {
  const { document, analysis, session } = request;
  if (!session.host.commands()) return [];
  const findings = findingsIn(request, () => true).filter(({ finding }) => finding.curedBy === 'copyImage');
  const [first] = findings;
  const image = first && imageIdOf('export', analysis.file.documents[first.document]?.data ?? null);
  if (image === undefined || session.platform.toPath(document.uri) === undefined) return [];
  const title = 'Make an own copy of the image…';
  const command = { title, command: copyImageCommand, arguments: [image] };
  return [{ title, kind: CodeActionKind.QuickFix, diagnostics: diagnosticsOf(request, findings), command }];
}

/** Offers to rename a file with comments: it is not JSON, but JSONC. */
export async function renameToJsonc(request: ActionRequest): Promise<CodeAction[]> {
  const { session, client } = request;
  const { uri } = request.document;
  const findings = findingsIn(request, (rule) => rule === 'json/comment' || rule === 'json/trailing-comma');
  if (findings.length === 0 || !client.renamesFiles || !/\.json$/i.test(uri)) return [];
  const newUri = `${uri}c`;
  const path = session.platform.toPath(newUri);
  if (path === undefined || (await session.platform.files.status(path))) return [];
  return [
    {
      title: `Rename the file to ${decodeUri(newUri.slice(newUri.lastIndexOf('/') + 1))}`,
      kind: CodeActionKind.QuickFix,
      diagnostics: diagnosticsOf(request, findings),
      edit: { documentChanges: [{ kind: 'rename', oldUri: uri, newUri }] },
    },
  ];
}

/** Offers the other format. The text is worked out beforehand only for a client that cannot resolve and asks for nothing else. */
export async function convertFile(request: ActionRequest): Promise<CodeAction[]> {
  const { client, only } = request;
  const { file } = request.analysis;
  const { uri, version } = request.document;
  if (!client.createsFiles || !uri.startsWith('file:') || !isConvertible(file)) return [];
  if (!client.resolves && !only) return [];
  const title = `Convert to ${file.format === 'json' ? 'YAML' : 'JSON'}, as a new file`;
  const action: CodeAction = { title, kind: CodeActionKind.RefactorRewrite };
  if (client.resolves) return [{ ...action, data: { uri, version, convert: true } }];
  const whole = await withConversion(action, request, request.session);
  return whole.edit ? [whole] : [];
}

/** Completes an action with the manifest in the other format beside it; an existing file is never written over. */
export async function withConversion(
  action: CodeAction,
  { document, analysis }: AnalyzedDocument,
  { host, platform }: Session,
): Promise<CodeAction> {
  const result = converted(analysis.file, host.pathOrUri(document.uri));
  if (!result) return disabled(action, 'Not everything in this manifest can be written in the other format.');
  if (await platform.files.status(result.path)) return disabled(action, `${result.path} exists already.`);
  return { ...action, edit: toNewFile(platform.toUri(result.path), result.text) };
}

function toNewFile(uri: string, text: string): WorkspaceEdit {
  const start = { line: 0, character: 0 };
  return {
    documentChanges: [
      { kind: 'create', uri, options: { overwrite: false, ignoreIfExists: false } },
      { textDocument: { uri, version: null }, edits: [{ range: { start, end: start }, newText: text }] },
    ],
  };
}
