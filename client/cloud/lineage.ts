import { type LiveImage, readId } from './imageCollection.ts';
import type { LiveServer } from './serverCollection.ts';

/** Which servers were built of an image, and which images were taken of those: image → servers → images. */
export class Lineage {
  readonly #images: ReadonlyMap<string, LiveImage>;
  readonly #servers: ReadonlyMap<string, LiveServer>;
  readonly #built = new Map<string, LiveServer[]>();
  readonly #taken = new Map<string, LiveImage[]>();
  /** By the image that their servers were built of, which are gone. */
  readonly #orphans = new Map<string, LiveImage[]>();

  constructor(images: ReadonlyMap<string, LiveImage>, servers: ReadonlyMap<string, LiveServer>) {
    this.#images = images;
    this.#servers = servers;
    for (const live of servers.values())
      if (live.server.image !== undefined) add(this.#built, live.server.image, live);
    for (const seen of images.values()) {
      const server = seen.image.get('instance_uuid');
      const base = seen.image.get('base_image_ref');
      if (typeof server === 'string' && servers.has(server)) add(this.#taken, server, seen);
      else if (typeof base === 'string' && base !== readId(seen.image)) add(this.#orphans, base, seen);
    }
  }

  /** Servers that were built of the image and are there. */
  serversOf(image: string): readonly LiveServer[] {
    return this.#built.get(image) ?? [];
  }

  /** Images that were taken of the server. */
  imagesOf(server: string): readonly LiveImage[] {
    return this.#taken.get(server) ?? [];
  }

  /** Images that were taken of servers built of the image that are gone by now. */
  imagesOfGone(image: string): readonly LiveImage[] {
    return this.#orphans.get(image) ?? [];
  }

  hasBranches(image: string): boolean {
    return this.#built.has(image) || this.#orphans.has(image);
  }

  /** The ids of the images that an image or a server descends from, the nearest first. */
  *ancestorsOf(one: LiveImage | LiveServer): Generator<string> {
    const met = new Set<string>();
    for (let next: LiveImage | LiveServer | undefined = one; next; ) {
      const id = this.#parentOf(next);
      if (id === undefined || met.has(id)) return;
      met.add(id);
      yield id;
      next = this.#images.get(id);
    }
  }

  #parentOf(one: LiveImage | LiveServer): string | undefined {
    if ('server' in one) return one.server.image;
    const server = one.image.get('instance_uuid');
    const base = one.image.get('base_image_ref');
    const built = typeof server === 'string' ? this.#servers.get(server)?.server.image : undefined;
    return built ?? (typeof base === 'string' ? base : undefined);
  }
}

function add<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
