import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locate } from '../../server/language/features/completion/location.ts';

/** `|` is the cursor. Text, path, on a key, siblings. */
const cases: [string, (string | number)[], boolean, string[]?][] = [
  ['|', [], true],
  ['na|', [], true],
  ['name: web\nvis|', [], true, ['name']],
  ['name: web\ninput:\n  imp|', ['input'], true],
  ['input:\n  import_from: a/b\n  image_properties:\n    n|', ['input', 'image_properties'], true],
  ['input:\n  image_properties:\n    name: x\n  imp|', ['input'], true, ['image_properties']],
  ['name: a\n---\nvis|', [], true, []],
  ['- op: add\n  pa|', [0], true, ['op']],
  ['- op: add\n- p|', [0], true],
  ['tags:\n  - a\n  - b|', ['tags', 0], true],
  ['tags:\n- b|', ['tags', 0], true],
  ['visibility: pri|', ['visibility'], false],
  ['- op: a|', [0, 'op'], false],
  ['- op: add\n  path: /na|', [0, 'path'], false],
  ['tags: [a, b|', ['tags', 1], false],
  ['tags: [a, b c|', ['tags', 1], false],
  ['tags: [|', ['tags', 0], false],
  ['- { op: add, path: /na|', [0, 'path'], false],
  ['- { op: add, p|', [0], true, ['op']],
  ['- { op: add, path: |, value: x }', [0, 'path'], false],
  ['- {|', [0], true, []],
  ['- { op: add }\n- { op: add, path: /tags, value: [a, |', [0, 'value', 1], false],
  ['- {\n    op: add,\n    pa|', [0], true, ['op']],
  ['[\n  { op: add, path: "/t|', [0, 'path'], false],
  ['input: { import_from: exports/a b|', ['input', 'import_from'], false],
  ['name: it is {not a map\nvis|', [], true, ['name']],
  ["name: 'a {b'\nvis|", [], true, ['name']],
  ['name: a # {\nvis|', [], true, ['name']],
  ['tags: [a]\nvis|', [], true, ['tags']],
  ['images:\n  - name: a\n    vis|', ['images', 0], true, ['name']],
  ['name: web # x\n\n# comment\nmin|', [], true, ['name']],
];

for (const [text, path, onKey, siblings] of cases) {
  test(`YAML ${JSON.stringify(text)}`, () => {
    const found = locate(text.replace('|', ''), text.indexOf('|'), 'yaml');
    assert.deepEqual({ path: found.path, onKey: found.onKey }, { path, onKey });
    if (siblings) assert.deepEqual([...found.siblings], siblings);
  });
}

test('JSON, on a key and on a value', () => {
  const text = '{"name": "web", "vis": "p"}';
  assert.deepEqual(locate(text, text.indexOf('vis') + 2, 'json').onKey, true);
  assert.deepEqual(locate(text, text.indexOf('"p"') + 1, 'json').path, ['vis']);
});
