import * as vscode from 'vscode';
import { codeSpan, escapeMarkdown } from '../../../server/plainText.ts';
import type { Connection } from '../../cloud/cloudSource.ts';
import { readId } from '../../cloud/imageCollection.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import { forbidsServer, serverVerbs } from '../../cloud/serverPermissions.ts';
import type { Context } from '../../context.ts';
import { formatCount } from '../../ui/units.ts';
import { AgingRows } from '../agingRows.ts';
import { imageGroups, imageRow } from '../images/imageRow.ts';
import type { ImageRowNode, ShownImages } from '../images/imageRows.ts';
import { failedItem, imageItem } from '../images/imagesView.ts';
import { Visibility } from '../visibility.ts';
import { isSafe, serverRow } from './serverRow.ts';
import {
  type DeletedServersNode,
  type ServerNode,
  type ServerRowNode,
  ServerRows,
  topId,
} from './serverRows.ts';

type Needs = Pick<Context, 'source' | 'servers' | 'images'>;

/** The tree *Servers* of the connected region: each with the images taken of it, and last the images of those deleted. */
export class ServersView implements vscode.TreeDataProvider<ServerNode> {
  readonly #context: Needs;
  readonly #changed = new vscode.EventEmitter<ServerNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscriptions: readonly { dispose(): void }[];
  readonly #rows = new ServerRows();
  readonly #aging = new AgingRows<ImageRowNode>(
    ({ seen }) => imageRow(seen, Date.now()).description,
    (row) => this.#changed.fire([row]),
  );
  #visibility: Visibility | undefined;
  #isQueued = false;

  constructor(context: Needs) {
    this.#context = context;
    this.#subscriptions = [
      context.servers.onDidChange((id) => void this.#refresh(id)),
      context.images.onDidChange((id) => void this.#refresh(id)),
    ];
  }

  async getChildren(node?: ServerNode): Promise<ServerNode[]> {
    if (node) return 'images' in node ? [...node.images] : [];
    this.#aging.clear();
    return this.#rows.build(await this.#read());
  }

  getTreeItem(node: ServerNode): vscode.TreeItem {
    const { connection } = this.#context.source;
    if (node.kind === 'failed') return failedItem(node.reason);
    if (node.kind === 'deleted-servers') return deletedItem(node);
    if (node.kind === 'server') return serverItem(node, connection);
    const item = imageItem(node.seen, connection);
    this.#aging.note(readId(node.seen.image), node, String(item.description));
    return item;
  }

  /** Follows whether the tree is seen: changes are requested from the cloud only then. */
  follow(tree: vscode.TreeView<ServerNode>): void {
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

function serverItem(node: ServerRowNode, connection: Connection | undefined): vscode.TreeItem {
  const { live, images, origin } = node;
  const { id } = live.server;
  const { label, parts, spoken } = serverRow(live, origin);
  const { Expanded, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(label, images.length === 0 ? None : Expanded);
  item.id = topId(node);
  item.description = parts.join(' · ');
  item.iconPath = chooseIcon(live);
  const taken = images.length === 0 ? '' : `, ${formatCount(images.length, 'image')} of it`;
  item.accessibilityInformation = { label: spoken + taken };
  const reasons = connection
    ? serverVerbs.map((verb) => [verb, forbidsServer(verb, live, connection)] as const)
    : [];
  item.contextValue = [
    'server',
    ...reasons.map(([verb, reason]) => `${reason === undefined ? 'can' : 'cannot'}:${verb}`),
  ].join(' ');
  const lines = [
    `**${escapeMarkdown(label)}**`,
    escapeMarkdown(item.description),
    `ID: ${codeSpan(id)}`,
    ...reasons.flatMap(([, reason]) => (reason === undefined ? [] : [escapeMarkdown(reason)])),
  ];
  item.tooltip = new vscode.MarkdownString(lines.join('\n\n'));
  return item;
}

/** A narrow row is cut before its last words, so what may start again shows in its icon. */
function chooseIcon(live: LiveServer): vscode.ThemeIcon {
  const { status, taskState } = live.server;
  if (isSafe(live)) return new vscode.ThemeIcon('database', new vscode.ThemeColor('testing.iconPassed'));
  if (taskState !== null) return new vscode.ThemeIcon('sync~spin');
  const isFailed = status === 'ERROR';
  return new vscode.ThemeIcon('server', isFailed ? new vscode.ThemeColor('testing.iconFailed') : undefined);
}

function deletedItem(node: DeletedServersNode): vscode.TreeItem {
  const { label = '', about = '' } = imageGroups.find(({ id }) => id === node.kind) ?? {};
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
  const count = node.images.length;
  item.id = topId(node);
  item.description = String(count);
  item.iconPath = new vscode.ThemeIcon('archive');
  item.contextValue = 'deleted-servers';
  item.accessibilityInformation = { label: `Images of Deleted Servers, ${formatCount(count, 'image')}` };
  item.tooltip = about;
  return item;
}
