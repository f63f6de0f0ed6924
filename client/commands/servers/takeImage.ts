import { t } from '@vscode/l10n';
import { describeServer } from '../../../server/cloud/services/servers.ts';
import { serverImageRefusals } from '../../../server/rules/service/createImage.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { runDocument } from './run.ts';
import { selectServers } from './selection.ts';

/** Takes an image of a server, and says when it is safe to go on writing to it. Answers the image's id. */
export async function takeServerImage(context: Context, node: unknown): Promise<string | undefined> {
  const title = t('Take an image of which server?');
  const [live] = await selectServers(context, [node], { title, verb: 'takeImage' });
  if (!live) return undefined;
  const { profile, caller } = await context.source.connect();
  const { server, flavor } = live;
  const facts = {
    ...{ profile, caller, server: describeServer(server) },
    ...(flavor ? { flavors: [flavor] } : {}),
  };
  const name = await context.ui.ask(
    t`Name of the image of “${server.name}”`,
    (text) => serverImageRefusals({ name: text }, facts)[0]?.text,
  );
  if (name === undefined) throw new Cancelled();
  const image = await runDocument(context, {
    kind: 'server-image',
    data: { server: { id: server.id }, createImage: { name } },
    title: t`Image “${name}” of “${server.name}”`,
    question: t`Take the image “${name}” of “${server.name}”?`,
    verb: t('Take Image'),
  });
  context.servers.touch(server.id);
  if (image !== undefined) context.images.touch(image);
  return image;
}
