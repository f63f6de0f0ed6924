import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CodeAction } from 'vscode-languageserver/node';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** The built language server over stdio, on a workspace of its own. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-language-'));
const live = {
  id: 'c3b6b3e0-0000-4000-8000-000000000001',
  name: 'live',
  status: 'active',
  tags: [],
  'com.rackspace__1__options': '0',
  team: 'blue',
};
let server: LanguageServer;

before(async () => {
  writeFileSync(
    join(root, '.cloud-images.json'),
    JSON.stringify({ ownPrefix: 'com.example', severities: { 'tag/characters': 'off' } }),
  );
  server = await startLanguageServer({
    root,
    requests: {
      'cloudImages/liveImage': ({ id }: { id?: string }) =>
        id === live.id ? { image: live } : { unavailable: 'The images are being read.' },
    },
  });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

test('a protected property is marked on its key, and can be removed or renamed', async () => {
  const text = '# ours\nname: web\ncom.rackspace__1__team: blue # c\nmin_disk: 20\n';
  const document = server.open(join(root, 'a.image.yaml'), text);
  const [problem, ...rest] = await document.diagnostics();
  assert.ok(problem && rest.length === 0);
  assert.equal(problem.code, 'property/protected');
  assert.equal(problem.severity, 1);
  assert.match(problem.message, /The cloud answers 403: Attribute 'com\.rackspace__1__team' is reserved\./);
  assert.equal(text.slice(...document.offsetOf(problem.range)), 'com.rackspace__1__team');
  const actions = await document.actions(problem.range, ['quickfix']);
  assert.deepEqual(
    actions.map((action) => [action.title, document.after(action)]),
    [
      ["Rename to 'com.example.team'", text.replace('com.rackspace__1__team', 'com.example.team')],
      ["Remove 'com.rackspace__1__team'", '# ours\nname: web\nmin_disk: 20\n'],
    ],
  );
});

test('what equals the live image is no problem, what differs is', async () => {
  const document = server.open(
    join(root, 'b.image.yaml'),
    `id: ${live.id}\nname: live\nstatus: active\ncom.rackspace__1__options: "0"\n`,
  );
  assert.deepEqual(await document.diagnostics(), []);
  await document.change(`id: ${live.id}\nstatus: queued\ncom.rackspace__1__options: "1"\n`);
  assert.deepEqual((await document.diagnostics()).map(({ code }) => code).sort(), [
    'image/read-only',
    'property/protected',
  ]);
});

test('tags are fixed one by one and all at once, and then nothing is left to fix', async () => {
  const text = `{\n  "name": "web",\n  "tags": ["web frontend", "Café", "web_frontend", "生产", "${'t'.repeat(256)}"]\n}\n`;
  const document = server.open(join(root, 'c.image.json'), text);
  const problems = await document.diagnostics();
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['tag/url-safe', 'tag/url-safe', 'tag/url-safe', 'tag/length'],
  );
  const [all] = await document.actions({ start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, [
    'source.fixAll.cloudImages',
  ]);
  assert.ok(all);
  const long = 't'.repeat(256);
  assert.deepEqual(JSON.parse(document.after(all)).tags, [
    'web frontend',
    'Cafe',
    'web_frontend',
    '生产',
    long,
  ]);
  await document.change(document.after(all));
  const again = await document.actions({ start: { line: 0, character: 0 }, end: { line: 9, character: 0 } }, [
    'source',
  ]);
  assert.deepEqual(again, []);
  const at = document.positionOf(document.text().indexOf('frontend'));
  const [own] = await document.actions({ start: at, end: at }, ['quickfix']);
  assert.equal(own?.title, "Rewrite to 'web_frontend' and drop the duplicate");
  assert.deepEqual(JSON.parse(document.after(own)).tags, ['Cafe', 'web_frontend', '生产', long]);
});

test('a broken document still has its findings up to the break', async () => {
  const document = server.open(join(root, 'd.image.yaml'), 'name: web\ntags: [a b]\nvisibility: "pub\n');
  const codes = (await document.diagnostics()).map(({ code }) => code);
  assert.ok(codes.includes('tag/url-safe') && codes.includes('yaml/syntax'), codes.join());
});

test('each document of a file is judged as its own kind', async () => {
  const text =
    'type: import\ninput:\n  import_from: exports/none.vhd\n  image_properties: { name: web }\n---\nos_distro: windows\n---\n- { op: add, path: os_version, value: "7" }\n';
  const document = server.open(join(root, 'e.image-import.yaml'), text);
  const problems = await document.diagnostics();
  assert.deepEqual(
    problems.map(({ code, range }) => [code, range.start.line]),
    [
      ['import/windows', 2],
      ['import/unchecked', 2],
      ['image/unprepared', 5],
      ['patch/pointer', 7],
    ],
  );
  assert.match(problems[0]?.message ?? '', /following image document/);
  const lenses = (await document.lenses()).map(({ range, command }) => [range.start.line, command?.title]);
  assert.deepEqual(lenses, [
    [0, 'Run this file (3 documents)'],
    [0, 'Import'],
    [0, 'Import task, by its shape'],
    [5, 'Plan'],
    [5, 'Apply'],
    [5, 'Image, by its shape'],
    [7, 'Plan'],
    [7, 'Apply'],
    [7, 'Image patch, by its shape'],
    [7, 'On the image of the import before it: 0 changes'],
  ]);
});

test('a client that resolves gets the edit of "fix all" when it is chosen, and not for another text', async () => {
  const resolving = await startLanguageServer({
    root,
    capabilities: {
      textDocument: { codeAction: { dataSupport: true, resolveSupport: { properties: ['edit'] } } },
    },
  });
  const document = resolving.open(join(root, 'o.image.yaml'), 'tags: [a b, c d]\n');
  const range = { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } };
  const actions = await document.actions(range);
  assert.deepEqual(
    actions.map(({ title, edit }) => [title, edit !== undefined]),
    [
      ["Change to 'a_b'", true],
      ["Change to 'c_d'", true],
      ["Fix all 'tag/url-safe' problems in this file", false],
      ['Fix all that can be fixed without a choice', false],
    ],
  );
  const resolve = (action: CodeAction | undefined) =>
    resolving.connection.sendRequest<CodeAction>('codeAction/resolve', action);
  for (const action of actions.slice(2))
    assert.equal(document.after(await resolve(action)), 'tags: [a_b, c_d]\n');
  await document.change('tags: [a b]\n');
  await assert.rejects(resolve(actions[2]), { code: -32801, message: 'The text has changed since.' });
  await resolving.close();
});

test('the shape of an import task is checked against its schema, in the words of the service', async () => {
  const document = server.open(join(root, 'f.image-import.yaml'), 'type: import\n');
  assert.deepEqual(
    (await document.diagnostics()).map(({ message }) => message),
    ["'input' is missing.\nThe cloud answers 400: Task 'input' is required"],
  );
});

test('hover explains a key, a protected property and a tag', async () => {
  const text = 'min_disk: 20\ncom.rackspace__1__options: "0"\ntags: [a b]\n';
  const document = server.open(join(root, 'g.image.yaml'), text);
  const at = async (word: string) => JSON.stringify((await document.hover(text.indexOf(word) + 1))?.contents);
  assert.match(await at('min_disk'), /Smallest system disk, in GB/);
  assert.match(await at('com.rack'), /Protected: only the service sets it; a change answers 403/);
  assert.match(await at('a b'), /tag=a%20b/);
});

test('completion offers keys that may be set, values, and the paths of a patch', async () => {
  const image = server.open(join(root, 'h.image.yaml'), 'name: web\nvis\n');
  const keys = (await image.complete('name: web\nvis'.length)).map(({ label }) => label);
  assert.ok(keys.includes('visibility') && keys.includes('vm_mode'));
  assert.ok(
    !keys.includes('name') && !keys.includes('status') && !keys.includes('com.rackspace__1__options'),
  );
  await image.change('visibility: p');
  assert.deepEqual(
    (await image.complete('visibility: p'.length)).map(({ label }) => label),
    ['private'],
  );
  const patch = server.open(join(root, 'h.image-patch.json'), '[{ "op": "add", "path": "/" }]');
  assert.ok(
    (await patch.complete('[{ "op": "add", "path": "/'.length)).some(({ label }) => label === '/vm_mode'),
  );
});

test('words that YAML 1.1 reads differently are quoted as they are spelled', async () => {
  const text = 'name: on\ncom.example.mode: 012\ncom.example.at: 1:30 # c\nmin_disk: 010\ntags: [yes, web]\n';
  const document = server.open(join(root, 'words.image.yaml'), text);
  const problems = await document.diagnostics();
  assert.deepEqual(
    problems.map(({ code, range }) => [code, text.slice(...document.offsetOf(range))]),
    [
      ['property/word', 'on'],
      ['property/value', '012'],
      ['property/word', '1:30'],
      ['property/word', '010'],
      ['property/word', 'yes'],
    ],
  );
  const [all] = await document.actions({ start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, [
    'source',
  ]);
  assert.equal(
    all && document.after(all),
    'name: "on"\ncom.example.mode: "012"\ncom.example.at: "1:30" # c\nmin_disk: 010\ntags: ["yes", web]\n',
  );
});

test('a comment suppresses a rule on its line, the next one or in the file, and is reported when it does nothing', async () => {
  const text = [
    '# cloud-images-ignore-file tag/duplicate',
    'tags:',
    '  - a b # cloud-images-ignore tag/url-safe',
    '  # cloud-images-ignore-next-line tag/url-safe, tag/empty',
    '  - c d',
    '  - e f',
    '  - e f # cloud-images-ignore tag/url-safe',
    'name: web # cloud-images-ignore tag/length',
    '',
  ].join('\n');
  const document = server.open(join(root, 'ignore.image.yaml'), text);
  assert.deepEqual(
    (await document.diagnostics()).map(({ code, range, message }) => [
      code,
      range.start.line,
      message.includes('tag/empty') || message.includes('tag/length'),
    ]),
    [
      ['tag/url-safe', 5, false],
      ['manifest/unused-suppression', 3, true],
      ['manifest/unused-suppression', 7, true],
    ],
  );
});

test('.cloud-images.json steers severities, and a broken one is not fatal', async () => {
  const document = server.open(join(root, 'i.image.yaml'), 'tags: [web-front]\n');
  assert.deepEqual(await document.diagnostics(), []);
});

test('without pull diagnostics they are pushed, with the version they are of', async () => {
  const pushing = await startLanguageServer({ root, pull: false });
  const pushed = new Promise<{ version?: number; diagnostics: unknown[] }>((resolve) =>
    pushing.connection.onNotification('textDocument/publishDiagnostics', resolve),
  );
  pushing.open(join(root, 'j.image.yaml'), 'tags: [a b]\n');
  const { version, diagnostics } = await pushed;
  assert.deepEqual([version, diagnostics.length], [1, 1]);
  await pushing.close();
});
