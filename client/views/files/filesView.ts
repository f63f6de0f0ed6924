import * as vscode from 'vscode';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { containersPage, objectsPage, type Page } from '../../../server/cloud/services/browse.ts';
import { segmentsOf } from '../../../server/cloud/services/largeObjects.ts';
import { forbidsFiles, personOf } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { describe } from '../../ui/errors.ts';
import { fileItem } from './fileItem.ts';
import {
  type ContainerNode,
  entryNode,
  type FileNode,
  type FolderNode,
  idOfFile,
  type ObjectNode,
  parentOfFile,
  segmentNodes,
  withoutSegments,
} from './fileNode.ts';

type Needs = Pick<Context, 'connections' | 'emulator'>;

/** Names that are asked for at once; a row below them asks for more. */
const pageSize = 200;

/**
 * The tree *Cloud Files* of the connected region. Only what is open is read; what changes is read again while the tree is
 * seen, and otherwise when it comes into sight.
 */
export class FilesView implements vscode.TreeDataProvider<FileNode> {
  readonly #context: Needs;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscriptions: { dispose(): void }[];
  /** How many pages of a listing are shown, where it is more than one. */
  readonly #pages = new Map<string, number>();
  #visible = true;
  #stale = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: Needs) {
    this.#context = context;
    this.#subscriptions = [
      context.connections.onDidChange(() => {
        this.#pages.clear();
        this.refresh();
      }),
      context.emulator.onEvent(({ kind, region }) => {
        const here = region.toLowerCase() === context.connections.cloud?.region.toLowerCase();
        if (kind === 'reset' || (here && (kind === 'object' || kind === 'container'))) this.#later();
      }),
    ];
  }

  /** Follows whether the tree is seen. */
  watch(tree: vscode.TreeView<FileNode>): void {
    this.#visible = tree.visible;
    this.#subscriptions.push(
      tree.onDidChangeVisibility(({ visible }) => {
        this.#visible = visible;
        if (visible && this.#stale) this.refresh();
      }),
    );
  }

  refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#stale = !this.#visible;
    if (this.#visible) this.#changed.fire(undefined);
  }

  showMore({ in: parent }: Extract<FileNode, { is: 'more' }>): void {
    const key = parent ? idOfFile(parent) : '';
    this.#pages.set(key, (this.#pages.get(key) ?? 1) + 1);
    this.refresh();
  }

  async getChildren(node?: FileNode): Promise<FileNode[]> {
    const { cloud } = this.#context.connections;
    if (!cloud) return [];
    const never = forbidsFiles('read', personOf(this.#context));
    if (never !== undefined) return [{ is: 'failed', in: undefined, why: never }];
    try {
      if (!node) return await this.#containers(cloud);
      if (node.is === 'container' || node.is === 'folder') return await this.#entries(cloud, node);
      if (node.is !== 'object' || !node.large) return [];
      const large = await segmentsOf(cloud.objects, node.container, node.name);
      return large ? segmentNodes(node, large.segments, large.missing) : [];
    } catch (error) {
      return [{ is: 'failed', in: node, why: describe(error) }];
    }
  }

  getParent(node: FileNode): FileNode | undefined {
    return parentOfFile(node);
  }

  getTreeItem(node: FileNode): vscode.TreeItem {
    return fileItem(node, forbidsFiles('administer', personOf(this.#context)));
  }

  /** Brings an object's row into sight. Throws where it is there no longer. */
  async show(tree: vscode.TreeView<FileNode>, container: string, name: string): Promise<void> {
    const cloud = await this.#context.connections.require();
    const head = await cloud.objects.details(container, name);
    if (!head) throw new Error(`${container}/${name} is no longer in Cloud Files.`);
    const found = { is: 'object', container, name, ...head, modified: '' } as const;
    const large = head.isStatic ? 'static' : head.dynamic !== undefined && { dynamic: head.dynamic };
    await vscode.commands.executeCommand('cloudImages.files.focus');
    await tree.reveal(large ? { ...found, large } : found, { select: true, focus: true });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }

  /** An upload of many segments is many events. */
  #later(): void {
    this.#timer ??= setTimeout(() => this.refresh(), 300);
  }

  async #containers(cloud: Cloud): Promise<FileNode[]> {
    const { entries, next } = await this.#read('', (marker) => containersPage(cloud, pageSize, marker));
    const rows = entries.map((container): FileNode => ({ is: 'container', ...container }));
    return next === undefined ? rows : [...rows, { is: 'more', in: undefined, shown: rows.length }];
  }

  async #entries(cloud: Cloud, node: ContainerNode | FolderNode): Promise<FileNode[]> {
    const [container, prefix] = node.is === 'container' ? [node.name, ''] : [node.container, node.prefix];
    const { entries, next } = await this.#read(idOfFile(node), (marker) =>
      objectsPage(cloud, container, prefix, pageSize, marker),
    );
    const rows: (FolderNode | ObjectNode)[] = entries.map((entry) => entryNode(container, entry));
    for (let at = 0; at < rows.length; at += 8) {
      const looked = await Promise.all(rows.slice(at, at + 8).map((row) => lookedAt(cloud, row)));
      rows.splice(at, looked.length, ...looked);
    }
    const shown: FileNode[] = [...withoutSegments(container, rows)];
    return next === undefined ? shown : [...shown, { is: 'more', in: node, shown: entries.length }];
  }

  async #read<T>(key: string, page: (marker?: string) => Promise<Page<T>>): Promise<Page<T>> {
    const entries: T[] = [];
    let next: string | undefined;
    for (let left = this.#pages.get(key) ?? 1; left > 0; left--) {
      const read: Page<T> = await page(next);
      entries.push(...read.entries);
      next = read.next;
      if (next === undefined) return { entries };
    }
    return next === undefined ? { entries } : { entries, next };
  }
}

/** Listings show a dynamic large object as an empty one; only a look at it tells. */
async function lookedAt(cloud: Cloud, row: FolderNode | ObjectNode): Promise<FolderNode | ObjectNode> {
  if (row.is === 'folder' || row.bytes > 0 || row.large) return row;
  const details = await cloud.objects.details(row.container, row.name);
  if (details?.dynamic === undefined) return row;
  const { bytes, etag, dynamic } = details;
  return { ...row, bytes, etag, large: { dynamic } };
}
