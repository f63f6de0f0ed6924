import { pointerTo } from '../../json.ts';
import type { PropertySet, StatedProperty } from '../../properties/propertySet.ts';
import type { DataEdit, Fix } from '../../rule.ts';

/** The manifests that give an image properties. */
export const kinds = ['image', 'patch', 'server-image'] as const;

/** Gives a property a value, where the manifest has a place for it. */
export function setFix(set: PropertySet, name: string, text: string, safe = false): Fix[] {
  const pointer = set.place(name);
  if (pointer === undefined) return [];
  const title = Object.hasOwn(set.all, name) ? `Change to '${text}'` : `Add ${name}: ${text}`;
  return [{ title, edits: [{ do: 'set', pointer, value: text }], ...(safe ? { safe } : {}) }];
}

/** Gives several properties their values at once; none where one has no place. */
export function setAllFix(set: PropertySet, values: Readonly<Record<string, string>>): Fix[] {
  const edits: DataEdit[] = [];
  for (const [name, value] of Object.entries(values)) {
    const pointer = set.place(name);
    if (pointer === undefined) return [];
    edits.push({ do: 'set', pointer, value });
  }
  const listed = Object.entries(values).map(([name, value]) => `${name}: ${value}`);
  return edits.length === 0 ? [] : [{ title: `Set ${listed.join(' and ')}`, edits }];
}

export function removeFix({ name, whole }: StatedProperty): Fix {
  return { title: `Remove '${name}'`, edits: [{ do: 'remove', pointer: whole }] };
}

/** Gives a property another name; none where the image has one of it already. */
export function renameFixes(set: PropertySet, { namePointer }: StatedProperty, name: string): Fix[] {
  if (Object.hasOwn(set.all, name)) return [];
  const edit: DataEdit = set.onKeys
    ? { do: 'rename', pointer: namePointer, name }
    : { do: 'set', pointer: namePointer, value: pointerTo(name) };
  return [{ title: `Rename to '${name}'`, edits: [edit] }];
}
