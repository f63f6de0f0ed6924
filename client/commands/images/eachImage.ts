import { t } from '@vscode/l10n';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { doForEach } from '../eachItem.ts';

/**
 * Does the work for one image after the other, and calls `then` with those where it succeeded. Throws the error of a single
 * one, and PartlyFailed where it failed for some of several.
 */
export async function applyToEach(
  { images: live }: Pick<Context, 'images'>,
  images: readonly LiveImage[],
  work: (id: string, seen: LiveImage) => Promise<unknown>,
  then?: (done: readonly LiveImage[]) => unknown,
): Promise<void> {
  await doForEach({
    items: images,
    plural: t('images'),
    name: ({ image }) => readName(image),
    work: async (seen) => {
      const id = readId(seen.image);
      await work(id, seen).finally(() => live.touch(id));
    },
    ...(then ? { then } : {}),
  });
}

/** Names images in a sentence: `“Web”`, or `3 images`. */
export function nameImages(images: readonly LiveImage[]): string {
  const [first] = images;
  return images.length === 1 && first ? `“${readName(first.image)}”` : t`${images.length} images`;
}
