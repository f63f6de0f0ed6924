import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf } from '../../server/manifests/edits/applyEdits.ts';
import { readManifest } from '../../server/manifests/read.ts';

const kinds: [string, string, (string | undefined)[]][] = [
  ['web.image-import.yaml', 'type: import\n', ['import']],
  ['web.image-import.yaml', 'name: web\n', ['import']],
  ['web.image-patch.json', '{}', ['patch']],
  ['web.image.yml', 'name: web\n', ['image']],
  [
    'web.image-import.yaml',
    'type: import\ninput: {import_from: a/b}\n---\nname: web\n---\n- {op: add, path: /x, value: y}\n',
    ['import', 'image', 'patch'],
  ],
  ['notes.yaml', 'hello\n', [undefined]],
  ['notes.yaml', '- op: add\n', ['patch']],
];
for (const [path, text, expected] of kinds) {
  test(`${path} with ${JSON.stringify(text.slice(0, 20))} is ${expected.join(', ')}`, () => {
    assert.deepEqual(
      readManifest({ path, text }).documents.map(({ kind }) => kind),
      expected,
    );
  });
}

test('a document that breaks off is read up to the break', () => {
  const yaml = readManifest({ path: 'a.image.yaml', text: 'name: web\ntags: [a b, "c\n' });
  assert.ok(yaml.problems.length > 0);
  assert.deepEqual(JSON.parse(JSON.stringify(yaml.documents[0]?.data)).tags[0], 'a b');
  const json = readManifest({ path: 'a.image.json', text: '{"name": "web", "tags": ["a b", ' });
  assert.ok(json.problems.length > 0);
  assert.deepEqual(json.documents[0]?.data, { name: 'web', tags: ['a b'] });
});

test('an alias bomb is one problem and not a hang', () => {
  const lines = [
    'a0: &a0 [x, x]',
    ...Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`),
  ];
  const { problems } = readManifest({ path: 'a.image.yaml', text: lines.join('\n') });
  assert.deepEqual(
    problems.map(({ rule }) => rule),
    ['yaml/aliases'],
  );
});

test('a key written twice is a problem at the second one, and the last counts', () => {
  const file = readManifest({ path: 'a.image.yaml', text: 'name: a\nname: b\n' });
  assert.deepEqual(
    file.problems.map(({ rule, start }) => [rule, start]),
    [['manifest/duplicate-key', 8]],
  );
  assert.deepEqual(file.documents[0]?.data, { name: 'b' });
});

test('names of Object.prototype are keys like any other', () => {
  for (const [path, text] of [
    ['a.yaml', '__proto__: x\nconstructor: y\n'],
    ['a.json', '{"__proto__": "x", "constructor": "y"}'],
  ] as const) {
    const data = readManifest({ path, text }).documents[0]?.data;
    assert.deepEqual(Object.entries(data ?? {}), [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  }
});

test('JSON takes comments only in .jsonc', () => {
  const text = '{"name": "web" // c\n}';
  assert.deepEqual(
    readManifest({ path: 'a.image.json', text }).problems.map(({ rule }) => rule),
    ['json/comment'],
  );
  assert.deepEqual(readManifest({ path: 'a.image.jsonc', text }).problems, []);
});

test('a place is that of the value, of the key, or of what is nearest above', () => {
  const text = 'tags:\n  - a\n  - b c\n';
  const [document] = readManifest({ path: 'a.image.yaml', text }).documents;
  assert.ok(document);
  const at = (pointer: string, onKey = false) => {
    const { start, end } = placeOf(document, pointer, onKey);
    return text.slice(start, end);
  };
  assert.deepEqual(
    [at('/tags/1'), at('/tags', true), at('/tags/7'), at('')],
    ['b c', 'tags', 'tags', 'tags'],
  );
});

test('an alias without an anchor is a problem at its place', () => {
  const { problems } = readManifest({ path: 'a.image.yaml', text: 'name: *nowhere\n' });
  assert.deepEqual(
    problems.map(({ rule, start, message }) => [rule, start, message]),
    [['yaml/aliases', 6, "No anchor '&nowhere' stands before this alias."]],
  );
});

test('an empty list among several documents is of no kind by its shape', () => {
  const { documents } = readManifest({ path: 'notes.yaml', text: 'name: web\n---\n[]\n' });
  assert.deepEqual(
    documents.map(({ kind }) => kind),
    ['image', undefined],
  );
});

test('a byte order mark is no column, and positions count it', () => {
  const text = '\ufeff- name: web\n  tags: [a]\n';
  const { documents, problems } = readManifest({ text, path: 'x.image.yaml' });
  assert.deepEqual(problems, []);
  assert.deepEqual(documents[0]?.data, [{ name: 'web', tags: ['a'] }]);
  const { start, end } = placeOf(documents[0] as never, '/0/tags/0');
  assert.equal(text.slice(start, end), 'a');
  const json = readManifest({ text: '\ufeff{"name": "web"}', path: 'x.image.json' });
  assert.deepEqual([json.problems, json.documents[0]?.data], [[], { name: 'web' }]);
});

test('an alias as a key has the name that its anchor marks', () => {
  const text = 'name: &k team\n*k : blue\n';
  assert.deepEqual(readManifest({ text, path: 'x.image.yaml' }).documents[0]?.data, {
    name: 'team',
    team: 'blue',
  });
});
