import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { describeError } from '../../ui/errors.ts';

/** Does the work for one image after the other, and returns those where it succeeded. Throws where it failed for all. */
export async function applyToEach(
  { images: live, ui }: Context,
  images: readonly LiveImage[],
  work: (id: string, seen: LiveImage) => Promise<unknown>,
): Promise<LiveImage[]> {
  const done: LiveImage[] = [];
  const problems: unknown[] = [];
  for (const seen of images) {
    const id = readId(seen.image);
    try {
      await work(id, seen);
      done.push(seen);
    } catch (error) {
      const words = `“${readName(seen.image)}”: ${describeError(error)}`;
      problems.push(images.length === 1 ? error : new Error(words, { cause: error }));
    }
    live.touch(id);
  }
  const [first] = problems;
  if (first !== undefined && done.length === 0) throw first;
  if (first !== undefined)
    void ui.complain(
      [
        `Done for ${done.length} of ${images.length} images. The others failed:`,
        ...problems.map(describeError),
      ].join('\n'),
    );
  return done;
}

/** Names images in a sentence: `“Web”`, or `3 images`. */
export function nameImages(images: readonly LiveImage[]): string {
  const [first] = images;
  return images.length === 1 && first ? `“${readName(first.image)}”` : `${images.length} images`;
}
