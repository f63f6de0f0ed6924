import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import type { DiskView } from '../../client/diskViewer/protocol.ts';
import { readDisk } from '../../client/diskViewer/readDisk.ts';
import { fileSource } from '../../server/disks/fileSource.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { writeLargestFull } from '../disks/large.ts';
import { GiB, MiB, makeVhd } from '../tools/disks.ts';
import { launchBrowser } from '../workbench/browser.ts';
import { record } from './results.ts';

/** The disk viewer: how soon a large disk is read, and what the page of the largest one costs. */
export async function benchPictures(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-pictures-'));
  try {
    const [sparse, full] = [join(folder, 'sparse.vhd'), join(folder, 'full.vhd')];
    const extents = Array.from({ length: 500 }, (_, at) => ({
      position: at * 200 * MiB,
      bytes: Buffer.of(1),
    }));
    makeVhd(sparse, { virtualSize: 100 * GiB, guest: 'linux', extents });
    await writeLargestFull(full);
    console.log('Disk viewer');
    const { milliseconds: sparseRead } = await measureReading(sparse);
    print('100 GB, sparse, read', `${sparseRead.toFixed(0)} ms (limit 300)`);
    const { milliseconds, view } = await measureReading(full);
    print('2 TB, every block in no order, read', `${milliseconds.toFixed(0)} ms`);
    const { bytes, first, frames } = await measurePage(view);
    print('its page: memory', `${(bytes / MiB).toFixed(1)} MB (limit 64)`);
    print('its page: first content', `${first.toFixed(0)} ms`);
    print('its page: longest frame of keys and zooms', `${Math.max(...frames).toFixed(0)} ms (limit 50)`);
    record(
      { what: 'disk viewer, 100 GB sparse, read', value: sparseRead, unit: 'ms', most: 300 },
      { what: 'disk viewer, 2 TB full, memory of the page', value: bytes / MiB, unit: 'MB', most: 64 },
      { what: 'disk viewer, 2 TB full, longest frame', value: Math.max(...frames), unit: 'ms', most: 50 },
    );
    console.log();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function print(name: string, value: string): void {
  console.log(`${name.padEnd(48)}${value}`);
}

async function measureReading(path: string): Promise<{ milliseconds: number; view: DiskView }> {
  const began = performance.now();
  const source = fileSource(path);
  const profile = { label: 'Rackspace', profile: profiles.rackspace };
  const judges = { profiles: [profile], limit: profile.profile.limits.importVirtualBytes };
  const { value } = await readDisk({ name: 'disk.vhd', path, source }, judges, Date.now()).next();
  source.close();
  return { milliseconds: performance.now() - began, view: value as DiskView };
}

/** The page of a room that ships, without an editor around it. */
export async function openPageOf(room: string, browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  await page.addInitScript(() => {
    const api = { postMessage: () => undefined, getState: () => undefined, setState: () => undefined };
    Object.assign(globalThis, { acquireVsCodeApi: () => api });
  });
  const pictures = join(import.meta.dirname, '..', '..', 'dist', 'pictures');
  await page.goto('about:blank');
  await page.setContent('<main id="page"></main><p id="announcements"></p>');
  await page.addStyleTag({ content: await readFile(join(pictures, 'base.css'), 'utf8') });
  await page.addScriptTag({ content: await readFile(join(pictures, `${room}.js`), 'utf8') });
  return page;
}

async function measurePage(view: DiskView) {
  const browser = await launchBrowser();
  try {
    const page = await openPageOf('diskViewer', browser);
    const debug = await page.context().newCDPSession(page);
    const before = await readMemory(debug);
    const first = await show(page, view);
    const bytes = (await readMemory(debug)) - before;
    const frames: number[] = [];
    for (const key of [
      'ArrowRight',
      'ArrowDown',
      'End',
      'Home',
      '+',
      '+',
      'PageDown',
      'End',
      '+',
      '+',
      '-',
      '-',
      '-',
      '-',
    ])
      frames.push(await measureKey(page, key));
    return { bytes, first, frames };
  } finally {
    await browser.close();
  }
}

/** Of the script and of the arrays that it holds. */
async function readMemory(debug: CDPSession): Promise<number> {
  await debug.send('HeapProfiler.collectGarbage');
  const { usedSize, embedderHeapUsedSize, backingStorageSize } = (await debug.send(
    'Runtime.getHeapUsage',
  )) as Record<string, number>;
  return (usedSize ?? 0) + (embedderHeapUsedSize ?? 0) + (backingStorageSize ?? 0);
}

/** Gives the page its disk as the editor does, and answers how long it took until the picture stood. */
async function show(page: Page, view: DiskView): Promise<number> {
  const encode = (bytes: Uint8Array | Uint32Array): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  const { blocks } = view;
  if (!blocks) throw new Error('The disk has no map.');
  const { lengths, states, places, ...map } = blocks.map;
  const arrays = { lengths: encode(lengths), states: encode(states), places: encode(places) };
  const given = { view: { ...view, blocks: { ...blocks, map } }, arrays };
  return page.evaluate(async ({ view: rest, arrays: texts }) => {
    const decode = (text: string): ArrayBuffer =>
      Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)).buffer;
    const decoded = {
      lengths: new Uint32Array(decode(texts.lengths)),
      states: new Uint8Array(decode(texts.states)),
      places: new Uint32Array(decode(texts.places)),
    };
    const shown = { ...rest, blocks: { ...rest.blocks, map: { ...rest.blocks.map, ...decoded } } };
    const scope = globalThis as unknown as {
      postMessage(message: unknown): void;
      requestAnimationFrame(then: () => void): void;
    };
    const began = performance.now();
    scope.postMessage({ kind: 'disk', view: shown });
    const frame = (): Promise<void> => new Promise((resolve) => scope.requestAnimationFrame(() => resolve()));
    for (let count = 0; count < 3; count++) await frame();
    return performance.now() - began;
  }, given);
}

/** Answers how long a frame lasted in which a key was pressed: handler, drawing and painting. */
async function measureKey(page: Page, key: string): Promise<number> {
  return page.evaluate(async (pressed) => {
    const scope = globalThis as unknown as {
      document: { querySelector(text: string): { dispatchEvent(event: unknown): void } };
      KeyboardEvent: new (type: string, options: unknown) => unknown;
      requestAnimationFrame(then: () => void): void;
    };
    const frame = (): Promise<void> => new Promise((resolve) => scope.requestAnimationFrame(() => resolve()));
    const slider = scope.document.querySelector('[role=slider]');
    await frame();
    const began = performance.now();
    slider.dispatchEvent(new scope.KeyboardEvent('keydown', { key: pressed, bubbles: true }));
    await frame();
    return performance.now() - began;
  }, key);
}
