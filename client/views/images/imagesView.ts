import * as vscode from 'vscode';
import type { Image } from '../../../server/cloud/services/images.ts';
import { codeSpan, escapeMarkdown } from '../../../server/plainText.ts';
import type { Connection } from '../../cloud/cloudSource.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { isOwn, listReasons, listVerbs, type Person, readTags } from '../../cloud/permissions.ts';
import type { ImageGroup } from '../../cloud/serverImages.ts';
import type { Context } from '../../context.ts';
import { makeImageUri } from '../../documents/imageUri.ts';
import { AgingRows } from '../agingRows.ts';
import { Visibility } from '../visibility.ts';
import { imageGroups, imageRow } from './imageRow.ts';
import { type ImageNode, type ImageRowNode, ImageRows, type ShownImages } from './imageRows.ts';

type Needs = Pick<Context, 'source' | 'images' | 'servers'>;

/** The tree *Images* of the connected region. */
export class ImagesView implements vscode.TreeDataProvider<ImageNode> {
  readonly #context: Needs;
  readonly #changed = new vscode.EventEmitter<ImageNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscriptions: readonly { dispose(): void }[];
  #isQueued = false;
  #visibility: Visibility | undefined;
  readonly #rows = new ImageRows();
  readonly #aging = new AgingRows<ImageRowNode>(
    ({ seen }) => imageRow(seen, Date.now()).description,
    (row) => this.#changed.fire([row]),
  );

  constructor(context: Needs) {
    this.#context = context;
    this.#subscriptions = [
      context.images.onDidChange((id) => void this.#refresh(id)),
      context.servers.onDidChange((id) => void this.#refresh(id)),
    ];
  }

  async getChildren(node?: ImageNode): Promise<ImageNode[]> {
    if (node) return node.kind === 'group' ? [...node.images] : [];
    this.#aging.clear();
    return this.#rows.build(await this.#read());
  }

  getTreeItem(node: ImageNode): vscode.TreeItem {
    if (node.kind === 'group') return groupItem(node.group, node.images.length);
    if (node.kind === 'failed') return failedItem(node.reason);
    const item = imageItem(node.seen, this.#context.source.connection);
    this.#aging.note(readId(node.seen.image), node, String(item.description));
    return item;
  }

  /** Follows whether the tree is seen: changes are requested from the cloud only then. */
  follow(tree: vscode.TreeView<ImageNode>): void {
    this.#visibility = new Visibility(
      tree,
      () => this.#context.images.watch(),
      () => this.#context.servers.watch(),
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
      images: await images.loaded(),
      servers: await servers.loaded(),
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

function groupItem(group: ImageGroup, count: number): vscode.TreeItem {
  const { label = group, about } = imageGroups.find(({ id }) => id === group) ?? {};
  const state =
    group === 'public' || group === 'rejected' || group === 'others'
      ? vscode.TreeItemCollapsibleState.Collapsed
      : vscode.TreeItemCollapsibleState.Expanded;
  const item = new vscode.TreeItem(label, count === 0 ? vscode.TreeItemCollapsibleState.None : state);
  // VS Code keeps by id what is open; an empty group that gets its first image must open as others do.
  item.id = count === 0 ? `${group}/empty` : group;
  item.description = count === 0 ? 'none' : String(count);
  item.contextValue = `group ${group}`;
  item.accessibilityInformation = { label: `${label}, ${count} ${count === 1 ? 'image' : 'images'}` };
  item.tooltip = about;
  return item;
}

/** An image's row. Without a connection, such as while the tree of the cloud before is still drawn, nothing can be done to it. */
export function imageItem(seen: LiveImage, connection: Connection | undefined): vscode.TreeItem {
  const { image } = seen;
  const { label, description, spoken } = imageRow(seen, Date.now());
  const item = new vscode.TreeItem(label);
  item.id = readId(image);
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(iconOf(seen));
  item.accessibilityInformation = { label: spoken };
  item.tooltip = tooltip(image, description, connection ? listReasons(seen, connection) : []);
  if (!connection) return item;
  // VS Code's own command knows a click, which opens a preview and leaves the focus here, from Enter and a double click.
  const address = makeImageUri(image, connection.cloud.region);
  item.command = { command: 'vscode.open', title: 'Open Image', arguments: [address] };
  item.contextValue = [
    'image',
    chooseMenu(seen, connection),
    String(image.get('status')),
    ...listVerbs(seen, connection).map(({ verb, can }) => `${can ? 'can' : 'cannot'}:${verb}`),
  ].join(' ');
  return item;
}

/** Chooses the menu: an administrator may do to the images of others what their owner may. */
function chooseMenu({ image, answer, ofOthers }: LiveImage, person: Person): string {
  if (isOwn(image, person) || ofOthers) return 'own';
  return answer === undefined ? 'public' : 'shared';
}

/** Shows all of the row, which may be cut off, what it leaves out, and why the greyed verbs of its menu cannot be used. */
function tooltip(image: Image, description: string, reasons: readonly string[]): vscode.MarkdownString {
  const tags = readTags(image);
  const lines = [
    `**${escapeMarkdown(String(image.get('name') ?? ''))}**`,
    escapeMarkdown(description),
    `ID: ${codeSpan(readId(image))}`,
    ...(tags.length > 0 ? [`Tags: ${escapeMarkdown(tags.join(', '))}`] : []),
    ...reasons.map(escapeMarkdown),
  ];
  return new vscode.MarkdownString(lines.join('\n\n'));
}

/** The row in place of a list that could not be read. */
export function failedItem(reason: string): vscode.TreeItem {
  const item = new vscode.TreeItem(reason);
  item.id = 'failed';
  item.iconPath = new vscode.ThemeIcon('error');
  item.command = { command: 'cloudImages.images.refresh', title: 'Try Again' };
  item.tooltip = `${reason}\nSelect to try again.`;
  return item;
}

function iconOf({ image, answer }: LiveImage): string {
  if (answer === 'pending') return 'mail';
  return icons[String(image.get('status'))] ?? 'question';
}

const icons: Readonly<Record<string, string>> = {
  active: 'vm',
  queued: 'clock',
  saving: 'sync~spin',
  importing: 'sync~spin',
  uploading: 'sync~spin',
  deactivated: 'circle-slash',
  killed: 'error',
  pending_delete: 'trash',
};
