import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { Diagnostic, DocumentDiagnosticReport } from 'vscode-languageserver/node';
import { startLanguageServer } from '../tools/languageServer.ts';

const program = join(import.meta.dirname, '..', '..', 'dist', 'server.js');
const protocolErrors = {
  parse: -32700,
  invalidRequest: -32600,
  invalidParams: -32602,
  notInitialized: -32002,
};

interface Raw {
  readonly child: ChildProcessWithoutNullStreams;
  readonly connection: MessageConnection;
  /** The code of the error that a request is answered with; 0 where it is answered well. */
  code(method: string, parameters?: object): Promise<number>;
  initialize(): Promise<number>;
  end(): Promise<number | null>;
}

function start(t: TestContext): Raw {
  const child = spawn(process.execPath, [program, '--stdio']);
  t.after(() => child.kill());
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onNotification('window/logMessage', () => undefined);
  connection.listen();
  const code = (method: string, parameters?: object): Promise<number> =>
    connection.sendRequest(method, parameters).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
  return {
    child,
    connection,
    code,
    initialize: () =>
      code('initialize', { processId: null, rootUri: null, workspaceFolders: null, capabilities: {} }),
    end: async () => {
      const exited = once(child, 'exit');
      await connection.sendNotification('exit');
      const [status] = (await exited) as [number | null];
      connection.dispose();
      return status;
    },
  };
}

const textDocument = { uri: 'file:///work/web.image.yaml' };
const position = { line: 0, character: 0 };

test('nothing is answered before initialize, twice is refused, and after shutdown only exit counts', async (t) => {
  const server = start(t);
  assert.equal(await server.code('textDocument/hover', { textDocument, position }), -32002);
  assert.equal(await server.code('shutdown'), protocolErrors.notInitialized);
  await server.connection.sendNotification('textDocument/didOpen', {
    textDocument: { ...textDocument, languageId: 'image-manifest', version: 1, text: 'name: a' },
  });
  assert.equal(await server.initialize(), 0);
  assert.equal(await server.initialize(), protocolErrors.invalidRequest);
  // What was opened too early was dropped.
  assert.equal(await server.connection.sendRequest('textDocument/hover', { textDocument, position }), null);
  assert.equal(await server.code('shutdown'), 0);
  assert.equal(
    await server.code('textDocument/hover', { textDocument, position }),
    protocolErrors.invalidRequest,
  );
  assert.equal(await server.end(), 0);
});

test('an exit without shutdown is a failure', async (t) => {
  const server = start(t);
  await server.initialize();
  assert.equal(await server.end(), 1);
});

test('parameters of wrong shapes are refused, and the server goes on', async (t) => {
  const server = start(t);
  await server.initialize();
  const open = { uri: textDocument.uri, languageId: 'image-manifest', version: 1, text: 'name: a' };
  const wrong: [string, object][] = [
    ['textDocument/didOpen', { textDocument: { ...open, text: 7 } }],
    ['textDocument/didOpen', { textDocument: { ...open, uri: null } }],
    ['textDocument/didOpen', { textDocument: { ...open, version: 'x' } }],
    ['textDocument/didOpen', { textDocument: 'file:///x' }],
    ['textDocument/didChange', { textDocument: open, contentChanges: [{ text: 7 }] }],
    ['textDocument/didChange', { textDocument: open, contentChanges: 'x' }],
    ['textDocument/didChange', { textDocument: open, contentChanges: [{ text: '', range: { start: 1 } }] }],
    ['workspace/didChangeWatchedFiles', { changes: [{ uri: 7 }] }],
  ];
  for (const [method, parameters] of wrong) await server.connection.sendNotification(method, parameters);
  for (const [method, parameters] of [
    ['textDocument/hover', { textDocument, position: { line: 'x', character: 0 } }],
    ['textDocument/hover', { textDocument, position: { line: -1, character: 0 } }],
    ['textDocument/completion', { textDocument: { uri: 7 }, position }],
    ['textDocument/codeAction', { textDocument, range: { start: position }, context: { diagnostics: [] } }],
    ['textDocument/codeAction', { textDocument, range: { start: position, end: position }, context: 7 }],
    ['workspace/diagnostic', { previousResultIds: [7] }],
    ['textDocument/rename', { textDocument, position, newName: 7 }],
    ['textDocument/selectionRange', { textDocument, positions: [{}] }],
  ] as const)
    assert.equal(await server.code(method, parameters), protocolErrors.invalidParams, method);
  await server.connection.sendNotification('textDocument/didOpen', {
    textDocument: { ...open, text: 'name: a\ntags: ["a b"]\n' },
  });
  const report = await server.connection.sendRequest<DocumentDiagnosticReport>('textDocument/diagnostic', {
    textDocument,
  });
  assert.equal(report.kind, 'full');
  assert.equal(await server.code('shutdown'), 0);
  assert.equal(await server.end(), 0);
});

test('a body that is no JSON is answered, and the next message is understood', async (t) => {
  const server = start(t);
  await server.initialize();
  const answers: string[] = [];
  server.child.stdout.on('data', (bytes: Buffer) => answers.push(bytes.toString()));
  server.child.stdin.write('Content-Length: 7\r\n\r\n{nope}}');
  assert.equal(await server.code('shutdown'), 0);
  assert.match(answers.join(''), /"id":null,"error":\{"code":-32700/);
  assert.equal(await server.end(), 0);
});

for (const body of [
  '7',
  'null',
  'true',
  '"x"',
  '[]',
  '[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]',
  '{}',
  '{"id":5,"method":7}',
  '{"id":5,"method":"shutdown","params":7}',
  '{"id":null,"method":"shutdown"}',
  '{"id":true,"method":"shutdown"}',
  '{"method":"$/cancelRequest"}',
  '{"method":"$/cancelRequest","params":null}',
  '{"method":"$/cancelRequest","params":7}',
  '{"method":"$/cancelRequest","params":{"id":null}}',
  '{"method":"$/cancelRequest","params":{"id":{"toString":7}}}',
])
  test(`the body ${body}, which is no message, is answered, and the next is understood`, async (t) => {
    const server = start(t);
    await server.initialize();
    let answers = '';
    server.child.stdout.on('data', (bytes: Buffer) => {
      answers += bytes.toString();
    });
    server.child.stdin.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    assert.equal(await server.code('shutdown'), 0);
    assert.match(answers, /"id":(?:null|5),"error":\{"code":-32600/);
    assert.equal(await server.end(), 0);
  });

test('a request without what its handler needs is refused by name', async (t) => {
  const server = start(t);
  await server.initialize();
  for (const method of [
    'textDocument/diagnostic',
    'textDocument/hover',
    'textDocument/codeAction',
    'textDocument/inlayHint',
    'textDocument/rename',
    'textDocument/selectionRange',
    'workspace/diagnostic',
    'workspace/symbol',
  ])
    for (const parameters of [{}, { textDocument }, { query: null }, { query: 7 }] as object[]) {
      if (method === 'textDocument/diagnostic' && 'textDocument' in parameters) continue;
      assert.equal(await server.code(method, parameters), protocolErrors.invalidParams, method);
    }
  assert.equal(await server.code('workspace/symbol', { query: '' }), 0);
  assert.equal(await server.code('shutdown'), 0);
  assert.equal(await server.end(), 0);
});

for (const header of ['Content-Length: many', 'Content-Lenght: 5', 'Content-Length', 'nonsense'])
  test(`after the header '${header}' the server says why and ends`, async (t) => {
    const server = start(t);
    await server.initialize();
    let said = '';
    server.child.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    const exited = once(server.child, 'exit');
    server.child.stdin.write(`${header}\r\n\r\n{"jsonrpc":"2.0","method":"x"}`);
    const [status] = (await exited) as [number];
    server.connection.dispose();
    assert.equal(status, 1);
    assert.match(said, /The messages on standard input cannot be told apart/);
  });

for (const uri of [
  'file:///home/%E9t%E9/x.image.yaml',
  'untitled:100%.image.yaml',
  'file:///a%2Fb/x.image.yaml',
  'file://%zz/x.image.yaml',
  'file:x.image.yaml',
  'file:',
  'nonsense:',
])
  test(`a document at '${uri}' is judged, and every feature answers`, async (t) => {
    const server = await startLanguageServer();
    t.after(() => server.close());
    const document = server.open(uri, 'name: a\ntags: ["a b"]\n');
    const found = await document.diagnostics();
    assert.deepEqual(
      found.map(({ code }) => code),
      ['tag/url-safe'],
    );
    const everything = { start: position, end: { line: 2, character: 0 } };
    await document.actions(everything);
    await document.hover(15);
    await document.complete(8);
    await document.lenses();
    for (const method of ['documentSymbol', 'documentLink', 'foldingRange', 'inlayHint'])
      await document.ask(`textDocument/${method}`, { range: everything });
    await document.ask('textDocument/formatting', { options: { tabSize: 2, insertSpaces: true } });
    await document.ask('textDocument/definition', { position });
    await server.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri, type: 2 }],
    });
    assert.deepEqual(await document.diagnostics(), found);
  });

test('of many changes that come together a client that is pushed to is told the last', async (t) => {
  const lines = Array.from({ length: 2000 }, (_, at) => `- name: image ${at}\n  tags: ["a b"]\n`);
  const server = await startLanguageServer({ pull: false });
  t.after(() => server.close());
  const pushes: { version: number; diagnostics: Diagnostic[] }[] = [];
  const last = new Promise<void>((resolve) =>
    server.connection.onNotification('textDocument/publishDiagnostics', (push) => {
      pushes.push(push);
      if (push.version === 501) resolve();
    }),
  );
  const document = server.open('/work/many.image.yaml', lines.join(''));
  const sent: Promise<void>[] = [];
  for (let version = 2; version <= 501; version++)
    sent.push(
      server.connection.sendNotification('textDocument/didChange', {
        textDocument: { uri: document.uri, version },
        contentChanges: [{ range: { start: position, end: position }, text: '#' }],
      }),
    );
  await Promise.all(sent);
  await last;
  await document.hover(3);
  assert.ok(pushes.length <= 5, `${pushes.length} publications`);
  assert.equal(pushes.at(-1)?.version, 501);
});
