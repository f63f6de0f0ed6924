import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type {
  DocumentDiagnosticReport,
  WorkspaceDiagnosticReport,
  WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver/node';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

const root = mkdtempSync(join(tmpdir(), 'cloud-images-pulling-'));
let server: LanguageServer;

before(async () => {
  write('a.image.yaml', 'tags: [a b]\n');
  write('b.image.json', '{"name": "web"}');
  server = await start(true);
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

function start(watching: boolean): Promise<LanguageServer> {
  return startLanguageServer({
    root,
    capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: watching } } },
  });
}

function write(name: string, text: string): void {
  writeFileSync(join(root, name), text);
}

function report(...names: string[]): Promise<void> {
  const changes = names.map((name) => ({ uri: pathToFileURL(join(root, name)).href, type: 2 }));
  return server.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
}

type Ids = readonly { readonly uri: string; readonly value: string }[];

/** File → rule ids, or `unchanged`; and the ids to ask with the next time. */
async function pull(previousResultIds: Ids, of = server): Promise<[Record<string, string>, Ids]> {
  const { items } = await of.connection.sendRequest<WorkspaceDiagnosticReport>('workspace/diagnostic', {
    previousResultIds,
  });
  return [Object.fromEntries(items.map(shown)), items.flatMap(idOf)];
}

function shown(item: WorkspaceDocumentDiagnosticReport): [string, string] {
  const codes = item.kind === 'full' ? item.items.map(({ code }) => code).join(' ') : item.kind;
  return [fileURLToPath(item.uri).slice(root.length + 1), codes];
}

function idOf({ uri, resultId }: WorkspaceDocumentDiagnosticReport): Ids {
  return resultId === undefined ? [] : [{ uri, value: resultId }];
}

test('a document is unchanged only while its problems are the same', async () => {
  const document = server.open(join(root, 'open.image.yaml'), 'tags: [a b]\n');
  const ask = (previousResultId?: string) =>
    document.ask<DocumentDiagnosticReport>('textDocument/diagnostic', { previousResultId });
  const first = await ask();
  assert.ok(first.kind === 'full' && first.items.length === 1 && first.resultId);
  assert.deepEqual(await ask(first.resultId), { kind: 'unchanged', resultId: first.resultId });
  await document.change('tags: [a b] # said nothing new\n');
  assert.deepEqual(await ask(first.resultId), { kind: 'unchanged', resultId: first.resultId });
  await document.change('\ntags: [a b]\n');
  const moved = await ask(first.resultId);
  assert.ok(moved.kind === 'full' && moved.items[0]?.range.start.line === 1);
  await document.change('tags: [ab]\n');
  const clean = await ask(moved.resultId);
  assert.ok(clean.kind === 'full' && clean.items.length === 0);
  await document.close();
});

test('closed manifests are judged once, then only those that changed', async () => {
  const [first, ids] = await pull([]);
  assert.deepEqual(first, { 'a.image.yaml': 'tag/url-safe', 'b.image.json': '' });
  assert.deepEqual(await pull(ids), [{ 'a.image.yaml': 'unchanged', 'b.image.json': 'unchanged' }, ids]);
  // Nobody reported it, so nobody looks.
  write('b.image.json', '{"name": "web", "size": 1, "tags": ["c d"]}');
  assert.deepEqual((await pull(ids))[0], { 'a.image.yaml': 'unchanged', 'b.image.json': 'unchanged' });
  await report('b.image.json');
  const [changed, later] = await pull(ids);
  assert.deepEqual(changed, { 'a.image.yaml': 'unchanged', 'b.image.json': 'tag/url-safe' });
  write('b.image.json', '{"name": "web", "size": 1, "tags": ["c d"] }');
  await report('b.image.json');
  assert.deepEqual((await pull(later))[0], { 'a.image.yaml': 'unchanged', 'b.image.json': 'unchanged' });
});

test('an open document is left to its own pull; a removed file has no problems any more', async () => {
  write('c.image.yaml', 'tags: [c d]\n');
  await report('c.image.yaml');
  const [, ids] = await pull([]);
  const document = server.open(join(root, 'a.image.yaml'), 'tags: [a b]\n');
  await document.diagnostics();
  rmSync(join(root, 'c.image.yaml'));
  await report('c.image.yaml');
  assert.deepEqual((await pull(ids))[0], { 'b.image.json': 'unchanged', 'c.image.yaml': '' });
  await document.close();
});

test('problems of a document whose file is gone go when it is closed, though nothing was pulled since', async () => {
  write('gone.image.yaml', 'tags: [c d]\n');
  await report('gone.image.yaml');
  const document = server.open(join(root, 'gone.image.yaml'), 'tags: [c d]\n');
  assert.equal((await document.diagnostics()).length, 1);
  rmSync(join(root, 'gone.image.yaml'));
  await report('gone.image.yaml');
  const [open, ids] = await pull([]);
  assert.ok(!Object.hasOwn(open, 'gone.image.yaml'), 'while it is open its text counts');
  await document.close();
  // As the client of VS Code does, which then drops the answer.
  assert.deepEqual(await document.diagnostics(), []);
  assert.equal((await pull(ids))[0]['gone.image.yaml'], '');
});

test('the settings of the workspace reach closed manifests', async () => {
  const [, ids] = await pull([]);
  write('.cloud-images.json', '{"severities": {"tag/url-safe": "off"}}');
  await report('.cloud-images.json');
  assert.deepEqual((await pull(ids))[0], { 'a.image.yaml': '', 'b.image.json': '' });
  rmSync(join(root, '.cloud-images.json'));
  await report('.cloud-images.json');
});

test('a client that does not watch has the files looked at anew', async () => {
  const own = await start(false);
  const [, ids] = await pull([], own);
  write('a.image.yaml', 'tags: [a b, c d]\n');
  assert.deepEqual((await pull(ids, own))[0], {
    'a.image.yaml': 'tag/url-safe tag/url-safe',
    'b.image.json': 'unchanged',
  });
  await own.close();
});

test('many manifests come in parts, and a client that stops waiting is not answered', async () => {
  const names = Array.from({ length: 120 }, (_, at) => `many${at}.image.yaml`);
  for (const name of names) write(name, 'tags: [a b]\n');
  await report(...names);
  const parts: number[] = [];
  const listener = server.connection.onNotification('$/progress', ({ token, value }) => {
    if (token === 'parts') parts.push(value.items.length);
  });
  const last = await server.connection.sendRequest<WorkspaceDiagnosticReport>('workspace/diagnostic', {
    previousResultIds: [],
    partialResultToken: 'parts',
  });
  listener.dispose();
  assert.deepEqual([...parts, last.items.length], [50, 50, 22]);
  const source = new CancellationTokenSource();
  const asked = server.connection.sendRequest(
    'workspace/diagnostic',
    { previousResultIds: [] },
    source.token,
  );
  source.cancel();
  await assert.rejects(asked, { code: -32800 });
  assert.equal(Object.keys((await pull([]))[0]).length, 122);
});
