import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDebian } from '../../tools/debian.ts';
import { findBarriers } from '../axe.ts';
import type { Journey } from '../journey.ts';
import { readTree } from '../workbench.ts';

/**
 * A file of several documents is run as a whole; the image that it makes is exported, found in Cloud Files with its
 * segments, and downloaded; qemu-img finds on it what was on the disk at first.
 */
export const filesJourney: Journey = {
  name: 'files',
  prepare: async (folder) => {
    ensureDebian(['qemu-utils'], 'qemu-img');
    await mkdir(join(folder, 'exports'));
    const raw = join(folder, '..', 'shop.raw');
    await writeFile(raw, Buffer.concat([randomBytes(12 << 20), Buffer.alloc(20 << 20)]));
    const disk = join(folder, 'exports', 'shop.vhd');
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'vpc', raw, disk]);
    await writeFile(join(folder, 'shop.image-import.yaml'), manifest);
  },
  run: async ({ step, picture, page, workbench, workspace }) => {
    const dialog = page.getByRole('dialog');

    await step('the emulator runs, and Cloud Files shows its containers', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await page.getByRole('button', { name: 'Start the Emulator' }).click();
      await workbench.row(/^exports, empty$/).waitFor();
    });

    await step('the file of three documents offers to be run', async () => {
      await workbench.openFile('shop.image-import.yaml');
      await workbench.focusEditor();
      await workbench.lens(/^Run this file \(3 documents\)$/).waitFor();
    });

    await step('the plan is shown before anything is sent', async () => {
      await workbench.lens(/^Run this file/).click();
      await workbench.tab('Plan of shop.image-import.yaml.diff').waitFor();
      await page.getByText('Apply shop.image-import.yaml to Emulator, account 100001, DFW?').waitFor();
      await page.locator('.view-line', { hasText: 'import as a new image' }).first().waitFor();
      await picture('plan');
    });

    await step('a yes runs it', async () => {
      await workbench.choose('Apply');
      await workbench.row(/^Import exports\/shop\.vhd, success/).waitFor({ timeout: 60_000 });
      await workbench.notification('shop.image-import.yaml: 3 of 3 documents done.').waitFor();
      await workbench.row(/^Shop 2, /).waitFor();
    });

    await step('the image is exported into a container', async () => {
      await workbench.menu(/^Shop 2, /, 'Export Image…');
      await workbench.choose('exports');
      await dialog.getByRole('button', { name: 'Export', exact: true }).click();
      await workbench.row(/^Export Shop 2, success/).waitFor({ timeout: 60_000 });
    });

    await step('its row leads to the exported object', async () => {
      const row = workbench.row(/^Export Shop 2, success/);
      await row.hover();
      await row.getByRole('button', { name: 'Show Exported Object' }).click();
      await workbench.row(/^[0-9a-f-]{36}\.vhd, .*in segments/).waitFor();
    });

    await step('the object shows its segments', async () => {
      await workbench.row(/^[0-9a-f-]{36}\.vhd, .*in segments/).click();
      await page.keyboard.press('ArrowRight');
      await workbench.row(/^…-00001, 12 MB/).waitFor();
    });

    await step('a screen reader reads tasks, and objects with their segments', async () => {
      const read = async (name: string): Promise<string[]> =>
        (await readTree(page.getByRole('tree', { name }))).map((row) =>
          row.replaceAll(/[0-9a-f-]{36}/g, 'ID'),
        );
      assert.deepEqual(await read('Tasks'), [
        'level 1: Export Shop 2, success, AGE, took TIME',
        'level 1: Import exports/shop.vhd, success, AGE, took TIME',
      ]);
      assert.deepEqual(await read('Cloud Files'), [
        'level 1, expanded: exports, 3 objects, 24 MB',
        'level 2, expanded: ID.vhd, 12 MB, in segments, AGE',
        'level 3: …-00001, 12 MB',
        'level 2: shop.vhd, 12 MB, AGE',
      ]);
    });

    await step('the disk viewer reads it where it is', async () => {
      await workbench.menu(/^[0-9a-f-]{36}\.vhd, .*in segments/, 'Show Disk');
      const viewer = await workbench.frame(/^[0-9a-f-]{36}\.vhd$/);
      await viewer.getByRole('heading', { name: 'Rackspace would import it.' }).waitFor();
      await viewer.getByRole('slider', { name: /^17 blocks of / }).waitFor();
      assert.deepEqual(await findBarriers(viewer), []);
    });

    const back = join(workspace, 'back.vhd');
    await step('it is downloaded as one file', async () => {
      await workbench.menu(/^[0-9a-f-]{36}\.vhd, .*in segments/, 'Download Object…');
      await workbench.chooseFile(back, 'OK');
      await workbench.notification(/Downloaded .*back\.vhd/).waitFor();
    });

    await step('qemu-img finds on it what was on the disk', async () => {
      const disk = join(workspace, 'exports', 'shop.vhd');
      const said = execFileSync('qemu-img', ['compare', '-f', 'vpc', '-F', 'vpc', disk, back], {
        encoding: 'utf8',
      });
      assert.match(said, /Images are identical\./);
    });
  },
};

const manifest = `# Brings the shop's disk into the cloud, and says what it is.
type: import
input:
  import_from: exports/shop.vhd
  image_properties:
    name: Shop
---
vm_mode: hvm
tags:
  - shop
---
- { op: replace, path: /name, value: Shop 2 }
`;
