import { type Json, pointerTo } from '../json.ts';
import type { Operation } from './patchBody.ts';
import { eachTagOnce } from './tagNames.ts';

/** The smallest patch (v2.1) that makes `after` of `before`. Tags are a set: each is sent once. */
export function diff(before: ReadonlyMap<string, Json>, after: ReadonlyMap<string, Json>): Operation[] {
  const operations: Operation[] = [];
  for (const name of before.keys()) {
    if (!after.has(name)) operations.push({ op: 'remove', path: pointerTo(name) });
  }
  for (const [name, value] of after) {
    const old = before.get(name);
    const path = pointerTo(name);
    const sent = eachTagOnce(name, value);
    if (old === undefined && !before.has(name)) operations.push({ op: 'add', path, value: sent });
    else if (!sameValue(name, old ?? null, value)) operations.push({ op: 'replace', path, value: sent });
  }
  return operations;
}

export type Merge = { readonly merged: Map<string, Json> } | { readonly conflicts: string[] };

/** Three-way merge by attribute: what only one side changed is taken; tags merge as a set. */
export function merge(
  base: ReadonlyMap<string, Json>,
  mine: ReadonlyMap<string, Json>,
  theirs: ReadonlyMap<string, Json>,
): Merge {
  const merged = new Map(theirs);
  const conflicts: string[] = [];
  for (const name of new Set([...base.keys(), ...mine.keys()])) {
    if (same(name, base, mine)) continue;
    if (same(name, base, theirs) || same(name, mine, theirs)) take(merged, name, mine);
    else if (name === 'tags') merged.set('tags', mergeSets(base.get(name), mine.get(name), theirs.get(name)));
    else conflicts.push(name);
  }
  return conflicts.length > 0 ? { conflicts } : { merged };
}

function take(into: Map<string, Json>, name: string, from: ReadonlyMap<string, Json>): void {
  const value = from.get(name);
  if (value === undefined) into.delete(name);
  else into.set(name, value);
}

function same(name: string, a: ReadonlyMap<string, Json>, b: ReadonlyMap<string, Json>): boolean {
  return a.has(name) === b.has(name) && sameValue(name, a.get(name) ?? null, b.get(name) ?? null);
}

export function sameValue(name: string, a: Json, b: Json): boolean {
  if (name === 'tags' && Array.isArray(a) && Array.isArray(b)) {
    const left = new Set(a);
    const right = new Set(b);
    return left.size === right.size && [...left].every((tag) => right.has(tag));
  }
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function mergeSets(base: Json | undefined, mine: Json | undefined, theirs: Json | undefined): Json[] {
  const [was, here, there] = [list(base), list(mine), list(theirs)];
  const added = here.filter((tag) => !was.includes(tag) && !there.includes(tag));
  return [...there.filter((tag) => here.includes(tag) || !was.includes(tag)), ...added];
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
