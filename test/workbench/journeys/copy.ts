import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import { type EmulatorControl, emulatorControl } from '../../../server/cloud/services/emulatorControl.ts';
import { emulatorOf } from '../emulatorLock.ts';
import type { Journey } from '../journey.ts';

const base = 'Ubuntu 14.04 LTS (Trusty Tahr) (PVHVM)';

/** A public image cannot be exported: an own copy of it is made, by way of a server that is gone in the end. */
export const copyJourney: Journey = {
  name: 'copy',
  prepare: async () => undefined,
  run: async ({ step, picture, page, workbench, workspace, data }) => {
    const dialog = page.getByRole('dialog');
    let control: EmulatorControl | undefined;
    let cloud: Cloud | undefined;
    const listServers = async (): Promise<string[]> => {
      assert.ok(cloud);
      const states: string[] = [];
      for await (const servers of cloud.servers.list()) states.push(...servers.map(({ status }) => status));
      return states;
    };
    const listCopies = async (): Promise<unknown[]> => {
      assert.ok(cloud);
      const names: unknown[] = [];
      for await (const images of cloud.images.list({ owner: cloud.session.account.id }))
        names.push(...images.map((image) => image.get('name')));
      return names;
    };

    await step('an export of a public image is refused, and its fix is a copy', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await page.getByRole('button', { name: 'Start the Emulator' }).click();
      await workbench.row(/^Public, /).waitFor();
      const emulator = await emulatorOf(data);
      assert.ok(emulator);
      control = emulatorControl(emulator.url, emulator.token);
      const authUrl = `${emulator.url}/identity/v3`;
      cloud = await connect({ authUrl, userName: 'owner', password: 'emulator', region: 'DFW' });
      const { value: [image] = [] } = await cloud.images.list({ name: base }).next();
      const input = { image_uuid: image?.get('id'), receiving_swift_container: 'exports' };
      await writeFile(join(workspace, 'public.image-export.json'), JSON.stringify({ type: 'export', input }));
      await workbench.openFile('public.image-export.json');
      await page.locator('.squiggly-error').first().waitFor();
      await workbench.focusEditor();
      await workbench.openFixes('Make an own copy of the image…');
      await picture('offered');
      await page.keyboard.press('Enter');
    });

    await step('what it takes is said, and it is made', async () => {
      await workbench.type(`Name of the copy of “${base}”`, 'ours');
      await dialog.getByText(`Copy “${base}”?`).waitFor();
      await picture('question');
      await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
      await workbench.notification(`Copy of “${base}”: 2 of 2 documents done.`).waitFor({ timeout: 60_000 });
    });

    await step('the image is there, and the server is gone', async () => {
      await workbench.row(/^Deleted Servers, 1 image$/).waitFor();
      await workbench.row(/^ours, /).waitFor();
      assert.deepEqual(await listServers(), []);
      assert.deepEqual(await listCopies(), ['ours']);
    });

    await step('a copy that is cancelled while its image is taken leaves nothing', async () => {
      await workbench.command('Cloud Images: Make an Own Copy of an Image…');
      await page.getByText('Copy which image?').waitFor();
      await page.keyboard.type('Trusty');
      await workbench.choose(base);
      await control?.setClock({ pause: true });
      await workbench.type(`Name of the copy of “${base}”`, 'never');
      await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
      const running = workbench.notification(`Running Copy of “${base}”`);
      await running.getByText('server: ').waitFor();
      await workbench.eventually('the server to stand', async () => {
        await control?.setClock({ step: 'next' });
        return (await listServers()).includes('ACTIVE');
      });
      await running.getByText('image: ').waitFor();
      await running.getByRole('button', { name: 'Cancel', exact: true }).click();
      await workbench.notification('you stopped it: its server was deleted').waitFor();
      await control?.setClock({ pause: false });
      await workbench.eventually('the end of the server', async () => (await listServers()).length === 0);
      assert.deepEqual(await listCopies(), ['ours']);
    });
  },
};
