import { draftEdits } from '../../manifests/edits/textEdits.ts';
import { type PlannedEdits, readEdited } from '../../manifests/edits/verify.ts';
import { type Spelling, spellings } from '../../manifests/edits/yamlEdits.ts';
import type { ManifestFile } from '../../manifests/file.ts';
import type { TextEdit } from '../../manifests/nodes.ts';
import { pointerTo } from '../../rules/json.ts';
import type { DataEdit } from '../../rules/rule.ts';
import { show } from '../../rules/service/attributes.ts';
import { listAllMentions, type Mention, type PlacedMention } from './mentions.ts';

type Renaming = { readonly edits: readonly TextEdit[] } | { readonly refused: string };

/** Plans the edits that rename a thing in one file. A tag that stands beside the new one already goes instead. */
export function renameIn(
  file: ManifestFile,
  { what, name }: Pick<Mention, 'what' | 'name'>,
  to: string,
): Renaming {
  const mentions = listAllMentions(file).filter((mention) => mention.what === what);
  const taken = new Set(mentions.filter((mention) => mention.name === to).map(scopeKey));
  const changes: { readonly document: number; readonly edit: DataEdit; readonly inText: boolean }[] = [];
  for (const mention of mentions) {
    if (mention.name !== name) continue;
    const collides = taken.has(scopeKey(mention));
    if (collides && what === 'property')
      return { refused: `An image there has ${show(to)} already, beside ${show(name)}.` };
    const edit = toDataEdit(mention, to, collides);
    changes.push({ document: mention.document, edit, inText: !mention.aliased || edit.do === 'remove' });
    if (what === 'tag') taken.add(scopeKey(mention));
  }
  for (const spelling of spellings) {
    const planned = planEdits(file, changes, spelling);
    if (planned && readEdited(file, planned)) return { edits: planned.flatMap(({ text }) => text) };
  }
  return { refused: `${show(name)} cannot be rewritten there without changing something else.` };
}

function planEdits(
  file: ManifestFile,
  changes: readonly { readonly document: number; readonly edit: DataEdit; readonly inText: boolean }[],
  spelling: Spelling,
): PlannedEdits[] | undefined {
  const planned: PlannedEdits[] = [];
  for (const document of file.documents) {
    const own = changes.filter((change) => change.document === document.index);
    const edits = own.map(({ edit }) => edit);
    const inText = own.flatMap(({ edit, inText }) => (inText ? [edit] : []));
    const text = draftEdits(file, document, inText, spelling);
    if (!text) return undefined;
    if (own.length > 0) planned.push({ document: document.index, edits, text });
  }
  return planned;
}

function toDataEdit({ pointer, as, what }: PlacedMention, to: string, collides: boolean): DataEdit {
  if (collides && what === 'tag') return { do: 'remove', pointer };
  if (as === 'key') return { do: 'rename', pointer, name: to };
  return { do: 'set', pointer, value: as === 'path' ? pointerTo(to) : to };
}

function scopeKey({ document, scope }: PlacedMention): string {
  return `${document} ${scope}`;
}
