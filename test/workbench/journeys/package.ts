import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { makeDemo } from '../demo.ts';
import type { Journey } from '../journey.ts';
import { packageExtension } from '../packages.ts';

/** The most bytes that the package may have. */
const mostBytes = 1.6 * 2 ** 20;

/** What `npm run package` makes is installed into a fresh VS Code, and imports a disk of the demo there. */
export const packageJourney: Journey = {
  name: 'package',
  install: packageExtension,
  prepare: async (folder) => {
    await makeDemo(folder);
  },
  run: async ({ step, page, workbench }) => {
    await step('it is small enough to be fetched in passing', async () => {
      const { size } = await stat(await packageExtension());
      assert.ok(size <= mostBytes, `the package has ${size} bytes`);
    });

    await step('it starts the emulator with the window, as the demo asks', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await workbench.row(/^Public, \d+ images$/).waitFor({ timeout: 60_000 });
    });

    await step('its help opens', async () => {
      await workbench.command('Cloud Images: Open Help');
      const help = page.frameLocator('iframe.webview.ready').frameLocator('iframe');
      await help.getByRole('heading', { name: 'Cloud Images for VS Code' }).waitFor();
      await page.keyboard.press('ControlOrMeta+W');
    });

    await step("it imports the demo's disk", async () => {
      await workbench.openFile('web.image-import.yaml');
      await workbench.focusEditor();
      await workbench.lens(/^Import$/).click();
      await workbench.row(/^Web frontend, .*active\b/).waitFor({ timeout: 60_000 });
    });
  },
};
