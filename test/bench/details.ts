import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import { imagePage, type KnownImage } from '../../client/details/model/imagePage.ts';
import type { DetailsPage } from '../../client/details/protocol.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { launchBrowser } from '../workbench/browser.ts';
import { openPageOf } from './pictures.ts';
import { record } from './results.ts';

/** The details page of one among ten thousand images: how soon its data are made, and stand on the page. */
export async function benchDetails(): Promise<void> {
  const images = new Map(Array.from({ length: 10_000 }, (_, at) => [`image ${at}`, makeImage(at)]));
  const known = describe(images);
  const began = performance.now();
  const page = imagePage(known, Date.now());
  const made = performance.now() - began;
  console.log('Details page, of one of 10,000 images');
  print('its data, made', `${made.toFixed(1)} ms`);
  const first = await measureFirst(page);
  print('its first content', `${first.toFixed(0)} ms (limit 200, with the above)`);
  record({ what: 'details page, first content', value: made + first, unit: 'ms', most: 200 });
  console.log();
}

function print(name: string, value: string): void {
  console.log(`${name.padEnd(48)}${value}`);
}

/** Each of a server built of the one before, and with fifty properties. */
function makeImage(at: number): LiveImage {
  const properties = Array.from({ length: 50 }, (_, number) => [`property_${number}`, 'x'.repeat(40)]);
  return {
    image: new Map(
      Object.entries({
        ...{ id: `image ${at}`, name: `Image ${at}`, owner: '100001', status: 'active', size: 2 ** 30 },
        ...{ created_at: '2015-03-09T11:00:00Z', updated_at: '2015-03-09T11:00:00Z', checksum: 'c' },
        ...{ container_format: 'ovf', base_image_ref: `image ${at - 1}`, visibility: 'private' },
        ...Object.fromEntries(properties),
      }),
    ),
  };
}

function describe(images: ReadonlyMap<string, LiveImage>): KnownImage {
  return {
    seen: makeImage(50),
    person: { profile: profiles.rackspace, caller: { account: '100001', roles: ['identity:user-admin'] } },
    images,
    related: { kind: 'ready', value: { tasks: new Map(), servers: new Map() } },
    sightingsOf: () => [],
    verdict: undefined,
    members: { kind: 'reading' },
    copies: { kind: 'reading' },
    regions: { kind: 'unread' },
    otherRegions: 5,
  };
}

/** Gives the page its data as the editor does, and answers how long it took until they were painted. */
async function measureFirst(page: DetailsPage): Promise<number> {
  const browser = await launchBrowser();
  try {
    const opened = await openPageOf('details', browser);
    return await opened.evaluate(async (data) => {
      const scope = globalThis as unknown as {
        postMessage(message: unknown): void;
        requestAnimationFrame(then: () => void): void;
      };
      const began = performance.now();
      scope.postMessage({ kind: 'show', subject: {}, page: data });
      const frame = (): Promise<void> =>
        new Promise((resolve) => scope.requestAnimationFrame(() => resolve()));
      for (let count = 0; count < 2; count++) await frame();
      return performance.now() - began;
    }, page);
  } finally {
    await browser.close();
  }
}
