import { applyEdits, overlap, type TextEdit, textEdits } from '../manifests/edits.ts';
import type { TextRepair } from '../manifests/nodes.ts';
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
    .flatMap((placed) =>
      repairsOf(analysis, placed).map(({ title, edits }, at) => ({
        title,
        edits,
        finding: placed,
        // Which side of a conflict is right nobody knows beforehand.
        preferred: at === 0 && placed.finding.rule !== 'manifest/conflict',
      })),
    );
}

/** The repairs of one finding: of the data, as edits of the text, or of the text itself. */
export function repairsOf(
  { file }: Analysis,
  { finding, repairs = [], document: index }: PlacedFinding,
): TextRepair[] {
  const document = file.documents[index];
  const ofData = (finding.fixes ?? []).flatMap(({ title, edits, safe = false }): TextRepair[] => {
    const own = document && textEdits(file, document, edits);
    return own ? [{ title, edits: own, safe }] : [];
  });
  return [...ofData, ...repairs];
}

/** Whether at least `least` findings (of one rule, or of all) have a fix that asks nothing. */
export function hasSafeFix({ findings }: Analysis, rule: string | undefined, least: number): boolean {
  const fixable = findings.filter(
    ({ finding, repairs = [] }) =>
      (rule === undefined || finding.rule === rule) &&
      [...(finding.fixes ?? []), ...repairs].some(({ safe }) => safe),
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
  for (const placed of analysis.findings) {
    const { finding, document: index } = placed;
    if (rule !== undefined && finding.rule !== rule) continue;
    const fix = finding.fixes?.find(({ safe }) => safe);
    const shrunk = (fix?.edits ?? []).flatMap((edit) =>
      edit.do === 'remove' ? [`${index}${edit.pointer.slice(0, edit.pointer.lastIndexOf('/'))}`] : [],
    );
    if (shrunk.some((collection) => collections.has(collection))) continue;
    const document = analysis.file.documents[index];
    const own =
      fix && document
        ? textEdits(analysis.file, document, fix.edits)
        : placed.repairs?.find(({ safe }) => safe)?.edits;
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
