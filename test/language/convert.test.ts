import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import type { CodeAction } from 'vscode-languageserver/node';
import { stringify } from 'yaml';
import { converted } from '../../server/language/features/codeActions/convert.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

const root = mkdtempSync(join(tmpdir(), 'cloud-images-convert-'));
let server: LanguageServer;
const creating = { workspaceEdit: { documentChanges: true, resourceOperations: ['create' as const] } };
const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

before(async () => {
  server = await startLanguageServer({ root, capabilities: { workspace: creating } });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

function convert(path: string, text: string): [string, string] | undefined {
  const result = converted(readManifest({ text, path }), path);
  return result && [result.path, result.text];
}

test('a manifest is written in the other format in a file beside it', async () => {
  const document = server.open(join(root, 'a.image.yaml'), 'name: web\ntags: [a, "012"]\n');
  const [action] = await document.actions(range, ['refactor']);
  const uri = pathToFileURL(join(root, 'a.image.json')).href;
  assert.deepEqual(action, {
    title: 'Convert to JSON, as a new file',
    kind: 'refactor.rewrite',
    edit: {
      documentChanges: [
        { kind: 'create', uri, options: { overwrite: false, ignoreIfExists: false } },
        {
          textDocument: { uri, version: null },
          edits: [{ range, newText: '{\n  "name": "web",\n  "tags": [\n    "a",\n    "012"\n  ]\n}\n' }],
        },
      ],
    },
  });
});

test('it is not offered where a file is in the way, the text is broken, or the client makes no files', async () => {
  writeFileSync(join(root, 'b.image.json'), '{}');
  const offered = async (name: string, text: string, of = server) =>
    (await of.open(join(root, name), text).actions(range, ['refactor'])).length;
  assert.equal(await offered('b.image.yaml', 'name: web\n'), 0);
  assert.equal(await offered('c.image.yaml', 'name: "web\n'), 0);
  assert.equal(await offered('d.image.yaml', 'name: a\n---\nname: b\n'), 0);
  assert.equal(await offered('e.image.yaml', ''), 0);
  const plain = await startLanguageServer({ root });
  assert.equal(await offered('f.image.yaml', 'name: web\n', plain), 0);
  await plain.close();
});

test('a client that resolves is told why the chosen conversion is not made', async () => {
  const resolving = await startLanguageServer({
    root,
    capabilities: {
      workspace: creating,
      textDocument: { codeAction: { dataSupport: true, resolveSupport: { properties: ['edit'] } } },
    },
  });
  const resolve = (action: CodeAction | undefined) =>
    resolving.connection.sendRequest<CodeAction>('codeAction/resolve', action);
  const free = resolving.open(join(root, 'g.image.yaml'), 'name: web\n');
  const [action] = await free.actions(range);
  assert.deepEqual([action?.title, action?.edit], ['Convert to JSON, as a new file', undefined]);
  assert.equal((await resolve(action)).edit?.documentChanges?.length, 2);
  const path = join(root, 'h.image.json');
  writeFileSync(path, '{}');
  const [blocked] = await resolving.open(join(root, 'h.image.yaml'), 'name: web\n').actions(range);
  await assert.rejects(resolve(blocked), { code: -32803, message: `${path} exists already.` });
  await resolving.close();
});

test('comments go along, to JSON in a .jsonc', () => {
  assert.deepEqual(
    convert(
      'x.image.yaml',
      '# top\n\n# of name\nname: web # n\ntags: # t\n  # first\n  - a # one\n  - b\n# before\nown: "1"\n# end\n',
    ),
    [
      'x.image.jsonc',
      '{\n  // top\n  // of name\n  "name": "web", // n\n  "tags": [\n    // t\n    // first\n    "a", // one\n    "b"\n  ],\n  // before\n  "own": "1"\n}\n// end\n',
    ],
  );
  assert.deepEqual(convert('x.image.yaml', '- a: 1 # c\n- {b: 2}\n  # last\n'), [
    'x.image.jsonc',
    '[\n  {\n    "a": 1 // c\n  },\n  {\n    "b": 2\n    // last\n  }\n]\n',
  ]);
});

test('comments go along from JSON; words that others read differently stay quoted', () => {
  assert.deepEqual(
    convert(
      'x.image-patch.jsonc',
      '// top\n[\n\t{ "op": "add", "path": "/a", "value": "yes" }, // one\n  /* two\n     lines */\n  { "op": "remove", "path": "/b" }\n]\n',
    ),
    [
      'x.image-patch.yaml',
      '# top\n- op: add\n  path: /a\n  value: "yes"\n  # one\n# two\n# lines\n- op: remove\n  path: /b\n',
    ],
  );
});

test('there and back again, no data is lost', () => {
  const scalar = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('yes', '012', '# no comment', '// nor this', 'a: b', '~', 'a\nb\n', '\t'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const tree = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;
  let made = 0;
  fc.assert(
    fc.property(tree, fc.boolean(), (data, json) => {
      const path = json ? 'x.image.json' : 'x.image.yaml';
      const text = json ? JSON.stringify(data, null, 2) : stringify(data);
      const file = readManifest({ text, path });
      const result = converted(file, path);
      if (!result) return;
      made++;
      const back = readManifest({ text: result.text, path: result.path });
      assert.equal(JSON.stringify(back.documents[0]?.data), JSON.stringify(file.documents[0]?.data)); // -0 is 0
      assert.equal(back.problems.length, 0);
    }),
    { numRuns: 500 },
  );
  assert.ok(made > 450, `only ${made} were converted`);
});
