import { t } from '@vscode/l10n';
import type { MemberStatus } from '../../../server/cloud/services/members.ts';
import { forbidsAll } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { applyToEach, nameImages } from './eachImage.ts';
import { selectImages } from './selection.ts';

export async function acceptImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const images = await selectImages(context, [node, nodes], {
    title: t('Accept which image?'),
    verb: 'accept',
  });
  const question = t`Accept ${nameImages(images)}?`;
  const owners = [...new Set(images.map(({ image }) => String(image.get('owner'))))];
  const from =
    images.length === 1
      ? t`It comes from account ${owners.join(', ')}.`
      : owners.length === 1
        ? t`They come from account ${owners.join(', ')}.`
        : t`They come from accounts ${owners.join(', ')}.`;
  const detail = t`${from} Accept images only from accounts that you know and trust: their content runs on your servers.`;
  if (!(await context.ui.confirm(question, detail, t('Accept')))) throw new Cancelled();
  await answer(context, images, 'accepted');
}

export async function rejectImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const images = await selectImages(context, [node, nodes], {
    title: t('Reject which image?'),
    verb: 'reject',
  });
  await answer(context, images, 'rejected');
}

export async function reconsiderImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const title = t('Take back the answer to which image?');
  const images = await selectImages(context, [node, nodes], { title, verb: 'reconsider' });
  await answer(context, images, 'pending');
}

/** Accepts an image that no list shows, by the UUID that its owner has sent. */
export async function acceptImageById(context: Context): Promise<void> {
  const { cloud, ...person } = await context.source.connect();
  const refused = forbidsAll('accept', person);
  if (refused !== undefined) throw new Error(refused);
  const typed = await context.ui.ask(t('UUID of the image that was shared with your account'), (text) =>
    uuid.test(text.trim()) ? undefined : t('Enter a UUID, such as da3b75d9-3f4a-40e7-8a2c-bfab23927dea.'),
  );
  if (typed === undefined) throw new Cancelled();
  const id = typed.trim().toLowerCase();
  await cloud.members.answer(id, 'accepted');
  context.images.touch(id);
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

async function answer(
  context: Context,
  images: Awaited<ReturnType<typeof selectImages>>,
  status: MemberStatus,
): Promise<void> {
  const { members } = (await context.source.connect()).cloud;
  await applyToEach(context, images, (id) => members.answer(id, status));
}
