import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { EmulatorProcess } from '../../../client/emulator/emulatorProcess.ts';
import { isAlive } from '../../../server/system.ts';
import { extension, until } from './support.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'dist', 'emulator.js');

describe('the emulator', () => {
  it('is started by its command and signs the demo user in', async () => {
    const { context } = await extension();
    await vscode.commands.executeCommand('cloudImages.emulator.start');
    const { state } = context.emulator;
    assert.equal(state.kind, 'running');
    const { cloud } = await context.source.connect();
    assert.equal(cloud.region, 'DFW');
    assert.equal(cloud.session.account.name, '100001');
  });

  it('is joined by a second window and outlives the one that started it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cloud-images-windows-'));
    const window = (): EmulatorProcess =>
      new EmulatorProcess({
        program,
        data: join(folder, 'data'),
        linger: () => 1,
        port: () => 0,
        speed: () => 600,
        log: () => undefined,
      });
    const [first, second] = [window(), window()];
    try {
      // Both at once: one starts it, the other finds it held and joins.
      await Promise.all([first.start(), second.start()]);
      const pid = pidOf(first);
      assert.equal(pidOf(second), pid);
      first.dispose();
      await (await second.start()).status();
      assert.equal(isAlive(pid), true);
      second.dispose();
      await until('the emulator to end after its last window', () => !isAlive(pid));
    } finally {
      first.dispose();
      second.dispose();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('shows that it crashed, and starts again with its data', async () => {
    const { context } = await extension();
    await context.emulator.start();
    const pid = pidOf(context.emulator);
    process.kill(pid, 'SIGKILL');
    await until('the state to be failed', () => context.emulator.state.kind === 'failed');
    assert.equal(context.source.connection, undefined);
    await context.emulator.start();
    assert.notEqual(pidOf(context.emulator), pid);
    await context.source.connect();
  });

  it('says why it does not start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cloud-images-broken-'));
    const broken = new EmulatorProcess({
      program: join(folder, 'missing.js'),
      data: join(folder, 'data'),
      linger: () => 1,
      port: () => 0,
      speed: () => 600,
      log: () => undefined,
    });
    await assert.rejects(broken.start());
    assert.equal(broken.state.kind, 'failed');
    await rm(folder, { recursive: true, force: true });
  });
});

function pidOf({ state }: EmulatorProcess): number {
  assert.ok(state.kind === 'running', `the emulator runs (it is ${state.kind})`);
  return state.status.pid;
}
