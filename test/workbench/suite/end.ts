import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { isAlive } from '../../../server/system.ts';
import { extension } from './support.ts';

describe('stopping', () => {
  it('ends the process of the emulator and disconnects', async () => {
    const { context, imagesView } = await extension();
    await context.source.connect();
    const { state } = context.emulator;
    assert.ok(state.kind === 'running');
    await vscode.commands.executeCommand('cloudImages.emulator.stop');
    assert.equal(isAlive(state.status.pid), false);
    assert.equal(context.emulator.state.kind, 'stopped');
    assert.equal(context.source.connection, undefined);
    assert.deepEqual(await imagesView.getChildren(), []);
  });
});
