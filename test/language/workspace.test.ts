import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type {
  CodeAction,
  DocumentHighlight,
  Location,
  SymbolInformation,
  TextDocumentEdit,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type LanguageServer, type OpenDocument, startLanguageServer } from '../tools/languageServer.ts';

/** Manifests on disk, one of them open and changed in the editor. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-workspace-'));
const onDisk: Readonly<Record<string, string>> = {
  'web.image.yaml': '# ours\nname: web\ntags: [web frontend, db] # t\ncom.example.team: blue\na/b~c: x\n',
  'sub/all.image.json':
    '{\n  "images": [\n    { "name": "web", "tags": ["web frontend", "web_frontend"], "a/b~c": "y" },\n    { "name": "db", "os_type": "linux" }\n  ]\n}\n',
  'p.image-patch.yaml':
    '- { op: replace, path: /a~1b~0c, value: z }\n- { op: add, path: /tags, value: ["web frontend"] }\n- { op: replace, path: /name, value: web }\n',
  'i.image-import.yaml':
    'type: import\ninput:\n  import_from: exports/none.vhd\n  image_properties: { name: "web" }\n',
  'node_modules/x/n.image.yaml': 'name: web\ntags: [web frontend, hidden]\n',
  '.git/g.image.yaml': 'name: web\ntags: [web frontend, hidden]\n',
  'other.yaml': 'name: web\n',
};
let server: LanguageServer;
let web: OpenDocument;

function write(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

before(async () => {
  for (const [name, text] of Object.entries(onDisk)) write(name, text);
  server = await startLanguageServer({ root });
  web = openWeb();
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

/** Open, with a tag that is not saved. */
function openWeb(of = server): OpenDocument {
  return of.open(join(root, 'web.image.yaml'), (onDisk['web.image.yaml'] ?? '').replace('db]', 'unsaved]'));
}

/** The text of a file as the server knows it. */
function textOf(uri: string): string {
  return uri === web.uri ? web.text() : readFileSync(fileURLToPath(uri), 'utf8');
}

function nameOf(uri: string): string {
  return fileURLToPath(uri).slice(root.length + 1);
}

/** File, line, and what the range marks. */
function places(locations: readonly Location[] | null): string[] | null {
  if (!locations) return null;
  const found = locations.map(({ uri, range }) => {
    const document = TextDocument.create(uri, '', 0, textOf(uri));
    return `${nameOf(uri)}:${range.start.line} ${document.getText(range)}`;
  });
  return found.sort();
}

/** The changed files after a workspace edit, by name. */
function applied(edit: WorkspaceEdit | undefined): Record<string, string> {
  const changes = (edit?.documentChanges ?? []) as TextDocumentEdit[];
  return Object.fromEntries(
    changes.map(({ textDocument: { uri }, edits }) => [
      nameOf(uri),
      TextDocument.applyEdits(TextDocument.create(uri, '', 0, textOf(uri)), edits as TextEdit[]),
    ]),
  );
}

const at = (word: string, document = web) => ({
  position: document.positionOf(document.text().indexOf(word) + 1),
});
const references = (word: string, includeDeclaration = true) =>
  web.ask<Location[] | null>('textDocument/references', { ...at(word), context: { includeDeclaration } });
const rename = (word: string, newName: string, document = web) =>
  document.ask<WorkspaceEdit>('textDocument/rename', { ...at(word, document), newName });

test('references of a tag, a property and a name are found in YAML, JSON, patches and imports', async () => {
  assert.deepEqual(places(await references('web frontend')), [
    'p.image-patch.yaml:1 web frontend',
    'sub/all.image.json:2 web frontend',
    'web.image.yaml:2 web frontend',
  ]);
  assert.deepEqual(places(await references('a/b~c')), [
    'p.image-patch.yaml:0 a~1b~0c',
    'sub/all.image.json:2 a/b~c',
    'web.image.yaml:4 a/b~c',
  ]);
  assert.deepEqual(places(await references('a/b~c', false)), ['p.image-patch.yaml:0 a~1b~0c']);
  assert.deepEqual(places(await references('web')), [
    'i.image-import.yaml:3 web',
    'p.image-patch.yaml:2 web',
    'sub/all.image.json:2 web',
    'web.image.yaml:1 web',
  ]);
  assert.equal(await references('# ours'), null);
});

test('the open text counts, not the file under it', async () => {
  assert.deepEqual(places(await references('unsaved')), ['web.image.yaml:2 unsaved']);
  const found = await server.connection.sendRequest<SymbolInformation[]>('workspace/symbol', { query: 'db' });
  assert.deepEqual(
    found.map(({ name, location }) => [name, nameOf(location.uri)]),
    [['db', 'sub/all.image.json']],
  );
});

test('from a patch path the definition is where images have the property', async () => {
  const patch = server.open(join(root, 'p.image-patch.yaml'), onDisk['p.image-patch.yaml'] ?? '');
  assert.deepEqual(places(await patch.ask<Location[]>('textDocument/definition', at('a~1b', patch))), [
    'sub/all.image.json:2 a/b~c',
    'web.image.yaml:4 a/b~c',
  ]);
  await patch.close();
});

test('highlights stay in the document', async () => {
  const found = await web.ask<DocumentHighlight[]>('textDocument/documentHighlight', at('web frontend'));
  assert.deepEqual(
    found.map(({ range }) => web.text().slice(...web.offsetOf(range))),
    ['web frontend'],
  );
});

test('symbols of the workspace are found by a part of the name, in any case', async () => {
  const find = async (query: string) =>
    (await server.connection.sendRequest<SymbolInformation[]>('workspace/symbol', { query }))
      .map(({ name, kind }) => `${name} ${kind}`)
      .sort();
  assert.deepEqual(await find('EXAMPLE'), ['com.example.team 7']);
  assert.deepEqual(await find('web'), [
    'web 19',
    'web 19',
    'web 19',
    'web frontend 20',
    'web frontend 20',
    'web_frontend 20',
  ]);
  assert.deepEqual(await find('hidden'), []);
});

test('a property is renamed everywhere, escaped in patch paths, quoted where it must be', async () => {
  const prepared = await web.ask('textDocument/prepareRename', at('a/b~c'));
  assert.deepEqual(prepared, {
    range: { start: { line: 4, character: 0 }, end: { line: 4, character: 5 } },
    placeholder: 'a/b~c',
  });
  assert.deepEqual(applied(await rename('a/b~c', 'x~y/z: 1')), {
    'web.image.yaml': web.text().replace('a/b~c', '"x~y/z: 1"'),
    'sub/all.image.json': onDisk['sub/all.image.json']?.replace('"a/b~c"', '"x~y/z: 1"'),
    'p.image-patch.yaml': onDisk['p.image-patch.yaml']?.replace('/a~1b~0c', '"/x~0y~1z: 1"'),
  });
});

test('a tag that gets the name of its neighbour goes; a name is renamed in imports too', async () => {
  assert.deepEqual(applied(await rename('web frontend', 'web_frontend')), {
    'web.image.yaml': web.text().replace('web frontend', 'web_frontend'),
    'sub/all.image.json': onDisk['sub/all.image.json']?.replace('"web frontend", ', ''),
    'p.image-patch.yaml': onDisk['p.image-patch.yaml']?.replace('web frontend', 'web_frontend'),
  });
  assert.deepEqual(applied(await rename('web', 'shop')), {
    'web.image.yaml': web.text().replace('name: web', 'name: shop'),
    'sub/all.image.json': onDisk['sub/all.image.json']?.replace('"name": "web"', '"name": "shop"'),
    'p.image-patch.yaml': onDisk['p.image-patch.yaml']?.replace('value: web', 'value: shop'),
    'i.image-import.yaml': onDisk['i.image-import.yaml']?.replace('"web"', '"shop"'),
  });
});

test('what cannot be renamed, and names that cannot be given, are refused with a sentence', async () => {
  const text =
    'status: active\nos_type: linux\nmin_disk: 1\ncom.rackspace__1__x: a\nown: 1\nother: 2\ntags: [t]\nname: n\nvisibility: private\n';
  const document = server.open(join(root, 'refuse.image.yaml'), text);
  const old = (word: string, message: string) =>
    assert.rejects(document.ask('textDocument/prepareRename', at(word, document)), { code: -32803, message });
  await old('status', "'status' is set by the service alone; it cannot be renamed.");
  await old('os_type', "'os_type' is protected: only the service sets it; it cannot be renamed.");
  await old(
    'com.rack',
    "'com.rackspace__1__x' is protected: only the service sets it; it cannot be renamed.",
  );
  await old(
    'min_disk',
    "'min_disk' is an attribute of every image; only properties of your own can be renamed.",
  );
  await old('private', 'Only tags, properties and names of images can be renamed.');
  const fresh = (word: string, newName: string, message: string) =>
    assert.rejects(rename(word, newName, document), { code: -32803, message });
  await fresh('status', 'x', "'status' is set by the service alone; it cannot be renamed.");
  await fresh('own', 'size', "'size' is an attribute of every image; choose another name.");
  await fresh('own', 'owner', "'owner' is an attribute of every image; choose another name.");
  await fresh(
    'own',
    'com.rackspacex',
    "'com.rackspacex' is protected: only the service sets it; choose another name.",
  );
  await fresh('own', '', "The property's name cannot be empty.");
  await fresh('own', 'k'.repeat(256), "The property's name has at most 255 characters; this one has 256.");
  await fresh(
    'own',
    'other',
    `${join(root, 'refuse.image.yaml')}: An image there has 'other' already, beside 'own'.`,
  );
  await fresh('t]', '', 'A tag cannot be empty.');
  await fresh('t]', '🚀'.repeat(256), 'A tag has at most 255 characters; this one has 256.');
  await fresh('n\nvis', '', "The image's name cannot be empty.");
  await document.close();
});

test('a tag under an anchor is renamed once, where it is written', async () => {
  const text = '- name: a\n  tags: &t [anchored]\n- name: b\n  tags: *t\n';
  write('anchor.image.yaml', text);
  const document = server.open(join(root, 'anchor.image.yaml'), text);
  assert.deepEqual(applied(await rename('anchored', 'x', document)), {
    'anchor.image.yaml': text.replace('anchored', 'x'),
  });
  await document.close();
  rmSync(join(root, 'anchor.image.yaml'));
});

test('tags of other manifests are proposed, quoted where they must be', async () => {
  const propose = async (name: string, text: string) => {
    const document = server.open(join(root, name), text.replace('|', ''));
    const found = await document.complete(text.indexOf('|'));
    await document.close();
    return found.map(({ label, textEdit }) => [label, textEdit?.newText]);
  };
  const yaml = [
    ['unsaved', 'unsaved'],
    ['web frontend', '"web frontend"'],
    ['web_frontend', 'web_frontend'],
  ];
  assert.deepEqual(await propose('q.image.yaml', 'tags:\n  - |\n'), yaml);
  assert.deepEqual(await propose('q.image.yaml', 'tags: [|]\n'), yaml);
  assert.deepEqual(
    await propose('q.image.json', '{"tags": [|]}'),
    yaml.map(([label]) => [label, JSON.stringify(label)]),
  );
});

test('"Fix in workspace" makes a tag URL-safe in every file, with and without resolving', async () => {
  const titles = (actions: readonly CodeAction[]) => actions.map(({ title }) => title);
  const offset = web.text().indexOf('web frontend');
  const range = { start: web.positionOf(offset), end: web.positionOf(offset) };
  const title = "Fix in workspace: 'web frontend' to 'web_frontend' in 3 files, dropping duplicates";
  const actions = await web.actions(range, ['quickfix']);
  assert.deepEqual(titles(actions), ["Change to 'web_frontend'", title]);
  const expected = {
    'web.image.yaml': web.text().replace('web frontend', 'web_frontend'),
    'sub/all.image.json': onDisk['sub/all.image.json']?.replace('"web frontend", ', ''),
    'p.image-patch.yaml': onDisk['p.image-patch.yaml']?.replace('web frontend', 'web_frontend'),
  };
  assert.deepEqual(applied(actions[1]?.edit), expected);
  const resolving = await startLanguageServer({
    root,
    capabilities: {
      textDocument: { codeAction: { dataSupport: true, resolveSupport: { properties: ['edit'] } } },
    },
  });
  const [, unresolved] = await openWeb(resolving).actions(range, ['quickfix']);
  assert.deepEqual([unresolved?.title, unresolved?.edit], [title, undefined]);
  const resolved = await resolving.connection.sendRequest<CodeAction>('codeAction/resolve', unresolved);
  assert.deepEqual(applied(resolved.edit), expected);
  await resolving.close();
});

test('a tag that stands in one file only, or has no URL-safe form, is not offered for the workspace', async () => {
  const document = server.open(join(root, 'one.image.yaml'), 'tags: [only here, 生产]\n');
  const range = { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } };
  assert.deepEqual(
    (await document.actions(range, ['quickfix'])).map(({ title }) => title),
    ["Change to 'only_here'"],
  );
  await document.close();
});

test('files that are made, changed and removed are followed, by report or by looking', async () => {
  for (const watching of [true, false]) {
    const own = await startLanguageServer({
      root,
      capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: watching } } },
    });
    const path = join(root, 'new.image.yaml');
    const find = async () =>
      (await own.connection.sendRequest<SymbolInformation[]>('workspace/symbol', { query: 'fresh' })).map(
        ({ name }) => name,
      );
    const report = async (type: 1 | 2 | 3) => {
      if (!watching) return;
      const changes = [{ uri: pathToFileURL(path).href, type }];
      await own.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
    };
    assert.deepEqual(await find(), []);
    writeFileSync(path, 'name: fresh\n');
    await report(1);
    assert.deepEqual(await find(), ['fresh']);
    writeFileSync(path, 'name: fresh too\n');
    await report(2);
    assert.deepEqual(await find(), ['fresh too']);
    rmSync(path);
    await report(3);
    assert.deepEqual(await find(), []);
    await own.close();
  }
});
