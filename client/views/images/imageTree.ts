import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Connection } from '../../cloud/cloudSource.ts';
import type { Context } from '../../context.ts';
import { formatAge, formatCount } from '../../ui/units.ts';
import { AgingRows } from '../agingRows.ts';
import { Visibility } from '../visibility.ts';
import { failedItem, imageItem } from './imageItem.ts';
import type { FailedNode, ImageRowNode, ShownImages } from './imageRows.ts';

export type TreeNeeds = Pick<Context, 'source' | 'images' | 'servers'>;

/** The row below the first images of many: shows more of them. */
export interface MoreNode {
  readonly kind: 'more';
  readonly id: string;
  readonly rest: number;
  show(): void;
}

type TopNode = { readonly kind: string; readonly images: readonly ImageRowNode[] };
/** A row of a tree whose rows at the top hold images. */
export type TreeNode<Top> = Top | ImageRowNode | MoreNode | FailedNode;

/** The rows of a tree, and which of them a change touches. */
interface Rows<Top> {
  /** Returns the rows at the top. */
  build(shown: ShownImages): (Top | FailedNode)[];
  /** Updates the rows, and returns those to draw again. */
  update(shown: ShownImages): readonly (Top | ImageRowNode | FailedNode)[] | 'all';
}

/** What is known of servers before they are read. */
const unknown = { kind: 'disconnected' } as const;

/** How many images of a group are rows at first; each *Show More* shows as many times more. */
const firstRows = 200;
const growth = 5;

/** A tree whose rows at the top hold images. `Branch`: rows of other kinds below them. */
export class ImageTree<Top extends TopNode, Branch = never>
  implements vscode.TreeDataProvider<TreeNode<Top> | Branch>
{
  protected readonly context: TreeNeeds;
  readonly #rows: Rows<Top>;
  readonly #toItem: (top: Top, connection: Connection | undefined) => vscode.TreeItem;
  readonly #changed = new vscode.EventEmitter<(TreeNode<Top> | Branch)[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscriptions: { dispose(): void }[];
  readonly #aging = new AgingRows<ImageRowNode>(describeAge, (row) => this.draw([row]));
  /** How many images of a row at the top are shown, where more than at first. */
  readonly #limits = new Map<string, number>();
  #visibility: Visibility | undefined;
  #isQueued = false;

  constructor(
    context: TreeNeeds,
    rows: Rows<Top>,
    toItem: (top: Top, connection: Connection | undefined) => vscode.TreeItem,
  ) {
    this.context = context;
    this.#rows = rows;
    this.#toItem = toItem;
    this.#subscriptions = [
      context.servers.onDidChange((id) => void this.#refresh(id)),
      context.images.onDidChange((id) => void this.#refresh(id)),
      context.images.onDidRead(() => this.draw(undefined)),
    ];
  }

  async getChildren(node?: TreeNode<Top> | Branch): Promise<(TreeNode<Top> | Branch)[]> {
    if (node) return isTop<Top>(node) ? this.#listImages(node) : [];
    this.#aging.clear();
    return this.#rows.build(await this.read());
  }

  getTreeItem(node: TreeNode<Top> | Branch): vscode.TreeItem {
    const { connection } = this.context.source;
    if (isTop<Top>(node)) return this.#toItem(node, connection);
    if (isOf<FailedNode>(node, 'failed')) return failedItem(node.reason);
    if (isOf<MoreNode>(node, 'more')) return moreItem(node);
    if (!isOf<ImageRowNode>(node, 'image')) throw new TypeError('This tree has no such rows.');
    this.#aging.note(node.id, node, describeAge(node));
    return this.toImageItem(node);
  }

  /** Follows whether the tree is seen: changes are requested from the cloud only then. */
  follow(tree: vscode.TreeView<TreeNode<Top> | Branch>): void {
    this.#visibility = new Visibility(
      tree,
      () => this.context.servers.watch(),
      () => this.context.images.watch(),
      () => this.#aging.watch(),
    );
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#visibility?.dispose();
    this.#changed.dispose();
  }

  protected toImageItem(node: ImageRowNode): vscode.TreeItem {
    return imageItem(node.seen, { id: node.id, connection: this.context.source.connection });
  }

  protected get isSeen(): boolean {
    return this.#visibility?.isVisible === true;
  }

  /** Draws rows again, or the whole tree. */
  protected draw(rows: readonly (TreeNode<Top> | Branch)[] | undefined): void {
    this.#changed.fire(rows && [...rows]);
  }

  protected listenTo(...subscriptions: readonly { dispose(): void }[]): void {
    this.#subscriptions.push(...subscriptions);
  }

  /** `waits`: for the servers, too, while the images are still being read. */
  protected async read({ waits }: { readonly waits: boolean } = { waits: true }): Promise<ShownImages> {
    const { images, servers, source } = this.context;
    const loading = servers.loaded();
    const shown = await images.shown();
    const isPartial = shown.kind === 'ready' && shown.isPartial === true;
    return {
      servers: await (waits || !isPartial ? loading : Promise.race([loading, unknown])),
      images: shown,
      account: source.connection?.caller.account ?? '',
    };
  }

  #listImages(top: Top): (ImageRowNode | MoreNode)[] {
    const id = this.#toItem(top, undefined).id ?? '';
    const limit = this.#limits.get(id) ?? firstRows;
    const rest = top.images.length - limit;
    if (rest <= 0) return [...top.images];
    const more: MoreNode = {
      kind: 'more',
      id: `${id}/more`,
      rest,
      show: () => {
        this.#limits.set(id, limit * growth);
        this.draw([top]);
      },
    };
    return [...top.images.slice(0, limit), more];
  }

  /** Draws the rows that a change touches. A tree that is not seen is drawn when it comes into sight, and reads nothing before. */
  async #refresh(id: string | undefined): Promise<void> {
    if (id === undefined || !this.isSeen) return this.draw(undefined);
    // Changes are announced many at once, and one look finds them all.
    if (this.#isQueued) return;
    this.#isQueued = true;
    await Promise.resolve();
    this.#isQueued = false;
    const rows = this.#rows.update(await this.read());
    if (rows === 'all') this.draw(undefined);
    else if (rows.length > 0) this.draw(rows);
  }
}

function isTop<Top extends TopNode>(node: unknown): node is Top {
  return typeof node === 'object' && node !== null && 'images' in node;
}

export function isOf<Node extends { readonly kind: string }>(
  node: unknown,
  kind: Node['kind'],
): node is Node {
  return typeof node === 'object' && node !== null && 'kind' in node && node.kind === kind;
}

/** The part of a row that changes as time goes by. */
function describeAge({ seen: { image } }: ImageRowNode): string {
  return formatAge(String(image.get('created_at')), Date.now());
}

function moreItem(node: MoreNode): vscode.TreeItem {
  const { id, rest } = node;
  const item = new vscode.TreeItem(t('Show More…'));
  item.id = id;
  item.description = formatCount(rest, 'moreImage');
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.accessibilityInformation = { label: t`Show more, ${formatCount(rest, 'image')} not shown` };
  item.command = { command: 'cloudImages.images.showMore', title: t('Show More'), arguments: [node] };
  return item;
}
