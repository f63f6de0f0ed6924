import { tokensOf } from '../rules/pointers.ts';
import type { DataEdit, Json } from '../rules/types.ts';

/**
 * The data after edits, whose pointers all lead into the data before them; what they leave alone is shared with it.
 * `spelling`: how a scalar is written, for those that are to be quoted. Undefined where an edit has no place.
 */
export function applyDataEdits(
  data: Json,
  edits: readonly DataEdit[],
  spelling: (pointer: string) => string | undefined,
): Json | undefined {
  const removals = edits.filter((edit) => edit.do === 'remove');
  const others = edits.filter((edit) => edit.do !== 'remove');
  // From the end, since each removal from a list moves what follows it.
  removals.sort((a, b) => order(tokensOf(b.pointer), tokensOf(a.pointer)));
  let result: Json | undefined = data;
  for (const edit of [...others, ...removals]) {
    if (result === undefined) return undefined;
    result = changed(result, tokensOf(edit.pointer), edit, spelling(edit.pointer));
  }
  return result;
}

/** Whether two values are the same but for the order of keys. */
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

function changed(
  data: Json,
  tokens: readonly string[],
  edit: DataEdit,
  spelled: string | undefined,
): Json | undefined {
  const [token, ...rest] = tokens;
  if (token === undefined) return edit.do === 'set' ? edit.value : undefined;
  if (typeof data !== 'object' || data === null) return undefined;
  const place = Array.isArray(data) ? indexIn(data, token) : token;
  if (place === undefined) return undefined;
  const held = Array.isArray(data)
    ? data[Number(place)]
    : Object.hasOwn(data, token)
      ? data[token]
      : undefined;
  if (rest.length > 0) {
    const inner = held === undefined ? undefined : changed(held, rest, edit, spelled);
    return inner === undefined ? undefined : withValue(data, place, inner);
  }
  if (edit.do === 'set')
    return held === undefined && Array.isArray(data) ? undefined : withValue(data, place, edit.value);
  if (held === undefined) return undefined;
  if (edit.do === 'quote') return spelled === undefined ? undefined : withValue(data, place, spelled);
  if (edit.do === 'remove')
    return Array.isArray(data)
      ? data.toSpliced(Number(place), 1)
      : Object.fromEntries(Object.entries(data).filter(([name]) => name !== token));
  if (Array.isArray(data)) return undefined;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name === token ? edit.name : name, value]),
  );
}

function withValue(data: Json[] | { [key: string]: Json }, place: string | number, value: Json): Json {
  if (Array.isArray(data)) return data.with(Number(place), value);
  const names = Object.entries(data);
  return Object.fromEntries(
    Object.hasOwn(data, place)
      ? names.map(([name, held]) => [name, name === place ? value : held])
      : [...names, [place, value]],
  );
}

function indexIn(data: readonly Json[], token: string): number | undefined {
  const index = /^(?:0|[1-9]\d*)$/.test(token) ? Number(token) : undefined;
  return index !== undefined && index < data.length ? index : undefined;
}

/** The order of places in a text, as far as removals need it: items by their index. */
function order(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((token, index) => token !== other[index]);
  if (at === -1) return one.length - other.length;
  return Number(one[at]) - Number(other[at]) || 0;
}
