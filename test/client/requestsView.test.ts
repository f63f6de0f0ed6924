import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import { openExchangeLog } from '../../server/cloud/http/exchanges.ts';

const editor = `
  const none = { dispose: () => undefined };
  export class EventEmitter {
    listeners = [];
    event = (listener) => { this.listeners.push(listener); return none; };
    fire(value) { for (const listener of this.listeners) listener(value); }
    dispose() {}
  }
  export const workspace = { registerTextDocumentContentProvider: () => none, onDidCloseTextDocument: () => none };
`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(editor)}`, shortCircuit: true }
      : next(specifier, context),
});
const { RequestsView } = await import('../../client/views/requests/requestsView.ts');

/** The view on a real cloud, which tells of nobody's requests. */
function openView(readRequests: () => Promise<undefined>) {
  const exchanges = openExchangeLog();
  const source = { readRequests, onDidChangeState: () => ({ dispose: () => undefined }) };
  const view = new RequestsView({ exchanges, source, log: { debug: () => undefined } } as never);
  let show = (): void => assert.fail('nobody follows');
  const tree = {
    visible: false,
    onDidChangeVisibility: (listener: () => void) => {
      show = listener;
      return { dispose: () => undefined };
    },
  };
  view.follow(tree as never);
  let drawn = -1;
  view.onDidChangeTreeData(() => {
    drawn = view.getChildren().length;
  });
  const see = (visible: boolean): void => {
    tree.visible = visible;
    show();
  };
  return { view, exchanges, see, drawn: () => drawn };
}

test('what was asked while the view was hidden is there when it is seen again', async () => {
  const { view, exchanges, see, drawn } = openView(async () => undefined);
  see(true);
  see(false);
  await new Promise(setImmediate);
  await exchanges.observe(async () => new Response())('http://cloud/v2/images');
  await new Promise(setImmediate);
  see(true);
  assert.equal(drawn(), 1);
  view.dispose();
});

test('an emulator that is slow to tell is not asked again meanwhile', async ({ mock }) => {
  mock.timers.enable({ apis: ['setInterval'] });
  let asked = 0;
  const answer = Promise.withResolvers<undefined>();
  const { view, see } = openView(() => {
    asked++;
    return answer.promise;
  });
  see(true);
  mock.timers.tick(5000);
  assert.equal(asked, 1);
  answer.resolve(undefined);
  await new Promise(setImmediate);
  mock.timers.tick(1000);
  assert.equal(asked, 2);
  view.dispose();
});
