import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../../server/cloud/cloud.ts';
import { ensureDebian } from '../../tools/debian.ts';
import { emulatorOf } from '../emulatorLock.ts';
import type { Journey } from '../journey.ts';

/**
 * The main job: a person is told what the cloud would refuse, repairs it by a quick fix, imports a disk that qemu-img made,
 * finds the image in the sidebar, edits a property, and is refused a protected one.
 */
export const importJourney: Journey = {
  name: 'import',
  prepare: async (folder) => {
    ensureDebian(['qemu-utils'], 'qemu-img');
    await mkdir(join(folder, 'exports'));
    const raw = join(folder, '..', 'web.raw');
    await writeFile(raw, Buffer.concat([randomBytes(12 << 20), Buffer.alloc(20 << 20)]));
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'vpc', raw, join(folder, 'exports', 'web.vhd')]);
    await writeFile(join(folder, 'web.image-import.yaml'), manifest);
  },
  run: async ({ step, picture, page, workbench, workspace, data }) => {
    const problems = page.locator('.markers-panel .monaco-list-row');

    await step('the manifest opens, and the property that the cloud would refuse is marked', async () => {
      await workbench.openFile('web.image-import.yaml');
      await page.locator('.squiggly-error').first().waitFor();
      await page.keyboard.press('ControlOrMeta+Shift+M');
      await problems.filter({ hasText: 'com.rackspace__1__visible_core' }).first().waitFor();
    });

    await step('a quick fix by the keyboard removes it', async () => {
      await workbench.focusEditor();
      await workbench.openFixes("Remove 'com.rackspace__1__visible_core'");
      await picture('quick-fix');
      await page.keyboard.press('Enter');
      await problems
        .filter({ hasText: 'com.rackspace__1__visible_core' })
        .first()
        .waitFor({ state: 'detached' });
      await page.keyboard.press('ControlOrMeta+S');
      await workbench.eventually('the repaired file', async () => {
        const text = await readFile(join(workspace, 'web.image-import.yaml'), 'utf8');
        return text === manifest.replace(/^ {4}com\.rackspace.*\n/m, '');
      });
    });

    await step('the import is offered above the manifest', async () => {
      // VS Code asks for lenses a little later, and only while the editor has the focus.
      await workbench.lens(/^Import$/).waitFor();
    });

    await step('the sidebar offers the emulator, and shows its images', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await page.getByRole('button', { name: 'Start the Emulator' }).click();
      await workbench.row(/^Public, \d+ images$/).waitFor();
      await workbench.statusItem('Emulator DFW').waitFor();
    });

    await step('the lens imports the disk', async () => {
      await workbench.focusEditor(); // lenses that VS Code asked for while the focus moved away are gone till it is back
      await workbench.lens(/^Import$/).click();
      await workbench.row(/^Import exports\/web\.vhd, (pending|processing|success)/).waitFor();
      await workbench.row(/^Import exports\/web\.vhd, success/).waitFor({ timeout: 60_000 });
    });

    await step('the image is among the deleted servers', async () => {
      await workbench.row(/^Deleted Servers, 1 image$/).waitFor();
      await workbench.row(/^Web frontend, .*active\b/).waitFor();
    });

    await step('it opens as JSON', async () => {
      await workbench.row(/^Web frontend, /).click();
      await workbench.tab('Web frontend.image.json').waitFor();
      await page.locator('.view-line', { hasText: '"image_type"' }).waitFor();
    });

    await step('a property is added and saved', async () => {
      await workbench.insertBelowFirstLine('"org.example.role": "frontend",');
      await workbench.dirty('Web frontend.image.json');
      await page.keyboard.press('ControlOrMeta+S');
      await workbench.saved('Web frontend.image.json');
      assert.equal((await importedImage(data)).get('org.example.role'), 'frontend');
    });

    await step('a protected property is refused, stays in the text and is marked', async () => {
      await workbench.insertBelowFirstLine('"com.rackspace__1__mine": "1",');
      await workbench.dirty('Web frontend.image.json');
      await page.keyboard.press('ControlOrMeta+S');
      await workbench.notification(/Failed to save 'Web frontend.image.json'.*403/).waitFor();
      await problems.filter({ hasText: 'The cloud answers 403' }).first().waitFor();
      await workbench.dirty('Web frontend.image.json');
      assert.equal((await importedImage(data)).has('com.rackspace__1__mine'), false);
    });

    await step('the emulator stops', async () => {
      await workbench.command('Cloud Images: Stop the Emulator');
      await page.getByRole('button', { name: 'Start the Emulator' }).waitFor();
      assert.equal(await emulatorOf(data), undefined);
      // Out of the cloud's reach, still only the edit is an error.
      assert.equal(await page.locator('.squiggly-error').count(), 1);
    });
  },
};

const manifest = `# The web server of the shop.
type: import
input:
  import_from: exports/web.vhd
  image_properties:
    name: Web frontend
    com.rackspace__1__visible_core: "1"
`;

async function importedImage(data: string): Promise<ReadonlyMap<string, unknown>> {
  const emulator = await emulatorOf(data);
  assert.ok(emulator, 'the emulator runs');
  const authUrl = `${emulator.url}/identity/v3`;
  const user = { userName: 'owner', password: 'emulator', project: '100001' };
  const { images } = await connect({ authUrl, ...user, region: 'DFW' });
  const { value: page } = await images.list({ name: 'Web frontend', limit: '1' }).next();
  const [image] = page ?? [];
  assert.ok(image, 'the image is there');
  return image;
}
