import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import { openImageData } from '../../../server/cloud/services/imageData.ts';
import type { JsonObject } from '../../../server/rules/json.ts';
import { type Emulator, startEmulator } from '../../tools/emulator.ts';
import type { Journey } from '../journey.ts';

/** Other clouds than the emulator of the editor, by keys alone: connected, edited, lost and back, and left again. */
export const connectJourney: Journey = {
  name: 'connect',
  prepare: async () => undefined,
  run: async ({ step, picture, page, workbench, workspace }) => {
    const data = (name: string): string => join(workspace, '..', `cloud-${name}`);
    const start = (name: string, ...more: string[]): Promise<Emulator> =>
      startEmulator({ data: data(name), arguments: ['--seed', 'demo', ...more] });
    let acme = await start('acme', '--profile', 'openstack');
    const north = await start('north');
    const signIn = (): Promise<Cloud> =>
      connect({
        authUrl: `${acme.url}/identity/v3`,
        userName: 'owner',
        password: 'emulator',
        region: 'RegionOne',
      });
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const input = page
      .locator('.quick-input-widget input[type=text], .quick-input-widget input[type=password]')
      .first();
    const answer = async (question: string | RegExp, text: string): Promise<void> => {
      await page.locator('.quick-input-widget', { hasText: question }).waitFor();
      await input.fill(text);
      await press('Enter');
    };
    const take = async (question: string, text: string): Promise<void> => {
      await page.locator('.quick-input-widget', { hasText: question }).waitFor();
      await input.fill(text);
      await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text }).waitFor();
      await press('Enter');
    };
    const colour = (text: string): Promise<string | null> => workbench.statusItem(text).getAttribute('class');
    const dialog = page.getByRole('dialog');
    const cursor = page.locator('.monaco-list:focus .monaco-list-row.focused');
    const clouds = {
      acme: { auth: { auth_url: `${acme.url}/identity`, username: 'owner' }, region_name: 'RegionOne' },
      north: { auth: { auth_url: `${north.url}/identity/v3`, username: 'owner', password: 'emulator' } },
    };
    try {
      await writeFile(join(workspace, 'clouds.yaml'), JSON.stringify({ clouds }));
      const cloud = await signIn();
      await makeImage(cloud, 'web');
      await makeProject(acme.url);

      await step('the welcome offers the emulator and other clouds', async () => {
        await page.getByRole('tab', { name: 'Cloud Images' }).click();
        await page.getByRole('button', { name: 'Connect to a Cloud…' }).waitFor();
      });

      await step('an entry of clouds.yaml is picked, and asked for the password that it lacks', async () => {
        await workbench.command('Cloud Images: Connect to a Cloud…');
        await page.locator('.quick-input-list .monaco-list-row', { hasText: 'north' }).waitFor();
        await picture('clouds');
        await take('Connect to which cloud?', 'acme');
        await answer('Password for acme', 'emulator');
        await workbench.statusItem('acme RegionOne · owner · 100001').waitFor();
        assert.match((await colour('acme RegionOne')) ?? '', /warning-kind/, 'it stands out');
        await workbench
          .row(/^web, queued/)
          .or(workbench.row(/^web, .*queued$/))
          .waitFor();
      });

      await step(
        'its image is tagged, and the row of it deleted only after a question that names the place',
        async () => {
          await workbench.command('Cloud Images: Focus on Images View');
          // A tree that is drawn anew meanwhile loses the row of the keys.
          await workbench.eventually('the row of the keys', async () => {
            await press('Home', 'ArrowDown');
            return (await cursor.filter({ hasText: 'web' }).count()) > 0;
          });
          await press('Shift+F10');
          await page.getByRole('menuitem', { name: 'Add Tag…' }).hover();
          await press('Enter');
          await answer('Tag for “web”', 'shop');
          await workbench.eventually('the tag', async () => (await tagsOf(cloud, 'web')).includes('shop'));
          await cursor.filter({ hasText: 'web' }).waitFor();
          await press('Delete');
          await dialog.getByText('Cloud: acme').waitFor();
          await dialog.getByText('Region: RegionOne').waitFor();
          await picture('delete');
          await press('Escape');
          await dialog.waitFor({ state: 'detached' });
        },
      );

      await step('a change that others make comes by itself', async () => {
        await makeImage(cloud, 'db');
        await workbench.row(/^db, .*queued$/).waitFor();
      });

      await step(
        'the cloud is gone: what was read stays, with its time, and the status bar says why',
        async () => {
          acme.process.kill('SIGKILL');
          await workbench.statusItem('acme RegionOne · owner · 100001: no answer').waitFor();
          assert.match((await colour('acme RegionOne')) ?? '', /error-kind/);
          await page
            .getByText(/^As of \d\d:\d\d\. acme does not answer\.$/)
            .first()
            .waitFor();
          await workbench.row(/^db, .*queued$/).waitFor();
        },
      );

      await step('the cloud is back: the window follows it again by itself', async () => {
        acme = await start('acme', '--port', new URL(acme.url).port, '--profile', 'openstack');
        await makeImage(await signIn(), 'after');
        await workbench.row(/^after, .*queued$/).waitFor({ timeout: 40_000 });
        await page
          .getByText(/^As of /)
          .first()
          .waitFor({ state: 'hidden' });
        assert.match((await colour('acme RegionOne')) ?? '', /warning-kind/);
      });

      await step(
        'the projects of the user are listed, and another user of another project has other images',
        async () => {
          await workbench.command('Cloud Images: Switch Project…');
          await page
            .locator('.quick-input-list .monaco-list-row', { hasText: 'shown now · your roles: ' })
            .waitFor();
          await take('Show which project?', '100001');
          await workbench.statusItem('acme RegionOne · owner · 100001').waitFor();
          await workbench.command('Cloud Images: Switch User…');
          await take('Sign in as which user?', 'Another user');
          await answer('User name', 'ann');
          await answer('Password of ann', 'secret');
          await workbench.statusItem('acme RegionOne · ann · lab').waitFor();
          await workbench.row(/^db, .*queued$/).waitFor({ state: 'detached' });
        },
      );

      await step('another cloud, and another region of it', async () => {
        await workbench.command('Cloud Images: Connect to a Cloud…');
        await take('Connect to which cloud?', 'north');
        await workbench.statusItem(/north \w+ · owner · 100001/).waitFor();
        await workbench.command('Cloud Images: Choose Region…');
        await take('Show which region?', 'ORD');
        await workbench.statusItem('north ORD · owner · 100001').waitFor();
        await page
          .locator('.pane-header', { hasText: 'Images' })
          .getByText('north ORD · owner · 100001')
          .waitFor();
      });

      await step('a cloud is described question by question, and one of them taken back', async () => {
        await workbench.command('Cloud Images: Connect to a Cloud…');
        await take('Connect to which cloud?', 'Another cloud');
        await answer("Address of the cloud's Keystone", 'acme');
        await page.locator('.quick-input-widget', { hasText: 'Enter an address that begins with' }).waitFor();
        await picture('form');
        await answer('Another cloud', `${acme.url}/identity/v3`);
        await answer('Name of the cloud', 'mistaken');
        await page.locator('.quick-input-list .monaco-list-row', { hasText: 'of Rackspace' }).waitFor();
        await page.getByRole('button', { name: 'Back' }).waitFor();
        await press('Control+Alt+Minus');
        await answer('Name of the cloud', 'lab cloud');
        await take('user name and password', 'Password');
        await answer(/User name \(/, 'ann'); // not the row before, “user name and password”
        await answer('Domain of the user', 'Default');
        await answer('Project, or nothing', 'lab');
        await answer('Password, secret or key', 'secret');
        await workbench.statusItem('lab cloud RegionOne · ann · lab').waitFor();
      });

      await step(
        'a window that is loaded again shows the same cloud, and asks for what the page has forgotten',
        async () => {
          await page.reload(); // a served editor keeps secrets in its page
          await workbench.statusItem('lab cloud: password needed').waitFor({ timeout: 60_000 });
          await page.getByRole('button', { name: 'Enter the Password…' }).waitFor();
          await workbench.command('Cloud Images: Sign In Again');
          await answer('Password for lab cloud', 'secret');
          await workbench.statusItem('lab cloud RegionOne · ann · lab').waitFor({ timeout: 60_000 });
        },
      );

      await step('and back to the emulator', async () => {
        await workbench.command('Cloud Images: Connect to a Cloud…');
        await take('Connect to which cloud?', 'Emulator');
        await workbench.statusItem('Emulator DFW · owner · 100001').waitFor({ timeout: 60_000 });
        assert.doesNotMatch((await colour('Emulator DFW')) ?? '', /warning-kind|error-kind/);
        await workbench.row(/^Public, \d+ images$/).waitFor();
      });
    } finally {
      await Promise.all([acme.close(), north.close()]);
    }
  },
};

async function makeImage({ session, region }: Cloud, name: string): Promise<void> {
  await openImageData(session, region).create({ name, disk_format: 'raw', container_format: 'bare' });
}

async function tagsOf(cloud: Cloud, name: string): Promise<readonly unknown[]> {
  const { value: page = [] } = await cloud.images.list({ name }).next();
  const tags = page[0]?.get('tags');
  return Array.isArray(tags) ? tags : [];
}

/** One more project, with a user of its own. */
async function makeProject(url: string): Promise<void> {
  const base = `${url}/identity/v3`;
  const { session } = await connect({
    authUrl: base,
    userName: 'admin',
    password: 'emulator',
    region: 'RegionOne',
  });
  const make = async (path: string, json: JsonObject): Promise<string> => {
    const [made] = Object.values(
      (await session.json(`${base}/${path}`, { method: 'POST', json })) as JsonObject,
    );
    return (made as { id: string }).id;
  };
  const project = await make('projects', { project: { name: 'lab', domain_id: 'default' } });
  const ann = { name: 'ann', password: 'secret', default_project_id: project };
  const user = await make('users', { user: ann });
  const { roles } = (await session.json(`${base}/roles`)) as { roles: { id: string; name: string }[] };
  const role = roles.find(({ name }) => name === 'member')?.id;
  await session.send(`${base}/projects/${project}/users/${user}/roles/${role}`, { method: 'PUT' });
}
