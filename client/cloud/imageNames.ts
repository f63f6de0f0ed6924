import type { Image } from '../../server/cloud/services/images.ts';

type Items = ReadonlyMap<string, { readonly image: Image }>;

/** The account's own images by name, listed once for each state of the collection. */
export class ImageNames {
  readonly #kept = new WeakMap<Items, ReadonlyMap<unknown, readonly Image[]>>();

  /** Finds those of a name. An image without an owner counts as one's own. */
  find(items: Items, account: string, name: unknown): readonly Image[] {
    const names = this.#kept.get(items) ?? groupByName(items, account);
    this.#kept.set(items, names);
    return names.get(name) ?? [];
  }
}

function groupByName(items: Items, account: string): Map<unknown, Image[]> {
  const byName = new Map<unknown, Image[]>();
  for (const { image } of items.values()) {
    if ((image.get('owner') ?? account) !== account) continue;
    const name = image.get('name');
    const same = byName.get(name);
    if (same) same.push(image);
    else byName.set(name, [image]);
  }
  return byName;
}
