import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { createRandom } from './random.ts';
import { crashRounds } from './rounds.ts';

for (const work of ['uploads', 'imports'] as const) {
  test(`kill -9 during ${work} loses nothing that was answered`, async (context) => {
    const seed = randomInt(2 ** 31);
    context.diagnostic(`npm run test:crash -- 4 ${seed}`);
    const { breaches, answered } = await crashRounds(work, 4, createRandom(seed));
    assert.deepEqual(breaches, []);
    assert.ok(answered > 0);
  });
}
