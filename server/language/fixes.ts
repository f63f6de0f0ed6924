import { applyEdits, overlap, type TextEdit, textEdits } from '../manifests/edits.ts';
import { readManifest } from '../manifests/read.ts';
import { judge } from './analysis.ts';
import type { Analysis, PlacedFinding } from './types.ts';

export interface Repair {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  readonly finding: PlacedFinding;
  /** The one that "fix" without further choice takes. */
  readonly preferred: boolean;
}

/** The fixes of the findings between two offsets, as text edits. */
export function repairsAt(analysis: Analysis, start: number, end: number): Repair[] {
  return analysis.findings
    .filter((placed) => placed.start <= end && placed.end >= start)
    .flatMap((placed) => {
      const document = analysis.file.documents[placed.document];
      return (placed.finding.fixes ?? []).flatMap((fix, at): Repair[] => {
        const edits = document && textEdits(analysis.file, document, fix.edits);
        return edits ? [{ title: fix.title, edits, finding: placed, preferred: at === 0 }] : [];
      });
    });
}

/** Whether at least `least` findings (of one rule, or of all) have a fix that asks nothing. */
export function hasSafeFix({ findings }: Analysis, rule: string | undefined, least: number): boolean {
  const fixable = findings.filter(
    ({ finding }) => (rule === undefined || finding.rule === rule) && finding.fixes?.some(({ safe }) => safe),
  );
  return fixable.length >= least;
}

/** More rounds than this would mean that fixes undo each other. */
const maximumRounds = 500;

/**
 * Applies every safe fix (of one rule, or of all) until none is left, and returns the change as one edit; undefined
 * where there is nothing to fix. Removals from one collection go one after the other, since each moves the next.
 */
export function fixAll(analysis: Analysis, path: string, rule?: string): TextEdit | undefined {
  const original = analysis.file.text;
  let { file, findings } = analysis;
  for (let round = 0; round < maximumRounds; round++) {
    const edits = roundOf({ ...analysis, file, findings }, rule);
    if (edits.length === 0) break;
    file = readManifest({ text: applyEdits(file.text, edits), path, format: file.format, told: file.told });
    findings = judge(file, analysis.facts, analysis.settings);
  }
  return file.text === original ? undefined : difference(original, file.text);
}

function roundOf(analysis: Analysis, rule: string | undefined): TextEdit[] {
  const edits: TextEdit[] = [];
  const collections = new Set<string>();
  for (const { finding, document: index } of analysis.findings) {
    const fix =
      rule === undefined || finding.rule === rule ? finding.fixes?.find(({ safe }) => safe) : undefined;
    const document = analysis.file.documents[index];
    if (!fix || !document) continue;
    const shrunk = fix.edits.flatMap((edit) =>
      edit.do === 'remove' ? [`${index}${edit.pointer.slice(0, edit.pointer.lastIndexOf('/'))}`] : [],
    );
    if (shrunk.some((collection) => collections.has(collection))) continue;
    const own = textEdits(analysis.file, document, fix.edits);
    if (!own || overlap([...edits, ...own])) continue;
    edits.push(...own);
    for (const collection of shrunk) collections.add(collection);
  }
  return edits;
}

/** One edit that turns `before` into `after`, without what both begin and end with. */
function difference(before: string, after: string): TextEdit {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - start;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { start, end: before.length - tail, text: after.slice(start, after.length - tail) };
}
