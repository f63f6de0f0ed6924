import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDemo } from '../demo.ts';
import type { Journey } from '../journey.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'media', 'pictures');

/** Takes the pictures of README, by its own steps. Run by name when what they show has changed. */
export const picturesJourney: Journey = {
  name: 'pictures',
  byName: true,
  prepare: async (workspace) => {
    await makeDemo(workspace);
    await mkdir(folder, { recursive: true });
  },
  run: async ({ step, page, workbench }) => {
    await page.setViewportSize({ width: 1100, height: 640 });
    const take = (name: string): Promise<Buffer> => page.screenshot({ path: join(folder, `${name}.png`) });

    await step('a mistake with its quick fixes', async () => {
      await workbench.openFile('mistakes.image-import.yaml');
      await page.locator('.squiggly-error').first().waitFor();
      await workbench.focusEditor();
      await workbench.openFixes("Remove 'os_type'");
      await take('editor');
      await page.keyboard.press('Escape');
    });

    await step('the sidebar with an image, a server and the tasks', async () => {
      await workbench.openFile('web.image-import.yaml');
      await workbench.lens(/^Import$/).click();
      await workbench.notification('Imported “Web frontend”.').waitFor({ timeout: 60_000 });
      await workbench.command('Cloud Images: Focus on Images View');
      await workbench.menu(/^Web frontend, /, 'Create Server…');
      await page.getByText('Flavor of the new server').waitFor();
      await page.keyboard.type('1 GB General Purpose v1');
      await workbench.choose('1 GB General Purpose v1');
      await workbench.type('Name of the new server', 'web-1');
      await page.getByRole('dialog').getByRole('button', { name: 'Build' }).click();
      await workbench.row(/^web-1, ACTIVE, /).waitFor({ timeout: 60_000 });
      await page.setViewportSize({ width: 1100, height: 760 });
      await workbench.command('Notifications: Clear All Notifications');
      await workbench.openFile('web.image.yaml');
      await workbench.row(/^web\.image\.yaml, .*differs from the cloud/).waitFor({ timeout: 30_000 });
      await workbench.row(/^Web frontend, /).click();
      await page.keyboard.press('ArrowRight');
      await page.locator('.view-line', { hasText: 'min_ram' }).first().waitFor();
      await page.mouse.move(350, 300);
      await page.mouse.down();
      await page.mouse.move(560, 300, { steps: 5 });
      await page.mouse.up();
      await page.mouse.move(900, 700);
      await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
      await take('sidebar');
    });
  },
};
