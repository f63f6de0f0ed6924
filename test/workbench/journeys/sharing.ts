import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Page } from 'playwright-core';
import { connect } from '../../../server/cloud/cloud.ts';
import { makeDisk } from '../../tools/disks.ts';
import { emulatorOf } from '../emulatorLock.ts';
import type { Journey } from '../journey.ts';
import { Workbench } from '../workbench.ts';

/** One person shares an image; another accepts it, sees it, and rejects it; a second window follows along. */
export const sharingJourney: Journey = {
  name: 'sharing',
  prepare: async (folder) => {
    await mkdir(join(folder, '..', 'other'), { recursive: true });
  },
  run: async ({ step, picture, page, workbench, workspace, data, openWindow }) => {
    await step('the emulator starts, and the tree says who is signed in', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await page.getByRole('button', { name: 'Start the Emulator' }).click();
      await workbench.row(/^Public, \d+ images$/).waitFor();
      await workbench.statusItem('Emulator DFW · owner').waitFor();
      await page.getByText('Emulator DFW · owner · 100001 · identity:user-admin').waitFor();
      await workbench.row(/^Shared with You, 0 images$/).waitFor();
    });

    await step('an imported image appears without being asked for', async () => {
      await importImage(data, workspace);
      await workbench.row(/^Web frontend, .*active\b/).waitFor();
    });

    await step('the owner shares it from its menu, after a word about what that means', async () => {
      await workbench.menu(/^Web frontend, /, 'Share Image…');
      await workbench.type('Number of the account', '100002');
      const dialog = page
        .getByRole('dialog')
        .filter({ hasText: 'Share “Web frontend” with account 100002?' });
      await dialog.getByText('Infrastructure service level').waitFor();
      await picture('question');
      await dialog.getByRole('button', { name: 'Share', exact: true }).click();
      await workbench.notification(/Shared “Web frontend” with account 100002/).waitFor();
    });

    const other = await openWindow(join(workspace, '..', 'other'));
    const second = new Workbench(other);
    await step('a second window shows the same emulator, to another user', async () => {
      await other.getByRole('tab', { name: 'Cloud Images' }).click();
      await second.row(/^Deleted Servers, 1 image$/).waitFor();
      await switchTo(other, second, 'partner');
      await second.row(/^Waiting for Your Answer, 1 image$/).waitFor();
      await second.row(/^Web frontend, .*from 100001$/).waitFor();
    });

    await step('the first window switches to the partner, for whom the image waits', async () => {
      await switchTo(page, workbench, 'partner');
      await workbench.row(/^Waiting for Your Answer, 1 image$/).waitFor();
      await workbench.row(/^Web frontend, .*from 100001$/).waitFor();
    });

    await step(
      'the partner accepts it by the keyboard, and both windows show it among the shared',
      async () => {
        await workbench.row(/^Web frontend, /).click();
        await workbench.tab('Web frontend.image.json').waitFor();
        await workbench.command('Cloud Images: Accept Image…');
        await workbench.choose('Web frontend');
        const dialog = page.getByRole('dialog').filter({ hasText: 'Accept “Web frontend”?' });
        await dialog.getByText('account 100001').waitFor();
        await page.keyboard.press('Enter');
        for (const window of [workbench, second]) {
          await window.row(/^Shared with You, 1 image$/).waitFor();
          await window.row(/^Waiting for Your Answer/).waitFor({ state: 'detached' });
        }
      },
    );

    await step('the partner rejects it from its menu, and it is among the rejected in both', async () => {
      await workbench.menu(/^Web frontend, /, 'Reject Image');
      for (const window of [workbench, second]) {
        await window.row(/^Rejected, 1 image$/).waitFor();
        await window.row(/^Shared with You, 0 images$/).waitFor();
      }
    });

    await step('an observer finds the verbs of administrators greyed', async () => {
      await switchTo(page, workbench, 'observer');
      await workbench.row(/^Web frontend, /).click({ button: 'right' });
      const item = page.getByRole('menuitem', { name: 'Rename Image…' });
      await item.waitFor();
      assert.equal(await item.getAttribute('aria-disabled'), 'true');
      assert.notEqual(
        await page.getByRole('menuitem', { name: 'Add Tag…' }).getAttribute('aria-disabled'),
        'true',
      );
      await picture('observer');
      await page.keyboard.press('Escape');
    });

    await step('the window remembers its user', async () => {
      await workbench.reload('Web frontend.image.json'); // the image that is open
      await workbench.statusItem('Emulator DFW · observer').waitFor({ timeout: 60_000 });
      await page.locator('.view-line', { hasText: '"image_type"' }).waitFor();
    });

    await step('another user signs in by name and password, and is refused with a wrong one', async () => {
      await addUser(data, { name: 'guest', password });
      for (const given of ['wrong', password]) {
        await workbench.command('Cloud Images: Switch User…');
        await workbench.choose('Another user…');
        await workbench.type('User name', 'guest');
        await workbench.type('Password of guest', given);
        if (given === 'wrong') await workbench.notification('HTTP 401').waitFor();
      }
      await workbench.statusItem('Emulator DFW · guest').waitFor();
      await page.getByText('Emulator DFW · guest · 100001 · observer').waitFor();
    });

    await step('a password that is no longer stored is asked for again', async () => {
      await workbench.reload('"user":"guest"'); // but its secrets no longer than its page
      await page.getByText('Nobody is signed in').waitFor({ timeout: 60_000 });
      await page.getByRole('button', { name: 'Switch User…' }).click();
      await workbench.choose('partner');
      await workbench.statusItem('Emulator DFW · partner').waitFor();
    });

    await step('no file of the editor holds the password, logs and settings among them', async () => {
      const all = await readdir(data, { recursive: true, withFileTypes: true });
      const files = all.filter((file) => file.isFile()).map(({ parentPath, name }) => join(parentPath, name));
      const own = files.filter(
        (file) => !file.includes(`${join('cloud-images.cloud-images', 'emulator')}${sep}`),
      );
      assert.ok(own.some((file) => file.endsWith('emulator.log')));
      for (const file of own) assert.ok(!(await readFile(file)).includes(password), file);
    });

    await step('a cloud without images says what can be done', async () => {
      await workbench.command('Cloud Images: Reset the Emulator…');
      await workbench.choose('Reset to nothing');
      await page.getByText('This account sees no image in this region.').waitFor();
      await page.getByRole('button', { name: 'Accept an Image by UUID…' }).waitFor();
    });
  },
};

const password = 'the secret of the guest';

async function switchTo(page: Page, workbench: Workbench, user: string): Promise<void> {
  await workbench.command('Cloud Images: Switch User…');
  await workbench.choose(user);
  await workbench.statusItem(`Emulator DFW · ${user}`).waitFor();
  await page.getByText(new RegExp(`^Emulator DFW · ${user} · \\d+ · `)).waitFor();
}

async function addUser(data: string, user: { name: string; password: string }): Promise<void> {
  const emulator = await emulatorOf(data);
  assert.ok(emulator, 'the emulator runs');
  const answer = await fetch(`${emulator.url}/emulator/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${emulator.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...user, apiKey: 'none', account: '100001', roles: ['observer'] }),
  });
  assert.equal(answer.ok, true, await answer.text());
}

/** Imports a disk in the owner's name, past the editor. */
async function importImage(data: string, workspace: string): Promise<void> {
  const emulator = await emulatorOf(data);
  assert.ok(emulator, 'the emulator runs');
  const authUrl = `${emulator.url}/identity/v3`;
  const cloud = await connect({ authUrl, userName: 'owner', password: 'emulator', region: 'DFW' });
  const disk = join(workspace, '..', 'web.vhd');
  makeDisk(disk, 'linux');
  await cloud.objects.putObject('exports', 'web.vhd', disk);
  const input = { import_from: 'exports/web.vhd', image_properties: { name: 'Web frontend' } };
  await cloud.tasks.create('import', input);
}
