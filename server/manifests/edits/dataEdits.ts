import { type Json, type JsonObject, tokensOf } from '../../rules/json.ts';
import type { DataEdit } from '../../rules/rule.ts';

/**
 * The data after edits, whose pointers all lead into the data before them; what they leave alone is shared with it.
 * `spelling`: for scalars that are to be quoted. Undefined where an edit has no place.
 */
export function applyDataEdits(data: Json, edits: readonly DataEdit[], spelling: Spelling): Json | undefined {
  return changed(
    data,
    edits.map((edit) => ({ edit, tokens: tokensOf(edit.pointer) })),
    0,
    spelling,
  );
}

/** Tells whether two values are the same but for the order of keys. */
export function sameData(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item, at) => sameData(item, other[at] ?? null));
  }
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && sameData(one[name] ?? null, other[name] ?? null))
  );
}

interface Placed {
  readonly edit: DataEdit;
  readonly tokens: readonly string[];
}

/** How the value at a pointer is written, or its key. */
type Spelling = (pointer: string, onKey?: boolean) => string | undefined;

/** All edits below a value, which is `depth` tokens down, at once: one after the other would copy a long list each time. */
function changed(data: Json, edits: readonly Placed[], depth: number, spelling: Spelling): Json | undefined {
  const [whole] = edits.filter(({ tokens }) => tokens.length === depth);
  if (whole) {
    if (edits.length > 1) return undefined;
    return whole.edit.do === 'set' ? whole.edit.value : whole.edit.do === 'wrap' ? [data] : undefined;
  }
  if (typeof data !== 'object' || data === null) return undefined;
  const groups = new Map<string, Placed[]>();
  for (const placed of edits) {
    const token = placed.tokens[depth] ?? '';
    const group = groups.get(token) ?? [];
    group.push(placed);
    groups.set(token, group);
  }
  return Array.isArray(data)
    ? changedList(data, groups, depth, spelling)
    : changedObject(data, groups, depth, spelling);
}

type Groups = ReadonlyMap<string, readonly Placed[]>;

function changedList(
  data: readonly Json[],
  groups: Groups,
  depth: number,
  spelling: Spelling,
): Json | undefined {
  const items: (Json | undefined)[] = [...data];
  for (const [token, edits] of groups) {
    if (token === '-') {
      const added =
        edits.length === 1 ? changedMember(token, undefined, edits, depth + 1, spelling) : undefined;
      if (!added || added === 'removed') return undefined;
      items.push(added.value);
      continue;
    }
    const at = /^(?:0|[1-9]\d*)$/.test(token) ? Number(token) : data.length;
    if (at >= data.length) return undefined;
    const member = changedMember(token, data[at], edits, depth + 1, spelling);
    if (!member || (member !== 'removed' && member.name !== token)) return undefined;
    items[at] = member === 'removed' ? undefined : member.value;
  }
  return items.filter((item) => item !== undefined);
}

function changedObject(
  data: JsonObject,
  groups: Groups,
  depth: number,
  spelling: Spelling,
): Json | undefined {
  const pairs: [string, Json][] = [];
  for (const [name, held] of Object.entries(data)) {
    const edits = groups.get(name);
    const member = edits ? changedMember(name, held, edits, depth + 1, spelling) : { name, value: held };
    if (!member) return undefined;
    if (member !== 'removed') pairs.push([member.name, member.value]);
  }
  for (const [name, edits] of groups) {
    if (Object.hasOwn(data, name)) continue;
    const member = changedMember(name, undefined, edits, depth + 1, spelling);
    if (!member || member === 'removed') return undefined;
    pairs.push([member.name, member.value]);
  }
  return Object.fromEntries(pairs);
}

/** `held`: undefined where there is no such member yet. */
function changedMember(
  name: string,
  held: Json | undefined,
  edits: readonly Placed[],
  depth: number,
  spelling: Spelling,
): { name: string; value: Json } | 'removed' | undefined {
  const isOwn = ({ tokens }: Placed) => tokens.length === depth;
  const below = edits.filter((one) => !isOwn(one));
  let value = held === undefined || below.length === 0 ? held : changed(held, below, depth, spelling);
  if (below.length > 0 && value === undefined) return undefined;
  let newName = name;
  for (const { edit } of edits.filter(isOwn)) {
    if (edit.do === 'set') value = edit.value;
    else if (value === undefined) return undefined;
    else if (edit.do === 'remove') return 'removed';
    else if (edit.do === 'rename') newName = edit.name;
    else if (edit.do === 'wrap') value = [value];
    else if (edit.onKey) newName = spelling(edit.pointer, true) ?? name;
    else value = spelling(edit.pointer);
  }
  return value === undefined ? undefined : { name: newName, value };
}
