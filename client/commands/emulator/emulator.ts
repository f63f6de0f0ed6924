import * as vscode from 'vscode';
import { emulatorId } from '../../cloud/clouds.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';

/** Starts the emulator and shows it. */
export async function startEmulator({ emulator, clouds }: Context): Promise<void> {
  clouds.show(emulatorId);
  await emulator.start();
}

/** Starts it once on another port than the one of the settings, which another program has. */
export async function startEmulatorOnFreePort({ emulator, clouds }: Context): Promise<void> {
  clouds.show(emulatorId);
  await emulator.start(0);
}

export async function stopEmulator({ emulator }: Context): Promise<void> {
  await emulator.stop();
}

/** Deletes everything in the emulator, and fills it with the demo data where that is chosen. */
export async function resetEmulator({ emulator, ui }: Context): Promise<void> {
  const { state } = emulator;
  if (state.kind !== 'running') throw new Error('The emulator does not run. Start it first.');
  const choices = [
    { label: 'Demo data', description: 'two accounts, base images and a container', seed: 'demo' },
    { label: 'Empty', description: 'only the demo accounts', seed: 'empty' },
  ] as const;
  const choice = await ui.pick(choices, 'Reset the emulator to what?');
  if (!choice) throw new Cancelled();
  const question = `Reset the emulator to ${choice.label.toLowerCase()}?`;
  if (!(await ui.confirm(question, 'All its images, tasks and objects are deleted.', 'Reset')))
    throw new Cancelled();
  await state.control.reset(choice.seed);
}

export async function showEmulatorLog({ ui, emulator }: Context): Promise<void> {
  const uri = vscode.Uri.file(emulator.logFile);
  const exists = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (exists) await vscode.window.showTextDocument(uri);
  else await ui.inform('The emulator has not been started yet.');
}
