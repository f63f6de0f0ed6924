import type { Snapshot } from '../../cloud/collection.ts';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { readId } from '../../cloud/imageCollection.ts';
import { ImageIndex, type Sorting } from '../../cloud/imageIndex.ts';
import { Lineage } from '../../cloud/lineage.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import { RowCache } from '../rowCache.ts';
import {
  type Arrangement,
  compareGroups,
  describeGroup,
  type GroupText,
  isRepeating,
  keysOf,
  sortingOf,
  usual,
} from './arrangement.ts';
import { imageGroups } from './imageRow.ts';

export interface GroupNode {
  readonly kind: 'group';
  /** The key of what the images have in common: `own`, `tag web`. */
  readonly group: string;
  readonly text: GroupText;
  /** VS Code keeps by it whether the group is open: what a filter finds is open, whatever was closed before. */
  readonly id: string;
  readonly isOpen: boolean;
  readonly images: readonly ImageRowNode[];
}

export interface ImageRowNode {
  readonly kind: 'image';
  readonly group: string;
  /** Tells the row from all others of its tree. */
  readonly id: string;
  readonly seen: LiveImage;
}

/** Why the rows cannot be read. */
export interface FailedNode {
  readonly kind: 'failed';
  readonly reason: string;
}

/** What the rows are of. */
export interface ShownImages {
  readonly images: Snapshot<LiveImage>;
  /** Where they cannot be read, no server counts as deleted. */
  readonly servers: Snapshot<LiveServer>;
  readonly account: string;
}

/** What of the images is shown, and how. */
export interface Showing {
  readonly arrangement: Arrangement;
  readonly accepts?: ((seen: LiveImage) => boolean) | undefined;
  /** In place of that of the arrangement. */
  readonly sorting?: Sorting | undefined;
}

/** The rows of *Images*, and which of them a change touches. */
export class ImageRows {
  readonly #groups = new RowCache<GroupNode>();
  #arrangement: Arrangement = usual;
  #sorting: Sorting | undefined;
  #isFiltered = false;
  #index = this.#newIndex();
  #servers: ReadonlyMap<string, LiveServer> = new Map();
  #lineage = new Lineage(new Map(), new Map());

  get lineage(): Lineage {
    return this.#lineage;
  }

  /** How many images there are, and how many of them the filter lets through. */
  get counts(): { readonly all: number; readonly shown: number } {
    return { all: this.#index.size, shown: this.#index.shown };
  }

  rowsOf(id: string): readonly ImageRowNode[] {
    return this.#index.rowsOf(id);
  }

  /** Changes what is shown; the rows are then to be built again. */
  show({ arrangement, accepts, sorting }: Showing): void {
    const before = this.#arrangement;
    const isSame =
      arrangement.group === before.group && arrangement.sort === before.sort && sorting === this.#sorting;
    this.#arrangement = arrangement;
    this.#sorting = sorting;
    this.#isFiltered = accepts !== undefined;
    if (!isSame) this.#index = this.#newIndex();
    this.#index.filter(accepts);
  }

  /** Returns the rows at the top. */
  build(shown: ShownImages): (GroupNode | FailedNode)[] {
    this.#follow(shown);
    if (shown.images.kind === 'failed') return [{ kind: 'failed', reason: shown.images.reason }];
    const keys = this.#shownKeys();
    this.#groups.retain(new Set<string>(keys));
    return keys.map((key) => this.#putGroup(key));
  }

  /** Updates the rows, and returns those to draw again; `all` where groups come, go, fill or empty. */
  update(shown: ShownImages): readonly (GroupNode | ImageRowNode)[] | 'all' {
    const { rows, places, branched } = this.#follow(shown);
    if (shown.images.kind !== 'ready' || this.#groups.size === 0) return 'all';
    // To VS Code, an empty group and one that can be opened are two different rows.
    for (const key of places)
      if (!this.#groups.get(key)?.images.length || this.#index.count(key) === 0) return 'all';
    if (this.#isRenamed()) return 'all';
    const groups = [...this.#groups.keys()]
      .filter((key) => places.has(key))
      .map((key) => this.#putGroup(key));
    const touched = new Set([...rows, ...branched].filter(({ group }) => !places.has(group)));
    return [...groups, ...touched];
  }

  /** Takes over what there is. `branched`: rows of images whose lineage has changed. */
  #follow(shown: ShownImages) {
    const { rows, places, images } = follow(this.#index, shown);
    const before = this.#lineage;
    const servers = shown.servers.kind === 'ready' ? shown.servers.items : new Map<string, LiveServer>();
    if (images.length === 0 && servers === this.#servers) return { rows, places, branched: [] };
    const seen = shown.images.kind === 'ready' ? shown.images.items : new Map<string, LiveImage>();
    const changed = [...images, ...listChanged(this.#servers, servers)];
    this.#servers = servers;
    this.#lineage = new Lineage(seen, servers);
    const ids = new Set(
      changed.flatMap((one) => [...before.ancestorsOf(one), ...this.#lineage.ancestorsOf(one)]),
    );
    return { rows, places, branched: [...ids].flatMap((id) => this.#index.rowsOf(id)) };
  }

  #shownKeys(): string[] {
    const { group } = this.#arrangement;
    const fixed = group === 'panel' && !this.#isFiltered ? imageGroups.filter(({ always }) => always) : [];
    const keys = new Set([...(this.#index.size > 0 ? fixed.map(({ id }) => id) : []), ...this.#index.keys()]);
    const texts = [...keys].map((key) => [key, this.#describe(key)] as const);
    return texts.sort(compareGroups).map(([key]) => key);
  }

  /** Tells whether a server that images are grouped by has another name. */
  #isRenamed(): boolean {
    if (this.#arrangement.group !== 'server') return false;
    return [...this.#groups.keys()].some(
      (key) => this.#groups.get(key)?.text.label !== this.#describe(key).label,
    );
  }

  #describe(key: string): GroupText {
    return describeGroup(key, (id) => this.#servers.get(id)?.server.name);
  }

  #putGroup(key: string): GroupNode {
    const text = this.#describe(key);
    const images = this.#index.at(key);
    const isOpen = this.#isFiltered || text.isOpen;
    // An empty group that gets its first image must open as others do.
    const id = images.length === 0 ? `${key}/empty` : this.#isFiltered ? `${key}/filtered` : key;
    return this.#groups.put(key, { kind: 'group', group: key, text, id, isOpen, images });
  }

  #newIndex(): ImageIndex<ImageRowNode> {
    const arrangement = this.#arrangement;
    const { group } = arrangement;
    return new ImageIndex<ImageRowNode>({
      keysOf: (place, seen) => keysOf(group, place, seen),
      toRow: (seen, key, before) => putImageRow(seen, key, before, isRepeating(group) ? `${key}/` : ''),
      sorting: this.#sorting ?? sortingOf(arrangement),
    });
  }
}

/** VS Code refreshes a row only when it is given the same object, which says what it says now. */
export function putImageRow(
  seen: LiveImage,
  group: string,
  before: ImageRowNode | undefined,
  prefix = '',
): ImageRowNode {
  const row: ImageRowNode = { kind: 'image', group, id: prefix + readId(seen.image), seen };
  return before ? Object.assign(before, row) : row;
}

/** Brings an index up to date with what is shown. */
export function follow<Row>(
  index: ImageIndex<Row>,
  { images, servers, account }: ShownImages,
): ReturnType<ImageIndex<Row>['follow']> {
  const seen = images.kind === 'ready' ? images.items : new Map<string, LiveImage>();
  return index.follow(seen, account, servers.kind === 'ready' ? servers.items : undefined);
}

/** Those that came, went or changed: as they were, and as they are. */
function listChanged<T>(before: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>): T[] {
  if (before === now) return [];
  const changed: T[] = [];
  for (const [id, one] of now) if (before.get(id) !== one) changed.push(one);
  for (const [id, one] of before) if (now.get(id) !== one) changed.push(one);
  return changed;
}
