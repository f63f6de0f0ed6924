import { tokensOf } from '../../rules/json.ts';
import type { DataEdit } from '../../rules/rule.ts';
import type { ManifestDocument, ManifestFile } from '../file.ts';
import { findMember, type TextEdit } from '../nodes.ts';
import { readAgain } from '../read.ts';
import { applyEdits, overlap } from './applyEdits.ts';
import { applyDataEdits, sameData } from './dataEdits.ts';

/** Edits of the text of one document, and what they are to do to its data. */
export interface PlannedEdits {
  readonly document: number;
  readonly edits: readonly DataEdit[];
  readonly text: readonly TextEdit[];
}

/**
 * The file as it is after edits of its text, where its data has changed as it is to and no problem has come up; undefined
 * where it has not, as with an anchor that is used elsewhere: how an edit turns out only reading it again can tell.
 */
export function readEdited(file: ManifestFile, planned: readonly PlannedEdits[]): ManifestFile | undefined {
  const all = planned.flatMap(({ text }) => text);
  if (overlap(all)) return undefined;
  const after = readAgain(file, applyEdits(file.text, all));
  if (after.documents.length !== file.documents.length) return undefined;
  const byDocument = new Map<number, DataEdit[]>();
  for (const { document, edits } of planned) {
    const own = byDocument.get(document) ?? [];
    own.push(...edits);
    byDocument.set(document, own);
  }
  const fits = file.documents.every((document, index) => {
    const own = byDocument.get(index) ?? [];
    const now = after.documents[index];
    if (own.length === 0 && document.unit && document.unit === now?.unit) return true;
    const expected = applyDataEdits(document.data, own, (pointer, onKey) =>
      spelledAt(file, document, pointer, onKey),
    );
    return (
      now !== undefined &&
      now.kind === document.kind &&
      expected !== undefined &&
      sameData(expected, now.data)
    );
  });
  return fits && !hasMoreProblems(file, after) ? after : undefined;
}

/** The spelling of a plain scalar; undefined for what has none that could be put in quotes. */
function spelledAt(
  { text }: ManifestFile,
  { root }: ManifestDocument,
  pointer: string,
  onKey = false,
): string | undefined {
  const member = root && findMember(root, tokensOf(pointer))?.member;
  const place = onKey ? member?.key : member?.node.type === 'scalar' ? member.node : undefined;
  const spelled = place ? text.slice(place.start, place.end) : '';
  return spelled === '' || /^[|>"'*&!]|[\r\n]/.test(spelled) ? undefined : spelled;
}

function hasMoreProblems(before: ManifestFile, after: ManifestFile): boolean {
  const counts = new Map<string, number>();
  for (const { rule } of before.problems) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return after.problems.some(({ rule }) => {
    const left = (counts.get(rule) ?? 0) - 1;
    counts.set(rule, left);
    return left < 0;
  });
}
