import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { emulatorId } from '../../cloud/cloudSource.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { requireControl } from './control.ts';

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

/** Stops the emulator for every window, and starts it again on the same data. */
export async function restartEmulator(context: Context): Promise<void> {
  await context.emulator.stop();
  await startEmulator(context);
}

export async function stopEmulator({ emulator }: Context): Promise<void> {
  await emulator.stop();
}

/** Deletes everything in the emulator, and fills it with the demo data where that is chosen. */
export async function resetEmulator(context: Context): Promise<void> {
  const control = requireControl(context);
  const { ui } = context;
  const choices = [
    {
      label: t('Reset to the demo data'),
      description: t('two accounts, base images and a container'),
      seed: 'demo',
    },
    { label: t('Reset to nothing'), description: t('only the demo accounts'), seed: 'empty' },
  ] as const;
  const title = t(
    'Reset the emulator? All its images, servers, tasks and objects are deleted; snapshots stay',
  );
  const choice = await ui.pick(choices, title);
  if (!choice) throw new Cancelled();
  await control.reset(choice.seed);
}

export async function showEmulatorLog({ ui, emulator }: Context): Promise<void> {
  const uri = vscode.Uri.file(emulator.logFile);
  const exists = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (exists) await vscode.window.showTextDocument(uri);
  else await ui.inform(t('The emulator has not been started yet.'));
}
