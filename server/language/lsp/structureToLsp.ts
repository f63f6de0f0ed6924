import {
  type DocumentSymbol,
  type FoldingRange,
  FoldingRangeKind,
  type TextEdit as LspTextEdit,
  type Range,
  type SelectionRange,
  type SymbolInformation,
  SymbolKind,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextEdit } from '../../manifests/nodes.ts';
import type { OutlineNode } from '../features/documentSymbol.ts';
import type { Fold } from '../features/foldingRange.ts';
import type { Span } from '../features/selectionRange.ts';
import type { Mention } from '../index/mentions.ts';

/** The border to LSP, of the answers about the structure of a document and of the workspace. */

const symbolKinds: Readonly<Record<OutlineNode['is'], SymbolKind>> = {
  image: SymbolKind.Object,
  images: SymbolKind.Array,
  import: SymbolKind.File,
  patch: SymbolKind.Package,
  operation: SymbolKind.Operator,
  section: SymbolKind.Field,
};

export function rangeOf(document: TextDocument, start: number, end: number): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

/** For a file whose text is not kept; `lines` are the offsets at which lines begin. */
export function rangeIn(lines: Uint32Array, start: number, end: number): Range {
  const position = (offset: number) => {
    let low = 0;
    for (let high = lines.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((lines[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low, character: offset - (lines[low] ?? 0) };
  };
  return { start: position(start), end: position(end) };
}

export function toTextEdits(document: TextDocument, edits: readonly TextEdit[]): LspTextEdit[] {
  return edits.map(({ start, end, text }) => ({ range: rangeOf(document, start, end), newText: text }));
}

export const mentionKinds: Readonly<Record<Mention['what'], SymbolKind>> = {
  image: SymbolKind.Object,
  property: SymbolKind.Property,
  tag: SymbolKind.Key,
};

export function toSymbol(document: TextDocument, node: OutlineNode): DocumentSymbol {
  return {
    name: node.name,
    detail: node.detail,
    kind: symbolKinds[node.is],
    range: rangeOf(document, node.start, node.end),
    selectionRange: rangeOf(document, node.nameStart, node.nameEnd),
    children: node.children.map((child) => toSymbol(document, child)),
  };
}

/** For clients that take no tree. */
export function toFlatSymbols(
  document: TextDocument,
  nodes: readonly OutlineNode[],
  containerName = '',
): SymbolInformation[] {
  return nodes.flatMap((node) => {
    const location = { uri: document.uri, range: rangeOf(document, node.start, node.end) };
    const symbol = { name: node.name, kind: symbolKinds[node.is], location, containerName };
    return [symbol, ...toFlatSymbols(document, node.children, node.name)];
  });
}

export function toFolds(document: TextDocument, folds: readonly Fold[], limit: number): FoldingRange[] {
  const lines = new Set<number>();
  const ranges: FoldingRange[] = [];
  for (const { start, end, comment } of folds) {
    const startLine = document.positionAt(start).line;
    const endLine = document.positionAt(end).line;
    if (endLine <= startLine || lines.has(startLine) || ranges.length >= limit) continue;
    lines.add(startLine);
    ranges.push({ startLine, endLine, ...(comment ? { kind: FoldingRangeKind.Comment } : {}) });
  }
  return ranges.sort((a, b) => a.startLine - b.startLine);
}

/** `spans` innermost first. */
export function toSelection(document: TextDocument, spans: readonly Span[]): SelectionRange {
  const [outermost, ...inner] = [...spans].reverse();
  let selection: SelectionRange = { range: rangeOf(document, outermost?.start ?? 0, outermost?.end ?? 0) };
  for (const { start, end } of inner) selection = { range: rangeOf(document, start, end), parent: selection };
  return selection;
}
