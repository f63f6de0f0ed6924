import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { evaluate, rules } from '../../server/rules/evaluate.ts';
import { profiles } from '../../server/rules/profiles.ts';
import type { Facts, Json, Rule } from '../../server/rules/types.ts';

for (const rule of rules) {
  test(`${rule.id} marks its bad example and leaves the good one alone`, () => {
    const { kind, bad, good, disk, goodDisk, words } = rule.example;
    assert.ok(rule.kinds.includes(kind));
    assert.ok(
      marks(rule, bad, { ...(disk && { disk }), ...(words && { words }) }),
      `${rule.id} does not mark:\n${bad}`,
    );
    assert.ok(
      !marks(rule, good, goodDisk && { disk: goodDisk }),
      `${rule.id} marks its good example:\n${good}`,
    );
  });
}

test('rule ids are unique and of the form family/name', () => {
  assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
  for (const { id } of rules) assert.match(id, /^[a-z-]+\/[a-z-]+$/);
});

function marks(rule: Rule, text: string, more: Partial<Facts> = {}): boolean {
  const { kind, image, caller, container, made } = rule.example;
  const facts = {
    profile: profiles[rule.profile ?? 'rackspace'],
    ...(image && { image: new Map(Object.entries(image)) }),
    ...(caller && { caller }),
    ...(container && { container }),
    ...(made && { made }),
    ...more,
  };
  return evaluate(kind, parse(text) as Json, facts).some((finding) => finding.rule === rule.id);
}
