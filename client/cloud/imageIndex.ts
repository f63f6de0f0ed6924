import type { LiveImage } from './imageCollection.ts';
import { compareOrders, type ImagePlace, orderOf, placeImage } from './serverImages.ts';

/** An image, where it stands, and what it is sorted by there. */
interface Kept<Row> {
  readonly seen: LiveImage;
  readonly place: ImagePlace;
  readonly order: string;
  readonly row: Row;
}

/** What has changed since the look before. */
interface ImageChanges<Row> {
  /** Rows that stay where they are, and say something else. */
  readonly rows: readonly Row[];
  /** The keys of places to which rows came, or from which they went. */
  readonly places: ReadonlySet<string>;
}

type Servers = ReadonlyMap<string, unknown> | undefined;

/** Above so many changes at once all is sorted again, which costs less than to put each where it belongs. */
const few = 200;

/**
 * Keeps images at their places, sorted, from look to look: what is the same costs no more than being looked at. `keyOf` tells
 * which places are one; `toRow` makes what is kept of an image, from what was where it was there.
 */
export class ImageIndex<Row> {
  readonly #keyOf: (place: ImagePlace) => string;
  readonly #toRow: (seen: LiveImage, place: ImagePlace, before: Row | undefined) => Row;
  readonly #kept = new Map<string, Kept<Row>>();
  /** By key, in order. */
  readonly #places = new Map<string, Kept<Row>[]>();
  #servers: ReadonlySet<string> | undefined;
  #account = '';

  constructor(
    keyOf: (place: ImagePlace) => string,
    toRow: (seen: LiveImage, place: ImagePlace, before: Row | undefined) => Row,
  ) {
    this.#keyOf = keyOf;
    this.#toRow = toRow;
  }

  /** The rows at a place, in order. */
  at(key: string): Row[] {
    return (this.#places.get(key) ?? []).map(({ row }) => row);
  }

  count(key: string): number {
    return this.#places.get(key)?.length ?? 0;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Takes over what is there now, and tells what of it has changed. `servers` are absent while nobody knows them. */
  follow(images: ReadonlyMap<string, LiveImage>, account: string, servers: Servers): ImageChanges<Row> {
    const isOther = this.#noteServers(account, servers);
    const rows: Row[] = [];
    const gone: Kept<Row>[] = [];
    const come: Kept<Row>[] = [];
    for (const [id, seen] of images) {
      const before = this.#kept.get(id);
      if (before?.seen === seen && !isOther(seen)) continue;
      const place = placeImage(seen, { account, servers });
      const row = this.#toRow(seen, place, before?.row);
      const now = { seen, place, order: orderOf(seen, place), row };
      this.#kept.set(id, now);
      if (before && this.#keyOf(before.place) === this.#keyOf(place) && before.order === now.order) {
        this.#replace(before, now);
        if (before.seen !== seen) rows.push(row);
        continue;
      }
      if (before) gone.push(before);
      come.push(now);
    }
    for (const [id, kept] of this.#kept.size > images.size ? this.#kept : []) {
      if (images.has(id)) continue;
      gone.push(kept);
      this.#kept.delete(id);
    }
    const places = new Set([...gone, ...come].map(({ place }) => this.#keyOf(place)));
    if (gone.length + come.length > few) this.#sortAll();
    else {
      for (const kept of gone) this.#remove(kept);
      for (const kept of come) this.#insert(kept);
    }
    return { rows, places };
  }

  /** Tells of which images the place may be another, though they are the same. */
  #noteServers(account: string, servers: Servers): (seen: LiveImage) => boolean {
    const before = this.#servers;
    const now = servers && new Set(servers.keys());
    const isOther = account !== this.#account || !before !== !now;
    this.#account = account;
    this.#servers = now;
    if (isOther) return () => true;
    const moved = new Set<unknown>();
    for (const id of before ?? []) if (!now?.has(id)) moved.add(id);
    for (const id of now ?? []) if (!before?.has(id)) moved.add(id);
    return moved.size === 0 ? () => false : ({ image }) => moved.has(image.get('instance_uuid'));
  }

  #replace(before: Kept<Row>, now: Kept<Row>): void {
    const members = this.#places.get(this.#keyOf(before.place)) ?? [];
    members[find(members, before)] = now;
  }

  #remove(kept: Kept<Row>): void {
    const key = this.#keyOf(kept.place);
    const members = this.#places.get(key) ?? [];
    members.splice(find(members, kept), 1);
    if (members.length === 0) this.#places.delete(key);
  }

  #insert(kept: Kept<Row>): void {
    const members = this.#membersAt(kept);
    members.splice(find(members, kept), 0, kept);
  }

  #sortAll(): void {
    this.#places.clear();
    for (const kept of this.#kept.values()) this.#membersAt(kept).push(kept);
    for (const members of this.#places.values()) members.sort(compare);
  }

  #membersAt({ place }: Kept<Row>): Kept<Row>[] {
    const key = this.#keyOf(place);
    const known = this.#places.get(key);
    if (known) return known;
    const members: Kept<Row>[] = [];
    this.#places.set(key, members);
    return members;
  }
}

function compare<Row>(one: Kept<Row>, other: Kept<Row>): number {
  return compareOrders(one.place, one.order, other.order);
}

/** The index of an image in a sorted list, or that at which it belongs. */
function find<Row>(members: readonly Kept<Row>[], kept: Kept<Row>): number {
  let [from, to] = [0, members.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const there = members[middle];
    if (there && compare(there, kept) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
