import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import { emulatorOf } from '../emulatorLock.ts';
import type { Journey } from '../journey.ts';

/** How the journey reaches a cloud that is no emulator: an entry of `clouds.yaml`. */
export interface RealCloud {
  readonly authUrl: string;
  readonly userName: string;
  readonly password: string;
  readonly project: string;
  readonly region: string;
}

/**
 * A project for plain OpenStack from an empty folder: a manifest is written with completion, three mistakes are repaired by one
 * key each, a rehearsal shows that Nova boots no server of it, and once that is mended the image is applied, to a real cloud where one is given.
 */
export function makeProjectJourney(real?: RealCloud): Journey {
  return {
    name: 'project',
    settings: {
      'workbench.startupEditor': 'none',
      'files.autoSave': 'off',
      'editor.autoIndent': 'none', // what is typed at once stays as it is
      'testing.automaticallyOpenTestResults': 'neverOpen',
      'cloudImages.profile': 'openstack',
    },
    prepare: async (folder) => {
      await writeFile(join(folder, 'web.raw'), Buffer.alloc(1 << 20, 'web'));
      if (!real) return;
      const { authUrl, userName, password, project, region } = real;
      const auth = { auth_url: authUrl, username: userName, password, project_name: project };
      await writeFile(
        join(folder, 'clouds.yaml'),
        JSON.stringify({ clouds: { real: { auth, region_name: region } } }),
      );
    },
    run: async ({ step, picture, page, workbench, workspace, data }) => {
      const name = 'web.image.yaml';
      const press = async (...keys: string[]): Promise<void> => {
        for (const key of keys) await page.keyboard.press(key);
      };
      const text = (): Promise<string> => readFile(join(workspace, name), 'utf8');
      const save = async (): Promise<void> => {
        await press('ControlOrMeta+S');
        await workbench.saved(name);
      };
      const lines = page.locator('.editor-group-container.active .view-line');
      const squiggles = page.locator('.squiggly-error, .squiggly-warning, .squiggly-info');
      const suggestion = (label: string) =>
        page.locator('.suggest-widget.visible .monaco-list-row', { hasText: label }).first();
      const complete = async (label: string): Promise<void> => {
        await workbench.eventually(`the completion ${label}`, async () => {
          if (await suggestion(label).isVisible()) return true;
          await press('Escape', 'Control+Space');
          return suggestion(label)
            .waitFor({ timeout: 5000 })
            .then(
              () => true,
              () => false,
            );
        });
        await suggestion(label).click();
      };
      const test = (label: RegExp) => page.locator('.test-explorer').getByRole('treeitem', { name: label });

      await step('a new manifest is begun from its form', async () => {
        await workbench.command('Cloud Images: New Image Manifest…');
        await workbench.choose('Image');
        await workbench.type(/Name of the manifest/, 'web');
        await workbench.tab(name).waitFor();
        await lines.filter({ hasText: /^os_distro:/ }).waitFor();
        await workbench.focusEditor();
        await press('Escape', 'ControlOrMeta+A');
        await page.keyboard.insertText(begun);
        await save();
        assert.equal(await text(), begun);
      });

      await step('a property is completed by its name, and by a value that Nova knows', async () => {
        await press('ControlOrMeta+End');
        await page.keyboard.type('hw_disk');
        await complete('hw_disk_bus');
        await picture('completion');
        await lines.filter({ hasText: /^hw_disk_bus:/ }).waitFor();
        await complete('virtio');
        await save();
        assert.match(await text(), /^hw_disk_bus: "?virtio"?$/m);
      });

      await step('three mistakes are repaired by one key each', async () => {
        await press('ControlOrMeta+End', 'Enter');
        await page.keyboard.insertText(mistaken);
        await squiggles.nth(2).waitFor();
        await picture('mistakes');
        for (const [title, wrong] of [
          ["Change to 'virtio'", 'virtoi'],
          ["Change to 'true'", 'enabled'],
          ["Change to 'ubuntu'", 'Ubuntu'],
        ] as const) {
          await workbench.focusEditor();
          await workbench.openFixes(title);
          await press('Enter');
          await page.locator('.view-line', { hasText: new RegExp(wrong) }).waitFor({ state: 'detached' });
        }
        await squiggles.first().waitFor({ state: 'detached' });
        await save();
        assert.match(
          await text(),
          /hw_vif_model: virtio\nhw_qemu_guest_agent: "?true"?\nos_distro: ubuntu\n/,
        );
      });

      await step("a rehearsal shows in Nova's words that no server boots", async () => {
        await press('ControlOrMeta+End');
        await page.keyboard.insertText(server);
        await save();
        await page.getByRole('tab', { name: /^Testing/ }).click();
        await test(/web\.image\.yaml/).click();
        await workbench.eventually('the documents of the manifest', async () => {
          await press('ArrowRight'); // it has something to open once its second document is known
          return test(/server · web-1/).isVisible();
        });
        await workbench.command('Test: Run All Tests');
        await test(/server · web-1 \(Failed/).waitFor();
        await test(/image · portal \(Passed/).waitFor();
        await workbench.openFile(name);
        await press('ControlOrMeta+End');
        await workbench.command('Test: Peek Output');
        await page.locator('.peekview-widget', { hasText: 'cannot be evenly distributed' }).waitFor();
        await picture('refused');
        await press('Escape');
      });

      await step('mended, it boots', async () => {
        await writeFile(
          join(workspace, name),
          (await text()).replace('hw_numa_nodes: "2"', 'hw_numa_nodes: "1"'),
        );
        await page.locator('.view-line', { hasText: 'hw_numa_nodes: "1"' }).waitFor();
        await workbench.command('Test: Run All Tests');
        await test(/server · web-1 \(Passed/).waitFor();
        await squiggles.first().waitFor({ state: 'detached' });
      });

      await step('the image is applied', async () => {
        await page.getByRole('tab', { name: 'Cloud Images' }).click();
        if (real) {
          await page.getByRole('button', { name: 'Connect to a Cloud…' }).click();
          await workbench.choose('real');
        } else await page.getByRole('button', { name: 'Start the Emulator' }).click();
        await workbench.statusItem(new RegExp(real ? `real ${real.region}` : 'Emulator RegionOne')).waitFor();
        await workbench.openFile(name);
        await workbench.focusEditor();
        await workbench
          .lens(/^Apply$/)
          .first()
          .click();
        await page.locator('.view-line', { hasText: 'new image' }).first().waitFor();
        await picture('plan');
        if (real) {
          const dialog = page.getByRole('dialog');
          await dialog.getByText('Cloud: real').waitFor();
          await dialog.getByRole('button', { name: 'Apply', exact: true }).click();
        } else await workbench.choose('Apply');
        await workbench.row(/^portal, .*active\b/).waitFor();
      });

      await step('the cloud has it with its bytes and its properties', async () => {
        const cloud = await signIn(data, real);
        const { value: images } = await cloud.images.list({ name: 'portal' }).next();
        const [image] = images ?? [];
        assert.ok(image);
        const stated = [
          'hw_disk_bus',
          'hw_vif_model',
          'hw_qemu_guest_agent',
          'os_distro',
          'hw_numa_nodes',
          'size',
        ];
        assert.deepEqual(
          stated.map((property) => image.get(property)),
          ['virtio', 'virtio', 'true', 'ubuntu', '1', 1 << 20],
        );
      });
    },
  };
}

async function signIn(data: string, real: RealCloud | undefined): Promise<Cloud> {
  if (real) return connect(real);
  const emulator = await emulatorOf(data);
  assert.ok(emulator, 'the emulator runs');
  const user = { userName: 'owner', password: 'emulator', project: '100001' };
  return connect({ authUrl: `${emulator.url}/identity/v3`, ...user, region: 'RegionOne' });
}

const begun = `name: portal
disk_format: raw
container_format: bare
source:
  file: web.raw
min_disk: 1
`;

const mistaken = `hw_vif_model: virtoi
hw_qemu_guest_agent: enabled
os_distro: Ubuntu
`;

/** With two NUMA nodes, of which a flavor of one processor has none. */
const server = `hw_numa_nodes: "2"
---
server:
  name: web-1
  flavorRef: "1"
`;
