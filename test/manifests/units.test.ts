import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ManifestFile } from '../../server/manifests/file.ts';
import { readJson } from '../../server/manifests/json.ts';
import { dataOf, type ManifestNode, type Reading } from '../../server/manifests/nodes.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { readYaml } from '../../server/manifests/yaml.ts';

/** Pieces that are hard to cut: comments, blank lines, flow, quotes and block text over several lines, markers. */
const yamlPieces = fc.constantFrom(
  '- name: web\n  tags: [a, b]\n',
  '- name: web\n  tags:\n    - a\n    - b\n\n',
  '- op: add\n  path: /x\n  value: "two\n    lines"\n',
  '- { op: add, path: /x, value: y }\n',
  '- description: |\n    - not an item\n    text\n\n  name: web\n',
  '- description: >-\n    folded\n    text\n',
  '- text: |+\n    kept\n\n\n',
  '- plain text\n  goes on\n',
  '- "quoted - text"\n',
  '-\n  name: web\n',
  '- - nested\n  - list\n',
  '- name: web # with a comment\n# and one at the margin\n',
  '  # an indented comment\n',
  '\n',
  '- &anchor a\n',
  '- *anchor\n',
  '- !!str 7\n',
  '- "unfinished\n',
  '- name: web\n- \n',
  '--- \n- second: document\n',
  'key: value\n',
  '- name: a\r\n  min_disk: 1\r\n',
  '- name: web\n  name: twice\n',
  '- [a,\n- b]\n',
  '-x\n',
  'stray\n',
  'stray: 1\n  with: more\n',
  '"stray\n',
  '] \n',
  '- a: b: c\n',
  '---\n- name: web\n  tags: [a]\n- name: db\n',
  '---\nname: web\ntags:\n- a\n- b\n',
  '---\ntype: import\ninput: { import_from: a/b }\n',
  '--- # a comment\n\n- name: web\n- name: db\n',
  '---\n',
  '--- text\n',
  '--- [a,\n  b]\n',
  '--- |\n  text\n',
  '--- "quoted\n\n  text"\n',
  '...\n',
  '%YAML 1.1\n',
  '- a:\tb\n',
  '-\ttab\n',
  '\tindented: by a tab\n',
  '- name: "unfinished\n  tags: [a]\n',
  '- tags: [a, b\n  name: web\n',
  '- tags: {a: 1\n',
  "- name: 'it''s\n",
  '- !unknown tag\n',
  '- name: !!binary "="\n',
  '- ? complex\n  : value\n',
  '- name: web\r\n---\r\nname: db\r\n',
  '- a\rb\n',
  '- a\u2028b\n',
  '\ufeff',
  '- name: \ud800 lone\n',
  '- name: web\n   badly: indented\n',
  '- key: &anchor\n    a: 1\n- <<: *anchor\n',
);

/** More by `RUNS=100000 node --test test/manifests/units.test.ts`. */
const runs = Number(process.env['RUNS'] ?? 1500);

const yamlSigns = fc.constantFrom(
  ...[
    'x',
    ' ',
    '\n',
    '-',
    '- ',
    '"',
    "'",
    ':',
    '#',
    '  ',
    '|',
    '[',
    ']',
    '{',
    '}',
    '\t',
    '\r',
    '---',
    '\n---\n',
    '*',
    '&',
    '!',
  ],
);

const jsonPieces = fc.constantFrom(
  '{ "name": "web", "tags": ["a", "b"] },\n',
  '{"op":"add","path":"/x","value":"y"},',
  '[1, 2, [3]],\n',
  '"text", ',
  '12,',
  'null ,\n',
  '// a comment\n',
  '/* another\n */',
  '{ "a": 1, "a": 2 },\n',
  '{ "unfinished": "text\n },\n',
  '{ "a": [1, },\n',
  ',',
  '[',
  ']',
  '{',
  '}, \n',
  'nonsense ',
  '"\\q \\u12",',
  '\n\r\n',
);
const jsonSigns = fc.constantFrom(
  ...['x', ' ', '"', ',', ':', '[', ']', '{', '}', '0', '\n', '\\', '/', '//', '/*', '*/'],
);

for (const { name, path, pieces, signs, around, whole } of [
  {
    name: 'YAML',
    path: 'fleet.image.yaml',
    pieces: yamlPieces,
    signs: yamlSigns,
    around: ['', ''],
    whole: readYaml,
  },
  {
    name: 'JSON',
    path: 'fleet.image.json',
    pieces: jsonPieces,
    signs: jsonSigns,
    around: ['[\n', '{}]\n'],
    whole: (text: string) => readJson(text, false),
  },
  {
    name: 'JSON with comments',
    path: 'fleet.image.jsonc',
    pieces: jsonPieces,
    signs: jsonSigns,
    around: [' // list\n[', '0 ] // end'],
    whole: (text: string) => readJson(text, true),
  },
]) {
  const edit = fc.record({
    at: fc.nat(),
    remove: fc.nat({ max: 12 }),
    insert: fc.oneof(pieces, signs, fc.constant('')),
  });
  test(`${name}: reading by units, after any edits, is reading the whole`, () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), fc.array(edit, { maxLength: 8 }), (parts, edits) => {
        let text = `${around[0]}${parts.join('')}${around[1]}`;
        let previous: ManifestFile | undefined;
        for (const { at, remove, insert } of [{ at: 0, remove: 0, insert: '' }, ...edits]) {
          const start = text.length === 0 ? 0 : at % (text.length + 1);
          text = text.slice(0, start) + insert + text.slice(start + remove);
          previous = readManifest({ text, path, previous });
          assertSame(previous, withoutStrays(previous, text, whole), text);
        }
      }),
      { numRuns: runs },
    );
  });
}

test('an alias that is a key has the name of its anchor, in whichever item that stands', () => {
  const path = 'fleet.image.yaml';
  const before = '- name: web\n- &anchor a\n- name: y\n';
  const text = before.replace('name: y', '*anchor : y');
  const edited = readManifest({ text, path, previous: readManifest({ text: before, path }) });
  assertSame(edited, readYaml(text), text);
  assert.deepEqual(edited.documents[0]?.data, [{ name: 'web' }, 'a', { a: 'y' }]);
});

test('a stray line at the margin of a list is one problem, and hides no item; an edit there reads one item again', () => {
  const list = Array.from({ length: 50 }, (_, at) => `- name: web-${at}\n  tags: [a]\n`);
  const text = list.join('');
  const path = 'a.image.yaml';
  const before = readManifest({ text, path });
  for (const stray of ['x\n', 'name: web\n  tags: [b]\n', '-x\n', '"x\n', ']\n', '{\n', '&a\n', '? \n']) {
    const at = text.indexOf('- name: web-25');
    const file = readManifest({
      text: text.slice(0, at) + stray + text.slice(at),
      path,
      previous: before,
    });
    const [line = ''] = stray.split('\n');
    assert.deepEqual(
      file.problems.map(({ rule, start, end }) => ({ rule, start, end })),
      [{ rule: 'yaml/syntax', start: at, end: at + line.trimEnd().length }],
      stray,
    );
    assert.deepEqual(file.documents[0]?.data, before.documents[0]?.data, stray);
    const known = new Set(before.units?.[0]?.list?.items);
    // An edit at the border of two items reads both.
    assert.equal(file.units?.[0]?.list?.items.filter((one) => known.has(one)).length, 48, stray);
  }
});

test('an edit reads one item again, in a list and in one document of several, in YAML and JSON', () => {
  const item = (at: number) => ({ name: `web-${at}`, tags: ['a'] });
  const list = Array.from({ length: 50 }, (_, at) => item(at));
  const yaml = list.map(({ name }) => `- name: ${name}\n  tags: [a]\n`).join('');
  for (const { path, text, document } of [
    { path: 'a.image.yaml', text: yaml, document: 0 },
    { path: 'a.image.yaml', text: `name: other\n---\n${yaml}---\nname: third\n`, document: 1 },
    { path: 'a.image.json', text: JSON.stringify(list, null, 2), document: 0 },
  ]) {
    const before = readManifest({ text, path });
    const after = readManifest({ text: text.replace('web-25', 'web-25x'), path, previous: before });
    const items = (file: ManifestFile) => file.units?.[document]?.list?.items ?? [];
    const known = new Set(items(before));
    assert.equal(items(after).filter((one) => known.has(one)).length, 49, path);
    const others = (file: ManifestFile) => file.units?.filter((_, at) => at !== document);
    assert.deepEqual(others(after), others(before));
  }
});

/** Each other document of a file stays the object that it was. */
test('an edit reads one document again', () => {
  const text = Array.from({ length: 50 }, (_, at) => `---\nname: web-${at}\ntags: [a]\n`).join('');
  const before = readManifest({ text, path: 'a.image.yaml' });
  const after = readManifest({
    text: text.replace('web-25', 'web-25x'),
    path: 'a.image.yaml',
    previous: before,
  });
  const known = new Set(before.units);
  assert.equal(after.units?.filter((unit) => known.has(unit)).length, 49);
});

function assertSame(file: ManifestFile, whole: Reading, text: string): void {
  const shown = JSON.stringify(text);
  const { documents, problems } = file;
  assert.deepEqual(
    documents.map(({ root, start, end }) => ({ root: root && plain(root), start, end })),
    whole.roots.map(({ root, start, end }) => ({ root: root && plain(root), start, end })),
    shown,
  );
  assert.deepEqual(
    documents.map(({ data }) => data),
    whole.roots.map(({ root }) => dataOf(root)),
    shown,
  );
  const byPlace = [...whole.problems].sort(
    (a, b) => a.start - b.start || a.end - b.end || (a.rule < b.rule ? -1 : 1),
  );
  assert.deepEqual(problems, byPlace, shown);
}

/** What was passed over at the margin of a list reads as if it were comments. */
function withoutStrays({ problems }: ManifestFile, text: string, whole: (text: string) => Reading): Reading {
  const strays = problems.filter(({ message }) => message.startsWith('Only the items of the list'));
  let masked = text;
  for (const { start } of strays) {
    const after = text.slice(start).split('\n');
    const next = after.findIndex((line, at) => at > 0 && /^(?:-(?:\s|$)|---)/.test(line));
    const lines = after.slice(0, next === -1 ? undefined : next);
    const hidden = lines.map((line) => line.replace(/^\s*[^#\s].*?(?=\s*$)/, (it) => '#'.repeat(it.length)));
    const end = start + lines.join('\n').length;
    masked = masked.slice(0, start) + hidden.join('\n') + masked.slice(end);
  }
  const reading = whole(masked);
  return { ...reading, problems: [...reading.problems, ...strays] };
}

/** A node without what makes its members when they are asked for. */
function plain({ type, start, end, flow, value, elsewhere, members }: ManifestNode): object {
  const inner = members.map(({ token, key, node }) => ({ token, key, node: plain(node) }));
  return { type, start, end, flow, value, elsewhere, members: inner };
}
