import { rm } from 'node:fs/promises';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { readKept, writeDurably } from '../../../server/cloud/run/durable.ts';
import {
  beginTransfer,
  type KeptTransfer,
  refuseTransferOf,
  transferFile,
} from '../../../server/cloud/run/keptTransfer.ts';
import { closing } from '../../../server/cloud/run/notes.ts';
import { goOn, type TransferState, transferSteps, whereabouts } from '../../../server/cloud/run/transfer.ts';
import { transferByData } from '../../../server/cloud/run/transferByData.ts';
import { evaluate } from '../../../server/rules/evaluate.ts';
import { offers } from '../../../server/rules/profile/verbs.ts';
import { idOf } from '../../cloud/liveImages.ts';
import { nameOf, personOf } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { Cancelled, describe, unlessCancelled } from '../../ui/errors.ts';
import type { Progress } from '../../ui/ui.ts';
import { sizeText } from '../../ui/units.ts';
import { imagesFor } from '../nodes.ts';

/** The containers of both regions that a transfer goes through, as at the command line. */
const container = 'image-transfers';

/**
 * Copies an image to another region. How far it is stands in the file of `cloud-images transfer ID`, so that either goes
 * on where the other broke off.
 */
export async function transferImage(context: Context, node: unknown): Promise<string | undefined> {
  const [seen] = await imagesFor(context, [node], { title: 'Transfer which image?', verb: 'transfer' });
  if (!seen) return undefined;
  const source = await context.connections.require();
  const { profile, caller } = personOf(context);
  const name = nameOf(seen.image);
  const target = await chosenRegion(context, source, name);
  const place = context.emulator.data;
  const path = transferFile(idOf(seen.image), { cloud: source, place }, { cloud: target, place });
  const kept = readKept(path) as KeptTransfer | undefined;
  const byTasks = offers(profile, 'exportTask');
  const refused =
    kept === undefined && byTasks
      ? await refuseTransferOf(seen.image, { cloud: source, caller }, { profile, container, judge: evaluate })
      : undefined;
  if (refused !== undefined) throw new Error(`“${name}” cannot be transferred. ${refused}`);
  const began = kept ?? beginTransfer(seen.image, source, target, container);
  const cleanup = await chosenCleanup(context, began, name, byTasks);
  let latest: TransferState = began;
  const save = (state: TransferState): void => {
    latest = state;
    writeDurably(path, { ...state, newId: began.newId });
  };
  try {
    const done = await context.ui.progress(
      `Transfer of “${name}” to ${target.region}`,
      async (progress, signal) => {
        const work = {
          ...{ source, target, profile, cleanup, save },
          ...shownAt(progress, () => latest),
          waiting: { interval: 200, signal },
        };
        if (began.step === 'export') save(began);
        const going = byTasks
          ? goOn(began, work)
          : transferByData(began, { file: path.replace(/json$/, 'data'), id: began.newId }, work);
        return unlessCancelled(signal, going, async () => stoppedText(latest, 'you cancelled it'));
      },
    );
    await rm(path, { force: true });
    tellDone(context, done, target);
    return done.made;
  } catch (error) {
    context.log.info(['The transfer stopped. There is now:', ...whereabouts(latest, byTasks)].join('\n  '));
    if (error instanceof Cancelled) throw error;
    throw new Error(stoppedText(latest, describe(error)), { cause: error });
  }
}

function stoppedText({ step }: TransferState, why: string): string {
  return `The transfer stopped at the step “${step}”: ${why}. What is where stands in the log; transfer the image again to go on.`;
}

function shownAt(
  progress: Progress,
  latest: () => TransferState,
): { say(text: string): void; progress(done: number, total: number): void } {
  const at = (part: number): number =>
    (transferSteps.indexOf(latest().step) + part) / (transferSteps.length - 1);
  return {
    say: (text) => progress.report(at(0), text),
    progress: (done, total) =>
      progress.report(
        at(total === 0 ? 0 : done / total),
        `${latest().step}: ${sizeText(done)} of ${sizeText(total)}`,
      ),
  };
}

function tellDone({ ui, connections }: Context, { image, left = [] }: TransferState, target: Cloud): void {
  const lines = [
    `“${String(image['name'])}” is in ${target.region}.`,
    ...(left.length > 0 ? [`Not taken along: ${left.join('; ')}.`] : []),
    ...closing.transfer,
  ];
  void ui.inform(lines.join(' '), `Show ${target.region}`).then((action) => {
    if (action) connections.chooseRegion(target.region);
  });
}

async function chosenRegion({ ui }: Context, source: Cloud, name: string): Promise<Cloud> {
  const others = source.session.regions.filter((region) => region !== source.region);
  if (others.length === 0) throw new Error('This cloud has one region only.');
  const picked = await ui.pick(
    others.map((label) => ({ label })),
    `Transfer “${name}” to which region?`,
  );
  if (!picked) throw new Cancelled();
  return source.inRegion(picked.label);
}

async function chosenCleanup(
  { ui }: Context,
  { step, from, to }: TransferState,
  name: string,
  byTasks: boolean,
): Promise<boolean> {
  const what = byTasks
    ? `It is exported, its segments are copied through this machine, imported in ${to}, and given its name, tags and properties there. The image in ${from} stays as it is.`
    : `Its data is downloaded and uploaded as a new image in ${to}. The image in ${from} stays as it is.`;
  const again = step === 'export' ? '' : `An earlier transfer goes on at the step “${step}”.\n\n`;
  if (!(await ui.confirm(`Transfer “${name}” from ${from} to ${to}?`, `${again}${what}`, 'Transfer')))
    throw new Cancelled();
  if (!byTasks) return false;
  const picked = await ui.pick(
    [
      {
        label: 'Remove the exported objects afterwards',
        description: 'they are charged otherwise',
        cleanup: true,
      },
      { label: 'Keep them', description: `in the container ${container} of both regions`, cleanup: false },
    ],
    'The export and its copy',
  );
  if (!picked) throw new Cancelled();
  return picked.cleanup;
}
