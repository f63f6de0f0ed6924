import { tokensOf } from '../rules/pointers.ts';
import type { DataEdit } from '../rules/types.ts';
import { jsonEdit } from './jsonEdits.ts';
import { findMember, type ManifestDocument, type ManifestFile } from './nodes.ts';
import { yamlEdit } from './yamlEdits.ts';

/** A replacement of text; offsets as in `ManifestNode`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Edits of data as edits of the text, all else untouched. Undefined where one of them has no place in the document. */
export function textEdits(
  file: ManifestFile,
  document: ManifestDocument,
  edits: readonly DataEdit[],
): TextEdit[] | undefined {
  const result: TextEdit[] = [];
  for (const edit of edits) {
    const one =
      file.format === 'json' ? jsonEdit(file.text, document, edit) : yamlEdit(file.text, document, edit);
    if (!one) return undefined;
    result.push(...one);
  }
  return overlap(result) ? undefined : result;
}

export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = text;
  for (const edit of [...edits].sort((a, b) => b.start - a.start))
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  return result;
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
  const sorted = [...edits].sort((a, b) => a.start - b.start);
  return sorted.some((edit, at) => at > 0 && edit.start < (sorted[at - 1]?.end ?? 0));
}
