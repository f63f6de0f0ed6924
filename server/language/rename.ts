import { type TextEdit, textEdits } from '../manifests/edits.ts';
import type { ManifestFile } from '../manifests/nodes.ts';
import { classOf, codePoints, isProtected, show } from '../rules/attributes.ts';
import { pointerTo } from '../rules/pointers.ts';
import { refuseTag } from '../rules/tags.ts';
import type { DataEdit, Profile } from '../rules/types.ts';
import { type Mention, mentionsOf, type PlacedMention } from './mentions.ts';

/** Why something cannot be renamed, as a sentence; undefined where it can. */
export function refuseOldName({ what, name }: Mention, profile: Profile): string | undefined {
  if (what !== 'property') return undefined;
  const kind = classOf(name);
  if (kind === 'read-only' || kind === 'reserved')
    return `'${name}' is set by the service alone; it cannot be renamed.`;
  if (isProtected(name, profile))
    return `'${name}' is protected: only the service sets it; it cannot be renamed.`;
  if (kind === 'writable')
    return `'${name}' is an attribute of every image; only properties of your own can be renamed.`;
  return undefined;
}

/** Why a new name is not accepted, as a sentence. */
export function refuseNewName(what: Mention['what'], name: string, profile: Profile): string | undefined {
  const { nameLength, tagLength } = profile.limits;
  if (what === 'tag') {
    const refused = refuseTag(name, profile)?.rule;
    if (refused === 'tag/empty') return 'A tag cannot be empty.';
    return refused
      ? `A tag has at most ${tagLength} characters; this one has ${codePoints(name)}.`
      : undefined;
  }
  const noun = what === 'image' ? "image's name" : "property's name";
  if (name === '') return `The ${noun} cannot be empty.`;
  if (codePoints(name) > nameLength)
    return `The ${noun} has at most ${nameLength} characters; this one has ${codePoints(name)}.`;
  if (what === 'image') return undefined;
  if (classOf(name) !== 'custom') return `'${name}' is an attribute of every image; choose another name.`;
  if (isProtected(name, profile))
    return `'${name}' is protected: only the service sets it; choose another name.`;
  return undefined;
}

export type Renaming = { readonly edits: readonly TextEdit[] } | { readonly refused: string };

/** The edits that rename a thing in one file. A tag that stands beside the new one already goes instead. */
export function renameIn(
  file: ManifestFile,
  { what, name }: Pick<Mention, 'what' | 'name'>,
  to: string,
): Renaming {
  const mentions = mentionsOf(file).filter((mention) => mention.what === what);
  const taken = new Set(mentions.filter((mention) => mention.name === to).map(scopeOf));
  const edits: TextEdit[] = [];
  for (const mention of mentions) {
    if (mention.name !== name) continue;
    const collides = taken.has(scopeOf(mention)) && mention.as !== 'path';
    if (collides && what === 'property')
      return { refused: `An image there has ${show(to)} already, beside ${show(name)}.` };
    const document = file.documents[mention.document];
    const own = document && textEdits(file, document, [editOf(mention, to, collides)]);
    if (!own) return { refused: `${show(name)} cannot be rewritten there.` };
    edits.push(...own);
    if (what === 'tag') taken.add(scopeOf(mention));
  }
  return { edits };
}

function editOf({ pointer, as, what }: PlacedMention, to: string, collides: boolean): DataEdit {
  if (collides && what === 'tag') return { do: 'remove', pointer };
  if (as === 'key') return { do: 'rename', pointer, name: to };
  return { do: 'set', pointer, value: as === 'path' ? pointerTo(to) : to };
}

function scopeOf({ document, scope }: PlacedMention): string {
  return `${document} ${scope}`;
}
