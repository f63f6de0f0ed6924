import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreeOnProperties } from './properties/agree.ts';

test('Nova’s own code says of random images and flavors what we say', async () => {
  const { accepted, refused, unexpected, problems } = await agreeOnProperties(1000, 26);
  assert.deepEqual(problems, []);
  assert.ok(accepted > 200 && refused > 200, `${accepted} accepted, ${refused} refused`);
  assert.ok(unexpected < 20, `${unexpected} that Nova does not expect`);
});
