import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manifestBases } from '../fuzz/manifestCases.ts';
import { judgeManifestCase } from '../fuzz/manifestJudge.ts';

/** `npm run test:fuzz -- manifests` goes on from here, for as many cases as one likes, and with a bound of time for each. */
test('changed and hostile manifests never break the reader and the rules, and edited ones are judged as if read anew', () => {
  const bases = manifestBases();
  const outcomes = new Set<string>();
  for (let number = 0; number < 6000; number++) {
    try {
      outcomes.add(judgeManifestCase(bases, 1, number).outcome);
    } catch (error) {
      throw new Error(`Case ${number} of seed 1`, { cause: error });
    }
  }
  // The cases would say little if most texts failed at the first look.
  for (const outcome of [
    'clean',
    'yaml/syntax',
    'json/syntax',
    'property/value',
    'patch/shape',
    'image/shape',
  ])
    assert.ok(outcomes.has(outcome), outcome);
});
