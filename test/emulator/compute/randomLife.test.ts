import { test } from 'node:test';
import { runRandomLives } from './randomLife.ts';

for (const profile of ['openstack', 'rackspace'] as const)
  test(`random lives of servers are those of a model, in ${profile}`, async () => {
    await runRandomLives(profile, 1, 60);
  });
