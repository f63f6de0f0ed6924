import type { DiskFacts } from '../facts.ts';
import type { JsonObject } from '../json.ts';
import { sourceOf } from '../source/source.ts';
import type { KnownImage, Subject } from '../subject.ts';

/** An image of a manifest whose disk is known. */
export type ImageWithDisk = KnownImage & { readonly disk: DiskFacts };

/** The images whose disks are known, each with its disk. */
export function* diskImages({ images, facts }: Subject): Generator<ImageWithDisk> {
  for (const known of images()) {
    const file = fileOf(known.image);
    const disk = (file === undefined ? undefined : facts.sourceDisks?.[file]) ?? known.facts.disk;
    if (disk && disk !== 'missing' && !isUnpacked(known.image, disk)) yield { ...known, disk };
  }
}

function fileOf(image: JsonObject): string | undefined {
  const file = sourceOf(image)?.['file'];
  return typeof file === 'string' ? file : undefined;
}

/** What is unpacked on its way to the cloud is not known before. */
function isUnpacked(image: JsonObject, { format }: DiskFacts): boolean {
  return ['gzip', 'bzip2', 'xz', 'zstd'].includes(format) && sourceOf(image)?.['compression'] !== 'none';
}

/** Where a manifest names the bytes of an image; its beginning where it does not. */
export function placeOfDisk({ pointer, image }: Pick<KnownImage, 'pointer' | 'image'>): string {
  return fileOf(image) === undefined ? pointer : `${pointer}/source/file`;
}
