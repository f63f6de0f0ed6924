import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import type { Image } from '../../../server/cloud/services/images.ts';
import { makeDemo } from '../demo.ts';
import { emulatorOf } from '../emulatorLock.ts';
import type { Journey } from '../journey.ts';

/**
 * By keyboard: an image is edited while somebody else changes it, and both are merged; a manifest is written from it, whose plan
 * is empty; when the image changes, the manifest's row and lines say so.
 */
export const editingJourney: Journey = {
  name: 'editing',
  settings: { 'workbench.startupEditor': 'none', 'files.autoSave': 'off' },
  prepare: async (folder) => {
    await makeDemo(folder);
    await writeFile(join(folder, '.vscode', 'settings.json'), '{}'); // the import starts the emulator
  },
  run: async ({ step, picture, page, workbench, workspace, data }) => {
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const clicks: string[] = [];
    await page.exposeFunction('noteClick', (what: string) => void clicks.push(what));
    await page.evaluate(
      "addEventListener('mousedown', (event) => noteClick(String(event.target?.className)), true)",
    );
    const document = 'Web frontend.image.json';
    const manifest = 'adopted.image.yaml';
    const list = page.locator('.quick-input-list .monaco-list-row');
    const fixes = page.locator('.action-widget .monaco-list:focus .monaco-list-row');
    const lines = page.locator('.editor-group-container.active .view-line');
    const seen = (text: string) => lines.filter({ hasText: text }).first().waitFor();
    const pick = async (title: string, name: string): Promise<void> => {
      const widget = page.locator('.quick-input-widget', { hasText: title });
      await widget.waitFor();
      await widget.locator('input').first().fill(name);
      await list.filter({ hasText: name }).first().waitFor();
      await press('Enter');
    };
    let cloud: Cloud;
    const live = async (): Promise<Image> => {
      const { value: images } = await cloud.images.list({ name: 'Web frontend' }).next();
      const [image] = images ?? [];
      assert.ok(image, 'the image is there');
      return image;
    };
    const patch = async (name: string, value: string | number): Promise<void> => {
      const image = await live();
      const op = image.has(name) ? 'replace' : 'add';
      await cloud.images.patch(String(image.get('id')), [{ op, path: `/${name}`, value }]);
    };

    await step('a disk is imported, and its image opens', async () => {
      await workbench.openFile('web.image-import.yaml');
      await workbench.lens(/^Import$/).waitFor(); // the palette knows our commands by then
      await workbench.command('Cloud Images: Import Disk…');
      await workbench.row(/^Web frontend, .*active\b/).waitFor({ timeout: 60_000 });
      cloud = await signIn(data);
      await workbench.command('Cloud Images: Open Image');
      await pick('Open which image?', 'Web frontend');
      await workbench.tab(document).waitFor();
      await seen('"image_type"');
      await picture('dimmed');
    });

    await step('what both have changed is marked when it is saved', async () => {
      await press('ControlOrMeta+Home', 'End');
      await page.keyboard.insertText('\n  "role": "mine",\n  "own": "kept",');
      await workbench.dirty(document);
      await patch('role', 'theirs');
      await patch('other', 'also');
      await press('ControlOrMeta+S');
      await workbench.notification(/Changed both here and in the cloud.*: role\./).waitFor();
      await page.locator('.squiggly-error').first().waitFor();
      await workbench.dirty(document);
      assert.equal((await live()).get('role'), 'theirs');
    });

    await step('Ctrl+. offers to merge, and the merge editor shows both', async () => {
      await press('Shift+F8', 'Escape', 'ControlOrMeta+.');
      await fixes.filter({ hasText: 'Merge…' }).waitFor();
      await picture('fixes');
      const chosen = fixes.and(page.locator('.focused')).filter({ hasText: 'Merge…' });
      for (let tries = 0; tries < 8 && (await chosen.count()) === 0; tries++) await press('ArrowDown');
      await press('Enter');
      await page.locator('.merge-editor').waitFor();
      await page.locator('.merge-editor .view-line', { hasText: '"theirs"' }).first().waitFor();
      await page.locator('.merge-editor .view-line', { hasText: '"mine"' }).first().waitFor();
      assert.equal((await live()).get('role'), 'theirs', 'nothing is saved before it is merged');
    });

    await step('the merge is completed, and saved', async () => {
      await workbench.command('Merge Editor: Accept All Current Changes from Right');
      await picture('accepted');
      await workbench.command('Merge Editor: Complete Merge');
      await page.locator('.merge-editor').waitFor({ state: 'detached' });
      await workbench.eventually('my value in the cloud', async () => (await live()).get('role') === 'mine');
      const image = await live();
      assert.deepEqual([image.get('own'), image.get('other')], ['kept', 'also']);
    });

    await step('a manifest is written of the image', async () => {
      await workbench.command('Cloud Images: Write a Manifest from This Image…');
      await pick('Write a manifest from which image?', 'Web frontend');
      const input = page.locator('.quick-input-widget input').first();
      await workbench.eventually('the name that is proposed', async () =>
        (await input.inputValue()).endsWith('Web_frontend.image.yaml'),
      );
      await picture('name');
      await input.fill(join(workspace, manifest));
      await press('Enter');
      await workbench.tab(manifest).waitFor();
      assert.match(await readFile(join(workspace, manifest), 'utf8'), /^name: Web frontend$/m);
    });

    await step('its plan is empty', async () => {
      await workbench.command('Cloud Images: Plan This File');
      await seen('nothing to do');
    });

    await step('a change of the image shows in the row and the lines of the manifest', async () => {
      await workbench.command('View: Close Editor');
      await workbench.openFile(manifest);
      await workbench.command('View: Show Explorer');
      await patch('min_ram', 1024);
      await patch('role', 'changed');
      const badge = page.locator('[class*="monaco-decoration-itemBadge"]');
      await page
        .locator('.explorer-folders-view .monaco-list-row', { hasText: manifest, has: badge })
        .waitFor();
      await page.locator('.dirty-diff-modified').first().waitFor();
      await page.locator('.view-line', { hasText: 'live: 1024' }).waitFor();
    });

    await step('both are shown side by side', async () => {
      await workbench.command('Cloud Images: Compare Manifest with the Cloud');
      await page.locator('.monaco-diff-editor .view-line', { hasText: 'min_ram: 1024' }).waitFor();
      assert.deepEqual(clicks, []);
    });

    await step('Source Control lists the manifest as long as it differs', async () => {
      await workbench.command('Source Control: Focus on Changes View');
      const row = page.locator('.scm-view .monaco-list-row', { hasText: manifest });
      await row.waitFor();
      await picture('source-control');
      await patch('min_ram', 0);
      await patch('role', 'mine');
      await row.waitFor({ state: 'detached' });
    });
  },
};

async function signIn(data: string): Promise<Cloud> {
  const emulator = await emulatorOf(data);
  assert.ok(emulator, 'the emulator runs');
  const user = { userName: 'owner', password: 'emulator', project: '100001' };
  return connect({ authUrl: `${emulator.url}/identity/v3`, ...user, region: 'DFW' });
}
