import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { kinds } from '../../server/manifests/kinds.ts';
import { evaluate, rules } from '../../server/rules/evaluate.ts';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { badFacts } from './examples.ts';

/** Rules see what a person is still typing: any data under any facts has findings or none, and never throws. */
const examples = rules.map((rule) => ({ data: parse(rule.example.bad) as Json, facts: badFacts(rule) }));
const anything = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;

/** An example with one of its values replaced. */
const mutated = fc
  .tuple(fc.constantFrom(...examples), anything, fc.nat(), fc.boolean())
  .map(([{ data, facts }, value, pick, alters]) => {
    const places: [Record<string, Json>, string][] = [];
    const copy = structuredClone(data);
    const walk = (node: Json): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const key of Object.keys(node)) {
        places.push([node as Record<string, Json>, key]);
        walk((node as Record<string, Json>)[key] ?? null);
      }
    };
    walk(copy);
    const [parent, key] = places[pick % Math.max(places.length, 1)] ?? [];
    if (parent && key !== undefined) parent[key] = value;
    const image = new Map(
      Object.entries(typeof value === 'object' && value && !Array.isArray(value) ? value : { status: value }),
    );
    return { data: copy, facts: alters ? { ...facts, image } : facts };
  });

for (const kind of kinds) {
  test(`no data makes the rules of the kind ${kind} throw`, () => {
    fc.assert(
      fc.property(fc.oneof(mutated, fc.record({ data: anything })), (one) => {
        const facts = 'facts' in one ? one.facts : { profile: profiles.rackspace };
        for (const profile of Object.values(profiles)) evaluate(kind, one.data, { ...facts, profile });
      }),
      { numRuns: 1500 },
    );
  });
}
