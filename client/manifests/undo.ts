import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { t } from '@vscode/l10n';
import { keptFolder } from '../../server/cloud/run/durable.ts';
import { executeSteps, isSound } from '../../server/cloud/run/execute.ts';
import { planText } from '../../server/cloud/run/show.ts';
import { noDisks } from '../../server/cloud/run/steps.ts';
import {
  planUndo,
  readUndo,
  requireSamePlace,
  type UndoFile,
  type UndoJournal,
} from '../../server/cloud/run/undo.ts';
import { describePlace } from '../cloud/cloudSource.ts';
import type { Context } from '../context.ts';
import { confirmChange } from '../ui/confirm.ts';

/** Undoes the last apply to this account and region, made here or at the command line, after showing what that changes. */
export async function undoLastApply(context: Context): Promise<void> {
  await context.source.connect();
  const path = await lastUndo(context);
  if (path === undefined) throw new Error(t('There is no apply to this account and region to undo.'));
  await undoApply(context, path, true);
}

/**
 * Undoes the apply of a file, and deletes the file. Always asks before something is lost. Throws where another account or
 * region is shown by now, in which nothing of it would be found.
 */
export async function undoApply(context: Context, path: string, ask: boolean): Promise<void> {
  const { cloud, profile, caller, taskInterval } = await context.source.connect();
  const file = readUndo(path);
  requireSamePlace(path, file, { caller, cloud });
  const ports = {
    cloud,
    waiting: { interval: taskInterval },
    disks: noDisks,
    upload: {},
  };
  const steps = await planUndo(file, ports, caller, profile);
  const text = planText(steps);
  if (!isSound(steps)) throw new Error(t`The apply cannot be undone.\n${text}`);
  const deletes = steps.some((step) => step.type === 'change' && step.plan.undo === 'cannot');
  if (ask || deletes) {
    await context.plans.show(t('Undo of the last apply'), describePlace(context.source), text);
    const lost = deletes ? t('\n\nThe image that it made is deleted, and cannot be restored.') : '';
    const detail = t`${file.manifests.join(', ')}, applied ${new Date(file.made).toLocaleString()}${lost}`;
    const question = t`Undo the last apply to ${describePlace(context.source)}?`;
    // What is lost is said in a dialog of its own weight.
    await confirmChange(context, { question, detail, verb: t('Undo'), besidePlan: !deletes });
  }
  // Each undo goes one apply further back, so what it changes is not kept as an apply.
  const journal: UndoJournal = { path, entries: 0, add: () => false, withdraw: () => undefined };
  const outcome = await executeSteps(steps, {
    ports,
    journal,
    say: (line) => context.log.info(line),
    confirm: async () => true,
  });
  if (outcome.stopped) throw new Error(t`The apply is only partly undone: ${outcome.stopped.reason}`);
  await rm(path, { force: true });
  void context.ui.inform(t`Undone: ${file.manifests.join(', ')}.`);
}

async function lastUndo({ source }: Context): Promise<string | undefined> {
  const cloud = source.connection?.cloud;
  const folder = keptFolder('undo');
  const names = await readdir(folder).catch(() => []);
  for (const name of names
    .filter((one) => one.endsWith('.json'))
    .sort()
    .toReversed()) {
    const path = join(folder, name);
    if (belongsHere(readUndo(path))) return path;
  }
  return undefined;

  function belongsHere({ account, region, choice }: UndoFile): boolean {
    const same = account === cloud?.session.account.id && region === cloud.region;
    const { emulator, cloud: name } = source.commandLine ?? {};
    return same && choice.emulator === emulator && choice.cloud === name;
  }
}
