import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CodeAction, TextDocumentEdit, TextEdit, WorkspaceEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** Formatting, conversion and renaming change what they are for, over stdio. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-layout-'));
let server: LanguageServer;
before(async () => {
  server = await startLanguageServer({
    root,
    capabilities: {
      workspace: { workspaceEdit: { resourceOperations: ['create', 'rename'], documentChanges: true } },
    },
  });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

let serial = 0;
function open(ending: string, text: string) {
  return server.open(join(root, `${serial++}.${ending}`), text);
}

async function format(ending: string, text: string): Promise<string> {
  const edits = await open(ending, text).ask<TextEdit[]>('textDocument/formatting', {
    options: { tabSize: 2, insertSpaces: true },
  });
  return TextDocument.applyEdits(TextDocument.create('a:b', '', 0, text), edits);
}

test('what is in quotes keeps its spelling when it is laid out', async () => {
  const before = 'tags:\n    - "a\\u200bb\\Nc\\u202ed"\n    - \'it\'\'s\'\n"a\\x2fb":   "\\e[0m"\n';
  const after = 'tags:\n  - "a\\u200bb\\Nc\\u202ed"\n  - \'it\'\'s\'\n"a\\x2fb": "\\e[0m"\n';
  assert.equal(await format('image.yaml', before), after);
  assert.equal(await format('image.yaml', after), after);
  assert.equal(await format('image.yaml', `\ufeff${before}`), `\ufeff${after}`);
  assert.equal(await format('image.yaml', before.replaceAll('\n', '\r\n')), after.replaceAll('\n', '\r\n'));
});

test('where a directive would be lost, a text is not laid out', async () => {
  const text = '%TAG !e! tag:example.com,2026:\n---\nname:   web\n';
  assert.equal(await format('image.yaml', text), text);
});

test('a conversion writes what cannot be seen as escapes, in both directions', async () => {
  const value = 'a\u200bb\u202ec\u00a0d\u{e0041}\ud800';
  const escapes = 'a\\u200bb\\u202ec\\u00a0d';
  const yaml = await convert(open('image.json', JSON.stringify({ name: value })));
  assert.equal(yaml, `name: "${escapes}\\U000e0041\\ud800"\n`);
  const json = await convert(open('image.yaml', `name: "${escapes}"\n`));
  assert.equal(json, `{\n  "name": "${escapes}"\n}\n`);
  const jsonc = await convert(open('image.yaml', `\ufeff# why\nname: "${escapes}"\n`));
  assert.equal(jsonc, `{\n  // why\n  "name": "${escapes}"\n}\n`);
});

async function convert(document: ReturnType<typeof open>): Promise<string> {
  const start = { line: 0, character: 0 };
  const [action] = await document.actions({ start, end: start }, ['refactor.rewrite']);
  const change = (action as CodeAction).edit?.documentChanges?.[1] as TextDocumentEdit;
  return change.edits[0] && 'newText' in change.edits[0] ? change.edits[0].newText : '';
}

async function rename(ending: string, text: string, at: string, newName: string): Promise<string> {
  const document = open(ending, text);
  const position = document.positionOf(text.indexOf(at) + 1);
  const edit = await document
    .ask<WorkspaceEdit>('textDocument/rename', { position, newName })
    .finally(() => document.close());
  const own = edit.documentChanges?.find(
    (change): change is TextDocumentEdit =>
      'textDocument' in change && change.textDocument.uri === document.uri,
  );
  return TextDocument.applyEdits(TextDocument.create('a:b', '', 0, text), (own?.edits ?? []) as TextEdit[]);
}

test('what is renamed at an anchor is renamed at its aliases, and a block scalar keeps its lines', async () => {
  const elsewhere = 'tags: [&t mine, b]\nteam: *t\n';
  await assert.rejects(rename('image.yaml', elsewhere, 'mine', 'own: it'), /without changing something else/);
  assert.equal(
    await rename('image.yaml', '- tags: [&t mine, b]\n- tags: [*t]\n', 'mine', 'own: it'),
    '- tags: [&t "own: it", b]\n- tags: [*t]\n',
  );
  assert.equal(
    await rename('image.yaml', 'tags:\n  - >-\n    mine\n  - b\n', 'mine', 'own: it'),
    'tags:\n  - "own: it"\n  - b\n',
  );
});

test('a path of a patch is not renamed to one that the patch sets', async () => {
  const text = '- { op: add, path: /mine, value: x }\n- { op: add, path: /own, value: u }\n';
  await assert.rejects(rename('image-patch.yaml', text, '/mine', 'own'), /has 'own' already/);
  assert.equal(await rename('image-patch.yaml', text, '/mine', 'new'), text.replace('/mine', '/new'));
});

test('the sign for a lost character is an error where it stands, in an open text and in a closed file', async () => {
  const document = open('image.yaml', 'name: Z\ufffd\ufffdrich\n');
  const lost = (await document.diagnostics()).filter(({ code }) => code === 'manifest/encoding');
  assert.deepEqual(
    lost.map(({ range, severity }) => [range, severity]),
    [[{ start: { line: 0, character: 7 }, end: { line: 0, character: 9 } }, 1]],
  );
  assert.match(lost[0]?.message ?? '', /save it as UTF-8/);
  const closed = join(root, 'closed.image.yaml');
  writeFileSync(closed, Buffer.from('name: Zürich\n', 'latin1'));
  const report = await server.connection.sendRequest<{ items: { uri: string; items: { code: string }[] }[] }>(
    'workspace/diagnostic',
    { previousResultIds: [] },
  );
  const own = report.items.find(({ uri }) => uri.endsWith('closed.image.yaml'));
  assert.deepEqual(
    own?.items.map(({ code }) => code),
    ['manifest/encoding'],
  );
});
