import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { MiB, makeVhd } from '../../tools/disks.ts';
import { findBarriers } from '../axe.ts';
import type { Journey } from '../journey.ts';

/** No name is read as HTML. */
const brokenName = 'bro<b>ken.vhd';
const themes = ['Light Modern', 'Dark Modern', 'Default High Contrast', 'Default High Contrast Light'];

/** A damaged disk is opened by a double click, understood, repaired from its viewer, and taken back. */
export const diskViewerJourney: Journey = {
  name: 'diskViewer',
  prepare: async (folder) => {
    await mkdir(join(folder, 'exports'));
    makeVhd(join(folder, 'exports', 'web.vhd'), {
      guest: 'linux',
      uuid: new Uint8Array(16),
      trailing: Buffer.from('\n'),
    });
    // Its blocks lie over each other, over its tables and past its end, and the rest is its parent's.
    makeVhd(join(folder, 'exports', brokenName), {
      ...{ type: 'differencing', virtualSize: 3000 * MiB },
      extents: [0, 1, 2, 3, 400, 401].map((block) => ({
        position: block * 2 * MiB,
        bytes: Buffer.from('x'),
      })),
      damage: [
        { in: 'bat', at: 4 * 7, bytes: [0, 0, 0, 40] },
        { in: 'bat', at: 4 * 900, bytes: [0, 0xff, 0, 0] },
        { in: 'bat', at: 4 * 1200, bytes: [0, 0, 0, 1] },
      ],
    });
  },
  run: async ({ step, picture, page, workbench, workspace }) => {
    const disk = join(workspace, 'exports', 'web.vhd');
    const before = await readFile(disk);
    const dialog = page.getByRole('dialog');
    let viewer: Frame;

    await step('a double click on a damaged disk says what is wrong with it', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).waitFor(); // then the window knows the extension
      await page.getByRole('treeitem', { name: 'exports' }).click();
      await page.getByRole('treeitem', { name: 'web.vhd' }).dblclick();
      viewer = await workbench.frame('web.vhd');
      await viewer.getByRole('heading', { name: 'web.vhd' }).waitFor();
      await viewer.getByRole('heading', { name: /^Rackspace would refuse it: 111: / }).waitFor();
      const damage = viewer.getByRole('table', { name: 'Fields that are not as they must be' });
      assert.deepEqual(await damage.getByRole('row').allInnerTexts(), [
        'Field\tWhat is wrong',
        'footer position\t1 byte follows the footer, which must be the last 512 bytes of the file.',
      ]);
      assert.deepEqual(await viewer.locator('#repairs li').allInnerTexts(), [
        'Cut 1 byte after the footer.',
        'Give the disk an identifier.',
      ]);
    });

    await step('each finding leads to its rule', async () => {
      await viewer.getByRole('button', { name: 'import/zero-uuid' }).click();
      await workbench.tab('Preview README.md').waitFor();
      await workbench.tab('web.vhd').click();
      viewer = await workbench.frame('web.vhd');
    });

    await step('its blocks are told block by block, and by a table', async () => {
      const map = viewer.getByRole('slider', { name: '32 blocks of web.vhd, 2 MB each' });
      await map.focus();
      const told = async (): Promise<string | null> => map.getAttribute('aria-valuetext');
      assert.equal(
        await told(),
        'Block 0: allocated, at byte 2,048 of the file. Bytes 0 to 2,097,151 of the disk.',
      );
      await page.keyboard.press('ArrowRight');
      assert.equal(await told(), 'Block 1: not allocated. Bytes 2,097,152 to 4,194,303 of the disk.');
      await page.keyboard.press('End');
      assert.equal(await map.getAttribute('aria-valuenow'), '31');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      const table = viewer.getByRole('table', { name: '32 blocks of web.vhd, 2 MB each' });
      assert.deepEqual(await table.getByRole('row').allInnerTexts(), [
        'Blocks\tFrom byte\tSize\tNot allocated\tAllocated',
        '0\t0\t2 MB\t0\t1',
        '1 to 31\t2,097,152\t62 MB\t31\t0',
      ]);
    });

    await step('a page that was hidden is as it was left', async () => {
      await page.getByRole('treeitem', { name: brokenName }).dblclick();
      await workbench.frame(brokenName);
      await workbench.tab('web.vhd').click();
      viewer = await workbench.frame('web.vhd');
      await viewer.getByRole('table', { name: '32 blocks of web.vhd, 2 MB each' }).waitFor();
      assert.equal(await viewer.getByRole('slider').getAttribute('aria-valuenow'), '31');
    });

    await step('it is repaired, and would be imported', async () => {
      await viewer.getByRole('button', { name: 'Repair…' }).click();
      await dialog.getByText('Repair web.vhd?').waitFor();
      await dialog.getByRole('button', { name: 'Repair', exact: true }).click();
      await workbench.notification('Repaired web.vhd: Cut 1 byte after the footer.').waitFor();
      await viewer.getByRole('heading', { name: 'Rackspace would import it.' }).waitFor();
      assert.equal(await viewer.getByRole('heading', { name: 'Damage' }).count(), 0);
      assert.equal((await readFile(disk)).length, before.length - 1);
      // What was folded out is still so, and the cursor is where it was.
      assert.equal(await viewer.getByRole('slider').getAttribute('aria-valuenow'), '31');
      await viewer.getByRole('table', { name: '32 blocks of web.vhd, 2 MB each' }).waitFor();
    });

    await step('the repair is undone, byte by byte', async () => {
      await viewer.getByRole('button', { name: 'Undo Repair' }).click();
      await viewer.getByRole('heading', { name: /^Rackspace would refuse it: 111: / }).waitFor();
      assert.deepEqual(await readFile(disk), before);
      assert.ok(!existsSync(`${disk}.undo`));
    });

    await step('a change from outside is followed', async () => {
      makeVhd(disk, { guest: 'windows-bios' });
      await viewer.getByRole('heading', { name: /^Rackspace would refuse it: .*Windows/ }).waitFor();
      await rm(disk);
      await viewer.getByText('The file is gone.').waitFor();
      await writeFile(disk, '');
      await viewer.getByText('An empty file.').waitFor();
      await writeFile(disk, '<html>Not found</html>');
      await viewer.getByText('It begins with “<html>Not found</html>”.').waitFor();
      await viewer.getByRole('button', { name: 'Open as Text' }).waitFor();
    });

    await step('nothing keeps anybody out, in any theme and at any size', async () => {
      await workbench.tab(brokenName).click();
      const broken = await workbench.frame(brokenName);
      await broken.getByRole('heading', { name: brokenName, exact: true }).waitFor();
      await broken.getByRole('button', { name: 'Next Damaged Block' }).click();
      await broken.getByRole('status').getByText('Block 1: overlapping').waitFor();
      await broken.getByText('Show as table').click();
      assert.deepEqual(await findBarriers(broken), []);
      for (const theme of themes) {
        await mkdir(join(workspace, '.vscode'), { recursive: true });
        await writeFile(
          join(workspace, '.vscode', 'settings.json'),
          JSON.stringify({ 'workbench.colorTheme': theme }),
        );
        await broken.locator(`body[data-vscode-theme-id="${theme}"]`).waitFor();
        await broken.getByRole('slider').scrollIntoViewIfNeeded();
        await picture(theme.toLowerCase().replaceAll(' ', '-'));
        assert.deepEqual(await findBarriers(broken), [], theme);
      }
      await page.setViewportSize({ width: 640, height: 400 }); // as much as there is at 200 %
      await broken.getByRole('slider').scrollIntoViewIfNeeded();
      await picture('200-percent');
      assert.deepEqual(await findBarriers(broken), [], '200 %');
    });
  },
};
