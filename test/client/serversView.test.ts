import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import type { LiveServer } from '../../client/cloud/serverCollection.ts';
import type { Context } from '../../client/context.ts';

// Of the editor, the view needs a place to send its changes to.
const editor = `
  export class EventEmitter {
    listeners = [];
    event = (listener) => this.listeners.push(listener);
    fire(value) { for (const listener of this.listeners) listener(value); }
  }
`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(editor)}`, shortCircuit: true }
      : next(specifier, context),
});
const { ServersView } = await import('../../client/views/servers/serversView.ts');

const server = (id: string, taskState: string | null = null): LiveServer => ({
  server: {
    ...{ id, name: id, status: 'ACTIVE', vmState: 'active', taskState },
    ...{ image: 'ubuntu', flavor: 'general1-1', volumes: [], created: '' },
  },
});

test('many changes that are announced together draw their rows at once, with one look', async () => {
  const items = new Map(['a', 'b', 'c'].map((id) => [id, server(id)]));
  const listeners: ((id: string) => void)[] = [];
  let looks = 0;
  const collectionOf = (kind: 'servers' | 'images') => ({
    loaded: async () => {
      if (kind === 'servers') looks += 1;
      return { kind: 'ready', items: new Map(kind === 'servers' ? items : []) };
    },
    shown: async () => ({ kind: 'ready', items: new Map() }),
    onDidRead: () => ({ dispose: () => undefined }),
    onDidChange: (listener: (id: string) => void) => {
      listeners.push(listener);
      return { dispose: () => undefined };
    },
    watch: () => ({ dispose: () => undefined }),
  });
  const context = { source: {}, servers: collectionOf('servers'), images: collectionOf('images') };
  const view = new ServersView(context as unknown as Context);
  const tree = { visible: true, onDidChangeVisibility: () => ({ dispose: () => undefined }) };
  view.follow(tree as unknown as Parameters<typeof view.follow>[0]);
  const [first, , third] = await view.getChildren();
  for (const id of ['a', 'c']) items.set(id, server(id, 'image_snapshot'));
  const drawn = new Promise((resolve) => void view.onDidChangeTreeData(resolve));
  for (const id of ['a', 'c']) listeners[0]?.(id);
  assert.deepEqual(await drawn, [first, third]);
  assert.equal(looks, 2);
});
