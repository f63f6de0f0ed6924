import { applyEdits } from '../../../manifests/edits/applyEdits.ts';
import { yamlTokens } from '../../../manifests/edits/comments.ts';
import { removeFromFlow } from '../../../manifests/edits/flowEdits.ts';
import { removeMember } from '../../../manifests/edits/yamlEdits.ts';
import type { ManifestFile } from '../../../manifests/file.ts';
import { dataOf, type Member, pathAt, type TextEdit } from '../../../manifests/nodes.ts';
import { readAgain } from '../../../manifests/read.ts';
import { pointerTo } from '../../../rules/json.ts';
import type { DataEdit } from '../../../rules/rule.ts';
import type { PlacedFinding } from '../../analysis/placedFinding.ts';

/** A repair of the text, and what it is to do to the data. */
export interface TextDraft {
  readonly title: string;
  readonly text: readonly TextEdit[];
  readonly edits: readonly DataEdit[];
  /** What could be read before was not what is written, so the data after it cannot be compared. */
  readonly misread?: true;
}

export function hasTextRepairs(rule: string): boolean {
  return rule === 'manifest/duplicate-key' || rule === 'yaml/syntax';
}

/** Repairs of what a reader complains about, worked out when someone asks for them. */
export function draftTextRepairs(file: ManifestFile, placed: PlacedFinding): TextDraft[] {
  const { rule } = placed.finding;
  if (rule === 'manifest/duplicate-key') return draftWithoutDuplicate(file, placed);
  return rule === 'yaml/syntax' ? draftWithoutTabs(file, placed) : [];
}

/** Of a key that is written twice, either can go. */
function draftWithoutDuplicate(file: ManifestFile, { document: index, start }: PlacedFinding): TextDraft[] {
  const root = file.documents[index]?.root;
  const steps = root ? pathAt(root, start).steps : [];
  const [parent, own] = [steps.at(-2)?.node, steps.at(-1)?.member];
  if (!parent || !own || own.merges) return [];
  const same = parent.members.filter(({ token }) => token === own.token);
  const earlier = same[same.indexOf(own) - 1];
  if (!earlier) return [];
  const pointer = pointerTo(...steps.flatMap(({ member }) => (member ? [member.token] : [])));
  const remove = (member: Member) =>
    file.format === 'json'
      ? removeFromFlow(file.text, parent, member)
      : removeMember(file.text, parent, member);
  const counts = own === same.at(-1);
  return [
    { title: `Remove the earlier '${own.token}', which does not count`, text: remove(earlier), edits: [] },
    {
      title: `Remove this '${own.token}'`,
      text: remove(own),
      edits: counts ? [{ do: 'set', pointer, value: dataOf(earlier.node) }] : [],
    },
  ];
}

const widths = [2, 4, 8, 1, 0];

/** Spaces for the tabs that lines are indented by, as wide as makes the text readable. */
function draftWithoutTabs(file: ManifestFile, { start }: PlacedFinding): TextDraft[] {
  const { text } = file;
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const isTab = /^[ ]*(?:-[ \t]*)*\t/.test(text.slice(line, text.indexOf('\n', line) >>> 0));
  if (!isTab) return [];
  const scalars = yamlTokens(text).filter(
    ({ isScalar, start: from, end }) => isScalar && text.slice(from, end).includes('\t'),
  );
  const layouts = [...text.matchAll(/^[ \t]*(?:-[ \t]+)*(?=\S)/gm)].filter(
    ({ 0: layout, index }) =>
      layout.includes('\t') && !scalars.some(({ start: from, end }) => index > from && index < end),
  );
  for (const width of widths) {
    const edits = layouts.map(({ 0: layout, index }): TextEdit => {
      // Behind a dash any space would do.
      const spaced = layout.replace(/-[ \t]+/g, (dash) => (dash.includes('\t') ? '- ' : dash));
      return { start: index, end: index + layout.length, text: spaced.replaceAll('\t', ' '.repeat(width)) };
    });
    const after = readAgain(file, applyEdits(text, edits));
    if (after.problems.some(({ rule }) => rule === 'yaml/syntax')) continue;
    return [{ title: 'Indent with spaces', text: edits, edits: [], misread: true }];
  }
  return [];
}
