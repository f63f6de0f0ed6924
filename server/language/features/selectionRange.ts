import type { SelectionRange } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ManifestFile } from '../../manifests/file.ts';
import { type ManifestNode, type Member, pathAt } from '../../manifests/nodes.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { toRange } from '../lsp/convert.ts';
import type { Feature } from './feature.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

export const selectionRange: Feature = ({ connection, analyses }) => {
  connection.onSelectionRanges(async ({ textDocument, positions }) => {
    const analyzed = await analyses.current(textDocument.uri);
    if (!analyzed) return [];
    const { document, analysis } = analyzed;
    return positions.map((at) => toSelection(document, growSelections(analysis, document.offsetAt(at))));
  });
  return () => ({ selectionRangeProvider: true });
};

/** `spans` innermost first. */
function toSelection(document: TextDocument, spans: readonly Span[]): SelectionRange {
  const [outermost, ...inner] = [...spans].reverse();
  let selection: SelectionRange = { range: toRange(document, outermost?.start ?? 0, outermost?.end ?? 0) };
  for (const { start, end } of inner) selection = { range: toRange(document, start, end), parent: selection };
  return selection;
}

/** The selections that grow outwards from `offset`: key or value, its pair, what holds it, … the text. Innermost first. */
function growSelections({ file }: Analysis, offset: number): Span[] {
  const spans: Span[] = [{ start: 0, end: file.text.length }];
  const add = ({ start, end }: Span): void => {
    const outer = spans.at(-1);
    if (!outer || start < outer.start || end > outer.end || start > offset || end < offset) return;
    if (start !== outer.start || end !== outer.end) spans.push({ start, end });
  };
  const root = rootAt(file, offset);
  if (root) {
    const { steps, onKey } = pathAt(root, offset);
    for (const { node, member } of steps) {
      if (member) add(wholeOf(member));
      if (node !== steps.at(-1)?.node || !onKey) add(node);
    }
    const key = onKey ? steps.at(-1)?.member?.key : undefined;
    if (key) add(key);
  }
  return spans.reverse();
}

function rootAt(file: ManifestFile, offset: number): ManifestNode | undefined {
  return file.documents.find(({ root }) => root && offset >= root.start && offset <= root.end)?.root;
}

function wholeOf({ key, node }: Member): Span {
  return { start: key?.start ?? node.start, end: Math.max(node.end, key?.end ?? 0) };
}
