import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emulatorControl } from '../../server/cloud/services/emulatorControl.ts';
import {
  ask,
  type Caller,
  logIn,
  type Running,
  readEvents,
  removeFolder,
  start,
  temporaryFolder,
  withEmulator,
} from './harness.ts';

const hour = 3_600_000;
const empty = ['--seed', 'empty'];

function clockOf(emulator: Running) {
  return emulatorControl(emulator.url, emulator.token);
}

/** Begins an import of an object that is not there: it waits in the queue, then fails. Answers its id. */
async function beginTask({ ask: as }: Caller): Promise<string> {
  const input = { import_from: 'none/none.vhd', image_properties: { name: 'x' } };
  const made = await as('POST', '/dfw/image/v2/tasks', { type: 'import', input });
  assert.equal(made.status, 201);
  return String(made.json['id']);
}

async function statusOf({ ask: as }: Caller, task: string): Promise<unknown> {
  return (await as('GET', `/dfw/image/v2/tasks/${task}`)).json['status'];
}

async function ended(emulator: Running, task: string): Promise<void> {
  await readEvents(emulator, 'after=0', ({ data }) => data['id'] === task && data['status'] === 'failure');
}

test('time goes on with wall time, ahead by its steps, also after a restart', async () => {
  const data = temporaryFolder();
  const first = await start(data, ...empty, '--speed', '7');
  const before = await clockOf(first).clock();
  assert.deepEqual([before.speed, before.paused, before.ahead], [7, false, 0]);
  assert.ok(Math.abs(Date.parse(before.time) - Date.now()) < 60_000);
  const stepped = await clockOf(first).setClock({ step: '48h' });
  assert.equal(stepped.stepped, 48 * hour);
  assert.ok(Math.abs(Date.parse(stepped.time) - Date.now() - 48 * hour) < 60_000);
  await clockOf(first).setClock({ step: 1500, speed: 20 });
  await first.end('SIGKILL');

  const second = await start(data);
  const after = await clockOf(second).clock();
  assert.deepEqual([after.speed, after.ahead], [20, 48 * hour + 1500]);
  await second.end();
  const third = await start(data, '--speed', '9');
  assert.deepEqual((await clockOf(third).clock()).speed, 9, 'a speed that is asked for wins');
  await third.end();
  removeFolder(data);
});

test('steps that come together all count', async () => {
  await withEmulator(empty, async (emulator) => {
    const clock = clockOf(emulator);
    await Promise.all(Array.from({ length: 20 }, () => clock.setClock({ step: '1m' })));
    assert.equal((await clock.clock()).ahead, 20 * 60_000);
    await Promise.all([
      clock.setClock({ pause: true }),
      clock.setClock({ speed: 5 }),
      clock.setClock({ step: '1m' }),
    ]);
    const { paused, speed } = await clock.clock();
    assert.deepEqual([paused, speed], [true, 5]);
  });
});

test('a clock that stands still keeps its time, and goes on from it', async () => {
  await withEmulator([...empty, '--speed', '0.001'], async (emulator) => {
    const clock = clockOf(emulator);
    const { time } = await clock.setClock({ pause: true });
    const owner = await logIn(emulator.url, 'owner');
    const images = await owner.ask('GET', '/dfw/image/v2/images');
    assert.equal(images.status, 200);
    assert.equal((await clock.clock()).time, time);
    const day = await clock.setClock({ step: '1d' });
    assert.equal(Date.parse(day.time) - Date.parse(time), 24 * hour);
    assert.equal((await owner.ask('GET', '/dfw/image/v2/images')).status, 401, 'its token has just expired');
    const on = await clock.setClock({ pause: false });
    assert.equal(on.paused, false);
    const late = Date.parse(on.time) - Date.parse(day.time);
    assert.ok(late >= 0 && late < 60_000, `${late} ms`);
  });
});

test('steps to the next event: the waits of a task, its end of life, a token, an object', async () => {
  await withEmulator([...empty, '--speed', '0.001'], async (emulator) => {
    const clock = clockOf(emulator);
    await clock.setClock({ pause: true });
    assert.equal((await clock.setClock({ step: 'next' })).reached, null);

    const owner = await logIn(emulator.url, 'owner');
    const { next } = await clock.clock();
    assert.equal(next?.kind, 'token');
    await owner.ask('PUT', '/dfw/object-store/v1/100001/c');
    const put = await owner.ask('PUT', '/dfw/object-store/v1/100001/c/soon', Buffer.from('x'), {
      'x-delete-after': '3600',
    });
    assert.equal(put.status, 201);
    const task = await beginTask(owner);
    assert.equal(await statusOf(owner, task), 'pending');

    assert.equal((await clock.setClock({ step: 'next' })).reached?.kind, 'object');
    assert.equal((await owner.ask('GET', '/dfw/object-store/v1/100001/c?format=json')).text, '[]');
    assert.equal(await statusOf(owner, task), 'pending', 'its queue is longer');

    await clock.setClock({ speed: 1 });
    const queue = await clock.setClock({ step: 'next' });
    assert.equal(queue.reached?.kind, 'work');
    await ended(emulator, task);
    const shown = await owner.ask('GET', `/dfw/image/v2/tasks/${task}`);
    assert.equal(
      Date.parse(String(shown.json['expires_at'])) - Date.parse(String(shown.json['updated_at'])),
      48 * hour,
    );

    const { reached } = await clock.setClock({ step: 'next' });
    assert.equal(reached?.kind, 'token');
    assert.equal((await owner.ask('GET', '/dfw/image/v2/images')).status, 401);
    const again = await logIn(emulator.url, 'owner');
    await clock.setClock({ step: 'next' });
    const third = await logIn(emulator.url, 'owner');
    assert.equal((await again.ask('GET', '/dfw/image/v2/images')).status, 401);
    assert.equal((await clock.clock()).next?.kind, 'task');
    await clock.setClock({ step: 'next' });
    assert.equal((await third.ask('GET', `/dfw/image/v2/tasks/${task}`)).status, 404);
    const [gone] = (
      await readEvents(
        emulator,
        'after=0',
        ({ kind, data }) => kind === 'task' && data['action'] === 'delete',
      )
    ).slice(-1);
    assert.equal(gone?.data['id'], task);
  });
});

test('work that waits is woken by a step, and goes faster or slower as the clock does', async () => {
  await withEmulator([...empty, '--speed', '0.001'], async (emulator) => {
    const clock = clockOf(emulator);
    const owner = await logIn(emulator.url, 'owner');
    const waiting = async () => (await clock.clock()).next;
    const first = await beginTask(owner);
    await readEvents(emulator, 'after=0', ({ data }) => data['id'] === first);
    const at = async () => Date.parse((await waiting())?.time ?? '') - Date.parse((await clock.clock()).time);
    // 15 s in the queue, at a thousandth of their speed: more than a token's life is short of 24 hours.
    assert.equal((await waiting())?.kind, 'work');
    const slow = await at();
    assert.ok(slow > 14_000_000 && slow <= 15_000_000, `${slow}`);
    await clock.setClock({ speed: 0.01 });
    const faster = await at();
    assert.ok(faster > 1_400_000 && faster <= 1_500_000, `${faster}`);
    assert.equal(await statusOf(owner, first), 'pending');
    await clock.setClock({ step: '2h' });
    await ended(emulator, first);

    await clock.setClock({ pause: true, speed: 1e9 });
    const second = await beginTask(owner);
    await readEvents(emulator, 'after=0', ({ data }) => data['id'] === second);
    assert.equal(await statusOf(owner, second), 'pending', 'nothing moves while the clock stands');
    await clock.setClock({ pause: false });
    await ended(emulator, second);
  });
});

test('what is no clock is refused by name', async () => {
  await withEmulator(empty, async ({ url, token }) => {
    const rows: readonly [body: object, problem: RegExp][] = [
      [{ speed: 0 }, /^speed must be a number from 0.001/],
      [{ speed: '5' }, /^speed must be/],
      [{ pause: 'yes' }, /^pause must be true or false/],
      [{ step: -1 }, /^step must be/],
      [{ step: 1.5 }, /^step must be/],
      [{ step: 'soon' }, /^step must be/],
      [{ step: '48' }, /^step must be/],
      [{ step: '999999999999d' }, /^step is too large/],
      [{ stop: 1 }, /^stop is not known here. Use one of speed, pause, step/],
      [[], /^The body must be an object/],
    ];
    for (const [body, problem] of rows) {
      const answer = await ask(url, 'POST', '/emulator/clock', JSON.parse(JSON.stringify(body)), {
        authorization: `Bearer ${token}`,
      });
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.match(JSON.parse(answer.text).error.message, problem);
    }
  });
});
