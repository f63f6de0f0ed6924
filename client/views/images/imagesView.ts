import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Connection } from '../../cloud/cloudSource.ts';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { readId } from '../../cloud/imageCollection.ts';
import { matchText } from '../../cloud/imageIndex.ts';
import { queryImages } from '../../cloud/imageQuery.ts';
import type { MemberIndex } from '../../cloud/memberIndex.ts';
import type { Context } from '../../context.ts';
import { describeError } from '../../ui/errors.ts';
import { formatCount } from '../../ui/units.ts';
import { sortingAs } from './arrangement.ts';
import { branchItem } from './branchItem.ts';
import type { Browsing } from './browsing.ts';
import { type BranchNode, ImageBranches } from './imageBranches.ts';
import { imageItem } from './imageItem.ts';
import { type GroupNode, type ImageRowNode, ImageRows, type ShownImages } from './imageRows.ts';
import { ImageTree, isOf, type TreeNeeds, type TreeNode } from './imageTree.ts';

export type ImageNode = TreeNode<GroupNode> | BranchNode;

/** Milliseconds for which changes are gathered before a query is asked again. */
const queryDelay = 500;

/** The tree *Images* of the connected region: grouped, sorted and filtered as the person wants it. */
export class ImagesView extends ImageTree<GroupNode, BranchNode> {
  readonly #rows: ImageRows;
  readonly #browsing: Browsing;
  readonly #members: MemberIndex;
  readonly #branches: ImageBranches;
  readonly #log: (line: string) => void;
  #connection: Connection | undefined;
  /** Images have changed since the query was asked. */
  #isAnswerOld = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: TreeNeeds & Pick<Context, 'browsing' | 'members' | 'log'>) {
    const { browsing, members, log } = context;
    const rows = new ImageRows();
    const counted = <Drawn>(drawn: Drawn): Drawn => {
      browsing.count(rows.counts);
      return drawn;
    };
    super(
      context,
      { build: (shown) => counted(rows.build(shown)), update: (shown) => counted(rows.update(shown)) },
      groupItem,
    );
    this.#rows = rows;
    this.#browsing = browsing;
    this.#members = members;
    this.#log = (line) => log.info(line);
    this.#branches = new ImageBranches(members, () => rows.lineage);
    this.#arrange();
    this.listenTo(
      browsing.onDidChange(() => this.#show()),
      members.onDidChange((id) => this.draw(rows.rowsOf(id))),
      context.source.onDidChangeState(() => this.#dropQuery()),
      context.images.onDidChange(() => {
        this.#isAnswerOld = browsing.filter?.kind === 'query';
        this.#askAgain();
      }),
    );
    this.#connection = context.source.connection;
  }

  override follow(tree: vscode.TreeView<ImageNode>): void {
    super.follow(tree);
    // The rows may have been read before the tree was told to be seen.
    this.listenTo(tree.onDidChangeVisibility(() => this.#askAgain()));
  }

  override async getChildren(node?: ImageNode): Promise<ImageNode[]> {
    if (isOf<ImageRowNode>(node, 'image') || isOf<Extract<BranchNode, { kind: 'built' }>>(node, 'built'))
      return this.#branches.children(node);
    return super.getChildren(node);
  }

  override getTreeItem(node: ImageNode): vscode.TreeItem {
    const { connection } = this.context.source;
    if (node.kind === 'member' || node.kind === 'note') return branchItem(node, { connection });
    if (node.kind === 'built') return branchItem(node, { connection, hasBranches: this.#branches.has(node) });
    return super.getTreeItem(node);
  }

  protected override toImageItem(node: ImageRowNode): vscode.TreeItem {
    const { seen, id } = node;
    if (this.isSeen && this.#members.mayHave(seen)) this.#members.want(seen);
    return imageItem(seen, {
      id,
      connection: this.context.source.connection,
      members: this.#members.get(readId(seen.image)),
      hasBranches: this.#branches.has(node),
      saysAnswer: this.#browsing.arrangement.group !== 'panel',
    });
  }

  /** Adds what a query found beyond the lists, such as hidden images. */
  protected override async read(): Promise<ShownImages> {
    this.#askAgain();
    const shown = await super.read({ waits: false });
    const { filter } = this.#browsing;
    if (filter?.kind !== 'query' || shown.images.kind !== 'ready') return shown;
    const { items } = shown.images;
    const beyond = [...filter.images].filter(([id]) => !items.has(id));
    return beyond.length === 0
      ? shown
      : { ...shown, images: { ...shown.images, items: new Map([...items, ...beyond]) } };
  }

  #arrange(): void {
    const { arrangement, filter } = this.#browsing;
    if (filter?.kind !== 'query') {
      this.#rows.show({ arrangement, accepts: filter && matchText(filter.text) });
      return;
    }
    const { images, isSorted } = filter;
    this.#rows.show({
      arrangement,
      accepts: ({ image }: LiveImage) => images.has(readId(image)),
      ...(isSorted ? { sorting: sortingAs(images.keys()) } : {}),
    });
  }

  #show(): void {
    this.#arrange();
    this.#browsing.count(this.#rows.counts);
    this.draw(undefined);
  }

  override dispose(): void {
    clearTimeout(this.#timer);
    super.dispose();
  }

  /** A query was answered by the cloud, region and user of before. */
  #dropQuery(): void {
    const { connection } = this.context.source;
    if (connection === this.#connection) return;
    this.#connection = connection;
    if (this.#browsing.filter?.kind === 'query') this.#browsing.show(undefined);
  }

  /** Asks a query again when images have changed and somebody looks, since the cloud alone knows which of them it finds. */
  #askAgain(): void {
    if (!this.#isAnswerOld || !this.isSeen) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#isAnswerOld = false;
      void this.#ask();
    }, queryDelay);
  }

  async #ask(): Promise<void> {
    const { filter } = this.#browsing;
    const { connection } = this.context.source;
    if (filter?.kind !== 'query' || !connection) return;
    try {
      const answer = await queryImages(connection, filter.text);
      if (this.#browsing.filter === filter) this.#browsing.show({ ...filter, ...answer });
    } catch (error) {
      this.#log(`The query ${filter.text} was not asked again: ${describeError(error)}`);
    }
  }
}

function groupItem({ group, id, text, isOpen, images: { length: count } }: GroupNode): vscode.TreeItem {
  const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
  const { label, about } = text;
  const item = new vscode.TreeItem(label, count === 0 ? None : isOpen ? Expanded : Collapsed);
  item.id = id;
  item.description = count === 0 ? t('none') : count.toLocaleString('en-US');
  // What people call their tags chooses no menu.
  item.contextValue = `group ${/^\w+$/.test(group) ? group : 'other'}`;
  item.accessibilityInformation = { label: `${label}, ${formatCount(count, 'image')}` };
  item.tooltip = about;
  return item;
}
