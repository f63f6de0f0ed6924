import type { MemberStatus } from '../../../server/cloud/services/members.ts';
import { forbidsAll } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { applyToEach, nameImages } from './eachImage.ts';
import { imagesFor } from './selection.ts';

/** What an account answers to images that others share with it. */

export async function acceptImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const images = await imagesFor(context, [node, nodes], { title: 'Accept which image?', verb: 'accept' });
  const question = `Accept ${nameImages(images)}?`;
  const owners = [...new Set(images.map(({ image }) => String(image.get('owner'))))].join(', ');
  const detail = `It comes from account ${owners}. Accept images of those that you know and trust: what is on it runs on your servers.`;
  if (!(await context.ui.confirm(question, detail, 'Accept'))) throw new Cancelled();
  await answer(context, images, 'accepted');
}

export async function rejectImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const images = await imagesFor(context, [node, nodes], { title: 'Reject which image?', verb: 'reject' });
  await answer(context, images, 'rejected');
}

export async function reconsiderImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const title = 'Take back the answer to which image?';
  const images = await imagesFor(context, [node, nodes], { title, verb: 'reconsider' });
  await answer(context, images, 'pending');
}

/** Of an image it is known only who was told its UUID; so one can be accepted that no list shows. */
export async function acceptImageById(context: Context): Promise<void> {
  const { cloud, ...person } = await context.source.connect();
  const refused = forbidsAll('accept', person);
  if (refused !== undefined) throw new Error(refused);
  const asked = await context.ui.ask('UUID of the image that was shared with your account', (text) =>
    uuid.test(text.trim()) ? undefined : 'A UUID looks like da3b75d9-3f4a-40e7-8a2c-bfab23927dea.',
  );
  if (asked === undefined) throw new Cancelled();
  const id = asked.trim().toLowerCase();
  await cloud.members.answer(id, 'accepted');
  context.images.touch(id);
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

async function answer(
  context: Context,
  images: Awaited<ReturnType<typeof imagesFor>>,
  status: MemberStatus,
): Promise<void> {
  const { members } = (await context.source.connect()).cloud;
  await applyToEach(context, images, (id) => members.answer(id, status));
}
