import type { Facts } from '../facts.ts';
import { isRefusedByRole } from '../families/role.ts';
import { isObject, type Json } from '../json.ts';
import { refusalsOf } from '../refusals.ts';
import { sourceOf, withoutSource } from '../source/source.ts';
import { formOf } from '../subject.ts';
import { sameValue } from './differences.ts';
import { createdImage, readNewImage } from './newImage.ts';
import { applyPatch, isRefusal, readPatch } from './patchBody.ts';
import { withTagsOnce } from './tagNames.ts';

/**
 * The image as one manifest leaves it, or one item of a list: unchanged where it is refused, undefined where the image is
 * not known, and with its bytes where they have a source.
 */
export function imageAfter(kind: 'image' | 'patch', data: Json, facts: Facts): Facts['image'] {
  const { image, profile, caller } = facts;
  if (image === undefined || refusalsOf(kind, data, facts).length > 0) return image;
  if (kind === 'patch') {
    const form = formOf(data);
    const operations = readPatch(data, form, facts);
    if (!image || isRefusal(operations)) return image;
    const result = applyPatch(image, operations, { profile, caller, form });
    return 'image' in result && operations.length > 0 ? withoutTime(result.image) : image;
  }
  const manifest = isObject(data) ? data : {};
  if (isRefusedByRole({ pointer: '', image: manifest, facts })) return image;
  const { members: _, ...stated } = withoutSource(manifest);
  const sent = withTagsOnce(stated);
  const hasBytes = sourceOf(manifest) !== undefined;
  const isReplaced = isObject(manifest['rotation']);
  if (image && !isReplaced) {
    const isSame = Object.entries(sent).every(([name, value]) =>
      sameValue(name, image.get(name) ?? null, value),
    );
    const now = isSame ? image : withoutTime(new Map([...image, ...Object.entries(sent)]));
    return hasBytes && now.get('status') === 'queued' ? new Map([...now, ['status', 'active']]) : now;
  }
  if (!profile.images.madeByManifests || Object.hasOwn(stated, 'id')) return image;
  const made = readNewImage(sent, facts);
  if (isRefusal(made)) return image;
  const created = createdImage(made.image, facts);
  return hasBytes ? created.set('status', 'active') : created;
}

/** Leaves out the time, which any change sets to what is not known before. */
export function withoutTime(image: ReadonlyMap<string, Json>): ReadonlyMap<string, Json> {
  return new Map([...image].filter(([name]) => name !== 'updated_at'));
}
