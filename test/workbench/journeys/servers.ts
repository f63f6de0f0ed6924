import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { type EmulatorControl, emulatorControl } from '../../../server/cloud/services/emulatorControl.ts';
import { emulatorOf } from '../emulatorLock.ts';
import type { Journey } from '../journey.ts';

/** The life of a server from its view: built, imaged while the row tells how far that is, rebuilt, deleted. */
export const serversJourney: Journey = {
  name: 'servers',
  prepare: async () => undefined,
  run: async ({ step, picture, page, workbench, data }) => {
    const dialog = page.getByRole('dialog');
    const base = 'Ubuntu 14.04 LTS (Trusty Tahr) (PVHVM)';
    const servers = page.getByRole('tree', { name: 'Servers' });
    const choices = page.locator('.quick-input-list .monaco-list-row');
    const chooseFlavor = async (name: string): Promise<void> => {
      await page.getByText('Flavor of the new server').waitFor();
      await page.keyboard.type(name);
      await workbench.choose(name);
    };
    let control: EmulatorControl | undefined;
    let frame: Frame | undefined;
    /** The row of a stage in the table behind its time line. */
    const stage = async (name: string, state: string): Promise<void> => {
      const table = frame?.locator('#timeLine table');
      await table?.locator('tr', { hasText: `${name}${state}` }).waitFor({ state: 'attached' });
    };

    await step('a region without servers offers to create one', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await page.getByRole('button', { name: 'Start the Emulator' }).click();
      await page.getByRole('button', { name: 'Create a Server…' }).click();
      await workbench.choose(base);
      await page.getByText('Flavor of the new server').waitFor();
      await picture('flavors');
      const emulator = await emulatorOf(data);
      assert.ok(emulator);
      control = emulatorControl(emulator.url, emulator.token);
    });

    await step('a flavor that the cloud refuses has its words, and leads to the rule', async () => {
      await chooseFlavor('15 GB Compute v1');
      const refused = workbench.notification('The cloud would refuse a server “15 GB Compute v1”');
      await refused.getByRole('button', { name: 'Show Rule' }).click();
      const rules = page.frameLocator('iframe.webview.ready').frameLocator('iframe');
      await rules.getByRole('heading', { name: 'server/volume-only' }).waitFor();
      // The page takes the focus once it is there, which would close a list.
      await page.waitForFunction("document.activeElement?.tagName === 'IFRAME'");
      await page
        .getByRole('tab', { name: /Preview README\.md/ })
        .getByLabel(/^Close/)
        .click();
      await page.getByRole('tab', { name: /Preview README\.md/ }).waitFor({ state: 'detached' });
    });

    await step('the server is built, and its row says state, flavor and image', async () => {
      await workbench.command('Cloud Images: Create Server…');
      await workbench.choose(base);
      await chooseFlavor('1 GB General Purpose v1');
      await workbench.type('Name of the new server', 'web');
      await workbench.row(`web, ACTIVE, 1 GB General Purpose v1, ${base}`).waitFor({ timeout: 60_000 });
      await workbench.notification('Build of “web”: done.').waitFor();
    });

    await step('the row says how far an image is, and when the database may start again', async () => {
      await control?.setClock({ pause: true });
      await workbench.menu(/^web, ACTIVE, /, 'Take Image of Server…');
      await workbench.type('Name of the image of “web”', 'web-1');
      await workbench.row(/^web, ACTIVE, imaging: coalescing 25 %, /).waitFor();
      await servers.getByRole('treeitem', { name: /^web-1, .*queued$/ }).waitFor();
      await picture('coalescing');
      await workbench.menu(/^web, ACTIVE, /, 'Show Imaging');
      frame = await workbench.frame('web · Details');
      await stage('Coalescing', 'under way');
      await control?.setClock({ step: 'next' });
      await workbench.row(/^web, ACTIVE, imaging: saving 50 %, safe to restart the database, /).waitFor();
      await control?.setClock({ step: 'next' });
      await workbench.row(/^web, ACTIVE, imaging: uploading 50 %, safe to restart the database, /).waitFor();
      await stage('Saving', 'done');
      await stage('Uploading', 'under way');
      await picture('uploading');
      await control?.setClock({ pause: false });
      await stage('Uploading', 'done');
      await frame.getByRole('button', { name: 'web-1' }).waitFor();
    });

    await step('the image stands under its server', async () => {
      await workbench.notification('Image “web-1” of “web”: done.').waitFor({ timeout: 60_000 });
      await workbench.row(/^web, ACTIVE, 1 GB General Purpose v1, .*, 1 image of it$/).waitFor();
    });

    await step('the server is rebuilt of it', async () => {
      await workbench.menu(/^web, ACTIVE, /, 'Rebuild Server…');
      await choices.filter({ hasText: 'web-1' }).first().waitFor();
      await picture('rebuild');
      await workbench.choose('web-1');
      await dialog.getByText('Rebuild “web”?').waitFor();
      await dialog.getByRole('button', { name: 'Rebuild' }).click();
      await workbench.notification('Rebuild of “web”: done.').waitFor({ timeout: 60_000 });
      await workbench.row(/^web, ACTIVE, 1 GB General Purpose v1, web-1, /).waitFor();
    });

    await step('the Delete key asks once, and the image moves to Deleted Servers', async () => {
      await workbench.row(/^web, ACTIVE, /).click();
      await page.keyboard.press('Delete');
      await dialog.getByText('Delete “web”?').waitFor();
      await picture('delete');
      await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
      await workbench.row(/^web, ACTIVE, /).waitFor({ state: 'detached' });
      await workbench.row(/^Images of Deleted Servers, 1 image$/).waitFor();
    });
  },
};
