import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import { type EmulatorControl, emulatorControl } from '../../../server/cloud/services/emulatorControl.ts';
import { MiB, makeVhd } from '../../tools/disks.ts';
import { findBarriers } from '../axe.ts';
import { emulatorOf } from '../emulatorLock.ts';
import type { Journey } from '../journey.ts';

/**
 * An import is watched on its details page until its image is there; the image is exported, verified, and a segment of the
 * export is lost: the page shows the gap and what it means.
 */
export const detailsJourney: Journey = {
  name: 'details',
  prepare: async () => undefined,
  run: async ({ step, picture, page, workbench, workspace, data }) => {
    const dialog = page.getByRole('dialog');
    let cloud: Cloud | undefined;
    let control: EmulatorControl | undefined;
    let frame: Frame | undefined;
    const details = (): Frame => frame ?? assert.fail('the page is open');

    await step('the emulator runs, and holds an upload', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await page.getByRole('button', { name: 'Start the Emulator' }).click();
      await workbench.row(/^exports, empty$/).waitFor();
      const emulator = await emulatorOf(data);
      assert.ok(emulator);
      control = emulatorControl(emulator.url, emulator.token);
      const user = { userName: 'owner', password: 'emulator', project: '100001' };
      cloud = await connect({ authUrl: `${emulator.url}/identity/v3`, ...user, region: 'DFW' });
      const disk = join(workspace, '..', 'shop.vhd');
      const extents = [0, 7, 8, 9, 15, 16, 24].map((block) => ({
        position: block * 2 * MiB,
        bytes: randomBytes(2 * MiB),
      }));
      makeVhd(disk, { extents });
      await cloud.objects.putObject('exports', 'shop.vhd', disk);
      await control.setClock({ pause: true });
      const input = { import_from: 'exports/shop.vhd', image_properties: { name: 'Shop' } };
      await cloud.tasks.create('import', input);
      await workbench.row(/^Import exports\/shop\.vhd, pending/).waitFor();
    });

    await step('the page of the import opens from its row, and its time line moves', async () => {
      await workbench.menu(/^Import exports\/shop\.vhd, pending/, 'Show Task Details');
      frame = await workbench.frame(/Import exports\/shop\.vhd · Details/);
      const took = details().locator('.bars .took').first();
      await details().getByText('In the queue').first().waitFor();
      const before = await details().locator('.bars').textContent();
      await workbench.eventually('the time line to move', async () => {
        const now = await details().locator('.bars').textContent();
        return now !== before;
      });
      await took.waitFor();
      await picture('queue');
      await control?.setClock({ pause: false, speed: 20 });
      await details().locator('.status', { hasText: 'processing' }).waitFor();
      await picture('processing');
    });

    await step('the page becomes that of the image as soon as it is active', async () => {
      await details().getByRole('heading', { name: 'Shop', exact: true }).waitFor({ timeout: 20_000 });
      await details().locator('.status', { hasText: 'active' }).waitFor();
      await workbench.tab('Shop · Details').waitFor();
      await details().getByText('Never verified in this workspace.').waitFor();
      await control?.setClock({ speed: 600 });
    });

    await step('it is exported from the page', async () => {
      await details().getByRole('button', { name: 'Export…' }).click();
      await workbench.choose('exports');
      await dialog.getByRole('button', { name: 'Export', exact: true }).click();
      await details()
        .getByText(/^Exported to exports\/.*: 1 segment$/)
        .first()
        .waitFor({ timeout: 30_000 });
      await details()
        .getByText(/A dynamic VHD of 64 MB\. It stands alone/)
        .first()
        .waitFor();
    });

    await step('verification from the page gives a verdict', async () => {
      await details().getByRole('button', { name: 'Verify', exact: true }).click();
      await details()
        .getByText(/^Sound at .*one segment/)
        .waitFor();
      assert.equal(await details().getByText('Never verified').count(), 0);
    });

    await step('a lost segment is a gap in the picture, and the page says what it means', async () => {
      await splitSegment(cloud ?? assert.fail());
      const [name = ''] = await exported(cloud ?? assert.fail());
      await details()
        .getByText(/: 3 segments$/)
        .first()
        .waitFor();
      await cloud?.objects.deleteObject('exports', `${name}-00002`);
      await details()
        .getByText(/^Lost of 3 segments: .*-00002\. A download is shorter/)
        .waitFor();
      await details().locator('svg.strip .piece.missing').waitFor();
      await details()
        .getByText(/^Sound at/)
        .waitFor();
      await details().getByText('What was read has changed since. Verify it again.').waitFor();
      const table = details().getByRole('table', { name: /^Exported to .*: 3 segments$/ });
      await details().locator('#copies summary').first().click();
      assert.match((await table.textContent()) ?? '', /-00002[^…]*if it was like its neighboursmissing/);
      await details().locator('#copies').scrollIntoViewIfNeeded();
      await picture('gap');
    });

    await step('the blocks of the export tell which of them are lost', async () => {
      const board = details().locator('#blocks-export-board');
      await board.focus();
      await page.keyboard.press('Home');
      for (let moved = 0; moved < 9; moved++) await page.keyboard.press('ArrowRight');
      assert.match(String(await board.getAttribute('aria-valuetext')), /lost|missing/i);
      await picture('blocks');
    });

    await step('the page is there again after a reload', async () => {
      await workbench.reload('cloudImages.details');
      frame = await workbench.frame(/^Shop · Details$/);
      await details().locator('.status', { hasText: 'active' }).waitFor({ timeout: 30_000 });
      await details()
        .getByText(/^Lost of 3 segments/)
        .waitFor();
      await details()
        .getByText(/^Sound at/)
        .waitFor();
    });

    await step('axe finds nothing', async () => {
      assert.deepEqual(await findBarriers(details()), []);
    });

    await step('a deleted image says so, and what was known stays', async () => {
      const [name = ''] = await exported(cloud ?? assert.fail());
      await cloud?.images.delete(name.replace('.vhd', ''));
      const notice = /^It was deleted, which was seen at .*What stands here was known before/;
      await details().locator('.notice', { hasText: notice }).waitFor();
      await details().locator('.status', { hasText: 'deleted' }).waitFor();
      await details()
        .getByText(/^Lost of 3 segments/)
        .waitFor();
      assert.equal(await details().getByRole('button', { name: 'Export…' }).count(), 0);
    });
  },
};

/** The names of exported objects. */
async function exported({ objects }: Cloud): Promise<string[]> {
  const names = (await objects.list('exports')).map(({ name }) => name);
  return names.filter((name) => /^[0-9a-f-]{36}\.vhd$/.test(name));
}

/** Cuts the one segment of an export into three, as it has them where it is larger. */
async function splitSegment({ objects }: Cloud): Promise<void> {
  const [name = ''] = await exported({ objects } as Cloud);
  const pieces: Uint8Array[] = [];
  for await (const piece of await objects.getObject('exports', `${name}-00001`)) pieces.push(piece);
  const whole = Buffer.concat(pieces);
  const length = Math.ceil(whole.length / 3 / 512) * 512;
  for (const number of [3, 2, 1]) {
    const bytes = whole.subarray((number - 1) * length, number * length);
    const content = {
      size: bytes.length,
      open: async function* () {
        yield bytes;
      },
    };
    await objects.putContent('exports', `${name}-0000${number}`, content);
  }
}
