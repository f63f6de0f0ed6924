import * as vscode from 'vscode';
import type { Image } from '../../../server/cloud/services/images.ts';
import { codeSpan, escapeMarkdown } from '../../../server/plainText.ts';
import { idOf, type LiveImage } from '../../cloud/liveImages.ts';
import { isOwn, type Person, personOf, tagsOf, verbsOf, whyNot } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { groupOf, type ImageGroup, imageGroups, imageRow } from './imageRow.ts';

export type ImageNode =
  | { readonly is: 'group'; readonly group: ImageGroup; readonly images: readonly LiveImage[] }
  | ({ readonly is: 'image'; readonly group: ImageGroup } & LiveImage)
  | { readonly is: 'failed'; readonly why: string };

type Needs = Pick<Context, 'connections' | 'emulator' | 'images'>;

/** The tree *Images* of the connected region. */
export class ImagesView implements vscode.TreeDataProvider<ImageNode> {
  readonly #context: Needs;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscription: { dispose(): void };

  constructor(context: Needs) {
    this.#context = context;
    this.#subscription = context.images.onDidChange(() => this.#changed.fire());
  }

  async getChildren(node?: ImageNode): Promise<ImageNode[]> {
    if (node?.is === 'group')
      return node.images.map((image) => ({ is: 'image', group: node.group, ...image }));
    if (node) return [];
    const snapshot = await this.#context.images.loaded();
    if (snapshot.is === 'failed') return [{ is: 'failed', why: snapshot.why }];
    const cloud = this.#context.connections.cloud;
    if (snapshot.is !== 'ready' || !cloud || snapshot.items.size === 0) return [];
    const images = [...snapshot.items.values()].sort(byNewest);
    return imageGroups.flatMap(({ id, always }): ImageNode[] => {
      const members = images.filter((image) => groupOf(image, cloud.session.account.id) === id);
      if (id === 'public') members.sort(byName);
      return members.length > 0 || always ? [{ is: 'group', group: id, images: members }] : [];
    });
  }

  getTreeItem(node: ImageNode): vscode.TreeItem {
    if (node.is === 'group') return groupItem(node.group, node.images.length);
    return node.is === 'image' ? imageItem(node, personOf(this.#context)) : failedItem(node.why);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
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

function imageItem(node: Extract<ImageNode, { is: 'image' }>, person: Person): vscode.TreeItem {
  const { image } = node;
  const { label, description, spoken } = imageRow(node, Date.now());
  const item = new vscode.TreeItem(label);
  item.id = idOf(image);
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(iconOf(node));
  item.contextValue = [
    'image',
    contextOf(node, person),
    String(image.get('status')),
    ...verbsOf(node, person).map(({ verb, can }) => `${can ? 'can' : 'cannot'}:${verb}`),
  ].join(' ');
  item.accessibilityInformation = { label: spoken };
  item.tooltip = tooltip(image, whyNot(node, person));
  item.command = { command: 'cloudImages.images.open', title: 'Open Image', arguments: [node] };
  return item;
}

/** By which its menu is chosen: an administrator may do to the images of others what their owner may. */
function contextOf({ image, answer, ofOthers }: LiveImage, person: Person): string {
  if (isOwn(image, person) || ofOthers) return 'own';
  return answer === undefined ? 'public' : 'shared';
}

/** What it is, and why what is greyed in its menu cannot be done. */
function tooltip(image: Image, reasons: readonly string[]): vscode.MarkdownString {
  const tags = tagsOf(image);
  const lines = [
    `**${escapeMarkdown(String(image.get('name') ?? ''))}**`,
    `ID: ${codeSpan(idOf(image))}`,
    ...(tags.length > 0 ? [`Tags: ${escapeMarkdown(tags.join(', '))}`] : []),
    ...reasons.map(escapeMarkdown),
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

function byNewest({ image: a }: LiveImage, { image: b }: LiveImage): number {
  const key = (image: Image): string => `${String(image.get('created_at'))} ${idOf(image)}`;
  return key(a) < key(b) ? 1 : -1;
}

function byName({ image: a }: LiveImage, { image: b }: LiveImage): number {
  return String(a.get('name')).localeCompare(String(b.get('name')), 'en', { numeric: true });
}
