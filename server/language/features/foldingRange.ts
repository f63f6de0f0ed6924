import { type FoldingRange, FoldingRangeKind } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ManifestNode, Member } from '../../manifests/nodes.ts';
import type { Analysis } from '../analysis/analysis.ts';
import type { Feature } from './feature.ts';

/** Text that can be folded away: what stays visible is the line of `start`; the line of `end` is the last folded one. */
export interface Fold {
  readonly start: number;
  readonly end: number;
  readonly comment: boolean;
}

export const foldingRange: Feature = ({ connection, analyses }) => {
  let limit = Number.POSITIVE_INFINITY;
  connection.onFoldingRanges(async ({ textDocument }) => {
    const analyzed = await analyses.current(textDocument.uri);
    return analyzed ? toFoldingRanges(analyzed.document, findFolds(analyzed.analysis), limit) : [];
  });
  return ({ textDocument }) => {
    limit = textDocument?.foldingRange?.rangeLimit ?? limit;
    return { foldingRangeProvider: true };
  };
};

function toFoldingRanges(document: TextDocument, folds: readonly Fold[], limit: number): FoldingRange[] {
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

/** Outer folds first, so that a client's limit cuts the innermost. */
export function findFolds({ file }: Analysis): Fold[] {
  const { text } = file;
  const folds: (Fold & { depth: number })[] = commentsOf(text).map((fold) => ({ ...fold, depth: 0 }));
  const visit = (node: ManifestNode, start: number, depth: number): void => {
    const end = node.flow ? beforeClosing(text, node) : contentEnd(text, node.end);
    if (depth > 0 || node.flow || file.documents.length > 1) {
      if (text.slice(start, end).includes('\n')) folds.push({ start, end, comment: false, depth });
    }
    for (const member of node.members) {
      if (member.node.type !== 'scalar' || isBlock(member, text))
        visit(member.node, startOf(member), depth + 1);
    }
  };
  for (const { root } of file.documents) if (root && root.type !== 'scalar') visit(root, root.start, 0);
  return folds
    .sort((a, b) => a.depth - b.depth || a.start - b.start)
    .map(({ start, end, comment }) => ({ start, end, comment }));
}

/** A closing bracket that stands first on its line stays visible. */
function beforeClosing(text: string, { start, end }: ManifestNode): number {
  const line = text.lastIndexOf('\n', end - 1);
  return line > start && text.slice(line, end - 1).trim() === ''
    ? line - (text[line - 1] === '\r' ? 1 : 0)
    : end;
}

/** Block scalars (`|`, `>`) end with their line break; the fold does not. */
function contentEnd(text: string, end: number): number {
  let at = end;
  while (/\s/.test(text[at - 1] ?? '')) at--;
  return at;
}

function isBlock({ node }: Member, text: string): boolean {
  return node.type === 'scalar' && text.slice(node.start, node.end).includes('\n');
}

function startOf({ key, node }: Member): number {
  return key?.start ?? node.start;
}

/** Two comment lines or more in a row. */
function commentsOf(text: string): Fold[] {
  const runs = text.matchAll(/^[ \t]*(?:#|\/\/).*(?:\r?\n[ \t]*(?:#|\/\/).*)+/gm);
  return [...runs].map((run) => ({ start: run.index, end: run.index + run[0].length, comment: true }));
}
