import type { DiskFacts } from '../facts.ts';
import { isObject } from '../json.ts';
import type { KnownImage, Subject } from '../subject.ts';

/** An image of a manifest whose disk is known. */
export type ImageWithDisk = KnownImage & { readonly disk: DiskFacts };

/** The images whose disks are known, each with its disk. */
export function* diskImages({ images }: Subject): Generator<ImageWithDisk> {
  for (const known of images()) {
    const { disk } = known.facts;
    if (disk && disk !== 'missing') yield { ...known, disk };
  }
}

/** Where a manifest names the bytes of an image; its beginning where it does not. */
export function placeOfDisk({ pointer, image }: Pick<KnownImage, 'pointer' | 'image'>): string {
  const from = image['source'];
  return isObject(from) && typeof from['file'] === 'string' ? `${pointer}/source/file` : pointer;
}
