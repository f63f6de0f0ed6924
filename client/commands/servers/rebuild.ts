import { t } from '@vscode/l10n';
import { planRebuild } from '../../../server/cloud/run/servers/rebuild.ts';
import { describePlace } from '../../cloud/cloudSource.ts';
import type { Context } from '../../context.ts';
import { carryOut, carrySteps, prepareStep } from '../../manifests/run.ts';
import { confirmChange } from '../../ui/confirm.ts';
import { chooseBootImage } from './chooseImage.ts';
import { requireAccepted } from './run.ts';
import { selectServers } from './selection.ts';

/** Replaces the disk of a server by that of an image, which may be the one that it was built of. */
export async function rebuildServer(context: Context, node: unknown): Promise<void> {
  const title = t('Rebuild which server?');
  const [live] = await selectServers(context, [node], { title, verb: 'rebuild' });
  if (!live) return;
  const { server } = live;
  const { id, name } = server;
  const image = await chooseBootImage(context, t`Rebuild “${name}” of which image?`, server.image);
  const connection = await context.source.connect();
  const step = await planRebuild(server, image, connection.cloud, connection);
  const run = prepareStep(connection, step);
  requireAccepted(run);
  await context.plans.show(t`Plan of ${run.title}`, describePlace(context.source), run.text);
  // What is lost is said in a dialog of its own weight.
  const detail = step.notes.join('\n\n');
  await confirmChange(context, { question: t`Rebuild “${name}”?`, detail, verb: t('Rebuild') });
  await carryOut(context, run, { carry: carrySteps });
  context.servers.touch(id);
}
