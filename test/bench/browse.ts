import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Collection } from '../../client/cloud/collection.ts';
import { imageReader } from '../../client/cloud/imageCollection.ts';
import { PollingSource } from '../../client/cloud/pollingSource.ts';
import { startEmulator } from '../tools/emulator.ts';
import { noChoice } from '../tools/noChoice.ts';
import { median } from './cpu.ts';
import { makeImages } from './imagesData.ts';
import { record } from './results.ts';

const times = 7;

/** How soon the sidebar has rows of a cloud of which the account sees ten thousand images, signing in included. */
export async function benchBrowse(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'cloud-images-bench-'));
  await makeImages(data, 17_000);
  const emulator = await startEmulator({ data, arguments: ['--profile', 'openstack'] });
  try {
    const runs: { first: number; all: number; seen: number }[] = [];
    for (let at = 0; at < times; at++) runs.push(await measured(emulator.url));
    const [first, all] = [median(runs.map((run) => run.first)), median(runs.map((run) => run.all))];
    const { seen = 0 } = runs[0] ?? {};
    console.log(
      `${seen} images: the first rows after ${first.toFixed(0)} ms, all after ${all.toFixed(0)} ms`,
    );
    const peer = `all after ${all.toFixed(0)} ms`;
    record({ what: `first rows of ${seen} images`, value: first, unit: 'ms', most: 200, peer });
  } finally {
    await emulator.close();
    rmSync(data, { recursive: true });
  }
}

async function measured(url: string): Promise<{ first: number; all: number; seen: number }> {
  const source = new PollingSource({
    ...{ label: 'Cloud', origin: 'the bench', key: 'browse', interval: 60_000 },
    readEntry: () => ({
      credentials: { authUrl: `${url}/identity/v3`, userName: 'owner', password: 'emulator' },
    }),
    choice: noChoice('RegionOne'),
    log: () => undefined,
  });
  const images = new Collection(source, imageReader, (error) => {
    throw error;
  });
  try {
    const began = performance.now();
    images.watch();
    await source.connect();
    await images.shown();
    const first = performance.now() - began;
    const snapshot = await images.loaded();
    const all = performance.now() - began;
    if (snapshot.kind !== 'ready') throw new Error(`The images were not read: ${snapshot.kind}.`);
    return { first, all, seen: snapshot.items.size };
  } finally {
    images.dispose();
    source.dispose();
  }
}
