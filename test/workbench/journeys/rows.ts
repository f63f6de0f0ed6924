import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDemo } from '../demo.ts';
import { emulatorOf } from '../emulatorLock.ts';
import type { Journey } from '../journey.ts';

/** By keyboard: the first steps of the demo, and the keys of the trees. Nothing that is typed into a tree reaches an image. */
export const rowsJourney: Journey = {
  name: 'rows',
  prepare: async (folder) => {
    await makeDemo(folder);
    // The person starts the emulator by the import, as where it does not start with the window.
    await writeFile(join(folder, '.vscode', 'settings.json'), '{}');
  },
  run: async ({ step, picture, page, workbench, data }) => {
    const dialog = page.getByRole('dialog');
    const image = 'Web frontend.image.json';
    const cursor = page.locator('.monaco-list:focus .monaco-list-row.focused');

    await step('the first marked problem of the demo has a repair', async () => {
      await workbench.openFile('mistakes.image-import.yaml');
      await page.locator('.squiggly-error').first().waitFor();
      await workbench.focusEditor();
      await workbench.openFixes("Remove 'os_type'");
      await picture('first-fix');
      await page.keyboard.press('Escape');
    });

    await step('an import ends with a message that opens its image', async () => {
      await workbench.openFile('web.image-import.yaml');
      await workbench.lens(/^Import$/).click();
      const ended = workbench.notification('Imported “Web frontend”.');
      await ended.waitFor({ timeout: 60_000 });
      await picture('imported');
      await ended.getByRole('button', { name: 'Open Image' }).click();
      await page.locator('.view-line', { hasText: '"image_type"' }).waitFor();
    });

    await step('its lens reads Import Again, and a second image is asked about first', async () => {
      await workbench.tab('web.image-import').click();
      await workbench.focusEditor();
      await workbench.lens(/^Import Again$/).click();
      await dialog.getByText('Import another image “Web frontend”?').waitFor();
      await picture('second');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await page.keyboard.press('ControlOrMeta+K');
      await page.keyboard.press('ControlOrMeta+W');
      await workbench.tab(image).waitFor({ state: 'detached' });
    });

    await step('a click opens a preview, and what is typed then changes no image', async () => {
      await workbench.command('Cloud Images: Focus on Images View');
      await workbench.row(/^Web frontend, /).click();
      await page
        .locator('.tabs-container .tab .tab-label.italic, .tabs-container .tab em', { hasText: image })
        .or(workbench.tab(image))
        .first()
        .waitFor();
      await cursor.filter({ hasText: 'Web frontend' }).waitFor();
      await page.keyboard.press('Space');
      await page.keyboard.press('Backspace');
      assert.equal(await page.locator('.tabs-container .tab.dirty').count(), 0);
    });

    await step('Apply names cloud, account and region, above its plan', async () => {
      await workbench.openFile('web.image.yaml');
      await workbench
        .lens(/^Apply$/)
        .first()
        .click();
      const question = page.locator('.quick-input-widget', { hasText: 'to Emulator, account 100001, DFW?' });
      await question.waitFor();
      await page.locator('.view-line', { hasText: 'Emulator, account 100001, DFW' }).waitFor();
      await picture('apply');
      await page.keyboard.press('Escape');
      assert.ok(await emulatorOf(data));
    });

    await step('F2 renames the row with the focus', async () => {
      await workbench.row(/^Web frontend, /).click();
      await page.keyboard.press('F2');
      await workbench.type('New name of “Web frontend”', 'Shop frontend');
      await workbench.row(/^Shop frontend, /).waitFor();
    });

    await step('Delete asks for the row with the focus, though another is selected', async () => {
      await workbench.row(/^Deleted Servers, /).click();
      await workbench.row(/^Deleted Servers, /).click();
      await page.keyboard.press('ArrowDown');
      await cursor.filter({ hasText: 'Shop frontend' }).waitFor();
      await page.keyboard.press('Delete');
      await dialog.getByText('Delete “Shop frontend”?').waitFor();
      await picture('delete');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    });

    await step('Collapse All closes the groups of a tree', async () => {
      const view = page.locator('.pane', { hasText: 'Deleted Servers' }).first();
      await view.locator('.pane-header').hover();
      await view.getByRole('button', { name: 'Collapse All' }).click();
      await workbench.row(/^Shop frontend, /).waitFor({ state: 'detached' });
      await workbench.row(/^Deleted Servers, /).click();
      await page.keyboard.press('ArrowDown');
    });

    await step('Enter goes into the text', async () => {
      await cursor.filter({ hasText: 'Shop frontend' }).waitFor();
      await page.keyboard.press('Enter');
      await page.locator('.editor-group-container.active .monaco-editor.focused').waitFor();
    });
  },
};
