import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import { openImageData } from '../../server/cloud/services/imageData.ts';
import type { Image } from '../../server/cloud/services/images.ts';
import type { Journey } from '../workbench/journey.ts';
import type { Administrator } from './services/administrator.ts';
import { password, region } from './services/place.ts';

/**
 * The sidebar on a real cloud: connected by clouds.yaml, images listed, shown, edited while another changes them, tagged, shared and
 * accepted, another project, objects, servers and their images. What others do there appears within half a minute.
 */
export function makeSidebarJourney(administrator: Administrator): Journey {
  const authUrl = administrator.addresses.identity;
  const signIn = (userName: string, project: string): Promise<Cloud> =>
    connect({ authUrl, userName, password, project, region });
  return {
    name: 'openstack',
    settings: { 'files.autoSave': 'off' },
    prepare: async (folder) => {
      const auth = { auth_url: authUrl, username: 'owner', password, project_name: '100001' };
      const clouds = { real: { auth, region_name: region } };
      await writeFile(join(folder, 'clouds.yaml'), JSON.stringify({ clouds }));
      await writeFile(join(folder, '..', 'notes.bin'), Buffer.alloc(3 << 20, 'notes'));
    },
    run: async ({ step, picture, page, workbench, workspace }) => {
      page.setDefaultTimeout(60_000);
      const document = 'web.image.json';
      const dialog = page.getByRole('dialog');
      const owner = await signIn('owner', '100001');
      const partner = await signIn('partner', '100002');
      const disk = join(workspace, '..', 'notes.bin');
      for (const name of ['web', 'db']) await makeImage(owner, name, disk);
      await makeImage(partner, 'theirs', disk);
      const live = (name: string, { images }: Cloud = owner): Promise<Image> => findImage(images, name);

      const switchUser = async (name: string): Promise<void> => {
        await workbench.command('Cloud Images: Switch User…');
        await workbench.choose('Another user…');
        await workbench.type('User name', name);
        await workbench.type(`Password of ${name}`, password);
      };

      await step('an entry of clouds.yaml is connected, and its images are listed', async () => {
        await workbench.openFile('clouds.yaml'); // the extension is known by then
        await page.getByRole('tab', { name: 'Cloud Images' }).click();
        await page.getByRole('button', { name: 'Connect to a Cloud…' }).click();
        await workbench.choose('real');
        await workbench.statusItem(`real ${region} · owner · 100001`).waitFor();
        for (const name of ['web', 'db']) await workbench.row(new RegExp(`^${name}, .*active$`)).waitFor();
      });

      await step('what it has no use for is said, and what it has is shown', async () => {
        await page.getByText('This cloud imports and exports without tasks.').waitFor();
        await page.getByText('There is no server in this region.').waitFor();
        await picture('connected');
      });

      await step('an image is shown, and an edit of it saved', async () => {
        await workbench.row(/^web, /).dblclick();
        await workbench.tab(document).waitFor();
        await workbench.insertBelowFirstLine('  "own": "kept",');
        await workbench.dirty(document);
        await page.keyboard.press('ControlOrMeta+S');
        await workbench.saved(document);
        assert.equal((await live('web')).get('own'), 'kept');
      });

      await step('an edit that conflicts with that of another is marked, and mine is kept', async () => {
        await workbench.insertBelowFirstLine('  "role": "mine",');
        await workbench.dirty(document);
        const id = String((await live('web')).get('id'));
        await owner.images.patch(id, [{ op: 'add', path: '/role', value: 'theirs' }]);
        await page.keyboard.press('ControlOrMeta+S');
        const conflict = workbench.notification(/Changed both here and in the cloud.*: role\./);
        await conflict.waitFor();
        await page.locator('.squiggly-error').first().waitFor();
        await picture('conflict');
        await conflict.getByRole('button', { name: 'Keep Mine' }).click();
        await workbench.saved(document);
        await workbench.eventually(
          'mine in the cloud',
          async () => (await live('web')).get('role') === 'mine',
        );
      });

      await step('it is tagged', async () => {
        await workbench.menu(/^web, /, 'Add Tag…');
        await workbench.type('Tag for “web”', 'shop');
        await workbench.eventually('the tag', async () => String((await live('web')).get('tags')) === 'shop');
      });

      await step(
        'images are filtered by part of a name, and by a query that the cloud answers or refuses',
        async () => {
          const box = page.locator('.quick-input-widget');
          const filter = async (text: string): Promise<void> => {
            await workbench.command('Cloud Images: Filter Images…');
            await box.filter({ hasText: 'Filter Images' }).waitFor();
            await box.locator('input').first().fill(text);
          };
          await filter('db');
          await page.getByText(/^Filter: db · 1 of 2 images$/).waitFor();
          await workbench.row(/^web, /).waitFor({ state: 'detached' });
          await page.keyboard.press('Escape');
          await workbench.row(/^web, /).waitFor();
          await filter('?size_min=lots');
          await page.keyboard.press('Enter');
          await box.getByText(/HTTP 400/).waitFor();
          await picture('refused-query');
          await page.keyboard.press('Escape');
          await filter('?tag=shop');
          await page.keyboard.press('Enter');
          await page.getByText(/^Filter: \?tag=shop · 1 of 2/).waitFor();
          await workbench.row(/^db, /).waitFor({ state: 'detached' });
          await workbench.command('Cloud Images: Clear the Filter');
          await workbench.row(/^db, /).waitFor();
        },
      );

      await step('it is shared with another account', async () => {
        await workbench.menu(/^web, /, 'Share Image…');
        await workbench.type(/of the (account|project)|Number of the account/i, '100002');
        await dialog.getByRole('button', { name: 'Share', exact: true }).click();
        await workbench.notification(/Shared “web” with account 100002/).waitFor();
      });

      await step('the other account accepts it, and makes nothing of it its own', async () => {
        await switchUser('partner');
        await workbench.statusItem(`real ${region} · partner · 100002`).waitFor();
        await workbench.row(/^theirs, /).waitFor();
        await workbench.row(/^Waiting for Your Answer, 1 image$/).waitFor();
        await workbench.menu(/^web, /, 'Accept Image…');
        await dialog.getByRole('button', { name: 'Accept', exact: true }).click();
        await workbench.row(/^Shared with You, 1 image$/).waitFor();
        const id = String((await live('web')).get('id'));
        assert.deepEqual(await owner.members.list(id), [{ account: '100002', status: 'accepted' }]);
        await picture('accepted');
      });

      await step('back as owner, a second project of the same user has other images', async () => {
        await switchUser('owner');
        await workbench.statusItem(`real ${region} · owner · 100001`).waitFor();
        await workbench.row(/^db, /).waitFor();
        await joinProject(administrator, 'owner', '100002');
        await workbench.command('Cloud Images: Switch Project…');
        await workbench.type('Show which project?', '100002');
        await workbench.statusItem(`real ${region} · owner · 100002`).waitFor();
        await workbench.row(/^theirs, /).waitFor();
        await workbench.row(/^db, /).waitFor({ state: 'detached' });
        await workbench.command('Cloud Images: Switch Project…');
        await workbench.type('Show which project?', '100001');
        await workbench.row(/^db, /).waitFor();
      });

      const back = join(workspace, 'back.bin');
      await step('a container is made, a file uploaded into it, and downloaded again', async () => {
        await workbench.command('Cloud Images: New Container…');
        await workbench.type('Name of the new container', 'exports');
        await workbench.row(/^exports, empty$/).waitFor();
        await workbench.menu(/^exports, empty$/, 'Upload a File…');
        await workbench.chooseFile(join(workspace, '..', 'notes.bin'), 'Upload');
        await workbench.row(/^exports, 1 object/).waitFor();
        await workbench.row(/^exports, 1 object/).click();
        await page.keyboard.press('ArrowRight');
        await workbench.row(/^notes\.bin, 3 MB/).waitFor();
        await workbench.menu(/^notes\.bin, 3 MB/, 'Download Object…');
        await workbench.chooseFile(back, 'OK');
        await workbench.notification(/Downloaded .*back\.bin/).waitFor();
        assert.ok((await readFile(back)).equals(await readFile(join(workspace, '..', 'notes.bin'))));
      });

      await step('the object is deleted after one question, which names the cloud', async () => {
        await workbench.menu(/^notes\.bin, 3 MB/, 'Delete Object…');
        await dialog.getByText('Cloud: real').waitFor();
        await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
        await workbench.row(/^exports, empty$/).waitFor();
      });

      await step('a server is built of an image, and one is taken of it', async () => {
        await page.getByRole('button', { name: 'Create a Server…' }).click();
        await workbench.choose('db');
        await page.getByText('Flavor of the new server').waitFor();
        await workbench.choose('m1.tiny');
        await workbench.type('Name of the new server', 'shop');
        await workbench.row(/^shop, ACTIVE, /).waitFor({ timeout: 120_000 });
        await workbench.menu(/^shop, ACTIVE, /, 'Take Image of Server…');
        await workbench.type('Name of the image of “shop”', 'shop-1');
        await workbench.notification('Image “shop-1” of “shop”: done.').waitFor({ timeout: 120_000 });
        await workbench.row(/^shop, ACTIVE, .*1 image of it$/).waitFor();
        await picture('servers');
      });

      await step('server and image are deleted', async () => {
        await workbench.row(/^shop, ACTIVE, /).click();
        await page.keyboard.press('Delete');
        await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
        await workbench.row(/^shop, ACTIVE, /).waitFor({ state: 'detached' });
        await workbench.row(/^db, /).first().click();
        await page.keyboard.press('Delete');
        await dialog.getByText('Cloud: real').waitFor();
        await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
        await workbench.row(/^db, /).waitFor({ state: 'detached' });
        await assert.rejects(live('db'));
      });
    },
  };
}

/** An image with data, as a server can be built of it. */
async function makeImage(cloud: Cloud, name: string, disk: string): Promise<void> {
  const data = openImageData(cloud.session, cloud.region);
  const made = await data.create({ name, disk_format: 'raw', container_format: 'bare' });
  await data.upload(String(made.get('id')), disk);
}

async function joinProject(administrator: Administrator, user: string, project: string): Promise<void> {
  const [person] = await administrator.list('identity', `/users?name=${user}`);
  const [role] = await administrator.list('identity', '/roles?name=member');
  const path = `/projects/${project}/users/${person?.['id']}/roles/${role?.['id']}`;
  await administrator.ask('identity', 'PUT', path);
}

async function findImage(images: Cloud['images'], name: string): Promise<Image> {
  for await (const [image] of images.list({ name })) if (image) return image;
  throw new Error(`There is no image '${name}'.`);
}
