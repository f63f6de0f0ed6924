import * as vscode from 'vscode';
import type { Image } from '../../server/cloud/images.ts';
import type { Context } from '../context.ts';
import { idOf } from '../liveImages.ts';
import { groupOf, type ImageGroup, imageGroups, imageRow } from './imageRow.ts';

export type ImageNode =
  | { readonly is: 'group'; readonly group: ImageGroup; readonly images: readonly Image[] }
  | { readonly is: 'image'; readonly image: Image; readonly group: ImageGroup }
  | { readonly is: 'failed'; readonly why: string };

/** The tree *Images* of the connected region. */
export class ImagesView implements vscode.TreeDataProvider<ImageNode> {
  readonly #context: Pick<Context, 'connections' | 'images'>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscription: { dispose(): void };

  constructor(context: Pick<Context, 'connections' | 'images'>) {
    this.#context = context;
    this.#subscription = context.images.onDidChange(() => this.#changed.fire());
  }

  async getChildren(node?: ImageNode): Promise<ImageNode[]> {
    if (node?.is === 'group') return node.images.map((image) => ({ is: 'image', image, group: node.group }));
    if (node) return [];
    const snapshot = await this.#context.images.loaded();
    if (snapshot.is === 'failed') return [{ is: 'failed', why: snapshot.why }];
    const cloud = this.#context.connections.cloud;
    if (snapshot.is !== 'ready' || !cloud) return [];
    const images = [...snapshot.items.values()].sort(byNewest);
    return imageGroups.flatMap(({ id }): ImageNode[] => {
      const members = images.filter((image) => groupOf(image, cloud.session.account.id) === id);
      if (id === 'public') members.sort(byName);
      const always = id === 'own' || id === 'deleted-servers';
      return members.length > 0 || always ? [{ is: 'group', group: id, images: members }] : [];
    });
  }

  getTreeItem(node: ImageNode): vscode.TreeItem {
    if (node.is === 'group') return groupItem(node.group, node.images.length);
    return node.is === 'image' ? imageItem(node.image, node.group) : failedItem(node.why);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

function groupItem(group: ImageGroup, count: number): vscode.TreeItem {
  const label = imageGroups.find(({ id }) => id === group)?.label ?? group;
  const state =
    group === 'public' ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded;
  const item = new vscode.TreeItem(label, count === 0 ? vscode.TreeItemCollapsibleState.None : state);
  // VS Code keeps by id what is open; an empty group that gets its first image must open as others do.
  item.id = count === 0 ? `${group}/empty` : group;
  item.description = count === 0 ? 'none' : String(count);
  item.contextValue = 'group';
  item.accessibilityInformation = { label: `${label}, ${count} ${count === 1 ? 'image' : 'images'}` };
  if (group === 'deleted-servers') item.tooltip = 'Imported images, as the Cloud Control Panel lists them.';
  return item;
}

function imageItem(image: Image, group: ImageGroup): vscode.TreeItem {
  const id = idOf(image);
  const { label, description, spoken } = imageRow(image, Date.now());
  const item = new vscode.TreeItem(label);
  item.id = id;
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(icons[String(image.get('status'))] ?? 'question');
  item.contextValue = `image:${String(image.get('status'))}${group === 'own' || group === 'deleted-servers' ? ':own' : ''}`;
  item.accessibilityInformation = { label: spoken };
  item.tooltip = tooltip(image);
  item.command = {
    command: 'cloudImages.images.open',
    title: 'Open Image',
    arguments: [{ is: 'image', image, group }],
  };
  return item;
}

function tooltip(image: Image): vscode.MarkdownString {
  const tags = image.get('tags');
  const lines = [
    `**${escapeMarkdown(String(image.get('name') ?? ''))}**`,
    `ID: \`${idOf(image)}\``,
    ...(Array.isArray(tags) && tags.length > 0 ? [`Tags: ${escapeMarkdown(tags.join(', '))}`] : []),
    ...(image.get('protected') === true ? ['Protected against deletion.'] : []),
  ];
  return new vscode.MarkdownString(lines.join('\n\n'));
}

function failedItem(why: string): vscode.TreeItem {
  const item = new vscode.TreeItem(why);
  item.id = 'failed';
  item.iconPath = new vscode.ThemeIcon('error');
  item.command = { command: 'cloudImages.images.refresh', title: 'Try Again' };
  item.tooltip = 'Select to try again.';
  return item;
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

function byNewest(a: Image, b: Image): number {
  const key = (image: Image): string => `${String(image.get('created_at'))} ${idOf(image)}`;
  return key(a) < key(b) ? 1 : -1;
}

function byName(a: Image, b: Image): number {
  return String(a.get('name')).localeCompare(String(b.get('name')), 'en', { numeric: true });
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!<>|~]/g, '\\$&');
}
