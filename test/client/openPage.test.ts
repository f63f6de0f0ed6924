import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';

/** The editor's display language. */
const translation: { bundle: Readonly<Record<string, string>> | undefined } = { bundle: undefined };
Object.assign(globalThis, { translation });

// Of the editor a page needs no more than how addresses are joined.
const stub = `export const Uri = { joinPath: (base, ...names) => [base, ...names].join('/') };
  export const env = { language: 'de' };
  export const l10n = globalThis.translation;`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(stub)}`, shortCircuit: true }
      : next(specifier, context),
});
const { openPage } = await import('../../client/pictures/openPage.ts');

interface Message {
  readonly kind: string;
}

function open(title: string) {
  let hear = (_: Message): void => undefined;
  const sent: unknown[] = [];
  const webview = {
    cspSource: 'https://own.example',
    asWebviewUri: (uri: unknown) => `https://own.example/${uri}`,
    onDidReceiveMessage: (listener: typeof hear) => {
      hear = listener;
      return { dispose: () => undefined };
    },
    postMessage: async (message: unknown) => sent.push(message),
    html: '',
    options: {},
  };
  const [loads, received, errors]: [string[], Message[], string[]] = [[], [], []];
  const page = openPage<string, Message>(webview as unknown as Parameters<typeof openPage>[0], {
    pictures: 'dist/pictures' as never,
    room: 'diskViewer',
    title,
    log: { error: (text: string | Error) => void errors.push(String(text)) },
    loaded: () => void loads.push('loaded'),
    receive: (message) => void received.push(message),
  });
  return { page, webview, sent, loads, received, errors, hear: (message: Message) => hear(message) };
}

test('a page has scripts and styles of ours alone, and nothing inline', () => {
  const { webview } = open('web.vhd');
  const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(webview.html) ?? [];
  assert.equal(policy, "default-src 'none'; script-src https://own.example; style-src https://own.example");
  assert.doesNotMatch(webview.html, /unsafe|<style|style=|\son\w+=|<script(?! src=")/);
  const addresses = [...webview.html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
  assert.deepEqual(addresses, [
    'https://own.example/dist/pictures/base.css',
    'https://own.example/dist/pictures/diskViewer.css',
    'https://own.example/dist/pictures/diskViewer.js',
  ]);
  assert.deepEqual(webview.options, { enableScripts: true, localResourceRoots: ['dist/pictures'] });
});

test('a name is text in it, whatever it is', () => {
  const { webview } = open('</title><script>alert(1)</script>"\'&.vhd');
  assert.equal(webview.html.match(/<script/g)?.length, 1);
  assert.match(webview.html, /<title>&#60;\/title&#62;&#60;script&#62;/);
});

test('a page that is closed is told nothing any more', () => {
  const { page, sent, hear } = open('web.vhd');
  hear({ kind: 'loaded' });
  page.dispose();
  page.post('late');
  assert.deepEqual(sent, []);
});

test('a page is told nothing before it has loaded, and everything whenever it loads', () => {
  const { page, sent, loads, hear, received, errors } = open('web.vhd');
  page.post('early');
  hear({ kind: 'loaded' });
  page.post('late');
  hear({ kind: 'loaded' });
  hear({ kind: 'repair' });
  hear({ kind: 'failed', text: 'x is no function' } as Message);
  assert.deepEqual([sent, loads.length, received], [['late'], 2, [{ kind: 'repair' }]]);
  assert.deepEqual(errors, ['The page of web.vhd failed: x is no function']);
});

test('a page is told its translation before all else, where there is one', () => {
  const texts = { Copy: 'Kopieren' };
  translation.bundle = texts;
  const { page, sent, hear, webview } = open('web.vhd');
  translation.bundle = undefined;
  assert.match(webview.html, /<html lang="de">/);
  hear({ kind: 'loaded' });
  page.post('late');
  assert.deepEqual(sent, ['late']);
  translation.bundle = texts;
  hear({ kind: 'loaded' });
  translation.bundle = undefined;
  assert.deepEqual(sent, ['late', { kind: 'translation', texts }]);
});
