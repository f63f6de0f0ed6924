import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import type { TransferState } from '../../../server/cloud/run/transfer.ts';
import { type EmulatorControl, emulatorControl } from '../../../server/cloud/services/emulatorControl.ts';
import { countLeases, emulatorOf } from '../emulatorLock.ts';
import { importImage } from '../importImage.ts';
import type { Journey } from '../journey.ts';
import { Workbench } from '../workbench.ts';

/** An image goes to another region. The window that begins it is closed midway; another one goes on, and does nothing twice. */
export const transferJourney: Journey = {
  name: 'transfer',
  prepare: async (folder) => {
    await mkdir(join(folder, '..', 'other'), { recursive: true });
  },
  run: async ({ step, picture, page, workbench, workspace, data, openWindow }) => {
    const dialog = page.getByRole('dialog');

    await step('an image with tags and properties is there', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await page.getByRole('button', { name: 'Start the Emulator' }).click();
      await workbench.row(/^Public, \d+ images$/).waitFor();
      await makeImage(await cloudOf(data), join(workspace, '..', 'web.vhd'));
      await workbench.row(/^Web frontend, .*active\b/).waitFor();
    });

    await step('a window begins its transfer, and is closed while the segments are copied', async () => {
      const control = await controlOf(data);
      // The first segment arrives in the other region when the window is gone for long.
      await control.addFault({ method: 'PUT', path: '/ord/object-store/*.vhd-*', delay: 600_000 });
      const other = await openWindow(join(workspace, '..', 'other'));
      const second = new Workbench(other);
      await other.getByRole('tab', { name: 'Cloud Images' }).click();
      await second.menu(/^Web frontend, /, 'Transfer Image to Region…');
      await second.choose('ORD');
      await second.choose('Remove the exported objects afterwards');
      const question = other.getByRole('dialog').filter({ hasText: 'from DFW to ORD?' });
      await question.getByText('The exported objects are removed afterwards.').waitFor();
      await question.getByRole('button', { name: 'Transfer', exact: true }).click();
      await second.notification('Transfer of “Web frontend” to ORD').waitFor();
      await workbench.eventually('the copy to begin', async () => (await kept(data))?.step === 'copy');
      await other.close();
      await workbench.eventually(
        'the window to be gone',
        async () => (await countLeases(await runningIn(data))) === 1,
      );
      await control.deleteFaults();
    });

    await step('another window goes on from there', async () => {
      await workbench.menu(/^Web frontend, /, 'Transfer Image to Region…');
      await workbench.choose('ORD');
      await workbench.choose('Remove the exported objects afterwards');
      await dialog.getByText('An earlier transfer resumes at the step “copy”.').waitFor();
      await picture('question');
      await dialog.getByRole('button', { name: 'Transfer', exact: true }).click();
      await workbench.notification('“Web frontend” is in ORD.').waitFor({ timeout: 60_000 });
    });

    await step('the image is in the other region with its tags and properties', async () => {
      await workbench
        .notification('“Web frontend” is in ORD.')
        .getByRole('button', { name: 'Show ORD' })
        .click();
      await workbench.statusItem('Emulator ORD · owner').waitFor();
      const made = await imageNamed('Web frontend', (await cloudOf(data)).inRegion('ORD'));
      // Its row looks like that of the other region, which goes a moment later.
      await workbench.eventually('its document', async () => {
        await workbench.row(/^Web frontend, .*active\b/).click();
        return page.locator('.breadcrumbs-control', { hasText: made }).isVisible();
      });
      for (const text of ['"frontend"', '"org.example.release"', '"production"'])
        await page.locator('.view-line', { hasText: text }).waitFor();
    });

    await step('nothing was done twice, and nothing else is left', async () => {
      const cloud = await cloudOf(data);
      const target = cloud.inRegion('ORD');
      assert.equal((await tasksIn(cloud, 'export')).length, 1);
      assert.equal((await tasksIn(target, 'import')).length, 1);
      for (const { objects } of [cloud, target]) await assert.rejects(objects.list('image-transfers'));
      assert.deepEqual(await readdir(join(data, '.cloud-images', 'transfers')), []);
    });
  },
};

/** An own image with tags and a property. */
async function makeImage(cloud: Cloud, disk: string): Promise<void> {
  const image = await importImage(cloud, disk, 'Web frontend');
  for (const tag of ['frontend', 'production']) await cloud.images.addTag(image, tag);
  await cloud.images.patch(image, [{ op: 'add', path: '/org.example.release', value: '2026-11' }]);
}

async function imageNamed(name: string, { images }: Cloud): Promise<string> {
  for await (const [image] of images.list({ name })) if (image) return String(image.get('id'));
  throw new Error(`There is no image '${name}'.`);
}

async function tasksIn({ tasks }: Cloud, type: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const page of tasks.list({ type })) found.push(...page);
  return found;
}

async function cloudOf(data: string): Promise<Cloud> {
  const { url } = await runningIn(data);
  return connect({ authUrl: `${url}/identity/v3`, userName: 'owner', password: 'emulator', region: 'DFW' });
}

async function controlOf(data: string): Promise<EmulatorControl> {
  const { url, token } = await runningIn(data);
  return emulatorControl(url, token);
}

async function runningIn(data: string) {
  const emulator = await emulatorOf(data);
  assert.ok(emulator, 'the emulator runs');
  return emulator;
}

/** How far the transfer is, by the file that outlives a window. */
async function kept(data: string): Promise<TransferState | undefined> {
  const folder = join(data, '.cloud-images', 'transfers');
  const [name] = (await readdir(folder).catch(() => [])).filter((one) => one.endsWith('.json'));
  return name === undefined ? undefined : JSON.parse(await readFile(join(folder, name), 'utf8'));
}
