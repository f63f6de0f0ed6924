import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type {
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  SelectionRange,
  SymbolInformation,
} from 'vscode-languageserver/node';
import { type LanguageServer, type OpenDocument, startLanguageServer } from '../tools/languageServer.ts';

const root = mkdtempSync(join(tmpdir(), 'cloud-images-structure-'));
let server: LanguageServer;

before(async () => {
  server = await startLanguageServer({
    root,
    capabilities: { textDocument: { documentSymbol: { hierarchicalDocumentSymbolSupport: true } } },
  });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

/** Name, detail, what its name marks in the text, children. */
type Outline = [string, string | undefined, string, Outline[]];

async function outline(document: OpenDocument): Promise<Outline[]> {
  const read = ({ name, detail, selectionRange, children = [] }: DocumentSymbol): Outline => [
    name,
    detail,
    document
      .text()
      .slice(...document.offsetOf(selectionRange))
      .split('\n')[0] ?? '',
    children.map(read),
  ];
  return (await document.ask<DocumentSymbol[]>('textDocument/documentSymbol')).map(read);
}

test('the outline of a file holds its documents, and of an image its lists, but no scalars', async () => {
  const text = [
    'type: import',
    'input:',
    '  import_from: exports/web.vhd',
    '---',
    'name: web',
    'tags: [a, b]',
    '---',
    '- { op: add, path: /team, value: blue }',
    '- { remove: /x }',
    '- 7',
    '',
  ].join('\n');
  const document = server.open(join(root, 'a.image-import.yaml'), text);
  assert.deepEqual(await outline(document), [
    ['exports/web.vhd', 'import', 'exports/web.vhd', []],
    ['web', 'image', 'web', [['tags', 'a, b', 'tags', []]]],
    [
      'patch',
      '3 operations',
      '- { op: add, path: /team, value: blue }',
      [
        ['add /team', '', '{ op: add, path: /team, value: blue }', []],
        ['remove /x', '', '{ remove: /x }', []],
        ['operation 3', '', '7', []],
      ],
    ],
  ]);
});

test('images of a list are there by name, else id, else number', async () => {
  const text = '{"images": [{"name": "web"}, {"id": "i-1"}, {"name": ""}, {}]}';
  const document = server.open(join(root, 'b.image.json'), text);
  assert.deepEqual(
    (await outline(document)).map(([name, detail, , children]) => [
      name,
      detail,
      children.map(([one]) => one),
    ]),
    [['images', '4 images', ['web', 'i-1', 'image 3', 'image 4']]],
  );
});

test('text that is no manifest, or broken, has what can be read of it', async () => {
  assert.deepEqual(await outline(server.open(join(root, 'c.image.yaml'), 'just words\n')), []);
  assert.deepEqual(await outline(server.open(join(root, 'd.image.yaml'), '')), []);
  assert.deepEqual(await outline(server.open(join(root, 'e.image.json'), '{"name": "web", "tags": ["a"')), [
    ['web', 'image', '"web"', [['tags', 'a', '"tags"', []]]],
  ]);
});

test('a client without trees gets the outline flat', async () => {
  const flat = await startLanguageServer({ root });
  const document = flat.open(join(root, 'f.image.yaml'), '- name: web\n  tags: [a]\n');
  const symbols = await document.ask<SymbolInformation[]>('textDocument/documentSymbol');
  assert.deepEqual(
    symbols.map(({ name, containerName, location }) => [name, containerName, location.uri === document.uri]),
    [
      ['images', '', true],
      ['web', 'images', true],
      ['tags', 'web', true],
    ],
  );
  await flat.close();
});

test('lists, operations, texts of several lines and comments fold', async () => {
  const text = [
    '# one', // 0
    '# two',
    '- name: web', // 2
    '  tags:',
    '    - a',
    '    - b',
    '  notes: |', // 6
    '    first',
    '    second',
    '',
    '- {', // 10
    '    name: db,',
    '  }',
    '- name: x',
    '',
  ].join('\n');
  const document = server.open(join(root, 'g.image.yaml'), text);
  assert.deepEqual(await document.ask<FoldingRange[]>('textDocument/foldingRange'), [
    { startLine: 0, endLine: 1, kind: 'comment' },
    { startLine: 2, endLine: 8 },
    { startLine: 3, endLine: 5 },
    { startLine: 6, endLine: 8 },
    { startLine: 10, endLine: 11 },
  ]);
  const json = server.open(
    join(root, 'g.image.json'),
    '{\r\n  "name": "web",\r\n  "tags": [\r\n    "a"\r\n  ]\r\n}\r\n',
  );
  assert.deepEqual(await json.ask<FoldingRange[]>('textDocument/foldingRange'), [
    { startLine: 0, endLine: 4 },
    { startLine: 2, endLine: 3 },
  ]);
});

test("a client's limit keeps the outer folds", async () => {
  const limited = await startLanguageServer({
    root,
    capabilities: { textDocument: { foldingRange: { rangeLimit: 2 } } },
  });
  const document = limited.open(join(root, 'h.image.yaml'), '- a:\n    - b\n- c:\n    - d\n');
  assert.deepEqual(await document.ask<FoldingRange[]>('textDocument/foldingRange'), [
    { startLine: 0, endLine: 1 },
    { startLine: 2, endLine: 3 },
  ]);
  await limited.close();
});

test('selection grows from a word to its pair, its list, and the text', async () => {
  const text = 'name: web\ntags:\n  - one\n  - two\n';
  const document = server.open(join(root, 'i.image.yaml'), text);
  const from = async (offset: number) => {
    const found = await document.ask<SelectionRange[]>('textDocument/selectionRange', {
      positions: [document.positionOf(offset)],
    });
    const texts: string[] = [];
    for (let range = found[0]; range; range = range.parent as SelectionRange)
      texts.push(text.slice(...document.offsetOf(range.range)));
    return texts;
  };
  const list = '- one\n  - two';
  const pair = `tags:\n  ${list}`;
  assert.deepEqual(await from(text.indexOf('one') + 1), ['one', list, pair, `name: web\n${pair}`, text]);
  assert.deepEqual(await from(text.indexOf('name') + 1), ['name', 'name: web', `name: web\n${pair}`, text]);
});

test('the disk of an import is a link where it is found, and none where it is not', async () => {
  mkdirSync(join(root, 'exports'), { recursive: true });
  const disk = join(root, 'exports', 'a b.vhd');
  writeFileSync(disk, 'x');
  writeFileSync(join(root, 'secret.vhd'), 'x');
  const text = '{"type": "import", "input": {"import_from": "exports/a b.vhd"}}';
  const document = server.open(join(root, 'j.image-import.json'), text);
  const links = await document.ask<DocumentLink[]>('textDocument/documentLink');
  assert.deepEqual(
    links.map(({ range, target }) => [text.slice(...document.offsetOf(range)), target]),
    [['"exports/a b.vhd"', pathToFileURL(disk).href]],
  );
  for (const name of ['exports/none.vhd', 'exports', '../exports/a b.vhd', 'exports/../secret.vhd']) {
    await document.change(text.replace('exports/a b.vhd', name));
    assert.deepEqual(
      (await document.ask<DocumentLink[]>('textDocument/documentLink')).map(({ target }) => target),
      [],
      name,
    );
  }
});
