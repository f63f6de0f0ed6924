import type { DataEdit } from '../../rules/rule.ts';
import type { ManifestDocument, ManifestFile } from '../file.ts';
import type { TextEdit } from '../nodes.ts';
import { overlap } from './applyEdits.ts';
import { jsonEdit } from './jsonEdits.ts';
import { readEdited } from './verify.ts';
import { type Spelling, spellings, yamlEdit } from './yamlEdits.ts';

/**
 * Edits of data as edits of the text, which mean just that: the text that they make was read again. Undefined where there
 * is no such edit.
 */
export function textEdits(
  file: ManifestFile,
  document: ManifestDocument,
  edits: readonly DataEdit[],
): TextEdit[] | undefined {
  for (const spelling of spellings) {
    const drafted = draftEdits(file, document, edits, spelling);
    if (drafted && readEdited(file, [{ document: document.index, edits, text: drafted }])) return drafted;
  }
  return undefined;
}

/** The same before it was proven. */
export function draftEdits(
  file: ManifestFile,
  document: ManifestDocument,
  edits: readonly DataEdit[],
  spelling: Spelling,
): TextEdit[] | undefined {
  const result: TextEdit[] = [];
  for (const edit of edits) {
    const one =
      file.format === 'json'
        ? jsonEdit(file.text, document, edit)
        : yamlEdit(file.text, document, edit, spelling);
    if (!one) return undefined;
    result.push(...one);
  }
  return overlap(result) ? undefined : result;
}
