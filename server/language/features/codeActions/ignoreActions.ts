import { type CodeAction, CodeActionKind } from 'vscode-languageserver';
import { textEdits } from '../../../manifests/edits/textEdits.ts';
import { decodeText } from '../../../manifests/encoding.ts';
import type { ManifestFile } from '../../../manifests/file.ts';
import type { TextEdit } from '../../../manifests/nodes.ts';
import { readManifest } from '../../../manifests/read.ts';
import { anchorOf } from '../../../rules/page.ts';
import { findProjectFile, projectName } from '../../../workspace/projectFile.ts';
import { maximumManifestBytes } from '../../../workspace/textFile.ts';
import type { PlacedFinding } from '../../analysis/placedFinding.ts';
import { toTextEdits, toWorkspaceEdit } from '../../lsp/convert.ts';
import { openRuleCommand } from '../../protocol.ts';
import { type ActionRequest, diagnosticsOf, findingsIn } from './action.ts';
import { proveText } from './fixes.ts';

/** Kinds of their own, so that who asks for repairs alone can tell these apart. */
export const ignoreKind = `${CodeActionKind.QuickFix}.ignore`;
export const explainKind = `${CodeActionKind.QuickFix}.explain`;

/** The findings of a range, of each rule the first. */
function firstOfRules(request: ActionRequest): PlacedFinding[] {
  const byRule = new Map<string, PlacedFinding>();
  for (const placed of findingsIn(request, () => true))
    if (!byRule.has(placed.finding.rule)) byRule.set(placed.finding.rule, placed);
  return [...byRule.values()];
}

/** Offers the page of each rule that was broken. */
export function openRulePage(request: ActionRequest): CodeAction[] {
  const { session } = request;
  if (!session.host.commands()) return [];
  return firstOfRules(request).map((placed) => {
    const { rule } = placed.finding;
    const title = `Open the page of '${rule}'`;
    const command = {
      title,
      command: openRuleCommand,
      arguments: [`${session.rulesPage}#${anchorOf(rule)}`],
    };
    return { title, kind: explainKind, diagnostics: diagnosticsOf(request, [placed]), command };
  });
}

/** Offers to ignore what was found: by a comment at its place or for its file, or in the settings of the project. */
export async function ignoreFindings(request: ActionRequest): Promise<CodeAction[]> {
  const { analysis, document } = request;
  const actions: CodeAction[] = [];
  for (const placed of firstOfRules(request)) {
    const { rule } = placed.finding;
    // Comments of an opened live image are not kept; an unused one is to be removed.
    if (rule === 'manifest/unused-suppression') continue;
    const common = { kind: ignoreKind, diagnostics: diagnosticsOf(request, [placed]) };
    const comments = isCommented(analysis.file) && !document.uri.startsWith('cloud-image:');
    for (const [where, edit] of comments
      ? [
          ['here', commentHere(analysis.file, placed)] as const,
          ['in this file', commentInFile(analysis.file, rule)] as const,
        ]
      : []) {
      const title = `Ignore '${rule}' ${where}`;
      const proven = proveText(analysis, placed, title, [edit]);
      if (proven) actions.push({ title, ...common, edit: toWorkspaceEdit(document, proven.edits) });
    }
    const inProject = await offerInProject(request, rule);
    if (inProject) actions.push({ ...inProject, ...common });
  }
  return actions;
}

/** JSON has no comments but in `.jsonc`, which its path says. */
function isCommented({ format, path }: ManifestFile): boolean {
  return format === 'yaml' || /\.jsonc$/i.test(path);
}

/** A line above the finding's, as far in as it; or one more rule in the comment that is there already. */
function commentHere({ text, format }: ManifestFile, { finding: { rule }, start }: PlacedFinding): TextEdit {
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const above = text.slice(text.lastIndexOf('\n', line - 2) + 1, line).trimEnd();
  if (/(?:#|\/\/)\s*cloud-images-ignore-next-line[ \t]/.test(above)) {
    const end = text.lastIndexOf('\n', line - 2) + 1 + above.length;
    return { start: end, end, text: ` ${rule}` };
  }
  const [indent = ''] = /^\ufeff?[ \t]*/.exec(text.slice(line, start)) ?? [];
  const at = line + (indent.startsWith('\ufeff') ? 1 : 0);
  const own = `${indent.replace('\ufeff', '')}${mark(format)} cloud-images-ignore-next-line ${rule}`;
  return { start: at, end: at, text: own + breakOf(text) };
}

function commentInFile({ text, format }: ManifestFile, rule: string): TextEdit {
  const known = /^\ufeff?(?:#|\/\/)\s*cloud-images-ignore-file[ \t][^\r\n]*?(?=[ \t]*(?:\r?\n|$))/.exec(
    text,
  )?.[0];
  if (known !== undefined) return { start: known.length, end: known.length, text: ` ${rule}` };
  const at = text.startsWith('\ufeff') ? 1 : 0;
  return { start: at, end: at, text: `${mark(format)} cloud-images-ignore-file ${rule}${breakOf(text)}` };
}

function mark(format: ManifestFile['format']): string {
  return format === 'yaml' ? '#' : '//';
}

function breakOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** The rule's severity `off` in the project file that holds for the manifest, or in a new one in its workspace folder. */
async function offerInProject(
  { document, session: { platform, host, positions, documents }, client }: ActionRequest,
  rule: string,
): Promise<Pick<CodeAction, 'title' | 'edit'> | undefined> {
  const title = `Ignore '${rule}' in this project`;
  const path = platform.toPath(document.uri);
  if (path === undefined) return undefined;
  const { path: paths } = platform.files;
  const root = host.roots().find((folder) => !paths.relative(folder, path).startsWith('..'));
  const read = async (file: string) =>
    documents.get(platform.toUri(file))?.getText() ??
    platform.files.readBytes(file, maximumManifestBytes).then(
      (bytes) => decodeText(bytes).text,
      () => undefined,
    );
  const found = await findProjectFile(path, root, paths, read);
  const uri = platform.toUri(paths.join(found?.folder ?? root ?? paths.dirname(path), projectName));
  if (!found) {
    if (!client.createsFiles) return undefined;
    const text = `${JSON.stringify({ severities: { [rule]: 'off' } }, null, 2)}\n`;
    const start = { line: 0, character: 0 };
    const edits = [{ range: { start, end: start }, newText: text }];
    const options = { overwrite: false, ignoreIfExists: false };
    return {
      title,
      edit: {
        documentChanges: [
          { kind: 'create', uri, options },
          { textDocument: { uri, version: null }, edits },
        ],
      },
    };
  }
  const file = readManifest({ text: found.text, path: projectName });
  const edits = editProject(file, rule);
  const version = documents.get(uri)?.version ?? null;
  const changed = edits && toTextEdits(positions.create(uri, 'json', 0, found.text), edits);
  return (
    changed && { title, edit: { documentChanges: [{ textDocument: { uri, version }, edits: changed }] } }
  );
}

function editProject(file: ManifestFile, rule: string): TextEdit[] | undefined {
  const [document] = file.documents;
  if (!document) return undefined;
  const pointer = `/severities/${rule.replaceAll('/', '~1')}`;
  return (
    textEdits(file, document, [{ do: 'set', pointer, value: 'off' }]) ??
    textEdits(file, document, [{ do: 'set', pointer: '/severities', value: { [rule]: 'off' } }])
  );
}
