import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDemo } from '../demo.ts';
import type { Journey } from '../journey.ts';

/** The quick start of the README without a mouse: no button of one is ever pressed. */
export const keyboardJourney: Journey = {
  name: 'keyboard',
  settings: { 'workbench.startupEditor': 'readme' },
  prepare: async (folder) => {
    await makeDemo(folder);
    await writeFile(join(folder, '.vscode', 'settings.json'), '{}'); // the import starts the emulator
  },
  run: async ({ step, picture, page, workbench, workspace }) => {
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const clicks: string[] = [];
    await page.exposeFunction('noteClick', (what: string) => void clicks.push(what));
    await page.evaluate(
      "addEventListener('mousedown', (event) => noteClick(String(event.target?.className)), true)",
    );
    const problems = page.locator('.squiggly-error');
    const cursor = page.locator('.monaco-list:focus .monaco-list-row.focused');
    const editor = page.locator('.editor-group-container.active .monaco-editor.focused');
    const image = 'Web frontend.image.json';

    await step('the steps of the demo open, and the first link leads to the mistakes', async () => {
      await workbench.tab('README.md').waitFor();
      await page
        .frameLocator('iframe.webview.ready')
        .frameLocator('iframe')
        .getByText('the first ten')
        .waitFor();
      await press('Tab', 'Enter');
      await workbench.tab('mistakes.image-import.yaml').waitFor();
      await problems.first().waitFor();
    });

    await step('F8 and Ctrl+. repair one problem after the other', async () => {
      for (const property of ['os_type', 'com.rackspace__1__visible_core']) {
        await workbench.openFixes(`Remove '${property}'`);
        await press('Enter');
        await page.locator('.view-line', { hasText: property }).waitFor({ state: 'detached' });
      }
      await press('ControlOrMeta+S');
      await workbench.eventually('the repaired file', async () => {
        const text = await readFile(join(workspace, 'manifests', 'mistakes.image-import.yaml'), 'utf8');
        return !/os_type|visible_core/.test(text);
      });
    });

    await step('the palette imports the disk, and the message opens the image', async () => {
      await workbench.openFile('web.image-import.yaml');
      await workbench.command('Cloud Images: Import Disk…');
      await workbench.row(/^Web frontend, .*active\b/).waitFor({ timeout: 60_000 });
      await workbench.command('Notifications: Show Notifications');
      await page.locator('.notifications-center .monaco-list:focus').waitFor();
      await picture('message');
      await press('Tab', 'Enter');
      await workbench.tab(image).waitFor();
      await editor.waitFor();
    });

    await step('a protected property is refused when saved, and Ctrl+. restores it', async () => {
      await press('ControlOrMeta+F');
      await page.keyboard.type('__options": "');
      await press('Escape', 'ArrowRight', 'Shift+ArrowRight');
      await page.keyboard.type('4');
      await press('ControlOrMeta+S');
      await workbench.notification(/Failed to save .*403/).waitFor();
      await workbench.openFixes('Restore the live value');
      await press('Enter');
      await problems.first().waitFor({ state: 'detached' });
      await press('ControlOrMeta+S');
      await workbench.saved(image);
    });

    await step('F6 leads from the text to the tree, and the arrows to the image', async () => {
      for (let tries = 0; tries < 8 && (await cursor.count()) === 0; tries++) await press('F6', 'Home');
      await cursor.filter({ hasText: 'Your Images' }).waitFor();
      await press('ArrowDown', 'ArrowDown');
      await cursor.filter({ hasText: 'Web frontend' }).waitFor();
    });

    await step('Shift+F10 opens the menu of the row', async () => {
      await press('Shift+F10');
      await page.getByRole('menuitem', { name: 'Add Tag…' }).waitFor();
      await picture('menu');
      const chosen = page.locator('.monaco-menu .action-item.focused', { hasText: 'Add Tag…' });
      for (let tries = 0; tries < 30 && (await chosen.count()) === 0; tries++) await press('ArrowDown');
      await chosen.waitFor();
      await press('Enter');
      await workbench.type('Tag for “Web frontend”', 'shop');
      await cursor.filter({ hasText: 'Web frontend' }).waitFor();
    });

    await step('a row says what it cuts off', async () => {
      await press('ControlOrMeta+K', 'ControlOrMeta+I');
      await page.locator('.monaco-hover', { hasText: 'ID: ' }).waitFor();
      await picture('tooltip');
      await press('Escape');
    });

    await step('Delete asks, and Escape goes back to the row', async () => {
      await cursor.filter({ hasText: 'Web frontend' }).waitFor();
      await press('Delete');
      await page.getByRole('dialog').getByText('Delete “Web frontend”?').waitFor();
      await press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await cursor.filter({ hasText: 'Web frontend' }).waitFor();
    });

    await step('all groups of the tree collapse', async () => {
      await press('ControlOrMeta+ArrowLeft');
      await workbench.row(/^Web frontend, /).waitFor({ state: 'detached' });
    });

    await step('the row of the task leads to its image', async () => {
      await workbench.command('View: Close All Editors');
      await workbench.tab(image).waitFor({ state: 'detached' });
      await workbench.command('Cloud Images: Focus on Tasks View');
      await press('Home', 'Shift+F10');
      await page.getByRole('menuitem', { name: 'Open Image' }).waitFor();
      await press('ArrowDown', 'Enter');
      await workbench.tab(image).waitFor();
    });

    await step('a manifest is applied and taken back by the palette', async () => {
      await workbench.openFile('web.image.yaml');
      await workbench.command('Cloud Images: Apply This File…');
      await page.locator('.quick-input-widget', { hasText: 'to Emulator, account 100001, DFW?' }).waitFor();
      await press('Enter');
      await workbench.notification('web.image.yaml: done.').waitFor();
      await workbench.command('Cloud Images: Undo Last Apply…');
      await page.locator('.quick-input-widget', { hasText: 'Undo the last apply to Emulator' }).waitFor();
      await press('Enter');
      await workbench.notification(/^.*Undone/).waitFor();
      assert.deepEqual(clicks, []);
    });
  },
};
