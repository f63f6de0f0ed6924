import { waitForServer } from '../../../server/cloud/run/servers/perform.ts';
import type { Context } from '../../context.ts';
import { Cancelled, endSentence, unlessCancelled } from '../../ui/errors.ts';
import { chooseBootImage } from './chooseImage.ts';
import { selectServers } from './selection.ts';

/** Replaces the disk of a server by that of an image, which may be the one that it was built of. */
export async function rebuildServer(context: Context, node: unknown): Promise<void> {
  const title = 'Rebuild which server?';
  const [live] = await selectServers(context, [node], { title, verb: 'rebuild' });
  if (!live) return;
  const { id, name, image: own } = live.server;
  const imageRef = await chooseBootImage(context, `Rebuild “${name}” of which image?`, own);
  const detail = 'All that is on its system disk is lost. It keeps its id, its addresses and its flavor.';
  if (!(await context.ui.confirm(`Rebuild “${name}”?`, detail, 'Rebuild'))) throw new Cancelled();
  const { cloud, taskInterval: interval } = await context.source.connect();
  await cloud.servers.act(id, { rebuild: { imageRef } });
  const ended = await context.ui.progress(`Rebuild of “${name}”`, (progress, signal) => {
    const changed = ({ status }: { status: string }): void => progress.report(0, status);
    const work = waitForServer(cloud.servers, id, ({ status }) => status !== 'REBUILD', {
      interval,
      signal,
      changed,
    });
    return unlessCancelled(signal, work, async () => `“${name}” continues to be rebuilt.`);
  });
  context.servers.touch(id);
  if (ended.status === 'ERROR')
    throw new Error(
      `The rebuild of “${name}” failed. ${endSentence(ended.fault ?? 'The cloud does not say why')}`,
    );
  void context.ui.inform(`“${name}” is rebuilt.`);
}
