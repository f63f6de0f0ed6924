import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Collection } from '../../client/cloud/collection.ts';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import type { Cloud } from '../../server/cloud/cloud.ts';
import { makeDisk } from '../tools/disks.ts';
import { newWindow, shown, type Window } from './window.ts';

/** Two windows on one emulator, as the extension makes them: one of each user. */
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-live-'));
let first: Window;
let second: Window;

before(async () => {
  first = newWindow(folder);
  second = newWindow(folder);
  await first.source.connect();
  await second.source.switchUser({ userName: 'partner', password: 'emulator' });
});
after(async () => {
  await first.emulator.stop();
  for (const window of [first, second]) window.close();
  rmSync(folder, { recursive: true, force: true });
});

test('an image that one window shares appears in the other by itself, with each answer to it', async () => {
  const id = await importedImage((await first.source.connect()).cloud);
  const { live } = second;
  assert.equal((await shown(live)).get(id), undefined);
  const { cloud: owner } = await first.source.connect();
  const { cloud: partner } = await second.source.connect();
  /** Events of the import may still be on their way; so it is looked again at each until the change has come. */
  const next = async (
    change: () => Promise<unknown>,
    come: (seen: LiveImage | undefined) => boolean,
  ): Promise<void> => {
    await change();
    for (;;) {
      const changed = nextChange(live, id);
      if (come((await shown(live)).get(id))) return;
      await changed;
    }
  };
  await next(
    () => owner.members.add(id, '100002'),
    (seen) => seen?.answer === 'pending',
  );
  for (const status of ['accepted', 'rejected', 'pending'] as const) {
    await next(
      () => partner.members.answer(id, status),
      (seen) => seen?.answer === status,
    );
    live.reload();
    assert.equal((await shown(live)).get(id)?.answer, status, 'lists say the same');
  }
  await next(
    () => owner.images.patch(id, [{ op: 'replace', path: '/name', value: 'New' }]),
    (seen) => seen?.image.get('name') === 'New',
  );
  await next(
    () => owner.members.remove(id, '100002'),
    (seen) => seen === undefined,
  );
  assert.equal((await shown(first.live)).get(id)?.answer, undefined, 'to its owner it is no shared image');
});

test('a window waits for the emulator that another one has just started and that does not serve yet', async () => {
  await first.source.connect();
  const lock = join(folder, 'data', 'emulator.lock');
  // Until it serves, it holds its folder and has no lock file.
  renameSync(lock, `${lock}.later`);
  const late = newWindow(folder);
  try {
    const started = late.emulator.start();
    await late.logged(/Waiting for it to serve/);
    renameSync(`${lock}.later`, lock);
    await started;
    assert.equal(late.pid(), first.pid());
  } finally {
    late.close();
  }
});

test('an image of the cloud’s is public, and nobody has answered for it', async () => {
  const images = await shown(second.live);
  const ofCloud = [...images.values()].filter(({ image }) => image.get('visibility') === 'public');
  assert.ok(ofCloud.length > 0);
  assert.deepEqual(
    ofCloud.filter(({ answer }) => answer !== undefined),
    [],
  );
});

test('a change is read only when someone asks for it', async () => {
  const { cloud } = await first.source.connect();
  const id = await importedImage(cloud);
  await shown(first.live);
  const paths: string[] = [];
  const watch = (message: unknown): void => {
    const { request } = message as { request: { path: string; method: string } };
    if (request.method === 'GET' && request.path.includes('/image/')) paths.push(request.path);
  };
  subscribe('undici:request:create', watch);
  try {
    for (const tag of ['a', 'b', 'c']) {
      const changed = nextChange(first.live, id);
      await cloud.images.addTag(id, tag);
      await changed;
    }
    assert.deepEqual(paths, []);
    assert.deepEqual((await shown(first.live)).get(id)?.image.get('tags'), ['a', 'b', 'c']);
    await shown(first.live);
    assert.equal(paths.length, 1, paths.join());
  } finally {
    unsubscribe('undici:request:create', watch);
  }
});

test('a refused user changes nothing; an accepted one is remembered, with the password in the secret storage', async () => {
  const window = newWindow(folder);
  try {
    const { cloud: before } = await window.source.connect();
    await assert.rejects(window.source.switchUser({ userName: 'owner', password: 'wrong' }), {
      status: 401,
    });
    assert.equal((await window.source.connect()).cloud, before);
    assert.deepEqual(window.kept(), { state: {}, secrets: {} });
    const { cloud } = await window.source.switchUser({ userName: 'observer', password: 'emulator' });
    assert.deepEqual(cloud.session.roles, ['observer']);
    assert.deepEqual(window.kept(), { state: { user: 'observer' }, secrets: {} });

    // Another user, whose password is forgotten later.
    const { state } = window.emulator;
    assert.ok(state.kind === 'running');
    await window.choice.rememberUser({ userName: 'guest', password: 'mine' });
    assert.deepEqual(window.kept().secrets, { 'emulator.password.guest': 'mine' });
    assert.ok(!JSON.stringify(window.kept().state).includes('mine'));
    window.forget('emulator.password.guest');
    await assert.rejects(window.choice.user(), /password of guest is no longer stored/);
    window.emulator.dispose();
    const later = newWindow(folder, window.kept().state);
    try {
      await assert.rejects(later.source.connect(), /Signing in at .* failed: The password of guest/);
      assert.match(later.source.state.kind === 'failed' ? later.source.state.reason : '', /guest/);
      assert.ok(later.log.every((line) => !line.includes('mine')));
      const { cloud: again } = await later.source.switchUser({ userName: 'partner', password: 'emulator' });
      assert.equal(again.session.account.id, '100002');
      assert.equal(later.source.state.kind, 'connected');
    } finally {
      later.close();
    }
  } finally {
    window.close();
  }
});

function nextChange(live: Collection<LiveImage>, id: string): Promise<void> {
  return new Promise((resolve) => {
    const listening = live.onDidChange((changed) => {
      if (changed !== undefined && changed !== id) return;
      listening.dispose();
      resolve();
    });
  });
}

async function importedImage(cloud: Cloud): Promise<string> {
  const disk = join(folder, 'web.vhd');
  makeDisk(disk, 'linux');
  await cloud.objects.putObject('exports', 'web.vhd', disk);
  const { id } = await cloud.tasks.create('import', {
    import_from: 'exports/web.vhd',
    image_properties: { name: 'Web' },
  });
  for (;;) {
    const task = await cloud.tasks.get(id);
    if (task.status === 'success') return String(task.result?.['image_id']);
    assert.notEqual(task.status, 'failure', task.message);
  }
}

test('the region that is chosen is the one that is asked from then on', async () => {
  const { source } = first;
  await source.connect();
  source.chooseRegion('ORD');
  assert.equal((await source.connect()).cloud.region, 'ORD');
  assert.equal(source.connection?.environment['OS_REGION_NAME'], 'ORD');
  source.chooseRegion('DFW');
  assert.equal((await source.connect()).cloud.region, 'DFW');
});
