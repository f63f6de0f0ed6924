import { idOf, type LiveImage } from '../cloud/liveImages.ts';
import { forbids, forbidsAll, type ImageVerb, personOf, wordsOf } from '../cloud/permissions.ts';
import type { Context } from '../context.ts';
import { Cancelled } from '../ui/errors.ts';
import { imageRow } from '../views/images/imageRow.ts';

/** What VS Code gives a command of a tree: the row, and all that are selected where it is one of them. */
export type Given = readonly [node: unknown, nodes?: unknown];

/**
 * The images that a command is for, as they are now: the selected rows, the one row, or, from the palette, one that is
 * picked. Those to which the verb cannot be done are left out with a word; throws where none is left.
 */
export async function imagesFor(
  context: Context,
  [node, nodes]: Given,
  { title, verb }: { readonly title: string; readonly verb?: ImageVerb },
): Promise<LiveImage[]> {
  const { region } = await context.connections.require();
  const snapshot = await context.images.loaded();
  if (snapshot.is === 'failed') throw new Error(snapshot.why);
  const known: ReadonlyMap<string, LiveImage> = snapshot.is === 'ready' ? snapshot.items : new Map();
  const rows = (Array.isArray(nodes) && nodes.length > 0 ? nodes : [node]).filter(isImage);
  if (rows.length > 0) {
    // A row may be of the region or the user before, in the moment until the tree is drawn again.
    const images = rows.flatMap((row) => known.get(idOf(row.image)) ?? []);
    if (images.length === 0) {
      const names = rows.map(({ image }) => `“${String(image.get('name') ?? idOf(image))}”`).join(', ');
      throw new Error(`${names}: not among the images of ${region}.`);
    }
    return verb === undefined ? images : permitted(context, verb, images);
  }
  const picked = await context.ui.pick(choices(context, [...known.values()], verb), title);
  if (!picked) throw new Cancelled();
  return [picked.seen];
}

function permitted(context: Context, verb: ImageVerb, images: readonly LiveImage[]): LiveImage[] {
  const person = personOf(context);
  const problems = images.flatMap((seen) => forbids(verb, seen, person) ?? []);
  if (problems.length === images.length) throw new Error(problems.join('\n'));
  if (problems.length > 0) void context.ui.complain(problems.join('\n'));
  return images.filter((seen) => forbids(verb, seen, person) === undefined);
}

function choices(
  context: Context,
  images: readonly LiveImage[],
  verb: ImageVerb | undefined,
): { label: string; description: string; detail: string; seen: LiveImage }[] {
  const person = personOf(context);
  const never = verb && forbidsAll(verb, person);
  if (never !== undefined) throw new Error(never);
  const fit = verb ? images.filter((seen) => forbids(verb, seen, person) === undefined) : images;
  if (fit.length === 0 && verb) throw new Error(`There is no image here that you could ${wordsOf(verb)}.`);
  return fit.map((seen) => {
    const { label, description } = imageRow(seen, Date.now());
    return { label, description, detail: idOf(seen.image), seen };
  });
}

function isImage(node: unknown): node is LiveImage {
  return typeof node === 'object' && node !== null && 'image' in node && node.image instanceof Map;
}
