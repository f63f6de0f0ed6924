import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { EmulatorControl, EmulatorSnapshot } from '../../../server/cloud/services/emulatorControl.ts';
import type { Context } from '../../context.ts';
import { confirmChange } from '../../ui/confirm.ts';
import { Cancelled } from '../../ui/errors.ts';
import { formatSize } from '../../ui/units.ts';
import { requireControl } from './control.ts';

/** Keeps the whole cloud as it is now, under a name. */
export async function takeSnapshot(context: Context): Promise<void> {
  const control = requireControl(context);
  const taken = (await control.snapshots()).map(({ name }) => name);
  const value = proposeName(taken);
  const name = await context.ui.ask(t('Name of the snapshot'), (text) => checkName(text, taken), { value });
  if (name === undefined) throw new Cancelled();
  await control.takeSnapshot(name.trim());
  vscode.window.setStatusBarMessage(t`Took the snapshot “${name.trim()}” of the emulator.`, 5000);
}

/** Brings the whole cloud back to a snapshot. */
export async function restoreSnapshot(context: Context): Promise<void> {
  const control = requireControl(context);
  const { name } = await chooseSnapshot(context, control, t('Go back to which snapshot?'));
  const detail = t(
    'What changed in the emulator since then is lost, for every window and user; its clock goes back too. The snapshot stays.',
  );
  await confirmChange(context, { question: t`Go back to “${name}”?`, detail, verb: t('Go Back') });
  await control.restoreSnapshot(name);
  vscode.window.setStatusBarMessage(t`The emulator is as it was at “${name}”.`, 5000);
}

export async function deleteSnapshot(context: Context): Promise<void> {
  const control = requireControl(context);
  const { name, bytes } = await chooseSnapshot(context, control, t('Delete which snapshot?'));
  const detail = t`Nobody can go back to it then. Up to ${formatSize(bytes)} of the disk become free.`;
  await confirmChange(context, { question: t`Delete the snapshot “${name}”?`, detail, verb: t('Delete') });
  await control.deleteSnapshot(name);
  vscode.window.setStatusBarMessage(t`Deleted the snapshot “${name}”.`, 5000);
}

async function chooseSnapshot(
  { ui }: Pick<Context, 'ui'>,
  control: EmulatorControl,
  title: string,
): Promise<EmulatorSnapshot> {
  const snapshots = (await control.snapshots()).toReversed();
  if (snapshots.length === 0) throw new Error(t('There is no snapshot yet. Take one first.'));
  const rows = snapshots.map((snapshot) => ({
    label: snapshot.name,
    description: t`${new Date(snapshot.time).toLocaleString()} on the emulator's clock · ${formatSize(snapshot.bytes)}`,
    snapshot,
  }));
  const picked = await ui.pick(rows, title);
  if (!picked) throw new Cancelled();
  return picked.snapshot;
}

function checkName(text: string, taken: readonly string[]): string | undefined {
  if (text.trim() === '') return t('Enter a name for the snapshot.');
  if (/^\.{1,2}$/.test(text.trim()))
    return t('Choose another name: an address of the emulator cannot end in it.');
  return taken.includes(text.trim()) ? t('A snapshot has this name. Choose another.') : undefined;
}

/** The first free of `snapshot 1`, `snapshot 2`, … */
function proposeName(taken: readonly string[]): string {
  for (let number = taken.length + 1; ; number++)
    if (!taken.includes(`snapshot ${number}`)) return `snapshot ${number}`;
}
