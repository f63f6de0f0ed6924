import { tokensOf } from '../../rules/json.ts';
import type { ManifestDocument } from '../file.ts';
import { findMember, type TextEdit } from '../nodes.ts';

/** As LSP has it: none reaches into another, and what is put at one place stands in the order of the list. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** Where a pointer leads in the text: the key or the value, or the nearest thing above it that is there. */
export function placeOf(
  document: Pick<ManifestDocument, 'root' | 'start'>,
  pointer: string,
  onKey = false,
): { start: number; end: number } {
  const { root } = document;
  if (!root) return { start: document.start, end: document.start };
  const tokens = tokensOf(pointer);
  for (let length = tokens.length; length > 0; length--) {
    const found = findMember(root, tokens.slice(0, length));
    if (!found) continue;
    const { key, node } = found.member;
    return key && (onKey || length < tokens.length || node.start === node.end)
      ? key
      : { start: node.start, end: node.end };
  }
  return firstPlace(root);
}

/** A finding about a whole document stands on its first key, not on all of its text. */
function firstPlace(root: NonNullable<ManifestDocument['root']>): { start: number; end: number } {
  const [first] = root.members;
  return (
    first?.key ??
    (first ? { start: first.node.start, end: first.node.end } : { start: root.start, end: root.end })
  );
}

export function overlap(edits: readonly TextEdit[]): boolean {
  const sorted = edits.toSorted((a, b) => a.start - b.start);
  return sorted.some((edit, at) => at > 0 && edit.start < (sorted[at - 1]?.end ?? 0));
}
