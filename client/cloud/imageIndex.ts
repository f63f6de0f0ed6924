import { type LiveImage, readId } from './imageCollection.ts';
import { type ImagePlace, newestFirst, placeImage } from './serverImages.ts';

/** How the images at one place are sorted. */
export interface Sorting {
  /** The text that an image is sorted by; it holds the id, so that no two are equal. */
  orderOf(seen: LiveImage, place: ImagePlace): string;
  compare(place: ImagePlace, one: string, other: string): number;
}

export interface IndexOptions<Row> {
  /** The keys of the places at which an image stands: places of one key are one. */
  readonly keysOf: (place: ImagePlace, seen: LiveImage) => string | readonly string[];
  /** What is kept of an image at a place, made from what was kept of it there. */
  readonly toRow: (seen: LiveImage, key: string, before: Row | undefined) => Row;
  /** Newest first, public images by name, where none is given. */
  readonly sorting?: Sorting;
}

/** An image at one of its places, and what it is sorted by there. */
interface Kept<Row> {
  readonly seen: LiveImage;
  readonly key: string;
  readonly place: ImagePlace;
  readonly order: string;
  readonly row: Row;
  /** The filter lets it through. */
  isShown: boolean;
}

/** What has changed since the look before. */
export interface ImageChanges<Row> {
  /** Rows that stay where they are, and say something else. */
  readonly rows: readonly Row[];
  /** The keys of places to which rows came, or from which they went. */
  readonly places: ReadonlySet<string>;
  /** Images that came, went or changed: as they were, and as they are. */
  readonly images: readonly LiveImage[];
}

type Servers = ReadonlyMap<string, unknown> | undefined;
type Accepts = (seen: LiveImage) => boolean;

/** Above so many changes at once all is sorted again, which costs less than to put each where it belongs. */
const few = 200;

/** Keeps images at their places, sorted, from look to look: what is the same costs no more than being looked at. */
export class ImageIndex<Row> {
  readonly #options: IndexOptions<Row>;
  readonly #sorting: Sorting;
  readonly #kept = new Map<string, Kept<Row>[]>();
  /** By key, in order. */
  readonly #places = new Map<string, Kept<Row>[]>();
  #servers: ReadonlySet<string> | undefined;
  #account = '';
  #accepts: Accepts | undefined;

  constructor(options: IndexOptions<Row>) {
    this.#options = options;
    this.#sorting = options.sorting ?? newestFirst;
  }

  /** The rows at a place that the filter lets through, in order. */
  at(key: string): Row[] {
    return this.#shownAt(key).map(({ row }) => row);
  }

  count(key: string): number {
    return this.#accepts ? this.#shownAt(key).length : (this.#places.get(key)?.length ?? 0);
  }

  /** The keys of the places that have rows to show. */
  keys(): string[] {
    return [...this.#places.keys()].filter((key) => this.#places.get(key)?.some(({ isShown }) => isShown));
  }

  /** The rows of an image, one for each of its places. */
  rowsOf(id: string): Row[] {
    return (this.#kept.get(id) ?? []).filter(({ isShown }) => isShown).map(({ row }) => row);
  }

  /** How many images there are, shown or not. */
  get size(): number {
    return this.#kept.size;
  }

  /** How many images the filter lets through. */
  get shown(): number {
    if (!this.#accepts) return this.#kept.size;
    let count = 0;
    for (const [first] of this.#kept.values()) if (first?.isShown) count++;
    return count;
  }

  /** Shows only what is accepted; without a filter, all. */
  filter(accepts: Accepts | undefined): void {
    this.#accepts = accepts;
    for (const places of this.#kept.values()) {
      const [first] = places;
      const isShown = first !== undefined && (accepts?.(first.seen) ?? true);
      for (const kept of places) kept.isShown = isShown;
    }
  }

  /** Takes over what is there now, and tells what of it has changed. `servers` are absent while nobody knows them. */
  follow(images: ReadonlyMap<string, LiveImage>, account: string, servers: Servers): ImageChanges<Row> {
    const isOther = this.#noteServers(account, servers);
    const rows: Row[] = [];
    const gone: Kept<Row>[] = [];
    const come: Kept<Row>[] = [];
    const touched: LiveImage[] = [];
    const toggled = new Set<string>();
    for (const [id, seen] of images) {
      const before = this.#kept.get(id) ?? [];
      const isSame = before[0]?.seen === seen;
      if (isSame && !isOther(seen)) continue;
      const now = this.#keep(seen, before);
      this.#kept.set(id, now);
      if (!isSame) touched.push(seen, ...(before[0] ? [before[0].seen] : []));
      for (const kept of before) if (!now.some(({ key }) => key === kept.key)) gone.push(kept);
      for (const kept of now) {
        const there = before.find(({ key }) => key === kept.key);
        if (!there || there.order !== kept.order) {
          if (there) gone.push(there);
          come.push(kept);
          continue;
        }
        this.#replace(there, kept);
        if (there.isShown !== kept.isShown) toggled.add(kept.key);
        else if (!isSame && kept.isShown) rows.push(kept.row);
      }
    }
    for (const [id, kept] of this.#kept.size > images.size ? this.#kept : []) {
      if (images.has(id)) continue;
      gone.push(...kept);
      if (kept[0]) touched.push(kept[0].seen);
      this.#kept.delete(id);
    }
    this.#move(gone, come);
    const moved = [...gone, ...come].filter(({ isShown }) => isShown).map(({ key }) => key);
    return { rows, places: new Set([...moved, ...toggled]), images: touched };
  }

  #shownAt(key: string): readonly Kept<Row>[] {
    const members = this.#places.get(key) ?? [];
    return this.#accepts ? members.filter(({ isShown }) => isShown) : members;
  }

  #keep(seen: LiveImage, before: readonly Kept<Row>[]): Kept<Row>[] {
    const { keysOf, toRow } = this.#options;
    const place = placeImage(seen, { account: this.#account, servers: this.#servers });
    const keys = keysOf(place, seen);
    const order = this.#sorting.orderOf(seen, place);
    const isShown = this.#accepts?.(seen) ?? true;
    return (typeof keys === 'string' ? [keys] : keys).map((key) => {
      const row = toRow(seen, key, before.find((one) => one.key === key)?.row);
      return { seen, key, place, order, row, isShown };
    });
  }

  /** Tells of which images the place may be another, though they are the same. */
  #noteServers(account: string, servers: Servers): Accepts {
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

  #move(gone: readonly Kept<Row>[], come: readonly Kept<Row>[]): void {
    if (gone.length + come.length > few) {
      this.#sortAll();
      return;
    }
    for (const kept of gone) this.#remove(kept);
    for (const kept of come) {
      const members = this.#membersAt(kept);
      members.splice(this.#find(members, kept), 0, kept);
    }
  }

  #replace(before: Kept<Row>, now: Kept<Row>): void {
    const members = this.#places.get(before.key) ?? [];
    members[this.#find(members, before)] = now;
  }

  #remove(kept: Kept<Row>): void {
    const members = this.#places.get(kept.key) ?? [];
    members.splice(this.#find(members, kept), 1);
    if (members.length === 0) this.#places.delete(kept.key);
  }

  #sortAll(): void {
    this.#places.clear();
    for (const places of this.#kept.values()) for (const kept of places) this.#membersAt(kept).push(kept);
    for (const members of this.#places.values()) members.sort((one, other) => this.#compare(one, other));
  }

  #membersAt({ key }: Kept<Row>): Kept<Row>[] {
    const known = this.#places.get(key);
    if (known) return known;
    const members: Kept<Row>[] = [];
    this.#places.set(key, members);
    return members;
  }

  #compare(one: Kept<Row>, other: Kept<Row>): number {
    return this.#sorting.compare(one.place, one.order, other.order);
  }

  /** The index of an image in a sorted list, or that at which it belongs. */
  #find(members: readonly Kept<Row>[], kept: Kept<Row>): number {
    let [from, to] = [0, members.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const there = members[middle];
      if (there && this.#compare(there, kept) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Lets images through whose name, tags or id hold the text, in whatever case. */
export function matchText(text: string): Accepts | undefined {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return undefined;
  const holds = (value: unknown): boolean =>
    typeof value === 'string' && value.toLowerCase().includes(wanted);
  return ({ image }) => {
    const tags = image.get('tags');
    return holds(image.get('name')) || holds(readId(image)) || (Array.isArray(tags) && tags.some(holds));
  };
}
