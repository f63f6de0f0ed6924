import { type CodeAction, CodeActionKind } from 'vscode-languageserver';
import { textEdits } from '../../../manifests/edits/textEdits.ts';
import type { ManifestFile } from '../../../manifests/file.ts';
import type { TextEdit } from '../../../manifests/nodes.ts';
import { windowsDeclarations } from '../../../rules/families/windows.ts';
import type { PlacedFinding } from '../../analysis/placedFinding.ts';
import { toWorkspaceEdit } from '../../lsp/convert.ts';
import { type ActionRequest, diagnosticsOf, findingsIn } from './action.ts';

/** Offers to remove what the documents behind an import say of Windows, by which the import is refused. */
export function removeWindows(request: ActionRequest): CodeAction[] {
  const { analysis, document } = request;
  const [first] = findingsIn(request, (rule) => rule === 'import/windows');
  const edits = first && removeDeclarations(analysis.file, first);
  if (!first || !edits || edits.length === 0) return [];
  const title = 'Remove what the documents behind the import say of Windows';
  const diagnostics = diagnosticsOf(request, [first]);
  return [{ title, kind: CodeActionKind.QuickFix, diagnostics, edit: toWorkspaceEdit(document, edits) }];
}

/** Undefined where one of them cannot be removed without changing anything else. */
function removeDeclarations(file: ManifestFile, { document: index }: PlacedFinding): TextEdit[] | undefined {
  const edits: TextEdit[] = [];
  for (const document of file.documents.slice(index + 1)) {
    if (document.kind !== 'image' && document.kind !== 'patch') continue;
    const removals = windowsDeclarations(document.kind, document.data).map(
      ({ pointer }) => ({ do: 'remove', pointer }) as const,
    );
    const own = removals.length === 0 ? [] : textEdits(file, document, removals);
    if (!own) return undefined;
    edits.push(...own);
  }
  return edits;
}
