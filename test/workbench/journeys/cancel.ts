import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { connect } from '../../../server/cloud/cloud.ts';
import { emulatorControl } from '../../../server/cloud/services/emulatorControl.ts';
import { makeDisk } from '../../tools/disks.ts';
import { emulatorOf } from '../emulatorLock.ts';
import type { Journey } from '../journey.ts';

/** What is under way is cancelled by the button of its notification: what is left of it is said. */
export const cancelJourney: Journey = {
  name: 'cancel',
  prepare: async (folder) => {
    await mkdir(join(folder, 'exports'));
    makeDisk(join(folder, 'exports', 'web.vhd'), 'linux');
    await writeFile(join(folder, 'web.image-import.yaml'), manifest);
    await writeFile(join(folder, 'notes.bin'), Buffer.alloc(8 << 20, 'notes'));
  },
  run: async ({ step, picture, page, workbench, workspace, data }) => {
    const cancel = async (notification: Locator): Promise<void> => {
      await notification.waitFor();
      await notification.getByRole('button', { name: 'Cancel', exact: true }).click();
    };

    await step('the emulator runs, and takes in no object', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await page.getByRole('button', { name: 'Start the Emulator' }).click();
      await workbench.row(/^exports, empty$/).waitFor();
      const emulator = await emulatorOf(data);
      assert.ok(emulator);
      const control = emulatorControl(emulator.url, emulator.token);
      const stuck = { method: 'PUT', path: '/dfw/object-store/*/exports/*', delay: 600_000, count: 9 };
      await control.addFault(stuck);
    });

    await step('a run is cancelled while its disk is on its way', async () => {
      await workbench.openFile('web.image-import.yaml');
      await workbench.focusEditor();
      await workbench.lens(/^Run this file/).click();
      await workbench.choose('Apply');
      await cancel(workbench.notification('Running web.image-import.yaml'));
      await workbench
        .notification(
          'web.image-import.yaml, document 1: you stopped it: the upload of its disk was not completed, so no image was created. Done before: 0 documents; left: 1.',
        )
        .waitFor();
    });

    await step('an upload is cancelled midway', async () => {
      await workbench.menu(/^exports, empty$/, 'Upload a File…');
      await workbench.chooseFile(join(workspace, 'notes.bin'), 'Upload');
      const uploading = workbench.notification('Upload of notes.bin');
      await uploading.getByText(/of 8 MB uploaded/).waitFor();
      await picture('upload');
      await cancel(uploading);
      await workbench.notification('Upload cancelled. Nothing of notes.bin is left in exports.').waitFor();
      await workbench.row(/^exports, empty$/).waitFor();
    });

    await step('nothing of either is left in the cloud', async () => {
      const emulator = await emulatorOf(data);
      const authUrl = `${emulator?.url}/identity/v3`;
      const cloud = await connect({ authUrl, userName: 'owner', password: 'emulator', region: 'DFW' });
      assert.deepEqual(await cloud.objects.list('exports'), []);
      for await (const tasks of cloud.tasks.list()) assert.deepEqual(tasks, []);
    });
  },
};

const manifest = `type: import
input:
  import_from: exports/web.vhd
  image_properties:
    name: Web
---
vm_mode: hvm
`;
