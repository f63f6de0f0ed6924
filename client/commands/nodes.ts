import type { Image } from '../../server/cloud/images.ts';
import type { Context } from '../context.ts';
import { Cancelled } from '../errors.ts';
import { idOf } from '../liveImages.ts';
import { imageRow } from '../views/imageRow.ts';

/** The images that a command is for: the selected rows, the one row, or, from the palette, one that is picked. */
export async function imagesFor(
  context: Context,
  node: unknown,
  nodes: unknown,
  title: string,
): Promise<Image[]> {
  const given = (Array.isArray(nodes) && nodes.length > 0 ? nodes : [node]).flatMap(imageOf);
  if (given.length > 0) return given;
  await context.connections.require();
  const snapshot = await context.images.loaded();
  if (snapshot.is === 'failed') throw new Error(snapshot.why);
  if (snapshot.is !== 'ready') return [];
  const rows = [...snapshot.items.values()].map((image) => {
    const { label, description } = imageRow(image, Date.now());
    return { label, description, detail: idOf(image), image };
  });
  const picked = await context.ui.pick(rows, title);
  if (!picked) throw new Cancelled();
  return [picked.image];
}

function imageOf(node: unknown): Image[] {
  if (typeof node !== 'object' || node === null || !('image' in node)) return [];
  return node.image instanceof Map ? [node.image] : [];
}
