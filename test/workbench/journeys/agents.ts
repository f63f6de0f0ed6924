import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import type { Image } from '../../../server/cloud/services/images.ts';
import { emulatorOf } from '../emulatorLock.ts';
import { importImage } from '../importImage.ts';
import type { Journey } from '../journey.ts';

/** A script in the place of a language model: a command of it calls a tool, and says what it was given. */
const agent = `
const vscode = require('vscode');
exports.activate = ({ subscriptions }) => {
  let plan = '';
  const call = async (name, input) => {
    const { content } = await vscode.lm.invokeTool('cloud_images_' + name, { input, toolInvocationToken: undefined });
    return JSON.parse(content.map(({ value }) => value).join(''));
  };
  const say = (text) => void vscode.window.showInformationMessage('Agent: ' + text);
  subscriptions.push(
    vscode.commands.registerCommand('agent.plan', async () => {
      const made = await call('plan', { paths: ['web.image.yaml'] });
      plan = made.plan;
      say('planned. ' + made.summary);
    }),
    vscode.commands.registerCommand('agent.apply', async () => {
      try {
        const { done } = await call('apply', { plan });
        say('applied ' + done.length + ' document.');
      } catch (error) {
        say('was stopped.');
      }
    }),
  );
};
`;

const extension = {
  name: 'agent',
  publisher: 'test',
  version: '1.0.0',
  engines: { vscode: '^1.105.0' },
  main: './main.js',
  activationEvents: ['onCommand:agent.plan', 'onCommand:agent.apply'],
  contributes: {
    commands: [
      { command: 'agent.plan', title: 'Plan', category: 'Agent' },
      { command: 'agent.apply', title: 'Apply', category: 'Agent' },
    ],
  },
};

/** A plan that an agent makes: refused by the person, then allowed. */
export const agentsJourney: Journey = {
  name: 'agents',
  prepare: async (folder) => {
    const place = join(folder, '..', 'extensions', 'test.agent-1.0.0');
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'package.json'), JSON.stringify(extension));
    await writeFile(join(place, 'main.js'), agent);
    await writeFile(join(folder, 'web.image.yaml'), 'name: Web\nmin_ram: 512\n');
  },
  run: async ({ step, page, workbench, workspace, data, picture }) => {
    let id = '';
    const live = async (): Promise<Image> => (await cloudOf(data)).images.get(id);

    await step('an agent plans a change of an image', async () => {
      await page.getByRole('tab', { name: 'Cloud Images' }).click();
      await page.getByRole('button', { name: 'Start the Emulator' }).click();
      await workbench.row(/^Public, \d+ images$/).waitFor();
      id = await importImage(await cloudOf(data), join(workspace, '..', 'web.vhd'), 'Web');
      await workbench.command('Agent: Plan');
      await workbench.notification(/Agent: planned\. Plan: 1 call\./).waitFor();
    });

    await step('the person sees the exact call, says no, and nothing changes', async () => {
      await workbench.command('Agent: Apply');
      const dialog = await askedFor(page, id);
      await picture('question');
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await workbench.notification(/Agent: was stopped\./).waitFor();
      assert.notEqual((await live()).get('min_ram'), 512);
    });

    await step('asked once more, the person says yes, and it is done', async () => {
      await workbench.command('Agent: Apply');
      const dialog = await askedFor(page, id);
      await dialog.getByRole('button', { name: 'Yes' }).click();
      await workbench.notification(/Agent: applied 1 document\./).waitFor();
      assert.equal((await live()).get('min_ram'), 512);
    });
  },
};

/** The dialog that shows the call of the plan. */
async function askedFor(page: Page, id: string) {
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText('Apply this plan to Emulator, DFW, account 100001, as owner?').waitFor();
  const text = (await dialog.textContent()) ?? '';
  const operation = { op: 'replace', path: '/min_ram', value: 512 };
  assert.ok(text.includes(`PATCH /v2/images/${id} ${JSON.stringify([operation])}`), text);
  return dialog;
}

async function cloudOf(data: string): Promise<Cloud> {
  const emulator = await emulatorOf(data);
  assert.ok(emulator, 'the emulator runs');
  const user = { userName: 'owner', password: 'emulator', region: 'DFW' };
  return connect({ authUrl: `${emulator.url}/identity/v3`, ...user });
}
