import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';

/** What `startCloud` says to who calls it: no words of a command line, and a code where there is one. */

const { startCloud } = (await import(
  join(import.meta.dirname, '..', '..', 'dist', 'testing.js')
)) as typeof import('../../server/testing/start.ts');
const folder = temporaryFolder();
after(() => removeFolder(folder));

test('options that cannot be are refused by the names that callers know', async () => {
  for (const [options, code, message] of [
    [
      { bogus: 1 },
      'usage',
      "startCloud takes no 'bogus'. It takes profile, release, config, seed, snapshot, speed, user, region.",
    ],
    [{ spead: 1 }, 'usage', "startCloud takes no 'spead'. Did you mean speed?"],
    [{ profile: 'aws' }, 'usage', "profile takes rackspace or openstack, not 'aws'."],
    [{ speed: -1 }, 'usage', "speed takes a number from 0.001 to 1000000000, not '-1'."],
    [{ seed: 'demo', snapshot: 'x' }, 'usage', 'Use either seed or snapshot.'],
    [
      { seed: 'nope' },
      'emulator/not-started',
      'The emulator did not start: seed nope does not exist. Check the path. Beside files, seed takes demo and empty.',
    ],
    [
      { seed: 'empty', user: 'nobody' },
      'identity/login',
      "The emulator does not let in 'nobody': Unable to authenticate user with credentials provided. Check user; a password other than 'emulator' comes from CLOUD_IMAGES_EMULATOR_PASSWORD.",
    ],
    [
      { seed: 'empty', profile: 'openstack', region: 'XXX' },
      'cloud/region',
      "The cloud offers no service 'image' in region XXX. It offers images in: RegionOne.",
    ],
  ] as const)
    await assert.rejects(
      startCloud(options as object).then((cloud) => cloud.close()),
      { code, message },
    );
});

test('a closed cloud says so, and one that runs says what it refuses and by which code', async () => {
  await using cloud = await startCloud({ seed: 'empty' });
  await cloud.snapshot('one');
  await assert.rejects(cloud.snapshot('one'), {
    code: 'emulator/exists',
    message: "A snapshot 'one' exists. Delete it, or choose another name.",
  });
  const file = join(folder, 'none.snapshot');
  await assert.rejects(cloud.restoreFile(file), {
    code: 'file/missing',
    message: `${file} does not exist. Check the path.`,
  });
  const now = await cloud.clock.now();
  assert.ok((await cloud.clock.step('1h')).getTime() - now.getTime() >= 3_600_000);
  await cloud.close();
  for (const call of [
    () => cloud.reset(),
    () => cloud.requests(),
    () => cloud.clock.now(),
    () => cloud.faults.add({ path: '*', status: 503 }),
  ])
    await assert.rejects(call(), { message: 'This cloud was closed. Start another with startCloud().' });
});
