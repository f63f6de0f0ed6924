import type { Snapshot } from '../../cloud/collection.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import { byName, byNewest } from '../../cloud/serverImages.ts';
import { RowCache } from '../rowCache.ts';
import { chooseGroup, type ImageGroup, imageGroups } from './imageRow.ts';

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

export type ImageNode = GroupNode | ImageRowNode | { readonly kind: 'failed'; readonly reason: string };

/** The rows of *Images*, and which of them a change touches. */
export class ImageRows {
  readonly #groups = new RowCache<GroupNode>();
  readonly #images = new RowCache<ImageRowNode>();

  /** Returns the rows at the top. */
  build(snapshot: Snapshot<LiveImage>, account: string): ImageNode[] {
    const items = snapshot.kind === 'ready' ? snapshot.items : new Map<string, LiveImage>();
    this.#images.retain(items);
    const sorted = sortIntoGroups(items, account);
    const shown = imageGroups.filter(({ id, always }) => items.size > 0 && (always || sorted.has(id)));
    this.#groups.retain(new Set<string>(shown.map(({ id }) => id)));
    if (snapshot.kind === 'failed') return [{ kind: 'failed', reason: snapshot.reason }];
    return shown.map(({ id }) => this.#putGroup(id, sorted.get(id) ?? []));
  }

  /** Updates the rows after a change of one image, and returns those to draw again; `all` where groups come or go. */
  update(snapshot: Snapshot<LiveImage>, account: string, id: string): readonly ImageNode[] | 'all' {
    if (snapshot.kind !== 'ready' || this.#groups.size === 0) return 'all';
    const row = this.#images.get(id);
    const seen = snapshot.items.get(id);
    const group = seen && chooseGroup(seen, account);
    if (row && seen && group === row.group && readName(row.seen.image) === readName(seen.image))
      return [this.#images.put(id, { kind: 'image', group, seen })];
    this.#images.delete(id);
    const sorted = sortIntoGroups(snapshot.items, account);
    const touched = new Set([row?.group, group].filter((one) => one !== undefined));
    const rows: ImageNode[] = [];
    for (const one of touched) {
      const members = sorted.get(one) ?? [];
      // To VS Code, an empty group and one that can be opened are two different rows.
      if (members.length === 0 || !this.#groups.get(one)?.images.length) return 'all';
      rows.push(this.#putGroup(one, members));
    }
    return rows;
  }

  #putGroup(group: ImageGroup, members: readonly LiveImage[]): GroupNode {
    const images = members.map((seen) =>
      this.#images.put(readId(seen.image), { kind: 'image', group, seen }),
    );
    return this.#groups.put(group, { kind: 'group', group, images });
  }
}

/** Sorts by newest, public images by name. */
function sortIntoGroups(
  items: ReadonlyMap<string, LiveImage>,
  account: string,
): ReadonlyMap<ImageGroup, LiveImage[]> {
  const groups = Map.groupBy([...items.values()].sort(byNewest), (seen) => chooseGroup(seen, account));
  groups.get('public')?.sort(byName);
  return groups;
}
