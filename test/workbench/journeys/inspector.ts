import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import { emulatorOf } from '../emulatorLock.ts';
import { importImage } from '../importImage.ts';
import type { Journey } from '../journey.ts';

const manifest = 'web.image.yaml';

/** A refusal that another program got, traced from its request to the rule and to the line of the manifest that caused it. */
export const inspectorJourney: Journey = {
  name: 'inspector',
  prepare: async (folder) => {
    await writeFile(join(folder, manifest), 'name: Web\nmin_ram: 512\ncom.rackspace__1__options: "4"\n');
    await writeFile(join(folder, 'other.image.yaml'), 'name: Other\ncom.rackspace__1__options: "4"\n');
  },
  run: async ({ step, page, workbench, workspace, data, picture }) => {
    let cloud: Cloud;
    const refused = workbench.row(/^PATCH .*403, property\/protected/);

    await step('the view lists what was asked of the emulator so far', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await page.getByRole('button', { name: 'Start the Emulator' }).click();
      await workbench.row(/^Public, \d+ images$/).waitFor();
      cloud = await cloudOf(data);
      await workbench.command('Cloud Images: Show Requests');
    });

    await step('another program is refused, and its request is there with the rule', async () => {
      const id = await importImage(cloud, join(workspace, '..', 'web.vhd'), 'Web');
      const operation = { op: 'add', path: '/com.rackspace__1__options', value: '4' } as const;
      await assert.rejects(cloud.images.patch(id, [operation]));
      await refused.waitFor();
    });

    await step('it opens as a document', async () => {
      await refused.click();
      await page.locator('.view-lines').getByText('Refused by the rule').waitFor();
    });

    await step('it leads to the line of the one manifest that is about this image', async () => {
      await workbench.menu(/^PATCH .*403, property\/protected/, 'Trace Refusal…');
      await page.getByRole('option', { name: `Manifest line, ${manifest}:3` }).waitFor();
      await picture('trace');
      await page.getByRole('option', { name: `Manifest line, ${manifest}:3` }).click();
      await workbench.tab(manifest).waitFor();
      await workbench.statusItem(/Ln 3, Col 1/).waitFor();
    });

    await step('and to the page of the rule', async () => {
      await workbench.menu(/^PATCH .*403, property\/protected/, 'Trace Refusal…');
      await page.getByRole('option', { name: 'Rule, property/protected' }).click();
      await page.getByRole('tab', { name: /Preview README\.md/ }).waitFor();
    });

    await step('among those that were refused it is found again, and copied as a command', async () => {
      await workbench
        .row(/^(?:GET|PATCH|POST) /)
        .first()
        .click();
      await page.keyboard.press('/');
      await workbench.type('Show which requests?', '4xx');
      await workbench
        .row(/^GET .*200/)
        .first()
        .waitFor({ state: 'detached' });
      await workbench.menu(/^PATCH .*403, property\/protected/, 'Copy Request as…');
      await page.getByRole('option', { name: 'curl' }).waitFor();
      await page.keyboard.press('Escape');
    });
  },
};

async function cloudOf(data: string): Promise<Cloud> {
  const emulator = await emulatorOf(data);
  assert.ok(emulator, 'the emulator runs');
  const user = { userName: 'owner', password: 'emulator', region: 'DFW' };
  return connect({ authUrl: `${emulator.url}/identity/v3`, ...user });
}
