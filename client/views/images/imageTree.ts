import * as vscode from 'vscode';
import type { Connection } from '../../cloud/cloudSource.ts';
import { readId } from '../../cloud/imageCollection.ts';
import type { Context } from '../../context.ts';
import { AgingRows } from '../agingRows.ts';
import { Visibility } from '../visibility.ts';
import { failedItem, imageItem } from './imageItem.ts';
import { imageRow } from './imageRow.ts';
import type { ImageRowNode, ShownImages, WithImages } from './imageRows.ts';

type Needs = Pick<Context, 'source' | 'images' | 'servers'>;

/** The rows of a tree, and which of them a change touches. */
interface Rows<Top> {
  /** Returns the rows at the top. */
  build(shown: ShownImages): WithImages<Top>[];
  /** Updates the rows, and returns those to draw again. */
  update(shown: ShownImages): readonly WithImages<Top>[] | 'all';
}

/** A tree whose rows at the top hold images. */
export class ImageTree<Top extends { readonly kind: string; readonly images: readonly ImageRowNode[] }>
  implements vscode.TreeDataProvider<WithImages<Top>>
{
  readonly #context: Needs;
  readonly #rows: Rows<Top>;
  readonly #toItem: (top: Top, connection: Connection | undefined) => vscode.TreeItem;
  readonly #changed = new vscode.EventEmitter<WithImages<Top>[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscriptions: readonly { dispose(): void }[];
  readonly #aging = new AgingRows<ImageRowNode>(
    ({ seen }) => imageRow(seen, Date.now()).description,
    (row) => this.#changed.fire([row]),
  );
  #visibility: Visibility | undefined;
  #isQueued = false;

  constructor(
    context: Needs,
    rows: Rows<Top>,
    toItem: (top: Top, connection: Connection | undefined) => vscode.TreeItem,
  ) {
    this.#context = context;
    this.#rows = rows;
    this.#toItem = toItem;
    this.#subscriptions = [
      context.servers.onDidChange((id) => void this.#refresh(id)),
      context.images.onDidChange((id) => void this.#refresh(id)),
    ];
  }

  async getChildren(node?: WithImages<Top>): Promise<WithImages<Top>[]> {
    if (node) return 'images' in node ? [...node.images] : [];
    this.#aging.clear();
    return this.#rows.build(await this.#read());
  }

  getTreeItem(node: WithImages<Top>): vscode.TreeItem {
    const { connection } = this.#context.source;
    if ('images' in node) return this.#toItem(node, connection);
    if ('reason' in node) return failedItem(node.reason);
    const item = imageItem(node.seen, connection);
    this.#aging.note(readId(node.seen.image), node, String(item.description));
    return item;
  }

  /** Follows whether the tree is seen: changes are requested from the cloud only then. */
  follow(tree: vscode.TreeView<WithImages<Top>>): void {
    this.#visibility = new Visibility(
      tree,
      () => this.#context.servers.watch(),
      () => this.#context.images.watch(),
      () => this.#aging.watch(),
    );
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#visibility?.dispose();
    this.#changed.dispose();
  }

  async #read(): Promise<ShownImages> {
    const { images, servers, source } = this.#context;
    return {
      servers: await servers.loaded(),
      images: await images.loaded(),
      account: source.connection?.caller.account ?? '',
    };
  }

  /** Draws the rows that a change touches. A tree that is not seen is drawn when it comes into sight, and reads nothing before. */
  async #refresh(id: string | undefined): Promise<void> {
    if (id === undefined || !this.#visibility?.isVisible) return this.#changed.fire(undefined);
    // Changes are announced many at once, and one look finds them all.
    if (this.#isQueued) return;
    this.#isQueued = true;
    await Promise.resolve();
    this.#isQueued = false;
    const rows = this.#rows.update(await this.#read());
    if (rows === 'all') this.#changed.fire(undefined);
    else if (rows.length > 0) this.#changed.fire([...rows]);
  }
}
