import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import { openImageData } from '../../../server/cloud/services/imageData.ts';
import { makeImages } from '../../bench/imagesData.ts';
import { startEmulator } from '../../tools/emulator.ts';
import type { Journey } from '../journey.ts';
import { readTree } from '../workbench.ts';

/** Ten thousand images by keys alone: filtered, asked for by a query, grouped, sorted, and what stands below one of them. */
export const browseJourney: Journey = {
  name: 'browse',
  prepare: async (folder) => makeImages(join(folder, '..', 'cloud'), 17_000),
  run: async ({ step, picture, page, workbench, workspace }) => {
    const acme = await startEmulator({
      data: join(workspace, '..', 'cloud'),
      arguments: ['--profile', 'openstack', '--speed', '100000'],
    });
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const clicks: string[] = [];
    await page.exposeFunction('noteClick', (what: string) => void clicks.push(what));
    const box = page.locator('.quick-input-widget');
    const focusedRow = box.locator('.monaco-list-row.focused');
    const images = page.getByRole('tree', { name: 'Images' });
    const servers = page.getByRole('tree', { name: 'Servers' });
    const cursor = page.locator('.monaco-list:focus .monaco-list-row.focused');
    const take = async (question: string, text: string): Promise<void> => {
      await box.filter({ hasText: question }).waitFor();
      await box.locator('input').first().fill(text);
      await focusedRow.filter({ hasText: text }).waitFor();
      await press('Enter');
    };
    const openFilter = async (): Promise<void> => {
      await workbench.command('Cloud Images: Focus on Images View');
      await page.locator('.monaco-list:focus').waitFor();
      await press('/');
      await box.filter({ hasText: 'Filter Images' }).waitFor();
    };
    try {
      const auth = { auth_url: `${acme.url}/identity`, username: 'owner', password: 'emulator' };
      const clouds = { acme: { auth, region_name: 'RegionOne' } };
      await writeFile(join(workspace, 'clouds.yaml'), JSON.stringify({ clouds }));
      const cloud = await connect({
        authUrl: `${acme.url}/identity/v3`,
        userName: 'owner',
        password: 'emulator',
        region: 'RegionOne',
      });
      await makeFamily(cloud, join(workspace, '..', 'disk.img'));

      await step('the newest of ten thousand images are there while the others are read', async () => {
        await page.evaluate(
          "addEventListener('click', ({ detail }) => detail > 0 && noteClick('click'), true)",
        );
        await page.getByRole('tab', { name: 'Cloud Images' }).waitFor(); // its commands are known, too
        await workbench.command('Cloud Images: Focus on Images View');
        await workbench.command('Cloud Images: Connect to a Cloud…');
        await take('Connect to which cloud?', 'acme');
        await workbench.statusItem('acme RegionOne · owner · 100001').waitFor();
        await workbench.row(/^golden, /).waitFor();
        await workbench.row(/^Your Images, 6,80\d images$/).waitFor();
      });

      await step('typing filters them, and Escape brings back what was before', async () => {
        await openFilter();
        await page.keyboard.type('image 77');
        await focusedRow.filter({ hasText: 'Show ' }).waitFor();
        await page.getByText(/^Filter: image 77 · [\d,]+ of 10,\d+ images$/).waitFor();
        await workbench.row(/^Your Images, (?!6,80)/).waitFor();
        await picture('typed');
        await press('Escape');
        await workbench.row(/^Your Images, 6,80\d images$/).waitFor();
        await page.getByText(/^Filter: /).waitFor({ state: 'detached' });
      });

      await step('where nothing matches, the view says so and clears the filter', async () => {
        await openFilter();
        await page.keyboard.type('no such image');
        await page.getByText('No image matches the filter.').waitFor();
        await press('Enter');
        await picture('nothing');
        await page.getByRole('button', { name: 'Clear the Filter' }).first().focus();
        await press('Enter');
        await workbench.row(/^Your Images, 6,80\d images$/).waitFor();
      });

      await step(
        'a query is completed, refused in the box, and answered by the cloud in its order',
        async () => {
          await openFilter();
          await page.keyboard.type('?size_min=lots');
          await press('Enter');
          await focusedRow.filter({ hasText: 'The cloud refuses the query' }).waitFor();
          await box.getByText(/HTTP 400/).waitFor();
          await picture('refused');
          await box.locator('input').first().fill('?ta');
          await box.locator('.monaco-list-row', { hasText: 'tag=' }).waitFor();
          await press('ArrowDown', 'Enter');
          await workbench.eventually('the completion', async () => {
            return (await box.locator('input').first().inputValue()) === '?tag=';
          });
          await picture('completion');
          await page.keyboard.type('common&sort=name:asc&limit=20');
          await press('Enter');
          await page.getByText(/^Filter: \?tag=common&sort=name:asc&limit=20 · 20 of /).waitFor();
        },
      );

      await step('the filter is saved by a name, and taken again from the box', async () => {
        await workbench.command('Cloud Images: Save the Filter…');
        await workbench.type('Name of the filter', 'first twenty');
        await box.waitFor({ state: 'hidden' }); // a box that is still checked gives way to the next
        await workbench.command('Cloud Images: Clear the Filter');
        await workbench.row(/^Your Images, 6,80\d images$/).waitFor();
        await openFilter();
        await box.locator('.monaco-list-row', { hasText: 'first twenty' }).waitFor();
        await press('ArrowDown');
        await focusedRow.filter({ hasText: 'first twenty' }).waitFor();
        await press('Enter');
        await page.getByText(/^Filter: \?tag=common/).waitFor();
        await workbench.command('Cloud Images: Clear the Filter');
      });

      await step('they are grouped by operating system and sorted by size', async () => {
        await workbench.command('Cloud Images: Group Images by…');
        await take('Group the images by what?', 'Operating System');
        await workbench.row(/^Debian 1, \d+ images$/).waitFor();
        await workbench.command('Cloud Images: Sort Images by…');
        await take('Sort the images by what?', 'Size');
        await workbench.command('Cloud Images: Focus on Images View');
        // A tree that is drawn anew meanwhile loses the row of the keys.
        await workbench.eventually('the images of a group', async () => {
          await press('Home', 'ArrowDown', 'ArrowRight');
          return (await images.getByRole('treeitem', { name: /^image \d+, CentOS / }).count()) > 0;
        });
        const numbers = (await readTree(images)).flatMap((row) => /: image (\d+), /.exec(row)?.[1] ?? []);
        assert.deepEqual(
          numbers,
          numbers.toSorted((one, other) => Number(other) - Number(one)),
          'their sizes are those numbers',
        );
        await picture('systems');
        await workbench.command('Cloud Images: Group Images by…');
        await take('Group the images by what?', 'Control Panel');
        await workbench.command('Cloud Images: Sort Images by…');
        await take('Sort the images by what?', 'Date');
      });

      await step(
        'below an image stand the accounts and servers that have it, and the images of those',
        async () => {
          await openFilter();
          await page.keyboard.type('golden');
          await press('Enter');
          await workbench.row(/^Your Images, 1 image$/).waitFor();
          await workbench.row(/^golden, .*shared with 1$/).waitFor();
          await workbench.command('Cloud Images: Focus on Images View');
          await workbench.eventually('what stands below the image', async () => {
            await press('Home', 'ArrowDown', 'ArrowRight');
            return (await workbench.row(/^Server shop, built of this image, ACTIVE, /).count()) > 0;
          });
          await press('Home', 'ArrowDown');
          await cursor.filter({ hasText: 'golden' }).waitFor();
          await press('ArrowDown', 'ArrowDown', 'ArrowRight');
          await images.getByRole('treeitem', { name: /^shop-1, / }).waitFor();
          assert.deepEqual(await readTree(images), [
            'level 1, expanded: Your Images, 1 image',
            'level 2, expanded: golden, 16 bytes, AGE, active, shared with 1',
            'level 3: Account 100002, shared with it, pending',
            'level 3, expanded: Server shop, built of this image, ACTIVE, m1.tiny',
            'level 4: shop-1, 384 KB, AGE, active',
          ]);
          await picture('lineage');
        },
      );

      await step('the servers say the same of theirs', async () => {
        assert.deepEqual(await readTree(servers), [
          'level 1, expanded: shop, ACTIVE, m1.tiny, golden, 1 image of it',
          'level 2: shop-1, 384 KB, AGE, active',
        ]);
      });

      await step('the Delete key on an account stops sharing, after a question', async () => {
        await press('ArrowUp');
        await cursor.filter({ hasText: '100002' }).waitFor();
        await press('Delete');
        await page.getByRole('dialog').getByText('Stop sharing “golden” with 100002?').waitFor();
        await press('Enter');
        await workbench.row(/^Account 100002/).waitFor({ state: 'detached' });
        await workbench.row(/^golden, .*active$/).waitFor();
        assert.deepEqual(clicks, []);
      });
    } finally {
      await acme.close();
    }
  },
};

/** An image that is shared, a server built of it, and an image taken of that. */
async function makeFamily(cloud: Cloud, disk: string): Promise<void> {
  const data = openImageData(cloud.session, cloud.region);
  const body = { name: 'golden', disk_format: 'raw', container_format: 'bare' };
  const golden = String((await data.create(body)).get('id'));
  await writeFile(disk, 'sixteen bytes...');
  await data.upload(golden, disk);
  await cloud.members.add(golden, '100002');
  const shop = await cloud.servers.create({ server: { name: 'shop', imageRef: golden, flavorRef: '1' } });
  const until = async (isDone: () => Promise<boolean>): Promise<void> => {
    while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await until(async () => (await cloud.servers.get(shop)).status === 'ACTIVE');
  const taken = await cloud.servers.createImage(shop, { name: 'shop-1', metadata: {} });
  await until(async () => (await cloud.images.get(taken)).get('status') === 'active');
}
