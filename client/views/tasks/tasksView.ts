import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Image } from '../../../server/cloud/services/images.ts';
import { readName } from '../../cloud/permissions.ts';
import type { LiveTask } from '../../cloud/taskCollection.ts';
import type { Context } from '../../context.ts';
import { makeImageUri, type Whereabouts } from '../../documents/imageUri.ts';
import { AgingRows } from '../agingRows.ts';
import { RowCache } from '../rowCache.ts';
import { Visibility } from '../visibility.ts';
import { findImported, taskRow } from './taskRow.ts';

export interface TaskRowNode {
  readonly kind: 'task';
  readonly task: LiveTask;
  /** The image that is exported, or that was imported, where it is there. */
  readonly image: Image | undefined;
}

export type TaskNode =
  | TaskRowNode
  | { readonly kind: 'message'; readonly task: LiveTask; readonly message: string }
  | { readonly kind: 'failed'; readonly reason: string };

type Needs = Pick<Context, 'source' | 'tasks' | 'images'>;

/** The tree *Tasks* of the connected region, newest first; a task that failed holds the cloud's message. */
export class TasksView implements vscode.TreeDataProvider<TaskNode> {
  readonly #context: Needs;
  readonly #changed = new vscode.EventEmitter<TaskNode | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscription: { dispose(): void };
  readonly #rows = new RowCache<TaskRowNode>();
  readonly #aging = new AgingRows<TaskRowNode>(describeRow, (row) => this.#changed.fire(row));
  /** Ids of the tasks that are drawn. */
  #drawn: ReadonlySet<string> = new Set();
  #visibility: Visibility | undefined;

  constructor(context: Needs) {
    this.#context = context;
    this.#subscription = context.tasks.onDidChange((id) => void this.#refresh(id));
  }

  async getChildren(node?: TaskNode): Promise<TaskNode[]> {
    if (node) {
      const message = node.kind === 'task' ? node.task.message : undefined;
      return node.kind === 'task' && message ? [{ kind: 'message', task: node.task, message }] : [];
    }
    const snapshot = await this.#context.tasks.loaded();
    if (snapshot.kind === 'failed') return [{ kind: 'failed', reason: snapshot.reason }];
    if (snapshot.kind !== 'ready') return [];
    this.#rows.retain(snapshot.items);
    this.#aging.clear();
    this.#drawn = new Set(snapshot.items.keys());
    const newestFirst = [...snapshot.items.values()].sort((a, b) =>
      `${a.createdAt} ${a.id}` < `${b.createdAt} ${b.id}` ? 1 : -1,
    );
    return Promise.all(newestFirst.map((task) => this.#rowOf(task)));
  }

  getParent(node: TaskNode): TaskNode | undefined {
    return node.kind === 'message' ? this.#rows.get(node.task.id) : undefined;
  }

  getTreeItem(node: TaskNode): vscode.TreeItem {
    if (node.kind === 'task') {
      this.#aging.note(node.task.id, node, describeRow(node));
      return taskItem(node, this.#context.source.connection);
    }
    const text = node.kind === 'message' ? node.message : node.reason;
    const item = new vscode.TreeItem(text);
    item.id = node.kind === 'message' ? `${node.task.id}/message` : 'failed';
    item.tooltip = text;
    item.contextValue = node.kind === 'message' ? 'task:message' : 'failed';
    item.accessibilityInformation = { label: node.kind === 'message' ? t`Message: ${text}` : text };
    return item;
  }

  /** Brings the row of a task into sight. Never fails: the task is what counts, and its view is shown in any case. */
  async show(tree: vscode.TreeView<TaskNode>, id: string): Promise<void> {
    this.#context.tasks.touch(id);
    for (let tries = 0; tries < 3; tries++) {
      const snapshot = await this.#context.tasks.loaded();
      const task = snapshot.kind === 'ready' ? snapshot.items.get(id) : undefined;
      if (task && (await reveal(tree, await this.#rowOf(task)))) return;
    }
    await vscode.commands.executeCommand('cloudImages.tasks.focus');
  }

  /** Follows whether the tree is seen: changes are requested from the cloud only then. */
  follow(tree: vscode.TreeView<TaskNode>): void {
    this.#visibility = new Visibility(
      tree,
      () => this.#context.tasks.watch(),
      () => this.#aging.watch(),
    );
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#visibility?.dispose();
    this.#changed.dispose();
  }

  /** Draws the row that changed, or all where rows come or go. A tree that is not seen reads nothing. */
  async #refresh(id: string | undefined): Promise<void> {
    if (id === undefined || !this.#visibility?.isVisible || !this.#drawn.has(id))
      return this.#changed.fire(undefined);
    const before = this.#rows.get(id)?.task.message;
    const snapshot = await this.#context.tasks.loaded();
    const task = snapshot.kind === 'ready' ? snapshot.items.get(id) : undefined;
    // VS Code does not draw a single row at the top whose id changes, as it does with the first message.
    const isSameRow = task !== undefined && (task.message === undefined) === (before === undefined);
    const row = task && (await this.#rowOf(task));
    this.#changed.fire(isSameRow ? row : undefined);
  }

  /** Only exports and what was imported lead to images; without one, images that nobody looks at are not read. */
  async #rowOf(task: LiveTask): Promise<TaskRowNode> {
    const id = task.type === 'export' ? task.input?.['image_uuid'] : findImported(task);
    const images = id === undefined ? undefined : await this.#context.images.loaded();
    const seen = images?.kind === 'ready' ? images.items.get(String(id)) : undefined;
    return this.#rows.put(task.id, { kind: 'task', task, image: seen?.image });
  }
}

/** Returns false where the row changed while VS Code was looking for it. */
async function reveal(tree: vscode.TreeView<TaskNode>, node: TaskNode): Promise<boolean> {
  return tree.reveal(node, { select: true, focus: false }).then(
    () => true,
    () => false,
  );
}

function describeRow({ task }: TaskRowNode): string {
  return taskRow(task, Date.now()).parts.join(' · ');
}

export function taskItem({ task, image }: TaskRowNode, connection: Whereabouts | undefined): vscode.TreeItem {
  const name = image && task.type === 'export' ? readName(image) : undefined;
  const { label, parts, state } = taskRow(task, Date.now(), name);
  const { Expanded, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(label, task.message ? Expanded : None);
  // VS Code keeps the state of a row by its id, so one that grows a message gets another.
  item.id = task.message ? `${task.id}/ended` : task.id;
  item.description = parts.join(' · ');
  item.iconPath = new vscode.ThemeIcon(
    task.type === 'import' ? 'cloud-upload' : 'cloud-download',
    colours[task.status],
  );
  item.contextValue = task.message ? `${state} task:message` : state;
  item.tooltip = [label, ...parts, t`ID: ${task.id}`].join('\n');
  item.accessibilityInformation = { label: [label, ...parts].join(', ') };
  if (image && state === 'task:imported' && connection) {
    const address = makeImageUri(image, connection);
    item.command = { command: 'vscode.open', title: t('Open Image'), arguments: [address] };
  }
  return item;
}

const colours: Readonly<Record<LiveTask['status'], vscode.ThemeColor | undefined>> = {
  pending: undefined,
  processing: new vscode.ThemeColor('charts.blue'),
  success: new vscode.ThemeColor('testing.iconPassed'),
  failure: new vscode.ThemeColor('testing.iconFailed'),
};
