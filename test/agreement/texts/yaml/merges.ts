/** What of a mapping is written as a merge. */
import { isObject, type Json, type JsonObject } from '../../../../server/rules/json.ts';
import type { YamlState } from './state.ts';

export interface Merge {
  readonly sources: readonly ({ readonly name: string } | { readonly data: JsonObject })[];
  /** The members that the sources bring in. */
  readonly brought: JsonObject;
  /** Those that are written in the mapping itself, some in place of what a source has. */
  readonly own: JsonObject;
}

/** A mapping that an anchor marks is merged where all its members are here too, if with other values. */
export function mergeInto(value: JsonObject | Json[], state: YamlState): Merge | undefined {
  const { random, bases, twice } = state;
  if (!isObject(value) || twice !== undefined || Object.keys(value).length === 0) return undefined;
  const known = bases.filter(({ data }) => Object.keys(data).every((name) => Object.hasOwn(value, name)));
  const isLiteral = random.once(25);
  if (!isLiteral && (known.length === 0 || !random.once(2))) return undefined;
  const chosen = known.length > 0 ? random.pick(known) : undefined;
  const entries = Object.entries(value);
  const literal = Object.fromEntries(
    entries.flatMap(([name, item]): [string, Json][] => {
      if (random.once(3)) return [];
      return [[name, random.once(6) ? 'of the base' : item]];
    }),
  );
  const sources = [
    ...(chosen ? [{ name: chosen.name, data: chosen.data }] : []),
    ...(isLiteral ? [{ data: literal }] : []),
  ];
  // Of several sources the first has precedence.
  const all: JsonObject = {};
  for (const { data } of sources)
    for (const [name, item] of Object.entries(data)) if (!Object.hasOwn(all, name)) set(all, name, item);
  const isBrought = ([name, item]: [string, Json]) =>
    Object.hasOwn(all, name) && JSON.stringify(all[name]) === JSON.stringify(item) && !random.once(8);
  const brought = entries.filter(isBrought);
  const names = new Set(brought.map(([name]) => name));
  return {
    sources,
    brought: Object.fromEntries(brought),
    own: Object.fromEntries(entries.filter(([name]) => !names.has(name))),
  };
}

/** Also where the name is `__proto__`. */
function set(object: JsonObject, name: string, value: Json): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
