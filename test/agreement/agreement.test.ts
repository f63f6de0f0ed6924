import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree } from './agree.ts';
import { agreeOnTasks } from './agreeTasks.ts';

/** A short share; `npm run test:agreement -- CASES` for more. A fixed seed, so that a failure is one of the change. */
for (const profile of ['rackspace', 'openstack'] as const)
  test(`editor and emulator agree on generated requests in the profile ${profile}`, async () => {
    assert.ok(await agree(profile, 200, 20261121));
  });

test('each failure of imports and exports is told in its own words, by the editor before', async () => {
  assert.deepEqual(await agreeOnTasks(10, 20261121), []);
});
