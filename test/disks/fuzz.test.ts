import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBases } from '../fuzz/cases.ts';
import { makeFormatBases } from '../fuzz/formatCases.ts';
import { judgeFormatCase } from '../fuzz/formatJudge.ts';
import { judgeCase } from '../fuzz/judge.ts';

/** `npm run test:fuzz` goes on from here, for as many cases as one likes, and with a bound of time for each. */
test('changed footers, headers, tables and boot sectors never crash the reader, or make it read or allocate without bound', async () => {
  const bases = await makeBases();
  const outcomes = new Set<string>();
  for (let number = 0; number < 20_000; number++) {
    try {
      outcomes.add((await judgeCase(bases, 1, number)).outcome);
    } catch (error) {
      throw new Error(`Case ${number} of seed 1`, { cause: error });
    }
  }
  // The cases would say little if most disks failed at the first look.
  for (const outcome of ['sound', 'raw', 'BAT entry', 'BAT overlap', 'header BAT offset', 'batmap cookie'])
    assert.ok(outcomes.has(outcome), outcome);
});

test('changed disks of every other format are inspected and looked into in the same bounds', async () => {
  const bases = makeFormatBases();
  const outcomes = new Set<string>();
  for (let number = 0; number < 10_000; number++) {
    try {
      outcomes.add((await judgeFormatCase(bases, 1, number)).outcome);
    } catch (error) {
      throw new Error(`Format case ${number} of seed 1`, { cause: error });
    }
  }
  for (const check of [
    'backing_file',
    'data_file',
    'unknown_features',
    'descriptor',
    'version',
    'mbr',
    'banned',
  ])
    assert.ok(
      [...outcomes].some((outcome) => outcome.endsWith(`, ${check}`)),
      check,
    );
});
