import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreeOnTasks } from './agreeTasks.ts';
import { agreeOnTexts, print } from './texts/agree.ts';
import { protection } from './texts/protection.ts';

/** A short share; `npm run test:agreement -- CASES` for more. A fixed seed, so that a failure is one of the change. */
for (const profile of ['rackspace', 'openstack'] as const)
  test(`editor and emulator agree on files as people write them in the profile ${profile}`, async () => {
    const result = await agreeOnTexts(profile, 400, 20261121);
    print(result);
    assert.deepEqual(result.classes, []);
  });

test('editor and emulator agree where an operator protects properties', async () => {
  const result = await agreeOnTexts('openstack', 200, 20261121, { protection });
  print(result);
  assert.deepEqual(result.classes, []);
});

test('each failure of imports and exports is told in its own words, by the editor before', async () => {
  assert.deepEqual(await agreeOnTasks(10, 20261121), []);
});
