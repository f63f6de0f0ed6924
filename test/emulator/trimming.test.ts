import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { JsonObject } from '../../server/rules/json.ts';
import { makeImage } from './compute/living.ts';
import { logIn, withEmulator } from './harness.ts';
import { openstack } from './plain.ts';

const compute = '/regionone/compute/v2.1';

test('Memory that a burst of work took is given back when it has ended', { timeout: 60_000 }, async () => {
  await withEmulator([...openstack], async ({ url, process: { pid } }) => {
    const [owner, admin] = [await logIn(url, 'owner'), await logIn(url, 'admin')];
    const quota_set = { instances: -1, cores: -1, ram: -1 };
    await admin.ask('PUT', `${compute}/os-quota-sets/100001`, { quota_set });
    const imageRef = await makeImage(owner);
    const server = { name: 'many', flavorRef: '42', imageRef, min_count: 1000, max_count: 1000 };
    await owner.ask('POST', `${compute}/servers`, { server });
    let most = 0;
    const look = () => {
      const now = memoryOf(pid);
      most = Math.max(most, now);
      return now;
    };
    const building = async () => {
      look();
      const { json } = await owner.ask('GET', `${compute}/servers?status=BUILD&limit=1`);
      return (json['servers'] as JsonObject[]).length > 0;
    };
    while (await building()) await wait(100);
    for (let time = 0; time < 30; time++) {
      await owner.ask('GET', `${compute}/servers/detail`);
      look();
    }
    let least = look();
    for (let looks = 0; looks < 300 && least > most - 50; looks++) {
      await wait(100);
      least = look();
    }
    assert.ok(least <= most - 50, `${most.toFixed(0)} MB at work, ${least.toFixed(0)} MB after it`);
  });
});

/** Megabytes that a process has in memory. */
function memoryOf(pid = 0): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
