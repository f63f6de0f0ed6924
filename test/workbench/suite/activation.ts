import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension } from './support.ts';

describe('the extension', () => {
  it('activates and registers its commands', async () => {
    const found = vscode.extensions.getExtension('cloud-images.cloud-images');
    assert.ok(found, 'the extension is installed');
    await found.activate();
    const commands = await vscode.commands.getCommands(true);
    const contributed: { command: string }[] = found.packageJSON.contributes.commands;
    assert.deepEqual(
      contributed.map(({ command }) => command).filter((command) => !commands.includes(command)),
      [],
    );
  });

  it('takes at most 50 ms of CPU to activate', async () => {
    const { activationCpu } = await extension();
    assert.ok(activationCpu <= 50, `${activationCpu} ms`);
  });
});
