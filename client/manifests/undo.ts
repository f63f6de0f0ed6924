import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keepingPlace } from '../../server/cloud/run/durable.ts';
import { executeSteps, isSound } from '../../server/cloud/run/execute.ts';
import { planText } from '../../server/cloud/run/show.ts';
import { readUndo, type UndoFile, type UndoJournal, undoSteps } from '../../server/cloud/run/undo.ts';
import { emulatorInterval } from '../../server/cloud/run/waiting.ts';
import type { Context } from '../context.ts';
import { Cancelled } from '../ui/errors.ts';

/** Takes back the last apply to this account and region, made here or at the command line, after showing what that changes. */
export async function undoLastApply(context: Context): Promise<void> {
  await context.source.connect();
  const path = await lastUndo(context);
  if (path === undefined)
    throw new Error('No apply to this account and region is known that could be taken back.');
  await takeBack(context, path, true);
}

/** Takes back what a file says, and forgets it. What would be lost by that is asked about in any case. */
export async function takeBack(context: Context, path: string, ask: boolean): Promise<void> {
  const { cloud, profile, caller } = await context.source.connect();
  const file = readUndo(path);
  const ports = {
    cloud,
    waiting: { interval: emulatorInterval },
    disk: async () => undefined,
    upload: {},
  };
  const steps = await undoSteps(file, path, ports, caller, profile);
  const text = planText(steps);
  if (!isSound(steps)) throw new Error(`It cannot be taken back.\n${text}`);
  const deletes = steps.some((step) => step.type === 'change' && step.plan.undo === 'cannot');
  if (ask || deletes) {
    await context.plans.show('Undo of the last apply', text);
    const lost = deletes ? '\n\nThe image that it made is deleted, and cannot be brought back.' : '';
    const detail = `${file.manifests.join(', ')}, applied ${new Date(file.made).toLocaleString()}${lost}`;
    if (!(await context.ui.confirm('Take the last apply back?', detail, 'Take Back'))) throw new Cancelled();
  }
  // Each undo goes one apply further back, so what it changes is not kept as an apply.
  const journal: UndoJournal = { path, entries: 0, add: () => undefined };
  const outcome = await executeSteps(steps, {
    ports,
    journal,
    say: (said) => context.log.info(said),
    confirm: async () => true,
  });
  if (outcome.stopped) throw new Error(`It was taken back only in part: ${outcome.stopped.reason}`);
  await rm(path, { force: true });
  void context.ui.inform(`Taken back: ${file.manifests.join(', ')}.`);
}

async function lastUndo({ source }: Context): Promise<string | undefined> {
  const cloud = source.connection?.cloud;
  const folder = keepingPlace('undo');
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
    return same && choice.emulator === source.key;
  }
}
