import { makeDemo } from '../demo.ts';
import type { Journey } from '../journey.ts';

export const importJourney: Journey = {
  name: 'import',
  prepare: async (folder) => {
    await makeDemo(folder);
  },
  run: async ({ step, page, workbench }) => {
    await step('the extension is there', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await workbench.command('Cloud Images: Start the Emulator');
    });
  },
};
