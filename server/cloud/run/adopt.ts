import { schemas } from '../../../schemas/generated/schemas.js';
import { nameParts } from '../../manifests/kinds.ts';
import { writeManifest } from '../../manifests/writing.ts';
import { asText, isObject, type Json, tokensOf } from '../../rules/json.ts';
import { classOf, isProtected } from '../../rules/service/attributes.ts';
import type { Image } from '../services/images.ts';
import type { ImageState, PlanContext } from './calls.ts';
import { toFileName } from './fileNames.ts';
import { planImage } from './imagePlan.ts';

export type ManifestFormat = 'yaml' | 'json';

/**
 * Lists what a manifest has to state of a live image so that it describes the image whole, and its plan against it is empty:
 * the id, and all that an owner may write. What the cloud would refuse even unchanged is left out.
 */
export function adoptImage(live: ImageState, context: PlanContext): Map<string, Json> {
  const { image, members = [] } = live;
  const stated = new Map(sortBySchema(image).filter(([name]) => name === 'id' || isStated(name, context)));
  if (members.length > 0) stated.set('members', [...members]);
  const { refusals } = planImage(Object.fromEntries(stated), live, context);
  for (const { pointer } of refusals) {
    const [name] = tokensOf(pointer);
    if (name !== undefined && name !== 'id') stated.delete(name);
  }
  return stated;
}

/** Writes a manifest of a live image. `isGone`: of one that was; without its id, since it can only be made anew. */
export function writeAdopted(
  live: ImageState,
  context: PlanContext,
  { format, isGone }: { readonly format: ManifestFormat; readonly isGone?: boolean },
): string {
  const stated = adoptImage(live, context);
  if (isGone) stated.delete('id');
  return writeManifest(stated, format);
}

/** Names the files of images in one folder, each another one also where case does not count. */
export function nameManifests(images: readonly Image[], format: ManifestFormat): string[] {
  const taken = new Set<string>();
  return images.map((image) => {
    const id = asText(image.get('id'));
    const stem = toFileName(asText(image.get('name') ?? ''), id);
    // The beginning of the id says which one it is, and stays the same from day to day.
    const choices = [stem, `${stem}-${id.slice(0, 8)}`, `${stem}-${id}`];
    const free = choices.find((one) => !taken.has(one.toLowerCase())) ?? id;
    taken.add(free.toLowerCase());
    return `${free}.${nameParts.image}.${format}`;
  });
}

/** What an owner may write. */
function isStated(name: string, { profile }: PlanContext): boolean {
  const kind = classOf(name);
  return (kind === 'writable' || kind === 'custom') && name !== 'owner' && !isProtected(name, profile);
}

/** In the order of the schema, then by name. */
function sortBySchema(image: Image): [string, Json][] {
  const schema: { properties?: unknown } = schemas['image'] ?? {};
  const known = Object.keys(isObject(schema.properties as Json) ? (schema.properties as object) : {});
  const rank = (name: string): number => {
    const at = known.indexOf(name);
    return at === -1 ? known.length : at;
  };
  return [...image].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
