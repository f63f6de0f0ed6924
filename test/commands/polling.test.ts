import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { after, mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { waitForTask } from '../../server/cloud/run/waiting.ts';
import { emulatorControl } from '../../server/cloud/services/emulatorControl.ts';
import type { Tasks } from '../../server/cloud/services/tasks.ts';
import { connectBy } from '../../server/commands/connection.ts';
import { makeVhd } from '../tools/disks.ts';
import { openPlace, proxyTo } from './cli.ts';

/** A cloud that has no event stream is asked about a task, and politely. */
const { folder, emulator, owner } = await openPlace({});

test('a cloud of clouds.yaml or of the OS_ variables is asked about a task every 30 seconds, an emulator often', async () => {
  const real = await proxyTo(emulator.url, async () => undefined);
  after(() => real.close());
  const envFor = (url: string) => ({
    OS_AUTH_URL: `${url}/identity/v3`,
    OS_USERNAME: 'owner',
    OS_PASSWORD: 'emulator',
  });
  assert.equal((await connectBy({ region: 'DFW' }, envFor(real.url))).interval, 30_000);
  assert.ok((await connectBy({ region: 'DFW' }, envFor(emulator.url))).interval < 1000);
  // The proxy's own requests would wait for the mocked time below.
  const { cloud } = await connectBy({ region: 'DFW' }, envFor(emulator.url));
  const interval = 30_000;
  assert.ok((await connectBy({ emulator: emulator.data })).interval < 1000);

  const disk = join(folder, 'web.vhd');
  makeVhd(disk, { guest: 'linux' });
  await owner.ask('PUT', '/dfw/object-store/v1/MossoCloudFS_100001/exports/web.vhd', readFileSync(disk));
  const clock = emulatorControl(emulator.url, emulator.token);
  await clock.setClock({ pause: true });
  const { id } = await cloud.tasks.create('import', {
    import_from: 'exports/web.vhd',
    image_properties: { name: 'Web' },
  });

  const looks: Promise<unknown>[] = [];
  const tasks: Tasks = {
    ...cloud.tasks,
    get: (...asked) => {
      const look = cloud.tasks.get(...asked);
      looks.push(look);
      return look;
    },
  };
  /** Until what was asked is answered, and what follows from that has been done. */
  const settled = async (): Promise<void> => {
    for (let turns = 0; turns < 10; turns++) await turn();
    await looks.at(-1);
    for (let turns = 0; turns < 10; turns++) await turn();
  };
  mock.timers.enable({ apis: ['setTimeout'] });
  syncBuiltinESMExports(); // so that those who have imported it by name see it
  try {
    const statuses: string[] = [];
    const ended = waitForTask(tasks, id, { interval, changed: ({ status }) => statuses.push(status) });
    await settled();
    for (const looked of [2, 3]) {
      mock.timers.tick(29_999);
      await settled();
      assert.equal(looks.length, looked - 1, 'not before its time');
      mock.timers.tick(1);
      await settled();
      assert.equal(looks.length, looked);
    }
    await clock.setClock({ pause: false });
    while (!/success|failure/.test((await cloud.tasks.get(id)).status))
      await clock.setClock({ step: 'next' });
    mock.timers.tick(30_000);
    assert.equal((await ended).status, 'success');
    assert.equal(looks.length, 4);
    assert.equal(statuses.at(-1), 'success');
    assert.equal(new Set(statuses).size, statuses.length, 'each status is told once');
  } finally {
    mock.timers.reset();
    syncBuiltinESMExports();
  }
});
