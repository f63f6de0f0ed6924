import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import { emulatorOf } from '../emulatorLock.ts';
import { importImage } from '../importImage.ts';
import type { Journey } from '../journey.ts';
import { packageCommit, packageExtension } from '../packages.ts';
import { Workbench } from '../workbench.ts';

/** The first package that people had. */
const first = '8897db2';

/** Who has worked with the first package installs the present one over it: data, settings and choices are kept. */
export const upgradeJourney: Journey = {
  name: 'upgrade',
  byName: true,
  install: () => packageCommit(first),
  prepare: async (folder) => {
    await mkdir(join(folder, '.vscode'));
    await writeFile(join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
  },
  run: async ({ step, page, workbench, workspace, data, upgrade }) => {
    let before: object = [];
    let image = '';
    await step(
      `with ${first}: the emulator gets images, objects, tasks, a member and another user`,
      async () => {
        await page.getByRole('tab', { name: 'Cloud Images' }).click();
        await page.getByRole('button', { name: 'Start the Emulator' }).click();
        await workbench.statusItem('ORD').waitFor({ timeout: 60_000 });
        const cloud = await cloudOf(data);
        image = await importImage(cloud, join(workspace, '..', 'web.vhd'), 'Web');
        await cloud.images.addTag(image, 'shop');
        await cloud.members.add(image, '100002');
        await workbench.row(/^Web, /).waitFor();
        await workbench.command('Cloud Images: Switch User…');
        await workbench.choose('observer');
        await workbench.statusItem('observer').waitFor();
        before = await readAll(cloud, image);
      },
    );

    await step('the present package is installed over it, and shows the same as the same user', async () => {
      const window = new Workbench(await upgrade(await packageExtension()));
      await window.page.getByRole('tab', { name: 'Cloud Images' }).click();
      await window.page.getByRole('button', { name: 'Start the Emulator' }).click();
      await window.statusItem('Emulator ORD · observer · 100001').waitFor({ timeout: 60_000 });
      await window.row(/^Web, /).waitFor();
      await window.row(/^Import exports\/web\.vhd, success/).waitFor();
      await window.row(/^exports, 1 object/).waitFor();
      // Attributes that the service shows since then may come on top.
      assert.partialDeepStrictEqual(await readAll(await cloudOf(data), image), before);
      assert.deepEqual(
        JSON.parse(await readFile(join(workspace, '.vscode', 'settings.json'), 'utf8')),
        settings,
      );
    });
  },
};

const settings = {
  'cloudImages.region': 'ORD',
  'cloudImages.emulator.speed': 100_000,
  'cloudImages.severities': {},
};

async function cloudOf(data: string): Promise<Cloud> {
  const emulator = await emulatorOf(data);
  assert.ok(emulator, 'the emulator runs');
  const user = { userName: 'owner', password: 'emulator', region: 'ORD' };
  return connect({ authUrl: `${emulator.url}/identity/v3`, ...user });
}

/** What an account has, as clients see it. */
async function readAll({ images, members, tasks, objects }: Cloud, shared: string): Promise<object> {
  const all: unknown[] = [];
  for await (const page of images.list()) all.push(...page.map((image) => Object.fromEntries(image)));
  for await (const page of tasks.list()) all.push(...page);
  return [all, await members.list(shared), await objects.list('exports')];
}
