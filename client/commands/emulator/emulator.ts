import * as vscode from 'vscode';
import type { Context } from '../../context.ts';

export async function startEmulator({ emulator }: Context): Promise<void> {
  await emulator.start();
}

export async function stopEmulator({ emulator }: Context): Promise<void> {
  await emulator.stop();
}

/** Back to the demo data, or to nothing at all. */
export async function resetEmulator({ emulator, ui }: Context): Promise<void> {
  const { state } = emulator;
  if (state.is !== 'running') return;
  const choices = [
    { label: 'Demo data', description: 'two accounts, base images, a container exports', seed: 'demo' },
    { label: 'Empty', description: 'the demo accounts alone', seed: 'empty' },
  ] as const;
  const choice = await ui.pick(choices, 'What shall the emulator hold after the reset?');
  if (!choice) return;
  const question = `Reset the emulator to ${choice.label.toLowerCase()}?`;
  if (!(await ui.confirm(question, 'All its images, tasks and objects are deleted.', 'Reset'))) return;
  await state.control.reset(choice.seed);
}

export async function showEmulatorLog({ ui }: Context, logFile: string): Promise<void> {
  const uri = vscode.Uri.file(logFile);
  const there = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (there) await vscode.window.showTextDocument(uri);
  else await ui.inform('The emulator has not been started yet.');
}

/** What a click on the status bar offers: the verbs that make sense now. */
export async function chooseEmulatorVerb({ emulator, ui, connections }: Context): Promise<void> {
  const { is } = emulator.state;
  const verbs = [
    ...(is === 'running'
      ? [
          { label: '$(debug-stop) Stop the emulator', command: 'cloudImages.emulator.stop' },
          { label: '$(discard) Reset the emulator…', command: 'cloudImages.emulator.reset' },
        ]
      : [{ label: '$(play) Start the emulator', command: 'cloudImages.emulator.start' }]),
    ...(is === 'running' ? [{ label: '$(account) Switch user…', command: 'cloudImages.switchUser' }] : []),
    ...(connections.cloud ? [{ label: '$(globe) Choose region…', command: 'cloudImages.chooseRegion' }] : []),
    { label: "$(output) Show the emulator's log", command: 'cloudImages.emulator.showLog' },
    { label: '$(output) Show log', command: 'cloudImages.showLog' },
  ];
  const verb = await ui.pick(verbs, 'Cloud Images');
  if (verb) await vscode.commands.executeCommand(verb.command);
}
