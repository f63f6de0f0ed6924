import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { rules } from '../../server/rules/evaluate.ts';
import type { Json } from '../../server/rules/json.ts';
import { badFacts, goodFacts, idsOf } from './examples.ts';

for (const rule of rules) {
  test(`${rule.id} marks its bad example and leaves the good one alone`, () => {
    const { kind, bad, good } = rule.example;
    assert.ok(rule.kinds.includes(kind));
    assert.ok(idsOf(kind, parse(bad) as Json, badFacts(rule)).includes(rule.id), `not marked:\n${bad}`);
    assert.ok(!idsOf(kind, parse(good) as Json, goodFacts(rule)).includes(rule.id), `marked:\n${good}`);
  });
}

for (const rule of rules.filter(({ example }) => example.kind === 'image')) {
  test(`${rule.id} marks its bad example in a list of images too`, () => {
    const bad = parse(rule.example.bad) as Json;
    for (const list of [[bad], { images: [bad] }])
      assert.ok(idsOf('image', list, badFacts(rule)).includes(rule.id), JSON.stringify(list));
  });
}

test('rule ids are unique and of the form family/name', () => {
  assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
  for (const { id } of rules) assert.match(id, /^[a-z-]+\/[a-z-]+$/);
});
