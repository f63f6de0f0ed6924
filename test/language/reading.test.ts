import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { InlayHint, SemanticTokens, SemanticTokensDelta, TextEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { stringify } from 'yaml';
import { formatted } from '../../server/language/features/formatting.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { type LanguageServer, type OpenDocument, startLanguageServer } from '../tools/languageServer.ts';

const root = mkdtempSync(join(tmpdir(), 'cloud-images-reading-'));
let server: LanguageServer;

before(async () => {
  server = await startLanguageServer({ root });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

test('sizes in bytes have their gigabytes beside them, in the range that is asked for', async () => {
  const text =
    '- size: 42949672960\n  virtual_size: 1073741824 # c\n  min_disk: 20\n- size: 12\n- size: many\n';
  const document = server.open(join(root, 'a.image.yaml'), text);
  const ask = async (lines: number) =>
    (
      await document.ask<InlayHint[]>('textDocument/inlayHint', {
        range: { start: { line: 0, character: 0 }, end: { line: lines, character: 0 } },
      })
    ).map(({ position, label }) => [position.line, position.character, label]);
  assert.deepEqual(await ask(9), [
    [0, 19, '= 40 GB'],
    [1, 26, '= 1 GB'],
  ]);
  assert.deepEqual(await ask(1), [[0, 19, '= 40 GB']]);
});

/** Text, type, modifiers. */
function decode(document: OpenDocument, data: readonly number[]): [string, number, number][] {
  const lines = document.text().split('\n');
  const tokens: [string, number, number][] = [];
  let [line, character] = [0, 0];
  for (let at = 0; at < data.length; at += 5) {
    const [lineStep = 0, characterStep = 0, length = 0, type = 0, modifiers = 0] = data.slice(at, at + 5);
    line += lineStep;
    character = lineStep > 0 ? characterStep : character + characterStep;
    tokens.push([lines[line]?.slice(character, character + length) ?? '', type, modifiers]);
  }
  return tokens;
}

test('properties, protected names, pointers and tags are told apart', async () => {
  const text =
    'name: web\nmin_disk: 1\nown: x\nos_type: linux\nid: i\ntags: [a, "b c"]\n---\n- { op: add, value: [t], path: /tags }\n- { op: add, value: y, path: "/a~1b" }\n';
  const document = server.open(join(root, 'b.image.yaml'), text);
  const { data } = await document.ask<SemanticTokens>('textDocument/semanticTokens/full');
  assert.deepEqual(decode(document, data), [
    ['min_disk', 0, 2],
    ['own', 0, 0],
    ['os_type', 0, 1],
    ['id', 0, 1],
    ['a', 1, 0],
    ['b c', 1, 0],
    ['t', 1, 0],
    ['a~1b', 0, 0],
  ]);
});

test('what an edit leaves alone keeps its words where they have moved to, on other lines and on the same one', async () => {
  const yaml = '- own: x\n  tags: [a]\n- tags: [b]\n- other: y\n  tags: [c, d]\n';
  const documents = 'own: x\ntags: [a]\n---\n- { op: add, path: /one, value: y }\n---\ntags: [b]\n';
  const json = '[{"own":"x","tags":["a"]},{"tags":["b"]},\n{"other":"y"}]';
  for (const [name, before, ...after] of [
    [
      'moved.image.yaml',
      yaml,
      `- tags: [new]\n${yaml}`,
      yaml.replace('- tags: [b]\n', ''),
      `# one\n# two\n${yaml}`,
    ],
    [
      'moved.yaml',
      documents,
      `own: z\n${documents}`,
      documents.replace('tags: [a]\n', ''),
      `---\n${documents}`,
    ],
    ['moved.image.json', json, json.replace('x', 'longer'), json.replace('x', ''), `[${json.slice(25)}`],
  ] as const) {
    const edited = server.open(join(root, name), before);
    await edited.ask<SemanticTokens>('textDocument/semanticTokens/full');
    for (const [at, text] of after.entries()) {
      await edited.change(text);
      const { data } = await edited.ask<SemanticTokens>('textDocument/semanticTokens/full');
      const fresh = server.open(join(root, `fresh${at}-${name}`), text);
      const anew = await fresh.ask<SemanticTokens>('textDocument/semanticTokens/full');
      assert.deepEqual(decode(edited, data), decode(fresh, anew.data), text);
      assert.ok(data.length > 0, text);
      await edited.change(before);
      await edited.ask<SemanticTokens>('textDocument/semanticTokens/full');
    }
  }
});

test('a delta turns the tokens sent last into those of the text as it is now', async () => {
  const document = server.open(join(root, 'c.image.yaml'), 'own: x\ntags: [a]\nother: y\n');
  const first = await document.ask<SemanticTokens>('textDocument/semanticTokens/full');
  const data = [...first.data];
  let { resultId: previousResultId } = first;
  for (const text of [
    'own: x\ntags: [a, b]\nother: y\n',
    'tags: [a, b]\nother: y\n',
    'tags: [a, b]\nother: y\n',
  ]) {
    await document.change(text);
    const delta = await document.ask<SemanticTokensDelta>('textDocument/semanticTokens/full/delta', {
      previousResultId,
    });
    for (const { start, deleteCount, data: added = [] } of [...delta.edits].reverse())
      data.splice(start, deleteCount, ...added);
    previousResultId = delta.resultId;
    const whole = text.includes('own') ? ['own', 'a', 'b', 'other'] : ['a', 'b', 'other'];
    assert.deepEqual(
      decode(document, data).map(([word]) => word),
      whole,
    );
  }
  const unknown = await document.ask<SemanticTokens>('textDocument/semanticTokens/full/delta', {
    previousResultId: 'never sent',
  });
  assert.equal(decode(document, unknown.data).length, 3);
});

async function format(name: string, text: string): Promise<string> {
  const document = server.open(join(root, name), text);
  const edits = await document.ask<TextEdit[]>('textDocument/formatting', {
    options: { tabSize: 2, insertSpaces: true },
  });
  await document.close();
  return TextDocument.applyEdits(TextDocument.create('', '', 0, text), edits);
}

test('YAML is laid out anew with its comments and quotes', async () => {
  assert.equal(
    await format(
      'd.image.yaml',
      '# top\n\n\nname:   \'web\' # n\ntags:\n- a\n-   b # two\n# before\nown: 0o17\n---\n# second\n-   {op: add,   path: /x, value: "1"}\n# end\n',
    ),
    '# top\n\nname: \'web\' # n\ntags:\n  - a\n  - b # two\n# before\nown: 0o17\n---\n# second\n- { op: add, path: /x, value: "1" }\n\n# end\n',
  );
  assert.equal(await format('d.image.yaml', 'name:  a\r\ntags:\r\n- b\r\n'), 'name: a\r\ntags:\r\n  - b\r\n');
});

test('JSON is laid out anew with its comments', async () => {
  assert.equal(
    await format('e.image.jsonc', '{"name":"web", // n\n/* t */ "tags":["a","b"]}'),
    '{\n  "name": "web", // n\n  /* t */ "tags": [\n    "a",\n    "b"\n  ]\n}\n',
  );
});

test('what laying out would change, or cannot be read, is left as it is', async () => {
  for (const text of ['name:  012\n', 'name:  "web\n', 'name:  a\nname:  b\n', 'own: &x [ a ]\nname:  *y\n'])
    assert.equal(await format('f.image.yaml', text), text);
  assert.equal(await format('f.image.json', '{"name":  }'), '{"name":  }');
});

test('laying out never changes data, and doing it twice changes nothing', () => {
  const scalar = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'yes',
      '012',
      '1:30',
      '# no comment',
      '- a',
      'a: b',
      ' x ',
      'null',
      '~',
      'a\nb\n',
      '\t',
      '',
    ),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;
  let changed = 0;
  fc.assert(
    fc.property(value, fc.boolean(), fc.constantFrom(1, 2, 4), (data, json, indent) => {
      const path = json ? 'x.image.json' : 'x.image.yaml';
      const text = json
        ? JSON.stringify(data, null, indent)
        : `# c\n${stringify(data, { indent: indent + 1 })}`;
      const file = readManifest({ text, path });
      const after = formatted(file, { tabSize: 2, insertSpaces: true });
      if (after === undefined) return;
      changed++;
      const again = readManifest({ text: after, path });
      assert.deepEqual(
        again.documents.map((document) => document.data),
        file.documents.map((document) => document.data),
      );
      if (!json) assert.ok(after.startsWith('# c\n'));
      assert.equal(formatted(again, { tabSize: 2, insertSpaces: true }), undefined);
    }),
    { numRuns: 500 },
  );
  assert.ok(changed > 100, `only ${changed} were laid out`);
});
