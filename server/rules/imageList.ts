import { isObject, type Json } from './json.ts';
import { show } from './service/attributes.ts';

/** The items of an image manifest as they are written, those that are no images too: one, a list, or the API's list body. */
export function listItems(manifest: Json): readonly Json[] {
  if (Array.isArray(manifest)) return manifest;
  return isObject(manifest) && Array.isArray(manifest['images']) ? manifest['images'] : [manifest];
}

/** An item that is about the image of one before it, by index. */
export interface Repeated {
  readonly at: number;
  readonly before: number;
}

/** Finds the items of a list that mean the image of an earlier one, by id or, where neither says its id, by name. */
export function findRepeated(items: readonly Json[]): Repeated[] {
  if (items.length < 2) return [];
  const first = new Map<string, number>();
  const repeated: Repeated[] = [];
  for (const [at, item] of items.entries()) {
    const key = keyOfItem(item);
    if (key === undefined) continue;
    const before = first.get(key);
    if (before === undefined) first.set(key, at);
    else repeated.push({ at, before });
  }
  return repeated;
}

/** What tells which image an item means: its id or, where it says none, its name. */
export function keyOfItem(item: Json): string | undefined {
  if (!isObject(item)) return undefined;
  const { id, name } = item;
  return typeof id === 'string' ? `id ${id}` : typeof name === 'string' ? `name ${name}` : undefined;
}

/** Says that an item repeats another, counted from 1. */
export function describeRepeated(at: number, before: number): string {
  return `Item ${at + 1} is about the same image as item ${before + 1}. Merge the two.`;
}

export const notAnImage = 'An image is written as keys and values.';

/** Says why an item of a list is no image; undefined where it is one. */
export function refuseItem(item: Json, at: number): string | undefined {
  if (isObject(item)) return undefined;
  return item === null
    ? `Item ${at + 1} of the list is empty. Remove it, or write the keys of an image.`
    : `Item ${at + 1} of the list is ${show(item)} and no image. ${notAnImage}`;
}

/** Says that a name is that of several images, for editor and plan alike. */
export function describeSameName(name: string, ids: readonly string[]): string {
  const listed = `${ids.slice(0, 20).join(', ')}${ids.length > 20 ? ', …' : ''}`;
  return `${ids.length} images are named ${show(name)}: ${listed}. Choose one by its id.`;
}

/** Finds the items of a list that are no images, or repeat one; pointers count from the list. */
export function findBadItems(items: readonly Json[]): { pointer: string; message: string }[] {
  const none = items.flatMap((item, at) => {
    const message = refuseItem(item, at);
    return message === undefined ? [] : [{ pointer: `/${at}`, message }];
  });
  const repeated = findRepeated(items).map(({ at, before }) => {
    const item = items[at];
    const key = isObject(item) && typeof item['id'] === 'string' ? 'id' : 'name';
    return { pointer: `/${at}/${key}`, message: describeRepeated(at, before) };
  });
  return [...none, ...repeated];
}
