import { dirname, resolve } from 'node:path';
import { sourceOf } from '../../../rules/source/source.ts';
import { imagesOf } from '../../../rules/subject.ts';
import type { ManifestPart } from '../../../workspace/parts.ts';

/** Lists the files whose bytes the images of a manifest get. */
export function listSourceFiles({
  kind,
  data,
  file,
}: Pick<ManifestPart, 'kind' | 'data' | 'file'>): string[] {
  if (kind !== 'image' || file === undefined) return [];
  return imagesOf(data).flatMap(({ image }) => {
    const source = sourceOf(image)?.['file'];
    return typeof source === 'string' ? [resolve(dirname(file), source)] : [];
  });
}
