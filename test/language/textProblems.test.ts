import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { RenameFile, TextDocumentEdit } from 'vscode-languageserver/node';
import { type LanguageServer, type OpenDocument, startLanguageServer } from '../tools/languageServer.ts';

/** What is wrong with the text itself: merges left open, comments and commas that JSON has not. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-text-'));
let server: LanguageServer;

before(async () => {
  server = await startLanguageServer({
    root,
    capabilities: { workspace: { workspaceEdit: { documentChanges: true, resourceOperations: ['rename'] } } },
  });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const whole = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };

async function results(document: OpenDocument): Promise<Record<string, string>> {
  const actions = await document.actions(whole, ['quickfix']);
  return Object.fromEntries(actions.map((action) => [action.title, document.after(action)]));
}

async function codes(document: OpenDocument): Promise<unknown[]> {
  return (await document.diagnostics()).map(({ code, range }) => [
    code,
    document.text().slice(...document.offsetOf(range)),
  ]);
}

const merged = (ours: string, theirs: string, end = '\n', base = '') =>
  [
    'name: web',
    '<<<<<<< HEAD',
    ours,
    ...(base ? ['||||||| 1a2b3c', base] : []),
    '=======',
    theirs,
    '>>>>>>> topic/x',
    'min_disk: 20',
    '',
  ].join(end);
const plain = (lines: string[], end = '\n') => ['name: web', ...lines, 'min_disk: 20', ''].join(end);

for (const [name, end, base] of [
  ['lf.image.yaml', '\n', ''],
  ['crlf.image.yaml', '\r\n', ''],
  ['diff3.image.yaml', '\n', 'tags: [old]'],
] as const) {
  test(`${name}: a conflict is one finding, and a side can be taken`, async () => {
    const document = server.open(join(root, name), merged('tags: [a b]', 'tags: [c]', end, base));
    assert.deepEqual(await codes(document), [['manifest/conflict', '<<<<<<< HEAD']]);
    assert.deepEqual(await results(document), {
      'Take ours (HEAD)': plain(['tags: [a b]'], end),
      'Take theirs (topic/x)': plain(['tags: [c]'], end),
      'Take both, ours first': plain(['tags: [a b]', 'tags: [c]'], end),
    });
    await document.change(plain(['tags: [a b]'], end));
    assert.deepEqual(await codes(document), [['tag/url-safe', 'a b']]);
  });
}

test('several conflicts of a JSON file are settled one by one or all at once', async () => {
  const one = '<<<<<<< a\n"x": "1",\n=======\n"x": "2",\n>>>>>>> b\n';
  const text = `{\n${one}"y": "z",\n${one.replaceAll('"x"', '"w"')}"name": "web"}\n`;
  const document = server.open(join(root, 'two.image.json'), text);
  assert.deepEqual(await codes(document), [
    ['manifest/conflict', '<<<<<<< a'],
    ['manifest/conflict', '<<<<<<< a'],
  ]);
  const found = await results(document);
  assert.equal(found['Take ours in all 2 conflicts'], '{\n"x": "1",\n"y": "z",\n"w": "1",\n"name": "web"}\n');
  assert.equal(
    found['Take theirs in all 2 conflicts'],
    '{\n"x": "2",\n"y": "z",\n"w": "2",\n"name": "web"}\n',
  );
  assert.deepEqual(await document.actions(whole, ['source']), []);
});

test('what only looks like a conflict is none', async () => {
  for (const text of [
    'name: web\n<<<<<<< HEAD\n',
    'name: web\n=======\n>>>>>>> x\n',
    'os_distro: |\n  <<<<<<< HEAD\n  =======\n  >>>>>>> x\n',
    'name: web\n<<<<<<<< HEAD\na: b\n========\n>>>>>>>> x\n',
  ]) {
    const document = server.open(join(root, 'none.image.yaml'), text);
    assert.ok(!JSON.stringify(await codes(document)).includes('conflict'), text);
    await document.close();
  }
});

test('every other feature answers on a text with a conflict', async () => {
  const document = server.open(join(root, 'all.image.yaml'), merged('tags: [a]', 'tags: [b]'));
  assert.equal(await document.hover(3), null);
  for (const method of ['documentSymbol', 'foldingRange', 'documentLink', 'codeLens', 'semanticTokens/full'])
    await document.ask(`textDocument/${method}`);
  assert.ok(Array.isArray(await document.complete(3)));
});

test('comments are an error of .json, removed with their line, and fine in .jsonc', async () => {
  const text = '// ours\n{\n  /* a */ "name": "web", // why\n  // b\n  "tags": ["a"]\n}\n';
  const document = server.open(join(root, 'c.image.json'), text);
  assert.deepEqual(await codes(document), [
    ['json/comment', '// ours'],
    ['json/comment', '/* a */'],
    ['json/comment', '// why'],
    ['json/comment', '// b'],
  ]);
  const afterwards = (await document.actions(whole, ['quickfix']))
    .filter(({ title }) => title === 'Remove the comment')
    .map((action) => document.after(action));
  assert.deepEqual(afterwards, [
    text.replace('// ours\n', ''),
    text.replace('/* a */', ''),
    text.replace(' // why', ''),
    text.replace('  // b\n', ''),
  ]);
  const rename = (await document.actions(whole)).find(
    ({ title }) => title === 'Rename the file to c.image.jsonc',
  );
  const [change] = (rename?.edit?.documentChanges ?? []) as (RenameFile | TextDocumentEdit)[];
  assert.deepEqual(change, { kind: 'rename', oldUri: document.uri, newUri: `${document.uri}c` });
  const lenient = server.open(join(root, 'c.image.jsonc'), text.replace('["a"]', '["a",],'));
  assert.deepEqual(await codes(lenient), []);
});

test('a file is not renamed onto another one', async () => {
  writeFileSync(join(root, 'd.image.jsonc'), '{}');
  assert.ok(existsSync(join(root, 'd.image.jsonc')));
  const document = server.open(join(root, 'd.image.json'), '{} // x\n');
  assert.deepEqual(Object.keys(await results(document)), ['Remove the comment']);
});

test('a comma behind the last member is said once, at the comma, and goes with fix all', async () => {
  const text = '{\n  "name": "web",\n  "tags": ["a", "b",],\n}\n';
  const document = server.open(join(root, 'e.image.json'), text);
  assert.deepEqual(await codes(document), [
    ['json/trailing-comma', ','],
    ['json/trailing-comma', ','],
  ]);
  const [all] = await document.actions(whole, ['source.fixAll.cloudImages']);
  assert.equal(all && document.after(all), '{\n  "name": "web",\n  "tags": ["a", "b"]\n}\n');
  await document.change('{ "name": "web", // c\n }');
  assert.deepEqual(await codes(document), [
    ['json/trailing-comma', ','],
    ['json/comment', '// c'],
  ]);
  await document.change('[1,,]');
  assert.deepEqual(
    (await document.diagnostics()).map(({ code }) => code).filter((code) => String(code).startsWith('json')),
    ['json/syntax', 'json/syntax'],
  );
});
