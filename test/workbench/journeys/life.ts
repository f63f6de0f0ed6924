import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import { isAlive } from '../../../server/system.ts';
import { fillUp, lacksSmallDisk, mountSmallDisk } from '../../tools/smallDisk.ts';
import { countLeases, emulatorFolder, emulatorOf, stopEmulatorOf } from '../emulatorLock.ts';
import { importImage } from '../importImage.ts';
import type { Journey } from '../journey.ts';
import { Workbench } from '../workbench.ts';

const manifest = 'web.image.yaml';

/**
 * What an emulator and its windows go through: a port that another program has, a reload, a second window, the first one
 * closed, a kill, a full disk, the last window closed. Its data folder is a small disk of its own where the system has such.
 */
export const lifeJourney: Journey = {
  name: 'life',
  settings: { 'files.autoSave': 'off' },
  prepare: async (folder, data) => {
    await mkdir(emulatorFolder(data), { recursive: true });
    await writeFile(join(folder, '..', 'notes.bin'), Buffer.alloc(20 << 20, 'notes'));
    const holder = await listen(0);
    await writeSettings(folder, { 'cloudImages.emulator.port': portOf(holder) });
    await closeServer(holder);
    // It starts the emulator that ends with the last window. Two seconds would not last through a reload.
    await writeSettings(join(folder, '..', 'other'), { 'cloudImages.emulator.stopAfter': 2 });
  },
  run: async ({ step, picture, page, workbench, workspace, data, openWindow }) => {
    const unmount = lacksSmallDisk ? undefined : mountSmallDisk(emulatorFolder(data), 72);
    const settings = JSON.parse(await readFile(join(workspace, '.vscode', 'settings.json'), 'utf8'));
    const port = Number(settings['cloudImages.emulator.port']);
    const holder = await listen(port);
    const running = async () => {
      const emulator = await emulatorOf(data);
      assert.ok(emulator, 'the emulator runs');
      return emulator;
    };
    let pid = 0;
    let image = '';
    let second: Workbench;
    let other: Page;
    try {
      await step('the port of the settings is taken: said by whom, with a way out', async () => {
        await page.getByRole('tab', { name: 'Cloud Images' }).click();
        await page.getByRole('button', { name: 'Start the Emulator' }).click();
        await workbench
          .notification(
            new RegExp(
              `Port ${port} of 127\\.0\\.0\\.1 is taken by another program \\(.*process ${process.pid}\\)\\. Change cloudImages`,
            ),
          )
          .waitFor();
        await workbench.statusItem('Emulator: port taken').waitFor();
        await picture('port');
        await page.getByRole('button', { name: 'Use a Free Port', exact: true }).click();
        await workbench.row(/^Public, \d+ images$/).waitFor();
        const emulator = await running();
        assert.notEqual(new URL(emulator.url).port, String(port));
        pid = emulator.pid;
      });

      await step('an image differs from its manifest, and both are open', async () => {
        image = await importImage(await cloudOf(data), join(workspace, '..', 'web.vhd'), 'Web');
        await writeFile(join(workspace, manifest), `id: ${image}\nname: Web\nmin_ram: 512\n`);
        await workbench.row(/^Web, /).click();
        await workbench.tab('Web.image.json').waitFor();
        await workbench.openFile(manifest);
        await driftOf(page).waitFor();
      });

      await step('a reload keeps the emulator, its data, the open documents and the marks', async () => {
        await workbench.reload(manifest);
        await workbench.row(/^Web, /).waitFor({ timeout: 60_000 });
        for (const tab of ['Web.image.json', manifest]) await workbench.tab(tab).waitFor();
        await driftOf(page).waitFor();
        assert.equal((await running()).pid, pid);
      });

      await step('a second window joins the emulator, and follows what happens there', async () => {
        other = await openWindow(join(workspace, '..', 'other'));
        second = new Workbench(other);
        await other.getByRole('tab', { name: 'Cloud Images' }).click();
        await second.row(/^Web, /).waitFor({ timeout: 60_000 });
        assert.deepEqual([(await running()).pid, await countLeases(await running())], [pid, 2]);
        await rename(data, image, 'Second');
        for (const window of [workbench, second]) await window.row(/^Second, /).waitFor();
      });

      await step('it is killed: both windows say so, and one click in one brings both back', async () => {
        process.kill(pid, 'SIGKILL');
        for (const window of [workbench, second])
          await window.statusItem('Emulator: ended unexpectedly').waitFor();
        await other.getByText('The emulator ended unexpectedly. Its data is kept.').waitFor();
        await picture('killed');
        await other.getByRole('button', { name: 'Start It Again' }).click();
        for (const window of [workbench, second]) await window.row(/^Second, /).waitFor();
        assert.notEqual((await running()).pid, pid);
        pid = (await running()).pid;
      });

      await step('the window that began all is closed, and the other one goes on', async () => {
        await page.goto('about:blank');
        await second.eventually(
          'the window to be gone',
          async () => (await countLeases(await running())) === 1,
        );
        await rename(data, image, 'Third');
        await second.row(/^Third, /).waitFor();
        assert.equal((await running()).pid, pid);
      });

      if (unmount)
        await step(
          'its disk is full: an upload is refused with the reason, and nothing is lost',
          async () => {
            const filler = fillUp(emulatorFolder(data));
            await second.menu(/^exports, 1 object/, 'Upload a File…');
            await second.chooseFile(join(workspace, '..', 'notes.bin'), 'Upload');
            await second.notification("The disk that holds the emulator's data folder is full.").waitFor();
            await picture('full');
            for (const row of [/^exports, 1 object/, /^Third, /]) await second.row(row).waitFor();
            await rm(filler);
            await other.keyboard.press('Escape');
            await second.menu(/^exports, 1 object/, 'Upload a File…');
            await second.chooseFile(join(workspace, '..', 'notes.bin'), 'Upload');
            await second.row(/^exports, 2 objects/).waitFor();
            assert.equal((await running()).pid, pid);
          },
        );

      await step('the last window is closed, and the emulator ends with it', async () => {
        await other.goto('about:blank');
        await workbench.eventually('the emulator to end', async () => !isAlive(pid));
        assert.equal(await emulatorOf(data), undefined);
      });
    } finally {
      await closeServer(holder);
      await stopEmulatorOf(data);
      unmount?.();
    }
  },
};

/** The badge of the manifest's row in the explorer, or of its tab. */
function driftOf(page: Page): Locator {
  return page.locator('.tabs-container .tab', {
    hasText: manifest,
    has: page.locator('[class*="monaco-decoration-itemBadge"]'),
  });
}

async function writeSettings(folder: string, settings: Record<string, unknown>): Promise<void> {
  await mkdir(join(folder, '.vscode'), { recursive: true });
  await writeFile(join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

async function cloudOf(data: string): Promise<Cloud> {
  const emulator = await emulatorOf(data);
  assert.ok(emulator, 'the emulator runs');
  const user = { userName: 'owner', password: 'emulator', region: 'DFW' };
  return connect({ authUrl: `${emulator.url}/identity/v3`, ...user });
}

async function rename(data: string, image: string, name: string): Promise<void> {
  const { images } = await cloudOf(data);
  await images.patch(image, [{ op: 'replace', path: '/name', value: name }]);
}
