import { idOf, type LiveImage } from '../../cloud/imageCollection.ts';
import { nameOf } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { describe } from '../../ui/errors.ts';

/** Does it to one image after the other, and answers those to which it was done. Throws where it was to none. */
export async function applyToEach(
  { images: live, ui }: Context,
  images: readonly LiveImage[],
  work: (id: string, seen: LiveImage) => Promise<unknown>,
): Promise<LiveImage[]> {
  const done: LiveImage[] = [];
  const problems: unknown[] = [];
  for (const seen of images) {
    const id = idOf(seen.image);
    try {
      await work(id, seen);
      done.push(seen);
    } catch (error) {
      const words = `“${nameOf(seen.image)}”: ${describe(error)}`;
      problems.push(images.length === 1 ? error : new Error(words, { cause: error }));
    }
    live.touch(id);
  }
  const [first] = problems;
  if (first !== undefined && done.length === 0) throw first;
  if (first !== undefined)
    void ui.complain(
      [`Done for ${done.length} of ${images.length} images.`, ...problems.map(describe)].join('\n'),
    );
  return done;
}

/** Tells what was done, and takes it back if that is asked for. */
export function offerUndo({ ui, log }: Context, message: string, undo: () => Promise<unknown>): void {
  void ui.inform(message, 'Undo').then(async (action) => {
    if (action !== 'Undo') return;
    try {
      await undo();
    } catch (error) {
      log.error(`Undo: ${describe(error)}`);
      void ui.complain(`That could not be taken back. ${describe(error)}`);
    }
  });
}

/** `“Web”`, or `3 images`. */
export function nameImages(images: readonly LiveImage[]): string {
  const [first] = images;
  return images.length === 1 && first ? `“${nameOf(first.image)}”` : `${images.length} images`;
}
