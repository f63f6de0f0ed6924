import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import {
  type ListedContainer,
  listContainers,
  listObjects,
  type Page,
} from '../../../server/cloud/services/browse.ts';
import { findLost, readSegments } from '../../../server/cloud/services/largeObjects.ts';
import type { CloudChange, Connection } from '../../cloud/cloudSource.ts';
import { lacksKind } from '../../cloud/offers.ts';
import { forbidsFiles } from '../../cloud/permissions.ts';
import { findTrouble, passes } from '../../cloud/trouble.ts';
import type { Context } from '../../context.ts';
import { describeError } from '../../ui/errors.ts';
import { AgingRows } from '../agingRows.ts';
import { RowCache } from '../rowCache.ts';
import { Visibility } from '../visibility.ts';
import { describeFile, fileItem } from './fileItem.ts';
import {
  type ContainerNode,
  type FileNode,
  type FolderNode,
  findParent,
  identifyFile,
  type MoreNode,
  makeEntryNode,
  makeSegmentNodes,
  type ObjectNode,
  omitSegments,
  type SegmentsAbout,
} from './fileNode.ts';

type Needs = Pick<Context, 'source'>;

/** Names that are read at once; a row below them offers more. */
const pageSize = 200;

/**
 * The tree *Cloud Files* of the connected region. Only what is open is read. Containers that change are
 * read again while the tree is seen, and otherwise when it comes into sight.
 */
export class FilesView implements vscode.TreeDataProvider<FileNode> {
  readonly #context: Needs;
  readonly #changed = new vscode.EventEmitter<FileNode | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscriptions: { dispose(): void }[];
  /** How many pages of a listing are shown, where it is more than one. */
  readonly #pages = new Map<string, number>();
  readonly #aging = new AgingRows<FileNode>(describeFile, (row) => this.#changed.fire(row));
  readonly #containers = new RowCache<ContainerNode>();
  /** Containers whose large objects have segments in the container of the key. */
  readonly #dependents = new Map<string, Set<string>>();
  /** Containers that were changed from here, whose counts are asked for one by one. */
  readonly #counted = new Set<string>();
  /** Containers that changed since they were drawn. */
  readonly #stale = new Set<string>();
  /** The rows below each row as they were read last, which stand while the cloud does not answer. */
  readonly #drawn = new Map<string, readonly FileNode[]>();
  /** The connection that is drawn. */
  #connection: Connection | undefined;
  #visible = true;
  #isStale = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: Needs) {
    this.#context = context;
    this.#subscriptions = [
      context.source.onDidChangeState(() => {
        if (context.source.connection === this.#connection) return;
        this.#connection = context.source.connection;
        this.#pages.clear();
        this.#counted.clear();
        this.#drawn.clear();
        this.refresh();
      }),
      context.source.onDidReport((change) => this.#note(change)),
    ];
  }

  /** Follows whether the tree is seen: changes are requested from the cloud only then. */
  follow(tree: vscode.TreeView<FileNode>): void {
    this.#visible = tree.visible;
    const { source } = this.#context;
    this.#subscriptions.push(
      new Visibility(
        tree,
        () => source.watch('container'),
        () => source.watch('object'),
        () => this.#aging.watch(),
      ),
      tree.onDidChangeVisibility(({ visible }) => {
        this.#visible = visible;
        if (visible && this.#isStale) this.refresh();
      }),
    );
  }

  /** Draws everything anew. Of containers that were changed, the counts are asked for: lists of Swift's know them later. */
  refresh(...changed: readonly string[]): void {
    for (const container of changed) this.#counted.add(container);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#stale.clear();
    this.#isStale = !this.#visible;
    if (this.#visible) this.#changed.fire(undefined);
  }

  showMore({ in: parent }: MoreNode): void {
    const key = parent ? identifyFile(parent) : '';
    this.#pages.set(key, (this.#pages.get(key) ?? 1) + 1);
    this.refresh();
  }

  async getChildren(node?: FileNode): Promise<FileNode[]> {
    const { connection } = this.#context.source;
    if (!connection) return [];
    if (lacksKind('container', connection) !== undefined) return []; // which the view's welcome says
    const refused = forbidsFiles('read', connection);
    if (refused !== undefined) return [{ kind: 'failed', in: undefined, reason: refused }];
    const key = node ? identifyFile(node) : '';
    try {
      const rows = await this.#readRows(connection.cloud, node);
      if (connection === this.#connection) this.#drawn.set(key, rows);
      return rows;
    } catch (error) {
      const trouble = findTrouble(error);
      const before = this.#drawn.get(key);
      if (before && trouble && passes(trouble)) return [...before]; // the view says how old they are
      return [{ kind: 'failed', in: node, reason: describeError(error) }];
    }
  }

  async #readRows(cloud: Cloud, node: FileNode | undefined): Promise<FileNode[]> {
    if (!node) {
      this.#aging.clear();
      return this.#readContainers(cloud);
    }
    if (node.kind === 'container' || node.kind === 'folder') return this.#readEntries(cloud, node);
    if (node.kind !== 'object' || !node.large) return [];
    const about = await this.#readSegments(cloud, node);
    return about ? makeSegmentNodes(node, about) : [];
  }

  getParent(node: FileNode): FileNode | undefined {
    return findParent(node);
  }

  getTreeItem(node: FileNode): vscode.TreeItem {
    const { connection } = this.#context.source;
    const item = fileItem(node, connection && forbidsFiles('administer', connection));
    this.#aging.note(identifyFile(node), node, String(item.description));
    return item;
  }

  /** Brings an object's row into sight. Throws where it is there no longer. */
  async show(tree: vscode.TreeView<FileNode>, container: string, name: string): Promise<void> {
    const { cloud } = await this.#context.source.connect();
    const head = await cloud.objects.details(container, name);
    if (!head) throw new Error(t`${container}/${name} is no longer in Cloud Files.`);
    const found = { kind: 'object', container, name, ...head, modified: '' } as const;
    const large = head.isStatic ? 'static' : head.dynamic !== undefined && { dynamic: head.dynamic };
    await vscode.commands.executeCommand('cloudImages.files.focus');
    await tree.reveal(large ? { ...found, large } : found, { select: true, focus: true });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }

  #note(change: CloudChange): void {
    if (change.kind === 'reset') {
      this.refresh();
      return;
    }
    if (change.kind !== 'container' && change.kind !== 'object') return;
    const region = this.#context.source.connection?.cloud.region.toLowerCase();
    if (change.region.toLowerCase() !== region) return;
    const [container = ''] = change.id.split('/');
    for (const one of [container, ...(this.#dependents.get(container) ?? [])]) this.#stale.add(one);
    this.#later();
  }

  #depend(container: string, segments: string): void {
    const dependents = this.#dependents.get(segments) ?? new Set();
    if (container !== segments) this.#dependents.set(segments, dependents.add(container));
  }

  /** Waits a moment, since an upload of many segments is many changes. */
  #later(): void {
    this.#timer ??= setTimeout(() => void this.#refreshStale(), 300);
  }

  /** Draws the containers that changed, or all where containers come or go. */
  async #refreshStale(): Promise<void> {
    const { connection } = this.#context.source;
    const changed = [...this.#stale];
    if (!connection || !this.#visible || changed.length === 0) return this.refresh();
    this.#timer = undefined;
    this.#stale.clear();
    const now = await this.#listContainers(connection.cloud).catch(() => undefined);
    const rows = changed.map((name) => {
      const row = this.#containers.get(name);
      const found = now?.entries.find((entry) => entry.name === name);
      return row && found && this.#containers.put(name, { kind: 'container', ...found });
    });
    if (rows.every((row) => row !== undefined)) for (const row of rows) this.#changed.fire(row);
    else this.refresh();
  }

  async #listContainers(cloud: Cloud): Promise<Page<ListedContainer>> {
    const page = await this.#read('', (marker) => listContainers(cloud, pageSize, marker));
    const entries = page.entries.map(async (entry) =>
      this.#counted.has(entry.name)
        ? { ...entry, ...(await cloud.objects.headContainer(entry.name)) }
        : entry,
    );
    return { ...page, entries: await Promise.all(entries) };
  }

  async #readContainers(cloud: Cloud): Promise<FileNode[]> {
    const { entries, next } = await this.#listContainers(cloud);
    this.#containers.retain(new Set(entries.map(({ name }) => name)));
    const rows = entries.map((entry) => this.#containers.put(entry.name, { kind: 'container', ...entry }));
    return next === undefined ? rows : [...rows, { kind: 'more', in: undefined, shown: rows.length }];
  }

  async #readEntries(cloud: Cloud, node: ContainerNode | FolderNode): Promise<FileNode[]> {
    const [container, prefix] = node.kind === 'container' ? [node.name, ''] : [node.container, node.prefix];
    const { entries, next } = await this.#read(identifyFile(node), (marker) =>
      listObjects(cloud, container, prefix, pageSize, marker),
    );
    const rows: (FolderNode | ObjectNode)[] = entries.map((entry) => makeEntryNode(container, entry));
    for (let at = 0; at < rows.length; at += 8) {
      const looked = await Promise.all(rows.slice(at, at + 8).map((row) => this.#readDetails(cloud, row)));
      rows.splice(at, looked.length, ...looked);
    }
    const shown: FileNode[] = [...omitSegments(container, rows)];
    return next === undefined ? shown : [...shown, { kind: 'more', in: node, shown: entries.length }];
  }

  /** Asks an empty object whether it is a dynamic large one, which listings do not tell, and counts what a large one lacks. */
  async #readDetails(cloud: Cloud, row: FolderNode | ObjectNode): Promise<FolderNode | ObjectNode> {
    if (row.kind === 'folder') return row;
    let object = row;
    if (row.bytes === 0 && !row.large) {
      const details = await cloud.objects.details(row.container, row.name);
      if (details?.dynamic === undefined) return row;
      const { bytes, etag, dynamic } = details;
      object = { ...row, bytes, etag, large: { dynamic } };
    }
    if (!object.large) return object;
    const about = await this.#readSegments(cloud, object);
    if (!about) return object;
    const { segments, missing, lost } = about;
    return { ...object, lost: segments.length === 0 ? 'all' : missing.length + lost.size };
  }

  async #readSegments(
    { objects }: Cloud,
    { container, name }: ObjectNode,
  ): Promise<SegmentsAbout | undefined> {
    const large = await readSegments(objects, container, name);
    if (!large) return undefined;
    for (const segment of large.segments) this.#depend(container, segment.container);
    const { isStatic } = large;
    return { ...large, lost: isStatic ? await findLost(objects, large.segments) : new Map() };
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
