import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import type { Snapshot } from '../../client/cloud/collection.ts';
import type { LiveTask } from '../../client/cloud/taskCollection.ts';
import type { Context } from '../../client/context.ts';

// Of the editor, the view needs a place to send its changes to.
const editor = `
  export class EventEmitter {
    listeners = [];
    event = (listener) => this.listeners.push(listener);
    fire(value) { for (const listener of this.listeners) listener(value); }
  }
  export class ThemeColor {}
`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(editor)}`, shortCircuit: true }
      : next(specifier, context),
});
const { TasksView } = await import('../../client/views/tasks/tasksView.ts');

const task = (id: string, more: Partial<LiveTask> = {}): LiveTask => ({
  ...{ id, type: 'import', status: 'processing', input: {} },
  ...{ createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z', ...more },
});

/** A seen view of tasks, and what it draws again after a change. */
async function open(...tasks: readonly LiveTask[]) {
  const items = new Map(tasks.map((one) => [one.id, one]));
  let announce: (id: string) => void = () => undefined;
  const collection = {
    loaded: async (): Promise<Snapshot<LiveTask>> => ({ kind: 'ready', items: new Map(items) }),
    onDidChange: (listener: typeof announce) => {
      announce = listener;
      return { dispose: () => undefined };
    },
    watch: () => ({ dispose: () => undefined }),
  };
  const tree = { visible: true, onDidChangeVisibility: () => ({ dispose: () => undefined }) };
  const view = new TasksView({ source: {}, tasks: collection, images: collection } as unknown as Context);
  view.follow(tree as unknown as Parameters<typeof view.follow>[0]);
  const rows = await view.getChildren();
  const change = (changed: LiveTask): Promise<unknown> => {
    items.set(changed.id, changed);
    const drawn = new Promise((resolve) => void view.onDidChangeTreeData(resolve));
    announce(changed.id);
    return drawn;
  };
  return { rows, change };
}

test('progress of one task draws its row alone', async () => {
  const { rows, change } = await open(task('a'), task('b'), task('c'));
  const [, row] = rows;
  assert.equal(await change(task('b', { progress: 0.5 })), row);
  assert.equal(row?.kind === 'task' && row.task.progress, 0.5);
});

test('a task that comes, and one that fails with a message, draws the whole tree', async () => {
  const { change } = await open(task('a'));
  assert.equal(await change(task('new')), undefined);
  assert.equal(await change(task('a', { status: 'failure', message: '396' })), undefined);
});
