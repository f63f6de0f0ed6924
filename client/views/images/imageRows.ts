import type { Snapshot } from '../../cloud/collection.ts';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { ImageIndex } from '../../cloud/imageIndex.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import type { ImageGroup, ImagePlace } from '../../cloud/serverImages.ts';
import { RowCache } from '../rowCache.ts';
import { imageGroups } from './imageRow.ts';

export interface GroupNode {
  readonly kind: 'group';
  readonly group: ImageGroup;
  readonly images: readonly ImageRowNode[];
}

export interface ImageRowNode {
  readonly kind: 'image';
  readonly group: ImageGroup;
  readonly seen: LiveImage;
}

/** A row of a tree whose rows at the top hold images, or why it cannot be read. */
export type WithImages<Top> = Top | ImageRowNode | { readonly kind: 'failed'; readonly reason: string };
export type ImageNode = WithImages<GroupNode>;

/** What the rows are of. */
export interface ShownImages {
  readonly images: Snapshot<LiveImage>;
  /** Where they cannot be read, no server counts as deleted. */
  readonly servers: Snapshot<LiveServer>;
  readonly account: string;
}

/** The rows of *Images*, and which of them a change touches. */
export class ImageRows {
  readonly #groups = new RowCache<GroupNode>();
  readonly #index = new ImageIndex(({ group }) => group, putImageRow);

  /** Returns the rows at the top. */
  build(shown: ShownImages): ImageNode[] {
    follow(this.#index, shown);
    if (shown.images.kind === 'failed') return [{ kind: 'failed', reason: shown.images.reason }];
    const groups = this.#shownGroups();
    this.#groups.retain(new Set<string>(groups));
    return groups.map((group) => this.#putGroup(group));
  }

  /** Updates the rows, and returns those to draw again; `all` where groups come, go, fill or empty. */
  update(shown: ShownImages): readonly ImageNode[] | 'all' {
    const { rows, places } = follow(this.#index, shown);
    if (shown.images.kind !== 'ready' || this.#groups.size === 0) return 'all';
    const touched = imageGroups.map(({ id }) => id).filter((id) => places.has(id));
    // To VS Code, an empty group and one that can be opened are two different rows.
    if (touched.some((id) => !this.#groups.get(id)?.images.length || this.#index.count(id) === 0))
      return 'all';
    const groups = touched.map((id) => this.#putGroup(id));
    return [...groups, ...rows.filter(({ group }) => !places.has(group))];
  }

  #shownGroups(): ImageGroup[] {
    const some = this.#index.size > 0;
    return imageGroups
      .filter(({ id, always }) => some && (always || this.#index.count(id) > 0))
      .map(({ id }) => id);
  }

  #putGroup(group: ImageGroup): GroupNode {
    return this.#groups.put(group, { kind: 'group', group, images: this.#index.at(group) });
  }
}

/** VS Code refreshes a row only when it is given the same object, which says what it says now. */
export function putImageRow(
  seen: LiveImage,
  { group }: ImagePlace,
  before: ImageRowNode | undefined,
): ImageRowNode {
  const row: ImageRowNode = { kind: 'image', group, seen };
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
