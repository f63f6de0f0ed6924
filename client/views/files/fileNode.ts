import type { ListedContainer, ListedEntry } from '../../../server/cloud/services/browse.ts';
import { splitDynamicManifest } from '../../../server/cloud/services/largeObjects.ts';
import type { PlacedObject } from '../../../server/cloud/services/objects.ts';

/** The rows of *Cloud Files*. */
export type FileNode =
  | ContainerNode
  | FolderNode
  | ObjectNode
  | SegmentNode
  | { readonly kind: 'gap'; readonly of: ObjectNode; readonly missing: number }
  | MoreNode
  | { readonly kind: 'failed'; readonly in: FileNode | undefined; readonly reason: string };

export type ContainerNode = { readonly kind: 'container'; readonly name: string } & Partial<ListedContainer>;

export interface FolderNode {
  readonly kind: 'folder';
  readonly container: string;
  /** Ends with a slash. */
  readonly prefix: string;
}

export interface ObjectNode {
  readonly kind: 'object';
  readonly container: string;
  readonly name: string;
  /** Size of the whole object. */
  readonly bytes: number;
  readonly etag: string;
  readonly modified: string;
  /** It is made of other objects; of a dynamic one, `container/beginning` of their names. */
  readonly large?: 'static' | { readonly dynamic: string };
  /** How many of its segments are missing or have become others, where that was looked at. */
  readonly lost?: number | 'all';
}

/** Stands for the names behind a page. */
export interface MoreNode {
  readonly kind: 'more';
  readonly in: ContainerNode | FolderNode | undefined;
  readonly shown: number;
}

export interface SegmentNode extends PlacedObject {
  readonly kind: 'segment';
  readonly of: ObjectNode;
  /** Of a static large object, which still lists it. */
  readonly lost?: 'missing' | 'replaced';
}

/**
 * A row's identity, which no change of its text touches. Names may hold anything but those of containers a slash, so the kind
 * comes first: an object `a/` marks the folder `a/`, below which it is listed.
 */
export function identifyFile(node: FileNode): string {
  switch (node.kind) {
    case 'container':
      return node.name;
    case 'folder':
      return `folder/${node.container}/${node.prefix}`;
    case 'object':
      // A tree forgets nothing that it knows by an id: one that can be opened gets another.
      return `${node.large ? 'large' : 'object'}/${node.container}/${node.name}`;
    case 'segment':
      return `segment/${encodeURIComponent(identifyFile(node.of))}/${node.container}/${node.name}`;
    case 'gap':
      return `gap/${node.missing}/${identifyFile(node.of)}`;
    default:
      return `${node.kind}/${node.in ? identifyFile(node.in) : ''}`;
  }
}

/** Returns the row above one. */
export function findParent(node: FileNode): FileNode | undefined {
  if (node.kind === 'segment' || node.kind === 'gap') return node.of;
  if (node.kind === 'more' || node.kind === 'failed') return node.in;
  if (node.kind === 'container') return undefined;
  const path = node.kind === 'folder' ? node.prefix.slice(0, -1) : node.name;
  const prefix = path.slice(0, path.lastIndexOf('/') + 1);
  const { container } = node;
  return prefix === '' ? { kind: 'container', name: container } : { kind: 'folder', container, prefix };
}

/** Leaves out the entries that a large object among them is made of: they are shown below it. */
export function omitSegments(
  container: string,
  entries: readonly (FolderNode | ObjectNode)[],
): typeof entries {
  const beginnings = entries.flatMap((node) => {
    if (node.kind !== 'object' || typeof node.large !== 'object') return [];
    const [of, beginning] = splitDynamicManifest(node.large.dynamic);
    return of === container && beginning !== '' ? [beginning] : [];
  });
  const isSegment = (name: string): boolean => beginnings.some((beginning) => name.startsWith(beginning));
  return entries.filter((node) => node.kind === 'folder' || node.large || !isSegment(node.name));
}

/** The segments of a large object, and which of them are not what it lists. */
export interface SegmentsAbout {
  readonly segments: readonly PlacedObject[];
  /** Numbers that lack among the names. */
  readonly missing: readonly number[];
  readonly lost: ReadonlyMap<PlacedObject, 'missing' | 'replaced'>;
}

/** The rows under a large object, gaps where they are. */
export function makeSegmentNodes(of: ObjectNode, { segments, missing, lost }: SegmentsAbout): FileNode[] {
  const rows = segments.map((segment): SegmentNode => {
    const state = lost.get(segment);
    return { kind: 'segment', of, ...segment, ...(state ? { lost: state } : {}) };
  });
  const [beginning] = typeof of.large === 'object' ? splitDynamicManifest(of.large.dynamic).slice(1) : [''];
  const numberOf = ({ name }: SegmentNode): number => Number(name.slice(beginning?.length ?? 0));
  const result: FileNode[] = [];
  let gaps = [...missing];
  for (const row of rows) {
    const before = gaps.filter((gap) => gap < numberOf(row));
    result.push(...before.map((gap): FileNode => ({ kind: 'gap', of, missing: gap })), row);
    gaps = gaps.filter((gap) => !before.includes(gap));
  }
  return result;
}

export function makeEntryNode(container: string, entry: ListedEntry): FolderNode | ObjectNode {
  if ('folder' in entry) return { kind: 'folder', container, prefix: entry.folder };
  const { name, bytes, etag, modified, isStatic } = entry;
  return { kind: 'object', container, name, bytes, etag, modified, ...(isStatic ? { large: 'static' } : {}) };
}
