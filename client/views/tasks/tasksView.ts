import * as vscode from 'vscode';
import type { LiveTask } from '../../cloud/liveTasks.ts';
import { nameOf } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { taskRow } from './taskRow.ts';

export type TaskNode =
  | { readonly is: 'task'; readonly task: LiveTask /** The exported image's. */; readonly name?: string }
  | { readonly is: 'message'; readonly task: LiveTask; readonly message: string }
  | { readonly is: 'failed'; readonly why: string };

/** The tree *Tasks* of the connected region, newest first; a task that failed holds the cloud's message. */
export class TasksView implements vscode.TreeDataProvider<TaskNode> {
  readonly #context: Pick<Context, 'tasks' | 'images'>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscription: { dispose(): void };

  constructor(context: Pick<Context, 'tasks' | 'images'>) {
    this.#context = context;
    this.#subscription = context.tasks.onDidChange(() => this.#changed.fire());
  }

  async getChildren(node?: TaskNode): Promise<TaskNode[]> {
    if (node) {
      const message = node.is === 'task' ? node.task.message : undefined;
      return node.is === 'task' && message ? [{ is: 'message', task: node.task, message }] : [];
    }
    const snapshot = await this.#context.tasks.loaded();
    if (snapshot.is === 'failed') return [{ is: 'failed', why: snapshot.why }];
    if (snapshot.is !== 'ready') return [];
    // Only an export is named by its image; without one, images that nobody looks at are not read.
    const named = [...snapshot.items.values()].some(({ input }) => input?.['image_uuid'] !== undefined);
    const images = named ? await this.#context.images.loaded() : undefined;
    const nodeOf = (task: LiveTask): TaskNode => {
      const id = String(task.input?.['image_uuid'] ?? '');
      const seen = images?.is === 'ready' ? images.items.get(id) : undefined;
      return { is: 'task', task, ...(seen ? { name: nameOf(seen.image) } : {}) };
    };
    return [...snapshot.items.values()]
      .sort((a, b) => (`${a.createdAt} ${a.id}` < `${b.createdAt} ${b.id}` ? 1 : -1))
      .map(nodeOf);
  }

  getParent(node: TaskNode): TaskNode | undefined {
    return node.is === 'message' ? { is: 'task', task: node.task } : undefined;
  }

  getTreeItem(node: TaskNode): vscode.TreeItem {
    if (node.is === 'task') return taskItem(node.task, node.name);
    const item = new vscode.TreeItem(node.is === 'message' ? node.message : node.why);
    item.id = node.is === 'message' ? `${node.task.id}/message` : 'failed';
    item.tooltip = node.is === 'message' ? node.message : node.why;
    item.contextValue = node.is === 'message' ? 'task:message' : 'failed';
    item.accessibilityInformation = { label: node.is === 'message' ? `Message: ${node.message}` : node.why };
    return item;
  }

  /** Brings the row of a task into sight. Never fails: the task is what counts, and its view is shown in any case. */
  async show(tree: vscode.TreeView<TaskNode>, id: string): Promise<void> {
    this.#context.tasks.touch(id);
    for (let tries = 0; tries < 3; tries++) {
      const row = (await this.getChildren()).find((node) => node.is === 'task' && node.task.id === id);
      if (row && (await revealed(tree, row))) return;
    }
    await vscode.commands.executeCommand('cloudImages.tasks.focus');
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

/** False where the row changed while VS Code was looking for it. */
async function revealed(tree: vscode.TreeView<TaskNode>, node: TaskNode): Promise<boolean> {
  return tree.reveal(node, { select: true, focus: false }).then(
    () => true,
    () => false,
  );
}

function taskItem(task: LiveTask, name: string | undefined): vscode.TreeItem {
  const { label, parts, state } = taskRow(task, Date.now(), name);
  const { Expanded, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(label, task.message ? Expanded : None);
  // A tree forgets nothing that it knows by an id, so one that grows a message gets another.
  item.id = task.message ? `${task.id}/ended` : task.id;
  item.description = parts.join(' · ');
  item.iconPath = new vscode.ThemeIcon(
    task.type === 'import' ? 'cloud-upload' : 'cloud-download',
    colours[task.status],
  );
  item.contextValue = task.message ? `${state} task:message` : state;
  item.tooltip = [label, ...parts, `ID: ${task.id}`].join('\n');
  item.accessibilityInformation = { label: [label, ...parts].join(', ') };
  return item;
}

const colours: Readonly<Record<LiveTask['status'], vscode.ThemeColor | undefined>> = {
  pending: undefined,
  processing: new vscode.ThemeColor('charts.blue'),
  success: new vscode.ThemeColor('testing.iconPassed'),
  failure: new vscode.ThemeColor('testing.iconFailed'),
};
