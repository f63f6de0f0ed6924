import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDemo } from '../demo.ts';
import type { Journey } from '../journey.ts';

/** An export is downloaded and verified until a segment lacks; many are deleted, and brought back by a snapshot. By keys. */
export const verbsJourney: Journey = {
  name: 'verbs',
  settings: { 'workbench.startupEditor': 'none' },
  prepare: async (folder) => void (await makeDemo(folder)),
  run: async ({ step, picture, page, workbench, workspace }) => {
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const clicks: string[] = [];
    await page.exposeFunction('noteClick', (what: string) => void clicks.push(what));
    await page.evaluate(
      "addEventListener('mousedown', (event) => noteClick(String(event.target?.className)), true)",
    );
    const cursor = page.locator('.monaco-list:focus .monaco-list-row.focused');
    const input = page.locator('.quick-input-widget input').first();
    const dialog = page.locator('.monaco-dialog-box');
    const asked = (words: string) => page.locator('.quick-input-widget', { hasText: words });
    /** Goes down in the tree that has the focus. */
    const goTo = async (words: RegExp): Promise<void> => {
      await press('Home');
      await cursor.waitFor();
      for (let tries = 0; tries < 20 && (await cursor.filter({ hasText: words }).count()) === 0; tries++)
        await press('ArrowDown');
      await cursor.filter({ hasText: words }).waitFor();
    };
    /** Takes an entry of the menu of the row that has the focus. */
    const take = async (entry: string): Promise<void> => {
      await press('Shift+F10');
      const item = page.locator('.monaco-menu .action-item.focused', { hasText: entry });
      await page.getByRole('menuitem', { name: entry }).waitFor();
      for (let tries = 0; tries < 30 && (await item.count()) === 0; tries++) await press('ArrowDown');
      await item.waitFor();
      await press('Enter');
    };
    /** Of many messages at once, VS Code shows some in its list alone. */
    const clearMessages = (): Promise<void> => workbench.command('Notifications: Clear All Notifications');
    const confirm = async (question: string): Promise<void> => {
      await dialog.getByText(question).waitFor();
      await press('Enter');
      await dialog.waitFor({ state: 'detached' });
    };
    const exported = /^[0-9a-f-]{36}\.vhd/;
    /** Pressed again where the menu closed before the key reached it, as it does when its tree gets the focus anew. */
    const verify = async (verdict: RegExp): Promise<void> => {
      const message = page.locator('.notification-list-item').first();
      for (let tries = 0; tries < 3; tries++) {
        await clearMessages();
        await workbench.command('Cloud Images: Focus on Cloud Files View');
        await goTo(exported);
        await take('Verify Object');
        const isTold = await message.waitFor({ timeout: 10_000 }).then(
          () => true,
          () => false,
        );
        if (isTold) break;
      }
      await workbench.notification(verdict).waitFor();
    };
    const importDisk = async (): Promise<void> => {
      await workbench.openFile('web.image-import.yaml');
      await workbench.lens(/^Import( Again)?$/).waitFor(); // the palette has its commands by then
      await workbench.command('Cloud Images: Import Disk…');
    };
    const images = workbench.row(/^Web frontend, .*active\b/);

    await step('a disk is imported twice', async () => {
      await importDisk();
      await images.first().waitFor({ timeout: 60_000 });
      await importDisk();
      await confirm('Import another image “Web frontend”?');
      await images.nth(1).waitFor({ timeout: 60_000 });
    });

    await step('one of the images is exported', async () => {
      await workbench.command('Cloud Images: Focus on Images View');
      await goTo(/^Web frontend/);
      await take('Export Image…');
      await asked('into which container?').waitFor();
      await press('Enter');
      await dialog.getByText('Export “Web frontend”?').waitFor();
      await press('Enter');
      await workbench.row(/^Export Web frontend, success/).waitFor({ timeout: 60_000 });
    });

    const back = join(workspace, 'back.vhd');
    await step('the object is downloaded', async () => {
      await workbench.command('Cloud Images: Focus on Cloud Files View');
      await goTo(/^exports/);
      await press('ArrowRight');
      await workbench.row(exported).waitFor();
      await goTo(exported);
      await take('Download Object…');
      await page.locator('.quick-input-list .monaco-list-row').first().waitFor();
      await input.fill(back);
      await press('Enter');
      await workbench.notification(/Downloaded .*back\.vhd/).waitFor();
      assert.ok((await stat(back)).size > 1 << 20);
    });

    await step('it is verified, and sound', async () => {
      await verify(/is sound: .* both footers are equal/);
      await picture('sound');
    });

    await step('a segment is deleted, with a warning of what becomes of the object', async () => {
      await goTo(exported);
      await press('ArrowRight');
      await workbench.row(/^…-00001/).waitFor();
      await goTo(/-00001/);
      await press('Delete');
      await dialog.getByText(/Without it, a download of .* is too short/).waitFor();
      await picture('segment');
      await press('Enter');
      await workbench.row(/^…-00001/).waitFor({ state: 'detached' });
    });

    await step('its verification finds that', async () => {
      await verify(/is damaged\. .* Export the image anew/);
      await picture('damaged');
    });

    await step('a snapshot is taken', async () => {
      await workbench.command('Cloud Images: Take a Snapshot of the Emulator…');
      await asked('Name of the snapshot').waitFor();
      await press('Enter');
      await workbench.statusItem('Took the snapshot “snapshot 1”').waitFor();
    });

    await step('two images are deleted when their number is typed', async () => {
      await workbench.command('Cloud Images: Focus on Images View');
      await goTo(/^Web frontend/);
      await press('ControlOrMeta+Shift+Enter', 'ArrowDown', 'ControlOrMeta+Shift+Enter', 'Delete');
      await asked('Delete 2 images?').waitFor();
      await page.keyboard.type('3');
      await press('Enter');
      await asked('Type 2 to delete them').waitFor();
      await picture('typed');
      await press('Backspace');
      await page.keyboard.type('2');
      await press('Enter');
      await images.first().waitFor({ state: 'detached' });
    });

    await step('going back to the snapshot brings them back', async () => {
      await workbench.command('Cloud Images: Go Back to a Snapshot of the Emulator…');
      await asked('Go back to which snapshot?').waitFor();
      await press('Enter');
      await confirm('Go back to “snapshot 1”?');
      await images.nth(1).waitFor();
    });

    await step('a name that reads like a link of the editor is none', async () => {
      await clearMessages();
      await workbench.command('Cloud Images: Focus on Images View');
      await goTo(/^Web frontend/);
      await take('Rename Image…');
      await asked('New name of “Web frontend”').waitFor();
      await press('ControlOrMeta+A');
      await page.keyboard.type('[Sign in](command:workbench.action.quit)');
      await press('Enter');
      const renamed = workbench.notification(/Renamed “Web frontend” to “.*Sign in/);
      await renamed.waitFor();
      assert.deepEqual(await renamed.getByRole('link').allTextContents(), []);
      assert.equal(await renamed.locator('a', { hasText: 'Sign in' }).count(), 0);
      assert.deepEqual(clicks, []);
    });
  },
};
