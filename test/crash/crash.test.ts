import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { createRandom } from './random.ts';
import { works } from './works.ts';

for (const [work, crash] of Object.entries(works)) {
  test(`kill -9 during ${work} loses nothing that was answered`, async (context) => {
    const seed = randomInt(2 ** 31);
    context.diagnostic(`npm run test:crash -- 4 ${seed}`);
    const { breaches, answered } = await crash(4, createRandom(seed));
    assert.deepEqual(breaches, []);
    assert.ok(answered > 0);
  });
}
