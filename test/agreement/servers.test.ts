import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreeOnServers } from './servers/agree.ts';

/** A short share; `npm run test:agreement -- CASES` for more. A fixed seed, so that a failure is one of the change. */
for (const profile of ['rackspace', 'openstack'] as const)
  test(`editor, plans and emulator agree on servers and their images: ${profile}`, async () => {
    const { accepted, refused, rules, problems } = await agreeOnServers(profile, 200, 20261128);
    assert.deepEqual(problems, []);
    assert.ok(accepted > 50 && refused > 50, `${accepted} accepted, ${refused} refused`);
    assert.ok(rules.size > 9, [...rules.keys()].join(', '));
  });
