import type { Json } from '../json.ts';
import { diffStated } from './importedImage.ts';
import { nameOf } from './patchBody.ts';

/** An attribute or property that a manifest states and the live image has otherwise; `live` absent: it does not have it. */
export interface Drift {
  readonly name: string;
  readonly stated: Json;
  readonly live?: Json;
}

/** Lists what differs between what is stated of an image and the image. What is not stated does not count. */
export function listDrift(image: ReadonlyMap<string, Json>, stated: ReadonlyMap<string, Json>): Drift[] {
  return diffStated(image, stated).map((operation) => {
    const name = nameOf(operation);
    const live = image.get(name);
    return { name, stated: stated.get(name) ?? null, ...(live === undefined ? {} : { live }) };
  });
}
