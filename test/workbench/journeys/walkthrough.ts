import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDemo } from '../demo.ts';
import type { Journey } from '../journey.ts';

/** A first start, by the walkthrough: its five steps complete themselves. Then the terminal. */
export const walkthroughJourney: Journey = {
  name: 'walkthrough',
  settings: { 'workbench.startupEditor': 'none' },
  prepare: async (folder) => void (await makeDemo(folder)),
  run: async ({ step, picture, page, workbench, workspace }) => {
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const steps = page.locator('.getting-started-step');
    /** The steps that are checked, by their titles. */
    const done = (title: string) => page.getByRole('checkbox', { name: title, checked: true });
    const showSteps = async (): Promise<void> => {
      await workbench.command('Welcome: Open Walkthrough...');
      await page.locator('.quick-input-widget input').first().fill('Cloud Images');
      await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Cloud Images' }).first().waitFor();
      await press('Enter');
      await steps.first().waitFor();
    };

    await step('the walkthrough knows the demo workspace', async () => {
      await workbench.statusItem(/Emulator DFW/).waitFor({ timeout: 60_000 });
      await showSteps();
      await done('Open the demo workspace').waitFor();
      await done('Start the emulator').waitFor(); // the demo starts it
    });

    await step('a mistake is repaired', async () => {
      await steps.filter({ hasText: 'Repair a mistake' }).click();
      await page.getByRole('button', { name: 'Find the File' }).click();
      await page.locator('.quick-input-list .monaco-list-row', { hasText: 'mistakes' }).first().waitFor();
      await press('Enter');
      await page.locator('.squiggly-error').first().waitFor();
      await workbench.focusEditor();
      await workbench.openFixes("Remove 'os_type'");
      await press('Enter');
      await showSteps();
      await done('Repair a mistake').waitFor();
    });

    await step('a disk is imported', async () => {
      await workbench.openFile('web.image-import.yaml');
      await workbench.lens(/^Import$/).click();
      await workbench.command('Cloud Images: Focus on Images View');
      await workbench.row(/^Web frontend, .*active\b/).waitFor({ timeout: 60_000 });
      await showSteps();
      await done('Import a disk').waitFor();
    });

    await step('the image is changed', async () => {
      await workbench.row(/^Web frontend, .*active\b/).click();
      await page.locator('.tab', { hasText: 'Web frontend' }).waitFor();
      await page.locator('.view-lines', { hasText: '"min_ram"' }).waitFor();
      await workbench.focusEditor();
      await press('ControlOrMeta+F');
      await page.locator('.find-widget textarea').first().fill('"min_ram": 0');
      await press('Escape'); // what was found is selected
      await page.keyboard.insertText('"min_ram": 512');
      await press('ControlOrMeta+S');
      await showSteps();
      await done('Change the image').waitFor();
      await picture('done');
    });

    await step('a terminal has the command and the cloud', async () => {
      await workbench.command('Terminal: Create New Terminal');
      await page.locator('.terminal-wrapper.active .xterm').waitFor();
      await page.locator('.xterm-helper-textarea').first().focus();
      await page.keyboard.type(
        'cloud-images --version > said.txt; cloud-images plan manifests/web.image.yaml > plan.txt; echo "$OS_USERNAME" > ended.txt',
      );
      await press('Enter');
      await workbench.eventually('the command to end', async () => (await sizeOf('ended.txt')) > 1);
      await workbench.eventually(
        'its words',
        async () => (await sizeOf('said.txt')) > 4 && (await sizeOf('plan.txt')) > 40,
      );
    });

    async function sizeOf(name: string): Promise<number> {
      return stat(join(workspace, name)).then(
        ({ size }) => size,
        () => 0,
      );
    }
  },
};
