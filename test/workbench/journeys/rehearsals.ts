import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDemo } from '../demo.ts';
import type { Journey } from '../journey.ts';

/** Manifests as tests: run, failed at the line of the mistake, mended, green; watched; and which rules they exercised. */
export const rehearsalsJourney: Journey = {
  name: 'rehearsals',
  settings: { 'workbench.startupEditor': 'none', 'testing.automaticallyOpenTestResults': 'neverOpen' },
  prepare: async (folder) => void (await makeDemo(folder)),
  run: async ({ step, picture, page, workbench, workspace }) => {
    const test = (label: RegExp) => page.locator('.test-explorer').getByRole('treeitem', { name: label });
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const mistakes = join(workspace, 'manifests', 'mistakes.image-import.yaml');

    await step('the Test Explorer lists the manifests, and the documents of one of several', async () => {
      await page.getByRole('tab', { name: /^Testing/ }).click({ timeout: 60_000 });
      await test(/manifests\/web\.image\.yaml/).waitFor({ timeout: 60_000 });
      await test(/manifests\/mistakes\.image-import\.yaml/).click();
      await press('ArrowRight');
      await test(/import task · Archive/).waitFor();
    });

    await step('all are rehearsed: what is right passes, each mistake fails', async () => {
      await workbench.command('Test: Run All Tests');
      await test(/web\.image\.yaml · image · Web frontend \(Passed/).waitFor({ timeout: 60_000 });
      for (const name of ['Shop', 'Archive', 'Intranet'])
        await test(new RegExp(`import task · ${name} \\(Failed`)).waitFor();
    });

    await step('a failure stands at its line, with what was wanted and what was answered', async () => {
      await workbench.openFile('mistakes.image-import.yaml');
      await workbench.focusEditor();
      await workbench.command('Test: Peek Output');
      await page
        .locator('.peekview-widget', { hasText: 'Unsupported element in image_properties' })
        .waitFor();
      await page.locator('.peekview-widget .view-line', { hasText: /^accepted$/ }).waitFor();
      await picture('peek');
      await press('Escape');
    });

    await step('it is mended by the quick fixes, and passes', async () => {
      await workbench.focusEditor();
      for (const property of ['os_type', 'com.rackspace__1__visible_core']) {
        await workbench.openFixes(`Remove '${property}'`);
        await press('Enter');
        await page.locator('.view-lines', { hasText: `${property}:` }).waitFor({ state: 'detached' });
        await workbench.focusEditor();
      }
      await press('ArrowDown', 'ArrowDown');
      await workbench.command('Test: Run Test at Cursor');
      await test(/import task · Shop \(Passed/).waitFor({ timeout: 60_000 });
      await workbench.eventually(
        'the mended file to be saved',
        async () => !/os_type/.test(await readFile(mistakes, 'utf8')),
      );
    });

    await step('watched, it runs again when it is saved', async () => {
      await workbench.command('Test: Start Continuous Run');
      await page.locator('.quick-input-list .monaco-list-row').first().click();
      await page.locator('.quick-input-count', { hasText: '1 Selected' }).waitFor();
      await press('Enter');
      await workbench.openFile('mistakes.image-import.yaml');
      await workbench.focusEditor();
      await press('ControlOrMeta+End');
      await page.keyboard.insertText('---\ntype: import\ninput:\n  import_from: exports/nothing.vhd\n');
      await press('ControlOrMeta+S');
      await test(/import task · exports\/nothing\.vhd \(Failed/).waitFor({ timeout: 60_000 });
      await workbench.command('Test: Stop Continuous Run');
    });

    await step('coverage counts the rules that were exercised', async () => {
      await workbench.command('Test: Run All Tests with Coverage');
      await page.locator('.test-coverage-list-item', { hasText: 'README.md' }).waitFor({ timeout: 60_000 });
    });
  },
};
