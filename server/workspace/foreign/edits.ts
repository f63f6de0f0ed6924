import { findMember, type ManifestNode } from '../../manifests/nodes.ts';
import { type Json, pointerTo, tokensOf } from '../../rules/json.ts';
import type { DataEdit } from '../../rules/rule.ts';
import type { ForeignImage } from './image.ts';

/** Edits of an image as edits of the document that it stands in, whose tree is `root`; undefined where one has no place there. */
export function toForeignEdits(
  image: ForeignImage,
  root: ManifestNode,
  edits: readonly DataEdit[],
): DataEdit[] | undefined {
  const translated: DataEdit[] = [];
  for (const edit of edits) {
    const tokens = tokensOf(edit.pointer);
    const known = image.places.get(edit.pointer);
    if (known?.isMade && edit.do !== 'quote') return undefined;
    const pointer = known?.pointer ?? (edit.do === 'set' ? placeBelow(tokens) : undefined);
    if (pointer === undefined) return undefined;
    if (edit.do === 'rename' && tokensOf(pointer).at(-1) !== tokens.at(-1)) return undefined;
    if (edit.do !== 'set') {
      translated.push({ ...edit, pointer });
      continue;
    }
    const value = asTyped(edit.value, findMember(root, tokensOf(pointer))?.member.node.value);
    if (value === undefined) return undefined;
    translated.push({ do: 'set', pointer, value });
  }
  return translated;

  /** A new property, or a new item of a list that is there. */
  function placeBelow(tokens: readonly string[]): string | undefined {
    const [name = '', inner, ...more] = tokens;
    if (inner === undefined) return image.placeFor(name);
    const list = image.places.get(pointerTo(name));
    return list === undefined || more.length > 0 ? undefined : list.pointer + pointerTo(inner);
  }
}

/** A field keeps the type that it has; undefined where the value has none of it. */
function asTyped(value: Json, before: Json | undefined): Json | undefined {
  if (before === undefined || typeof before === typeof value) return value;
  if (typeof before === 'boolean') return value === 'true' ? true : value === 'false' ? false : undefined;
  return typeof before === 'number' && typeof value === 'string' && /^\d+$/.test(value)
    ? Number(value)
    : undefined;
}
