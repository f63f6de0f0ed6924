import { t } from '@vscode/l10n';
import type { EmulatorControl } from '../../../server/cloud/services/emulatorControl.ts';
import type { Context } from '../../context.ts';

/** The control service of the emulator that is shown. Throws the reason where another cloud is, or none runs. */
export function requireControl({ emulator, source }: Pick<Context, 'emulator' | 'source'>): EmulatorControl {
  if (!source.isSandbox)
    throw new Error(
      t`${source.label} is a real cloud: nobody can turn back its time or its content. Connect to the emulator first.`,
    );
  const { state } = emulator;
  if (state.kind !== 'running') throw new Error(t('The emulator does not run. Start it first.'));
  return state.control;
}
