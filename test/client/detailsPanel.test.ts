import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import type { Context } from '../../client/context.ts';
import type { ToDetails } from '../../client/details/protocol.ts';
import { Emitter } from '../../client/ui/emitter.ts';

/** Of the editor, what a panel needs. */
const editor =
  "export const Uri = { joinPath: (base, name) => ({ toString: () => base + '/' + name }) }; export const ran = []; export const commands = { executeCommand: async (...of) => void ran.push(of) }; export const l10n = {};";
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(editor)}`, shortCircuit: true }
      : next(specifier, context),
});
const { DetailsPanel } = await import('../../client/details/panel.ts');
const { ran } = (await import('vscode' as string)) as { ran: readonly unknown[][] };

/** A page of the server `s` in a cloud `a`, whose list of servers comes when it is told to. */
function openPanel() {
  const failed = (error: unknown): void => assert.fail(String(error));
  const states = new Emitter<void>(failed);
  const none = { dispose: () => undefined };
  const list = Promise.withResolvers<object>();
  const connectTo = (cloudId: string) => ({ cloudId, cloud: { region: 'DFW', session: { regions: [] } } });
  const source = {
    connection: connectTo('a'),
    onDidChangeState: (listener: () => void) => states.on(listener),
    onDidReport: () => none,
  };
  const collection = { onDidChange: () => none, watch: () => none, loaded: () => list.promise };
  const images = { ...collection, loaded: async () => ({ kind: 'disconnected' }) };
  const complaints: string[] = [];
  const context = {
    ...{ source, images, tasks: collection, servers: collection },
    verdicts: { onDidChange: () => none },
    sightings: { of: () => [] },
    log: { error: () => undefined, info: () => undefined },
    ui: { complain: async (text: string) => void complaints.push(text) },
    pictures: 'pictures',
  } as unknown as Context;
  const posted: ToDetails[] = [];
  let tell: (message: unknown) => void = () => assert.fail('nobody listens');
  const webview = {
    ...{ cspSource: 'own', html: '', options: {}, asWebviewUri: (uri: object) => uri },
    onDidReceiveMessage: (listener: typeof tell) => {
      tell = listener;
      return none;
    },
    postMessage: async (message: ToDetails) => void posted.push(message),
  };
  const panel = { webview, visible: true, title: 's', onDidChangeViewState: () => none };
  const subject = { kind: 'server', id: 's', cloudId: 'a', region: 'DFW' } as const;
  const neighbours = { open: async () => undefined, move: () => false };
  const made = new DetailsPanel(context, panel as never, subject, neighbours);
  tell({ kind: 'loaded' });
  return {
    ...{ posted, tell, list, complaints, made },
    connect: (cloudId: string) => {
      source.connection = connectTo(cloudId);
      states.fire();
    },
  };
}

test('a page runs what it offers alone', async () => {
  const { list, tell, made, complaints } = openPanel();
  const server = { id: 's', name: 'web', status: 'ACTIVE', taskState: null };
  list.resolve({ kind: 'ready', items: new Map([['s', { server }]]) });
  await new Promise(setImmediate);
  tell({ kind: 'act', action: 'delete' });
  assert.deepEqual(ran, []);
  tell({ kind: 'act', action: 'copyId' });
  assert.deepEqual(complaints, []);
  assert.deepEqual(ran[0]?.[0], 'cloudImages.servers.copyId');
  made.dispose();
});

test('what was asked of a cloud before another was shown does not come onto the page', async () => {
  const { posted, list, connect, made } = openPanel();
  connect('b');
  const notice = (): string | undefined => {
    const last = posted.at(-1);
    return last?.kind === 'show' ? last.page.notice : undefined;
  };
  assert.match(notice() ?? '', /^It is in DFW, and another cloud/);
  list.resolve({ kind: 'ready', items: new Map() });
  await new Promise(setImmediate);
  assert.match(notice() ?? '', /^It is in DFW, and another cloud/);
  made.dispose();
});
