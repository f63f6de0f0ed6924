import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { makeDemo } from '../demo.ts';
import type { Journey } from '../journey.ts';
import { readTree } from '../workbench.ts';

/** The manifests in the sidebar, by keyboard; and what can be dragged, by mouse. */
export const draggingJourney: Journey = {
  name: 'dragging',
  prepare: async (folder) => void (await makeDemo(folder)),
  run: async ({ step, picture, page, workbench }) => {
    const sidebar = page.getByRole('tab', { name: 'Cloud Images' });

    await step('Manifests shows each with what is found in it', async () => {
      await sidebar.click();
      await workbench.row(/^exports, empty$/).waitFor({ timeout: 30_000 });
      await workbench.command('Cloud Images: Focus on Manifests View');
      await workbench.row(/^web\.image\.yaml, .* hint/).waitFor({ timeout: 30_000 });
      assert.deepEqual(await readTree(page.getByRole('tree', { name: 'Manifests' })), [
        'level 1, collapsed: mistakes.image-import.yaml, 3 documents, 4 errors',
        'level 1: web.image-import.yaml, import task, Web frontend',
        'level 1: web.image-patch.json, image patch, 2 operations',
        'level 1: web.image.yaml, image, Web frontend, 1 warning, 1 hint',
      ]);
    });

    await step('Enter opens one', async () => {
      const tab = workbench.tab('web.image-import.yaml');
      await workbench.eventually('the manifest to open', async () => {
        await workbench.command('Cloud Images: Focus on Manifests View');
        await page.keyboard.press('Home');
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
        return tab.waitFor({ timeout: 5000 }).then(
          () => true,
          () => false,
        );
      });
    });

    await step('a disk dropped on a container is uploaded', async () => {
      await workbench.command('Cloud Images: Focus on Cloud Files View');
      await workbench.row(/^exports, empty$/).waitFor({ timeout: 30_000 });
      await page.keyboard.press('ControlOrMeta+Shift+E');
      await page.locator('.explorer-folders-view').getByRole('treeitem', { name: 'exports' }).click();
      const disk = page.locator('.explorer-folders-view').getByRole('treeitem', { name: 'web.vhd' });
      await disk.waitFor();
      await drag(page, disk, sidebar, workbench.row(/^exports, /));
      await workbench.row(/^exports, 1 object/).waitFor({ timeout: 30_000 });
      await picture('uploaded');
      await workbench.notification(/^Upload of web\.vhd/).waitFor({ state: 'hidden' });
    });

    await step('the object dropped on Images is imported', async () => {
      await workbench.row(/^exports, 1 object/).click();
      await page.keyboard.press('ArrowRight');
      const object = workbench.row(/^web\.vhd, /);
      await object.waitFor();
      await drag(page, object, page.getByRole('tree', { name: 'Images' }).getByRole('treeitem').first());
      await workbench.type('Name of the image', 'Dropped');
      await workbench.row(/^Dropped, /).waitFor({ timeout: 30_000 });
    });

    await step('the image dropped on an editor with Shift inserts its id', async () => {
      await workbench.openFile('web.image.yaml');
      const editor = page.locator('.editor-group-container.active .view-lines');
      const line = editor.locator('.view-line').first();
      const lift = await carry(page, workbench.row(/^Dropped, /), line);
      await page.keyboard.down('Shift');
      await lift();
      await page.keyboard.up('Shift');
      await editor
        .locator('.view-line', { hasText: /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}/ })
        .first()
        .waitFor();
      await picture('inserted');
    });
  },
};

/** Drags over places, each of which opens the next when it is dragged over for a while, and drops on the last. */
async function drag(page: Page, from: Locator, ...over: readonly Locator[]): Promise<void> {
  const drop = await carry(page, from, ...over);
  await drop();
}

/** Drags as far as to the last place; what it returns drops there. */
async function carry(page: Page, from: Locator, ...over: readonly Locator[]): Promise<() => Promise<void>> {
  await from.hover();
  await page.mouse.down();
  const at = { x: 0, y: 0 };
  const moveWhile = async (goesOn: (moves: number) => Promise<boolean> | boolean): Promise<void> => {
    for (let moves = 0; await goesOn(moves); moves++) {
      await page.mouse.move(at.x + (moves % 2), at.y);
      await page.waitForTimeout(100);
    }
  };
  for (const [index, place] of over.entries()) {
    await place.waitFor();
    const box = await place.boundingBox();
    assert.ok(box);
    Object.assign(at, { x: box.x + Math.min(box.width / 2, 60), y: box.y + box.height / 2 });
    await page.mouse.move(at.x, at.y, { steps: 5 });
    const next = over[index + 1];
    if (next) await moveWhile(async (moves) => moves < 60 && !(await next.isVisible()));
  }
  return async () => {
    await moveWhile((moves) => moves < 5); // the editor asks the extension what is dragged while it goes on
    await page.mouse.up();
  };
}
