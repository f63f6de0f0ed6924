import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Collection } from '../../client/cloud/collection.ts';
import { imageReader, type LiveImage } from '../../client/cloud/imageCollection.ts';
import { PollingSource } from '../../client/cloud/pollingSource.ts';
import { ImageRows } from '../../client/views/images/imageRows.ts';
import { ServerRows } from '../../client/views/servers/serverRows.ts';
import { makeImages } from '../bench/imagesData.ts';
import { startEmulator } from '../tools/emulator.ts';
import { noChoice } from '../tools/noChoice.ts';

/** A cloud that is polled, of which the account sees ten thousand images. */
const seenImages = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-many-'));
const data = join(folder, 'data');
await makeImages(data, 17_000); // of which the account sees some ten thousand
const emulator = await startEmulator({ data, arguments: ['--profile', 'openstack'] });
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

function open() {
  const source = new PollingSource({
    ...{ label: 'Test cloud', origin: 'the test', key: 'many', interval: 60_000 },
    readEntry: () => ({
      credentials: { authUrl: `${emulator.url}/identity/v3`, userName: 'owner', password: 'emulator' },
    }),
    choice: noChoice('RegionOne'),
    log: () => undefined,
  });
  return { source, images: new Collection(source, imageReader, assert.fail) };
}

test('the first of ten thousand images can be shown at once, and connecting lists them once', async (context) => {
  const { source, images } = open();
  const lists: string[] = [];
  const note = (message: unknown): void => {
    const { path } = (message as { request: { path: string } }).request;
    if (/\/images\?/.test(path)) lists.push(path);
  };
  subscribe('undici:request:create', note);
  try {
    images.watch();
    await source.connect();
    const began = performance.now();
    const first = await images.shown();
    const firstRows = performance.now() - began;
    assert.ok(first.kind === 'ready' && first.isPartial);
    assert.ok(first.items.size >= 100, `${first.items.size} images`);
    let parts = 0;
    images.onDidRead(() => parts++);
    const all = await images.loaded();
    const whole = performance.now() - began;
    context.diagnostic(`first rows after ${firstRows.toFixed()} ms, all after ${whole.toFixed()} ms`);
    assert.ok(firstRows < whole / 5, 'the first rows do not wait for the others');
    assert.ok(all.kind === 'ready' && all.isPartial === undefined && all.items.size >= seenImages);
    assert.ok(parts >= 1 && parts <= 5, `drawn ${parts} times meanwhile`);
    const own = lists.filter((path) => !path.includes('member_status'));
    assert.ok(own.length <= 2 + all.items.size / 1000, own.join('\n'));
    assert.equal(new Set(lists).size, lists.length, 'no page is asked for twice');
    assert.notEqual(source.lookedAt('image'), undefined, 'the list serves as the first look');
  } finally {
    unsubscribe('undici:request:create', note);
    images.dispose();
    source.dispose();
  }
});

test('ten thousand images with the rows of both trees take 30 MB at most', async (context) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { source, images } = open();
  try {
    await source.connect();
    collect();
    const before = process.memoryUsage().heapUsed;
    images.watch();
    const snapshot = await images.loaded();
    assert.ok(snapshot.kind === 'ready');
    const servers = { kind: 'ready', items: new Map() } as const;
    const rows = { images: new ImageRows(), servers: new ServerRows() };
    for (const tree of Object.values(rows)) tree.build({ images: snapshot, servers, account: '100001' });
    collect();
    const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20;
    assert.equal(rows.images.counts.all, snapshot.items.size);
    assert.ok(megabytes <= 30, `${megabytes} MB`);
    context.diagnostic(`${megabytes.toFixed(1)} MB with ${snapshot.items.size} images`);
  } finally {
    images.dispose();
    source.dispose();
  }
});

test('a change of one of ten thousand images draws its row alone', async () => {
  const { source, images } = open();
  try {
    const { cloud } = await source.connect();
    const snapshot = await images.loaded();
    assert.ok(snapshot.kind === 'ready');
    const rows = new ImageRows();
    const shownNow = (items: ReadonlyMap<string, LiveImage>) => ({
      images: { kind: 'ready', items } as const,
      servers: { kind: 'ready', items: new Map() } as const,
      account: '100001',
    });
    rows.build(shownNow(snapshot.items));
    const own = [...snapshot.items.values()].find(({ image }) => image.get('owner') === '100001');
    const id = String(own?.image.get('id'));
    await cloud.images.patch(id, [{ op: 'replace', path: '/name', value: 'renamed' }]);
    images.touch(id);
    const changed = await images.loaded();
    assert.ok(changed.kind === 'ready');
    const touched = rows.update(shownNow(changed.items));
    assert.ok(touched !== 'all');
    assert.deepEqual(
      touched.map((row) => row.kind === 'image' && row.seen.image.get('name')),
      ['renamed'],
    );
  } finally {
    images.dispose();
    source.dispose();
  }
});
