import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeFixCase } from '../fuzz/fixJudge.ts';
import { tableOf, tooFew } from '../fuzz/fixTotals.ts';

/** `npm run test:fuzz -- fixes CASES SEED` goes on from here, for as many cases as one likes. `SEED`: another beginning. */
test('in texts of every style, fixes, formatting, conversion and renaming change what they mean and nothing else', () => {
  const seed = Number(process.env['SEED'] ?? 1);
  const counts = new Map<string, number>();
  const cases = 1500;
  for (let number = 0; number < cases; number++) {
    try {
      for (const name of judgeFixCase(seed, number).counts ?? [])
        counts.set(name, (counts.get(name) ?? 0) + 1);
    } catch (error) {
      throw new Error(`Case ${number} of seed ${seed}`, { cause: error });
    }
  }
  console.log(`seed ${seed}\n${tableOf(counts)}`);
  assert.deepEqual(tooFew(counts, cases), []);
});
