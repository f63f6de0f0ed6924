import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readManifest } from '../../server/manifests/read.ts';

/** YAML as people write it: what is read, and of what is wrong one finding at its place. */
function read(text: string) {
  const { documents, problems } = readManifest({ text, path: 'a.image.yaml' });
  const data = documents.filter(({ root }) => root).map((document) => document.data);
  return { data, problems: problems.map(({ severity, start, end }) => [severity, text.slice(start, end)]) };
}

/** As PyYAML 6 reads them, too. */
const readings: [string, unknown][] = [
  [
    'a: !!str 7\nb: !!int "5"\nc: !!float 1\nd: !!bool yes\ne: !!null ""\n',
    { a: '7', b: 5, c: 1, d: true, e: null },
  ],
  ['%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 7\n', { a: '7' }],
  ['%YAML 1.2\n---\na: b\n', { a: 'b' }],
  ['%YAML 1.1\n---\na: yes\nb: 012\n<<: { c: d }\n', { a: true, b: 10, c: 'd' }],
  ['null: a\n1.0: b\n1e3: c\ntrue: d\n', { null: 'a', '1.0': 'b', '1e3': 'c', true: 'd' }],
  ['!!str <<: { a: b }\n', { '<<': { a: 'b' } }],
  ['!!merge <<: { a: b }\n', { a: 'b' }],
  ['? a\n: b\n? >-\n  c\n  d\n: e\n', { a: 'b', 'c d': 'e' }],
  ['a: b\rtags:\r- c\r', { a: 'b', tags: ['c'] }],
  ['a: |+\n  x\n\nb: >-\n  y\n  z\nc: |2-\n    w\n', { a: 'x\n\n', b: 'y z', c: '  w' }],
  ['a: x\n  y\n\n  z\nb: "u\\\n  v"\n', { a: 'x y\nz', b: 'uv' }],
];
for (const [text, expected] of readings)
  test(`${JSON.stringify(text)} is read as other readers do`, () => {
    assert.deepEqual(read(text), { data: [expected], problems: [] });
  });

const wrong: [string, string, string][] = [
  ['"x', 'error', '"'],
  ["'x: 1\n", 'error', "'"],
  ['a: 1\n---\n"x\n', 'error', '"'],
  ['a: !!int x\n', 'error', 'x'],
  ['a: !custom x\n', 'warning', '!custom'],
  ['tags: !!omap [a: 1]\n', 'error', '!!omap'],
  ['%YAML 1.1\n---\ntags: !!omap [a: 1]\n', 'error', '[a: 1]'],
  ['a: !!binary eA==\n', 'error', '!!binary'],
  ['%YAML 2.0\n---\na: b\n', 'warning', '2.0'],
  ['? [a, b]\n: c\n', 'error', '[a, b]'],
  ['name: {{ name }}\n', 'error', '{ name }'],
  [': b\n', 'error', ''],
  ['b: c\n- a\n', 'error', '-'],
  ['a: {<<: {b: c}, <<: {d: e}}\n', 'error', '<<'],
  ['- &a x\n- {*a: y}\n', 'error', ':'],
  ['a: * b\n', 'error', '*'],
  ['a: &x { b: 1, b: 2 }\nc: *x\nd: *x\n', 'error', 'b'],
  ['a: \u0007\n', 'error', '\u0007'],
  ['a: b\u2028c\n', 'warning', '\u2028'],
  ['tags: [\na,\nb\n]\n', 'error', 'a'],
  ['a: "x\ny"\n', 'error', '\n'],
  ['a: "x\n\ty"\n', 'error', '\t'],
  ['a: [\n\tb\n]\n', 'error', '\t'],
  ['a: |\n   x\n  y\n', 'error', 'y'],
  ['a: x\n  # comment\n  y\n', 'error', 'y'],
  ['a: - b\n  - c\n', 'error', '-'],
  ['tags: [-a, - b]\n', 'error', '- '],
  ['a: b\n%YAML 1.2\n---\nc: d\n', 'error', '%'],
  ['[a]\n[b]\n', 'error', '['],
  ['{a: [b}\n', 'error', '}'],
];
for (const [text, severity, place] of wrong)
  test(`${JSON.stringify(text)} has one finding`, () => {
    assert.deepEqual(read(text).problems, [[severity, place]]);
  });

test('two causes in lines of their own are two findings', () => {
  assert.deepEqual(read('a: @b\nc: `d\n').problems, [
    ['error', '@'],
    ['error', '`'],
  ]);
  assert.deepEqual(read('- a: b: c\n- d: e: f\n').problems.length, 2);
});
