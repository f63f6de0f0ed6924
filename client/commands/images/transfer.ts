import { t } from '@vscode/l10n';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { closingNotes } from '../../../server/cloud/run/closingNotes.ts';
import {
  type PreparedTransfer,
  prepareTransfer,
  runTransfer,
  TransferStopped,
} from '../../../server/cloud/run/keptTransfer.ts';
import { describeRemains, type TransferState, transferSteps } from '../../../server/cloud/run/transfer.ts';
import { readId } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { Cancelled, describeError, endSentence, unlessCancelled } from '../../ui/errors.ts';
import type { Progress } from '../../ui/ui.ts';
import { formatSize } from '../../ui/units.ts';
import { report } from '../report.ts';
import { selectImages } from './selection.ts';

/** The containers of both regions that a transfer goes through, as at the command line. */
const container = 'image-transfers';

/**
 * Copies an image to another region. Its progress is kept in the file of `cloud-images transfer ID`, so that either goes
 * on where the other broke off.
 */
export async function transferImage(context: Context, node: unknown): Promise<string | undefined> {
  const [seen] = await selectImages(context, [node], { title: t('Transfer which image?'), verb: 'transfer' });
  if (!seen) return undefined;
  const { cloud: source, cloudId, profile, caller, taskInterval } = await context.source.connect();
  const name = readName(seen.image);
  const target = await chooseTarget(context, source, name);
  const place = context.source.key;
  const prepared = await prepareTransfer({
    name: readId(seen.image),
    image: async () => seen.image,
    source: { cloud: source, place },
    target: { cloud: target, place },
    container,
    profile,
    caller,
  });
  if (prepared.refusal !== undefined)
    throw new Error(t`“${name}” cannot be transferred. ${prepared.refusal}`);
  const cleanup = await chooseCleanup(context, prepared, name);
  try {
    const done = await context.ui.progress(
      t`Transfer of “${name}” to ${target.region}`,
      (progress, signal) => {
        let latest: TransferState = prepared.state;
        const kept = (state: TransferState): void => {
          latest = state;
        };
        const waiting = { interval: taskInterval, signal };
        const running = runTransfer(prepared, { cleanup, waiting, kept, ...observe(progress, () => latest) });
        return unlessCancelled(signal, running, async () => describeStop(latest, t('you cancelled it')));
      },
    );
    reportDone(context, done, target, cloudId);
    return done.made;
  } catch (error) {
    if (!(error instanceof TransferStopped)) throw error;
    const { state, cause } = error;
    context.log.info(
      ['The transfer stopped. There is now:', ...describeRemains(state, prepared.byTasks)].join('\n  '),
    );
    throw new Error(describeStop(state, describeError(cause)), { cause });
  }
}

function describeStop({ step }: TransferState, reason: string): string {
  return t`The transfer stopped at the step “${step}”: ${endSentence(reason)} The log lists what is where. Transfer the image again to resume.`;
}

/** Shows what a transfer does as progress. */
function observe(
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
        t`${latest().step}: ${formatSize(done)} of ${formatSize(total)}`,
      ),
  };
}

function reportDone(
  context: Context,
  { image, left = [] }: TransferState,
  target: Cloud,
  cloudId: string,
): void {
  const { source } = context;
  const lines = [
    t`“${String(image['name'])}” is in ${target.region}.`,
    ...(left.length > 0 ? [t`Not transferred: ${left.join('; ')}.`] : []),
    ...closingNotes.transfer,
  ];
  const show = async (): Promise<void> => {
    // By now another cloud may be shown, which need not have that region.
    if (source.id !== cloudId) context.clouds.show(cloudId);
    await source.connect();
    source.chooseRegion(target.region);
  };
  const action = t`Show ${target.region}`;
  void context.ui
    .inform(lines.join(' '), action)
    .then((chosen) => (chosen === action ? show() : undefined))
    .catch((error: unknown) => report(context, action, error));
}

async function chooseTarget({ ui }: Context, source: Cloud, name: string): Promise<Cloud> {
  const others = source.session.regions.filter((region) => region !== source.region);
  if (others.length === 0) throw new Error(t('This cloud has only one region.'));
  const picked = await ui.pick(
    others.map((label) => ({ label })),
    t`Transfer “${name}” to which region?`,
  );
  if (!picked) throw new Cancelled();
  return source.inRegion(picked.label);
}

/** Asks all there is to ask, and last whether to begin. */
async function chooseCleanup(
  { ui }: Context,
  { state: { step, from, to }, byTasks }: PreparedTransfer,
  name: string,
): Promise<boolean> {
  const what = byTasks
    ? t`It is exported, its segments are copied through this machine, imported in ${to}, and given its name, tags and properties there. The image in ${from} stays as it is.`
    : t`Its data is downloaded and uploaded as a new image in ${to}. The image in ${from} stays as it is.`;
  const again = step === 'export' ? '' : t`An earlier transfer resumes at the step “${step}”.\n\n`;
  const cleanup = byTasks && (await askCleanup(ui));
  const after = !byTasks
    ? ''
    : cleanup
      ? t('\n\nThe exported objects are removed afterwards.')
      : t`\n\nThe exported objects stay in the container ${container} of both regions.`;
  const question = t`Transfer “${name}” from ${from} to ${to}?`;
  if (!(await ui.confirm(question, `${again}${what}${after}`, t('Transfer')))) throw new Cancelled();
  return cleanup;
}

async function askCleanup(ui: Context['ui']): Promise<boolean> {
  const picked = await ui.pick(
    [
      {
        label: t('Remove the exported objects afterwards'),
        description: t('they cost money otherwise'),
        cleanup: true,
      },
      {
        label: t('Keep them'),
        description: t`in the container ${container} of both regions`,
        cleanup: false,
      },
    ],
    t('What to do with the exported object and its copy?'),
  );
  if (!picked) throw new Cancelled();
  return picked.cleanup;
}
