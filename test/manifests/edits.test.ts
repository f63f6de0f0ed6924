import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { applyEdits } from '../../server/manifests/edits/applyEdits.ts';
import { textEdits } from '../../server/manifests/edits/textEdits.ts';
import { readManifest } from '../../server/manifests/read.ts';
import type { Json } from '../../server/rules/json.ts';
import type { DataEdit } from '../../server/rules/rule.ts';

/** What, before, edit, after. The bytes that the edit does not mean are unchanged. */
const cases: [string, string, DataEdit, string][] = [
  [
    'a plain scalar',
    'name: web # n\ntags: [a b]\n',
    { do: 'set', pointer: '/tags/0', value: 'a_b' },
    'name: web # n\ntags: [a_b]\n',
  ],
  [
    'quotes are kept',
    `tags:\n  - 'a b' # c\n  - "c d"\n`,
    { do: 'set', pointer: '/tags/1', value: 'c_d' },
    `tags:\n  - 'a b' # c\n  - "c_d"\n`,
  ],
  [
    'text that reads like a number is quoted',
    'release: 7\n',
    { do: 'set', pointer: '/release', value: '7' },
    'release: "7"\n',
  ],
  [
    'a key, with its comment above left alone',
    'a: 1\n# about b\nb: 2 # two\nc: 3\n',
    { do: 'remove', pointer: '/b' },
    'a: 1\n# about b\nc: 3\n',
  ],
  ['the last key', 'a: 1\nb:\n  c: 2\n', { do: 'remove', pointer: '/b' }, 'a: 1\n'],
  ['the last key without a line break', 'a: 1\nb: 2', { do: 'remove', pointer: '/b' }, 'a: 1'],
  ['the only key', 'a:\n  b: 2\n', { do: 'remove', pointer: '/a/b' }, 'a:\n  {}\n'],
  ['an item', 'tags:\n  - a\n  - b\nx: 1\n', { do: 'remove', pointer: '/tags/1' }, 'tags:\n  - a\nx: 1\n'],
  [
    'an item without indentation',
    'tags:\n- a\n- b\nx: 1\n',
    { do: 'remove', pointer: '/tags/0' },
    'tags:\n- b\nx: 1\n',
  ],
  ['the only item', 'tags:\n  - a\nx: 1\n', { do: 'remove', pointer: '/tags/0' }, 'tags:\n  []\nx: 1\n'],
  [
    'the first key of an item',
    '- a: 1\n  b: 2\n- c: 3\n',
    { do: 'remove', pointer: '/0/a' },
    '- b: 2\n- c: 3\n',
  ],
  [
    'an operation in flow style',
    '- { op: add, path: /x, value: y }\n- { op: remove, path: /z }\n',
    { do: 'remove', pointer: '/0' },
    '- { op: remove, path: /z }\n',
  ],
  ['from a flow list, first', 'tags: [a, b, c]\n', { do: 'remove', pointer: '/tags/0' }, 'tags: [b, c]\n'],
  ['from a flow list, last', 'tags: [a, b, c]\n', { do: 'remove', pointer: '/tags/2' }, 'tags: [a, b]\n'],
  [
    'a new key',
    'input:\n  import_from: c/o\n  image_properties: {}\n',
    { do: 'set', pointer: '/input/image_properties/name', value: 'web' },
    'input:\n  import_from: c/o\n  image_properties: { name: web }\n',
  ],
  [
    'a new key in block style',
    'input:\n  import_from: c/o\nx: 1\n',
    { do: 'set', pointer: '/input/image_properties', value: { name: 'w' } },
    'input:\n  import_from: c/o\n  image_properties: { name: w }\nx: 1\n',
  ],
  [
    'a renamed key',
    'com.rackspace__1__x: 1 # c\n',
    { do: 'rename', pointer: '/com.rackspace__1__x', name: 'com.mycompany.x' },
    'com.mycompany.x: 1 # c\n',
  ],
  [
    'a new key behind a comment in flow style',
    'x: { a: 1,\n     b: 2 # two\n   }\n',
    { do: 'set', pointer: '/x/c', value: 3 },
    'x: { a: 1,\n     b: 2, # two\n     c: 3\n   }\n',
  ],
  [
    'a new key behind a comma and a comment in flow style',
    '{\n  a: 1, # one\n}\n',
    { do: 'set', pointer: '/b', value: 2 },
    '{\n  a: 1, # one\n  b: 2,\n}\n',
  ],
  [
    'a new item, behind the comment of the last one',
    'a:\n  - x # one\n  # of all\nb: 2\n',
    { do: 'set', pointer: '/a/-', value: { y: 1 } },
    'a:\n  - x # one\n  - { y: 1 }\n  # of all\nb: 2\n',
  ],
  [
    'a new item behind one of several lines, without indentation',
    'a:\n- x: 1\n  y: 2\nb: 2\n',
    { do: 'set', pointer: '/a/-', value: 3 },
    'a:\n- x: 1\n  y: 2\n- 3\nb: 2\n',
  ],
  [
    'a new item in flow style',
    'a: [x,\n    y # two\n   ]\n',
    { do: 'set', pointer: '/a/-', value: 'z' },
    'a: [x,\n    y, # two\n    z\n   ]\n',
  ],
  ['the first item of a list', 'a: []\n', { do: 'set', pointer: '/a/-', value: 'z' }, 'a: [ z ]\n'],
  ['CRLF', 'a: 1\r\nb: 2\r\nc: 3\r\n', { do: 'remove', pointer: '/b' }, 'a: 1\r\nc: 3\r\n'],
];

for (const [what, before, edit, after] of cases) {
  test(`YAML, ${edit.do}: ${what}`, () => assert.equal(edited('m.yaml', before, edit), after));
}

const json: [string, DataEdit, string][] = [
  ['{\n  "a": 1,\n  "b": 2\n}\n', { do: 'remove', pointer: '/b' }, '{\n  "a": 1\n}\n'],
  ['{"tags": ["a b", "c"]}', { do: 'set', pointer: '/tags/0', value: 'a_b' }, '{"tags": ["a_b", "c"]}'],
  [
    '[{"op": "add", "path": "/x"}]',
    { do: 'set', pointer: '/0/value', value: 'v' },
    '[{"op": "add", "path": "/x",\n  "value": "v"}]',
  ],
  ['{"tags": ["a"]}', { do: 'set', pointer: '/tags/-', value: 'b' }, '{"tags": ["a", "b"]}'],
  ['{"tags": []}', { do: 'set', pointer: '/tags/-', value: 'b' }, '{"tags": ["b"]}'],
  [
    '{\n  "a": [\n    { "x": 1 }\n  ]\n}\n',
    { do: 'set', pointer: '/a/-', value: { y: 2 } },
    '{\n  "a": [\n    { "x": 1 },\n    {\n      "y": 2\n    }\n  ]\n}\n',
  ],
  ['{"a": 1}', { do: 'rename', pointer: '/a', name: 'b' }, '{"b": 1}'],
  ['{"tags": ["a", "b"]}', { do: 'remove', pointer: '/tags/1' }, '{"tags": ["a"]}'],
];
test('a new member of JSON stands behind the comment of the one before, in the layout of the file', () => {
  const text = '{\r\n\t"a": 1, // one\r\n\t"b": 2 // two\r\n}\r\n';
  const edit: DataEdit = { do: 'set', pointer: '/c', value: { d: ['x\u200b'] } };
  assert.equal(
    edited('m.jsonc', text, edit),
    '{\r\n\t"a": 1, // one\r\n\t"b": 2, // two\r\n\t"c": {\r\n\t\t"d": [\r\n\t\t\t"x\\u200b"\r\n\t\t]\r\n\t}\r\n}\r\n',
  );
});

for (const [before, after] of [
  ['{\n  "a": 1, /* one */\n}\n', '{\n  "a": 1, /* one */\n  "b": 2,\n}\n'],
  ['{\n  "a": 1 /* one */ // too\n}\n', '{\n  "a": 1, /* one */ // too\n  "b": 2\n}\n'],
  ['{\n  "a": 1 /* one */, // too\n}\n', '{\n  "a": 1 /* one */, // too\n  "b": 2,\n}\n'],
  ['{\n  "a": 1 // one\n  , // too\n}\n', '{\n  "a": 1 // one\n  , // too\n  "b": 2,\n}\n'],
  [
    '{\n  "a": 1 /* one\n  too */\n  // of all\n}\n',
    '{\n  "a": 1, /* one\n  too */\n  "b": 2\n  // of all\n}\n',
  ],
  ['{ "a": 1 /* one */ }', '{ "a": 1 /* one */, "b": 2 }'],
  ['{ "a": 1, /* one */ }', '{ "a": 1, /* one */\n "b": 2, }'],
  ['{ "a": 1 // one\n}', '{ "a": 1, // one\n "b": 2\n}'],
  ['{ "a": 1, // one\n}', '{ "a": 1, // one\n "b": 2,\n}'],
  ['{\n  "a": "/* */ , //"\n}\n', '{\n  "a": "/* */ , //",\n  "b": 2\n}\n'],
] as const)
  test(`comments stay with the member that they stand behind: ${before.replaceAll('\n', '↵')}`, () =>
    assert.equal(edited('m.jsonc', before, { do: 'set', pointer: '/b', value: 2 }), after));

for (const [before, edit, after] of json) {
  test(`JSON, ${edit.do} ${edit.pointer}: ${before.replaceAll('\n', ' ')}`, () => {
    const result = edited('m.json', before, edit);
    assert.deepEqual(JSON.parse(result), JSON.parse(after));
  });
}

test('a pointer that leads nowhere has no edit', () => {
  assert.equal(edited('m.yaml', 'a: 1\n', { do: 'remove', pointer: '/b' }), 'none');
  assert.equal(edited('m.json', '{"a":1}', { do: 'rename', pointer: '/b', name: 'c' }), 'none');
});

test('removing or setting any member of any YAML document changes just that in its data', () => {
  const leaf = fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean(), fc.constant(null));
  const tree = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      leaf,
      fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie('any'), { minKeys: 1, maxKeys: 3 }),
    ),
  }));
  const styles = fc.constantFrom('block', 'flow');
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tree.any, { minKeys: 1, maxKeys: 4 }),
      styles,
      fc.nat(),
      fc.boolean(),
      (data, style, pick, removes) => {
        const text = stringify(data, style === 'flow' ? { collectionStyle: 'flow' } : {});
        const pointers = allPointers(JSON.parse(JSON.stringify(data)) as Json);
        const pointer = pointers[pick % pointers.length] ?? '';
        const edit: DataEdit = removes
          ? { do: 'remove', pointer }
          : { do: 'set', pointer, value: 'new: [text' };
        const result = edited('m.yaml', text, edit);
        assert.deepEqual(parse(result), changed(parse(text) as Json, edit), `${text}\n${pointer}\n${result}`);
      },
    ),
    { numRuns: 400 },
  );
});

function edited(path: string, text: string, edit: DataEdit): string {
  const file = readManifest({ text, path });
  const [document] = file.documents;
  const edits = document && textEdits(file, document, [edit]);
  return edits ? applyEdits(text, edits) : 'none';
}

function allPointers(data: Json, base = ''): string[] {
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) => [
    `${base}/${key}`,
    ...allPointers(value, `${base}/${key}`),
  ]);
}

function changed(data: Json, edit: DataEdit): Json {
  const copy = structuredClone(data);
  const tokens = edit.pointer.split('/').slice(1);
  const last = tokens.pop() ?? '';
  // biome-ignore lint/suspicious/noExplicitAny: a test's own oracle walks untyped data
  const parent = tokens.reduce((value: any, token) => value[token], copy);
  if (edit.do === 'set') parent[last] = edit.value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}
