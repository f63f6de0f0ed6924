import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { countMatches, mutants } from './table.ts';

const root = join(import.meta.dirname, '..', '..');

test('each break can be applied: its old text stands in its file once, and its test files are there', () => {
  const rotten: string[] = [];
  for (const mutant of mutants) {
    const { file, from, to, breaks, suites } = mutant;
    const count = countMatches(mutant, readFileSync(join(root, file), 'utf8'));
    if (count !== 1) rotten.push(`${file} has ${count} times: ${from}`);
    assert.notEqual(from, to, breaks);
    for (const suite of suites) assert.ok(existsSync(join(root, 'test', `${suite}.test.ts`)), suite);
  }
  assert.deepEqual(rotten, []);
  assert.ok(mutants.length >= 60, `${mutants.length} breaks`);
  assert.equal(new Set(mutants.map(({ breaks }) => breaks)).size, mutants.length);
});
