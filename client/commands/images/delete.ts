import { readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { confirmChange } from '../../ui/confirm.ts';
import { applyToEach, nameImages } from './eachImage.ts';
import { selectImages } from './selection.ts';
import { isMemberRow, unshareImages } from './sharing.ts';

export async function deleteImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  // The row of an account below its image: Delete takes the image from the account.
  if (isMemberRow(node)) return unshareImages(context, node, nodes);
  const images = await selectImages(context, [node, nodes], { title: 'Delete which image?', verb: 'delete' });
  const names = images.map(({ image }) => `“${readName(image)}”`).join(', ');
  const detail = `${images.length === 1 ? '' : `${names}. `}A deleted image cannot be restored. Accounts that it is shared with lose it at once.`;
  await confirmChange(context, { question: `Delete ${nameImages(images)}?`, detail, verb: 'Delete' });
  const { images: api } = (await context.source.connect()).cloud;
  await applyToEach(context, images, (id) => api.delete(id));
}
