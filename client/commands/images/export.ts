import { t } from '@vscode/l10n';
import { closingNotes } from '../../../server/cloud/run/closingNotes.ts';
import { exportPart, noDisks } from '../../../server/cloud/run/steps.ts';
import { exportedObject } from '../../../server/rules/families/export.ts';
import { readId } from '../../cloud/imageCollection.ts';
import { exportRefusal, readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { carryOut, findRefusal, prepareRun } from '../../manifests/run.ts';
import { Cancelled } from '../../ui/errors.ts';
import { chooseContainer } from '../files/chooseContainer.ts';
import { selectImages } from './selection.ts';

/** Exports an image into a container; answers where it is then. What the cloud would refuse is said before there is a task. */
export async function exportImage(context: Context, node: unknown): Promise<string | undefined> {
  const [seen] = await selectImages(context, [node], { title: t('Export which image?'), verb: 'export' });
  if (!seen) return undefined;
  const { cloud, ...person } = await context.source.connect();
  const id = readId(seen.image);
  const name = readName(seen.image);
  const facts = { ...person, image: seen.image };
  const partFor = (container: string) => exportPart(id, container, person.profile);
  const container = await chooseContainer(context, cloud, t`Export “${name}” into which container?`, {
    objection: (chosen) => exportRefusal(partFor(chosen).data, facts),
  });
  const run = await prepareRun(context, {
    parts: [partFor(container)],
    title: t`Export of “${name}”`,
    disks: noDisks,
    newContainer: container,
  });
  const refusal = findRefusal(run);
  if (refusal) throw new Error(t`The cloud would refuse this export: ${refusal.reason}`);
  const notes = run.plan.steps.flatMap((step) => ('notes' in step ? step.notes : []));
  const place = `${container}/${exportedObject(id)}`;
  const detail = [t`It becomes ${place}.`, ...notes, ...closingNotes.export].join('\n\n');
  if (!(await context.ui.confirm(t`Export “${name}”?`, detail, t('Export')))) throw new Cancelled();
  const { done } = await carryOut(context, run);
  return done[0]?.result;
}
